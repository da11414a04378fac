"""Months, quarters, halves, years and holidays."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from collections.abc import Callable
from datetime import date, timedelta

from agents.understand.atoms import YEAR, Atom, Table, fixed, month_number, year_number
from agents.understand.calendar import Clock, Span
from agents.understand.timewords import COMING, FULL_MONTH, MONTH, MONTHS

_IN = re.compile(r"\b(?:in|for|during|of|by) $")


def _month_of(found: re.Match[str], clock: Clock) -> Atom | None:
    month, year = month_number(found["m"]), year_number(found["y"])
    if not 1 <= month <= 12:
        return None
    if year is not None:
        return fixed(found, clock.unit("month", date(year, month, 1)))
    if month > clock.today.month and _IN.search(found.string[: found.start("m")]) and COMING.search(found.string):
        return Atom(found.start(), found.end(), future=True)
    return fixed(found, _latest_month(clock, month, clock.today), lambda anchor: _latest_month(clock, month, anchor))


def _latest_month(clock: Clock, month: int, anchor: date) -> Span:
    return clock.unit("month", date(anchor.year - (month > anchor.month), month, 1))


def _relative_month(found: re.Match[str], clock: Clock) -> Atom:
    """last March, this September, next May, March last year."""
    month, word = MONTHS[found["m"]], found["r"]
    year = clock.today.year - ("last" in word or "previous" in word)
    if found["u"] is None:
        span = (
            clock.unit("month", date(clock.today.year, month, 1)) if word == "this" else _latest_month(clock, month, clock.today)
        )
        if word in ("last", "past", "previous") and span.end > clock.now:
            span = clock.unit("month", date(clock.today.year - 1, month, 1))
        return Atom(found.start(), found.end(), span=span, future=word == "next")
    return fixed(found, clock.unit("month", date(year, month, 1)))


def _quarter(found: re.Match[str], clock: Clock) -> Atom:
    parts = {name: value for name, value in found.groupdict().items() if value}
    half = "half" in found[0] or parts.get("k", "").startswith("h")
    size, grain = (6, "half") if half else (3, "quarter")
    index = int(parts.get("n") or parts.get("k", "q1")[1])
    if index > 12 // size or index < 1:
        return fixed(found, None)
    month = (index - 1) * size + 1

    def latest(anchor: date) -> Span:
        return clock.unit(grain, date(anchor.year - (month > anchor.month), month, 1))

    relative = parts.get("r")
    year = year_number(parts.get("y"))
    if relative:
        year = clock.today.year - (relative != "this")
    return fixed(
        found,
        clock.unit(grain, date(year, month, 1)) if year is not None else latest(clock.today),
        None if year else latest,
    )


def _year_of(found: re.Match[str], clock: Clock) -> Atom | None:
    year = year_number(found["y"])
    return fixed(found, clock.unit("year", date(year, 1, 1))) if year else None


# fmt: off
_HOLIDAYS: tuple[tuple[str, Callable[[int], date]], ...] = (
    (r"christmas eve", lambda year: date(year, 12, 24)),
    (r"christmas(?: day)?|xmas", lambda year: date(year, 12, 25)),
    (r"new year'?s?'? eve", lambda year: date(year, 12, 31)),
    (r"new year'?s?'?(?: day)?", lambda year: date(year, 1, 1)),
    (r"thanksgiving(?: day)?", lambda year: _nth(year, 11, 3, 4)),
    (r"black friday", lambda year: _nth(year, 11, 3, 4) + timedelta(days=1)),
    (r"cyber monday", lambda year: _nth(year, 11, 3, 4) + timedelta(days=4)),
    (r"halloween(?: day)?", lambda year: date(year, 10, 31)),
    (r"independence day|4th of july", lambda year: date(year, 7, 4)),
    (r"labou?r day", lambda year: _nth(year, 9, 0, 1)),
    (r"(?:martin luther king|mlk)(?: jr\.?)?(?: day)?", lambda year: _nth(year, 1, 0, 3)),
    (r"valentine'?s?'? day", lambda year: date(year, 2, 14)),
    (r"veterans day", lambda year: date(year, 11, 11)),
    (r"columbus day", lambda year: _nth(year, 10, 0, 2)),
)
# fmt: on


def _holiday(found: re.Match[str], clock: Clock) -> Atom | None:
    make = next((rule for pattern, rule in _HOLIDAYS if re.fullmatch(pattern, found["h"])), None)
    if make is None:
        return None
    year = year_number(found["y"])
    if found["r"]:
        year = clock.today.year - (found["r"] != "this")

    def latest(anchor: date) -> Span:
        return clock.unit("day", make(anchor.year) if make(anchor.year) <= anchor else make(anchor.year - 1))

    return fixed(found, clock.unit("day", make(year)) if year else latest(clock.today), None if year else latest)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


_OPENED = r"(?:(?:on|in|of|for|during|since|from|to|vs|year|and|between|than|through|until|with|fy|fiscal year|calendar year|cy|full year|all of|whole of|versus|against) ?)"
# fmt: off
MONTH_RULES: Table = (
    (re.compile(rf"\b(?P<y>{YEAR})[ -]?(?:the )?(?:(?P<k>q[1-4]|h[12])|(?P<n>[1-4])(?:st|nd|rd|th) quarter)\b"), _quarter),
    (re.compile(rf"\b(?:the )?(?:(?P<n>[1-4])(?:st|nd|rd|th) (?:fiscal )?quarter|(?P<k>q[1-4]|h[12]))(?:[ ,-]*(?:of |in )?(?:fy ?)?(?:(?P<y>{YEAR}|'\d\d|(?<=fy)\d\d|(?<=q\d )\d\d(?! ?[ap]))|(?P<r>this|last|previous) year))?\b"), _quarter),
    (re.compile(rf"\b(?P<m>{FULL_MONTH}|march|mar|may)\.?(?:,? (?:of |in )?| ?- ?|/)(?P<y>{YEAR})\b"), _month_of),
    (re.compile(rf"\b(?P<y>{YEAR})[ -/.]?(?P<m>{MONTH})\b"), _month_of),
    (re.compile(rf"(?<![-/\d.])(?P<y>{YEAR})[-/.](?P<m>0?[1-9]|1[0-2])(?![-/\d.])"), _month_of),
    (re.compile(rf"(?<![-/\d.])(?P<m>0?[1-9]|1[0-2])[-/](?P<y>{YEAR})(?![-/\d.])"), _month_of),
    (re.compile(rf"\b(?P<r>last|past|previous|this|next) (?P<m>{MONTH})(?P<u>)?\b(?! \d)".replace("(?P<u>)?", "(?P<u>(?!))?")), _relative_month),
    (re.compile(rf"\b(?P<m>{MONTH}) (?:of )?(?P<r>last|this|previous) (?P<u>year)\b"), _relative_month),
    (re.compile(rf"\b(?P<m>{FULL_MONTH})\b\.?(?P<y>)"), _month_of),
    (re.compile(r"(?:(?<=\bin )|(?<=\bof )|(?<=\bfor )|(?<=\bsince )|(?<=\bduring )|(?<=\bfrom )|(?<=\bto )|(?<=\bvs )|(?<=\band )|(?<=\bthe )|(?<=\bthan )|(?<=\bearly )|(?<=\bmid )|(?<=\bmid-)|(?<=\blate )|(?<=\bthrough )|(?<=\bwith )|(?<=\bversus )|(?<=\buntil )|(?<=\bcompare )|(?<=\bbetween )|^)(?P<m>march|mar|may)\b(?P<y>)(?! (?:be|have|need|i|we|not|you|it|the)\b)"), _month_of),
    (re.compile(r"\b(?P<m>march|mar|may)\b(?P<y>)(?= (?:to|vs|-|through|and|spend|costs?|bill|numbers|invoice)\b)"), _month_of),
    (re.compile(rf"{_OPENED}(?:the year (?:of )?)?(?P<y>{YEAR})\b(?![-/.]\d|[- ]?(?:the )?(?:q[1-4]|h[12]|[1-4](?:st|nd|rd|th) quarter))"), _year_of),
    (re.compile(rf"\b(?P<y>{YEAR})\b(?= (?:vs|versus|compared)\b|\W*$)(?![-/.]\d)"), _year_of),
    (re.compile(r"\b(?:fy|fiscal year|cy) ?'?(?P<y>\d\d)\b"), _year_of),
)
HOLIDAYS: Table = (
    (re.compile(rf"\b(?P<h>{'|'.join(pattern for pattern, _ in _HOLIDAYS)})\b(?: (?:of )?(?:(?P<r>this|last) year|(?P<y>{YEAR})))?"), _holiday),
)
# fmt: on
