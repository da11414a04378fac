"""The time a question asks about: found, resolved in the asker's zone, and cut out of the text."""

import re
from dataclasses import dataclass
from datetime import datetime

from agents.understand.calendar import Clock, Span
from agents.understand.combine import Found, find_spans
from agents.understand.identifiers import masked
from agents.understand.languages import language, to_english
from agents.understand.text import clean, fold
from agents.understand.timewords import english
from agents.understand.zones import spoken_zone
from tools.period import Period

TIME_MARK = "xtime"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the period, the one to compare with, the folded text without them, and what made no sense.

    `ahead` says that the time named has not begun: it has no period.
    """

    period: Period | None
    compare: Period | None
    masked_text: str
    unresolved: tuple[str, ...] = ()
    ahead: bool = False


def read_period(text: str, *, now: datetime, tz: str, prior: Period | None = None) -> Reading:
    """The half-open UTC intervals that a text in one of six languages names; nothing is made up where none is named."""
    shown = clean(text)
    zone, rest = spoken_zone(shown)
    clock = Clock(now, zone or tz)
    folded = masked(fold(rest))
    plain = english(to_english(folded, language(folded)))
    earlier = Span(prior.start, prior.end, _grain(prior)) if prior else None
    found = find_spans(plain, clock, earlier)
    period = _period(found.period, clock)
    rest = _without(plain, found)
    ahead = period is None and not found.unresolved and TIME_MARK in rest.split()
    return Reading(period, _period(found.compare, clock), rest, found.unresolved, ahead)


def _period(span: Span | None, clock: Clock) -> Period | None:
    if span is None or span.start >= clock.now:
        return None
    return Period(span.start, max(span.start, min(span.end, clock.now)), clock.tz)


def _grain(period: Period) -> str:
    """The calendar unit that a period is, so that "the week before" can be told from it."""
    clock = Clock(period.end, period.tz)
    if not period.is_whole_days:
        return "range"
    for grain in ("day", "week", "month", "quarter", "year"):
        unit = clock.unit(grain, period.first_day)
        if (unit.start, unit.end) == (period.start, period.end):
            return grain
    return "range"


def _without(text: str, found: Found) -> str:
    pieces, at = [], 0
    for atom in sorted(found.used, key=lambda atom: atom.begin):
        pieces += [text[at : max(at, atom.begin)], f" {TIME_MARK} "]
        at = max(at, atom.end)
    return re.sub(r" +", " ", "".join([*pieces, text[at:]])).strip()
