"""What is said to those who have to wait, or who asked too much at once."""

from bot.delivery import Limits, Refusal


def in_line(ahead: int) -> str:
    """For a question that waits behind others."""
    return f"In line: {_questions(ahead)} {'is' if ahead == 1 else 'are'} before yours …"


def refusal(why: Refusal, limits: Limits) -> str:
    """For a question that is not taken, and when to ask again; empty if it is taken."""
    seconds = int(limits.window.total_seconds())
    within = "a minute" if seconds == 60 else f"{seconds} seconds"
    if why == "asker":
        return f"You have asked {_questions(limits.asker)} within {within}, as many as I take. Please ask again in {within}."
    if why == "place":
        return f"This channel has asked {_questions(limits.place)} within {within}, as many as I take. Please ask again later."
    return "I have too many questions waiting. Please ask again in a few minutes." if why else ""


def _questions(count: int) -> str:
    return f"{count} question" if count == 1 else f"{count} questions"
