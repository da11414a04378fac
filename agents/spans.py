"""The period an answer is about when the question names none, and the one before it."""

from datetime import UTC, timedelta

from agents.question import Question
from tools.errors import BadRequestError
from tools.period import Period, midnight


def last_hours(question: Question, hours: int) -> Period:
    """The asked period up to now, or the last so many hours."""
    return _asked(question) or Period(question.now - timedelta(hours=hours), question.now, question.asker.tz)


def last_days(question: Question, days: int) -> Period:
    """The asked period up to now, or today and the days before it: so many in all, in the asker's zone."""
    asked = _asked(question)
    if asked:
        return asked
    tz = question.asker.tz
    today = Period(question.now, question.now, tz).first_day
    return Period(midnight(today - timedelta(days=days - 1), tz), question.now, tz)


def this_week(question: Question) -> Period:
    """The asked period up to now, or the week since Monday."""
    asked = _asked(question)
    if asked:
        return asked
    tz = question.asker.tz
    today = Period(question.now, question.now, tz).first_day
    first = today - timedelta(days=today.weekday())
    return Period(midnight(first, tz), question.now, tz)


def before(question: Question, asked: Period, *, days: int | None = None) -> Period:
    """What to compare with: what the question names, else so many whole days (or as much time) right before."""
    if question.compare:
        return question.compare
    if days is None:
        return Period(asked.start - (asked.end - asked.start), asked.start, asked.tz)
    return Period(midnight(asked.first_day - timedelta(days=days), asked.tz), asked.start, asked.tz)


def utc_days(period: Period) -> Period:
    """The whole UTC days that the period touches: what a tool that counts UTC days is asked for."""
    exact = Period(period.start, period.end, "UTC")
    return Period.of_days(exact.first_day, exact.last_day, "UTC")


def name(period: Period, question: Question) -> str:
    """The period as a person says it, where it is the one that ends now."""
    if period.end == question.now:
        hours = (period.end - period.start).total_seconds() / 3600
        if hours <= 48 and hours.is_integer():
            return f"the last {hours:.0f} hours" if hours > 1 else "the last hour"
        return f"the last {hours / 24:.0f} days" if (hours / 24).is_integer() else f"the {len(period.days)} days to now"
    return str(period)


def _asked(question: Question) -> Period | None:
    if question.period is None:
        return None
    if question.period.start > question.now:
        raise BadRequestError("That period has not begun yet.", do="Ask for one that has.")
    clipped = question.period.clipped(question.now)
    return Period(clipped.start.astimezone(UTC), clipped.end.astimezone(UTC), clipped.tz)
