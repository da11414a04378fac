"""Counts and changes in words."""

from agents.figures import MINUS


def many(count: int, word: str) -> str:
    """A count with its noun: 1 table, 5 tables, 2 identities."""
    plural = f"{word[:-1]}ies" if word.endswith(("ty", "ry")) else f"{word}es" if word.endswith("s") else f"{word}s"
    return f"{count:,} {word if count == 1 else plural}"


def shift(now: float, before: float) -> str:
    """A change against a baseline: 80% longer reads as +80%, a quarter less as −25%."""
    if not before:
        return "new"
    points = round(100 * (now / before - 1))
    return f"{'+' if points > 0 else MINUS if points < 0 else '±'}{abs(points)}%"


def span(minutes: float) -> str:
    """A duration as a person says it: 45 s, 42.0 min, 3.5 h."""
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.1f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
