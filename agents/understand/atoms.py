"""Atoms of a time expression, and what dates are made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from agents.understand.calendar import Clock, Span
from agents.understand.timewords import MONTHS


@dataclass(frozen=True, slots=True)
class Atom:
    """One expression at text[begin:end]. Exactly one of these says what it means, a selector may have a default too:

    `span`; `pick`, which selects within a span of a grain in `within`; `relation`, which makes a span from the primary one.
    `recur` gives the latest occurrence that starts on or before a day (for days and months without a year).
    """

    begin: int
    end: int
    span: Span | None = None
    pick: Callable[[Span], Span | None] | None = None
    within: frozenset[str] = frozenset()
    relation: Callable[[Span], Span] | None = None
    recur: Callable[[date], Span | None] | None = None
    future: bool = False
    wrong: bool = False
    kind: str = ""


Rule = Callable[[re.Match[str], Clock], Atom | None]
Table = tuple[tuple[re.Pattern[str], Rule], ...]
DAY = r"(?:[12]\d|3[01]|0?[1-9])"
NTH = rf"{DAY}(?:st|nd|rd|th)"
YEAR = r"(?:19[7-9]\d|20[0-4]\d)"
DAYS = frozenset({"day"})


def fixed(found: re.Match[str], span: Span | None, recur: Callable[[date], Span | None] | None = None, kind: str = "") -> Atom:
    return Atom(found.start(), found.end(), span=span, recur=recur, kind=kind, wrong=span is None)


def day_span(clock: Clock, year: int, month: int, day: int) -> Span | None:
    try:
        return clock.unit("day", date(year, month, day))
    except ValueError:
        return None


def month_number(word: str) -> int:
    return int(word) if word.isdigit() else MONTHS[word]


def year_number(word: str | None) -> int | None:
    if not word:
        return None
    value = int(re.sub(r"\D", "", word))
    return value + 2000 if value < 100 else value if value >= 1990 else None
