"""Times told from another time: the week before, same day last week, WoW."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import timedelta

from agents.understand.atoms import Atom, Table
from agents.understand.calendar import SECONDS_OF, Clock, Span, first_day, shift
from agents.understand.dates import weekday_of
from agents.understand.relative import unit_now
from agents.understand.timewords import NUMBER, UNIT, WEEKDAY, number, unit

_GRAIN_OF = {
    "wow": "week",
    "w/w": "week",
    "mom": "month",
    "m/m": "month",
    "qoq": "quarter",
    "q/q": "quarter",
    "yoy": "year",
    "y/y": "year",
    "dod": "day",
    "d/d": "day",
}


def _before_it(found: re.Match[str], clock: Clock) -> Atom:
    """the week before, the previous period, the 2 before, the day before that."""
    parts = {name: value for name, value in found.groupdict().items() if value}
    grain, count = unit(parts["u"]) if "u" in parts else "", number(parts.get("n", "1"))

    def before(primary: Span) -> Span:
        wanted = grain or (
            primary.grain.removeprefix("rolling ") if primary.grain not in ("range", "elapsed", "part", "week before") else ""
        )
        if not wanted or (not grain and "n" not in parts):
            return _same_length(clock, primary)
        return clock.moved(primary, -count, "week") if wanted == "weekend" else clock.before(primary, count, wanted)

    default = before(unit_now(clock, grain)) if grain and grain not in SECONDS_OF else None
    return Atom(found.start(), found.end(), span=default, relation=before, kind="relation")


def _same_length(clock: Clock, primary: Span) -> Span:
    """The time just before the primary: the unit before for a unit, the same wall time otherwise."""
    grain = primary.grain.removeprefix("rolling ")
    if grain in ("day", "week", "month", "quarter", "half", "year"):
        return clock.before(primary, primary.count, grain)
    if grain == "elapsed":
        return Span(primary.start - (primary.end - primary.start), primary.start, "elapsed")
    start, end = clock.wall(primary.start), clock.wall(primary.end)
    return clock.between(start - (end - start), start, "range")


def _same_of(found: re.Match[str], clock: Clock) -> Atom:
    """same day last week, same period last month, a year earlier."""
    grain = unit(found["u"])

    def moved(primary: Span) -> Span:
        return clock.moved(primary, -number(found["n"] or "1"), grain)

    base = unit_now(clock, "day" if grain in ("week", "day", "weekend") else "month")
    return Atom(found.start(), found.end(), span=moved(base), relation=moved, kind="relation")


def _same_of_either(found: re.Match[str], clock: Clock) -> Atom:
    grain = unit(found["u"] or found["v"])

    def moved(primary: Span) -> Span:
        return clock.moved(primary, -1, grain)

    base = unit_now(clock, "day" if grain in ("week", "day") else "month")
    return Atom(found.start(), found.end(), span=moved(base), relation=moved, kind="relation")


def _weekday_before(found: re.Match[str], clock: Clock) -> Atom:
    """the Tuesday before, the previous Friday: told from the primary day."""
    weekday = weekday_of(found["w"] or found["v"])

    def before(primary: Span) -> Span:
        last = clock.day_of(primary) - timedelta(days=1)
        return clock.unit("day", last - timedelta(days=(last.weekday() - weekday) % 7))

    return Atom(found.start(), found.end(), span=before(clock.unit("day", clock.today)), relation=before, kind="relation")


def _over_itself(found: re.Match[str], clock: Clock) -> Atom:
    """WoW, month over month: with a period that period a unit earlier, alone the last two complete units."""
    word = found["w"]
    grain = _GRAIN_OF.get(word) or unit(word.split(" ")[0])

    def moved(primary: Span) -> Span:
        return clock.moved(primary, -1, grain)

    last = clock.unit(grain, shift(first_day(grain, clock.today), -1, grain))
    return Atom(found.start(), found.end(), span=last, relation=moved, kind="over")


# fmt: off
RELATIONS: Table = (
    (re.compile(r"\b(?:the )?same (?:\w+ )?(?:as )?(?:(?P<n>a) (?P<u>week|month|quarter|year) (?:ago|before|earlier)|(?:of |in |from )?(?:the )?(?:last|previous|prior) (?P<u2>day|week|month|quarter|year))\b".replace("(?P<u2>", "(?P<v>")), lambda found, clock: _same_of_either(found, clock)),
    (re.compile(rf"\b(?:(?:an?|the) )?(?P<n>{NUMBER})? ?(?P<u>day|week|month|quarter|year)s? (?:earlier|prior)\b"), _same_of),
    (re.compile(rf"\b(?:the |that of the )?(?:(?P<n>\d{{1,3}}) )?(?P<u>{UNIT}|weekend) (?:before|prior|preceding)(?: (?:that|it|then|last))?\b(?! (?:the|a|{UNIT}|yesterday|black))"), _before_it),
    (re.compile(r"\b(?:the )(?P<n>\d{1,3}) (?:before|prior|previous|preceding)(?: (?:that|it|those|them))?\b"), _before_it),
    (re.compile(rf"\b(?:the |on the )?(?P<w>{WEEKDAY}) (?:before|prior)(?: (?:that|it|last))?\b(?! (?:the|noon|\d))|\bthe (?:previous|prior|preceding) (?P<v>{WEEKDAY})\b"), _weekday_before),
    (re.compile(r"\b(?:the )?(?:previous|prior|preceding) (?:(?P<n>\d{1,3})|one|1|period|window|time ?frame|interval|ones)\b(?! \w*(?:day|week|month|hour|year|quarter|min))|\b(?:the )?(?:period|window) before(?: (?:that|it))?\b"), _before_it),
    (re.compile(r"\b(?P<w>wow|w/w|mom|m/m|qoq|q/q|yoy|y/y|dod|d/d|(?:day|week|month|quarter|year) over (?:day|week|month|quarter|year))\b"), _over_itself),
)
# fmt: on
