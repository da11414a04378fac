"""Expressions that choose a part of another time: mornings, clock times, first weeks, halves, Tuesdays of a month."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import datetime, time, timedelta

from agents.understand.atoms import DAYS, Atom, Table
from agents.understand.calendar import Clock, Span, shift
from agents.understand.relative import rolling
from agents.understand.timewords import COMING, WEEKDAY, WEEKDAYS, number, unit

_PARTS = {
    "morning": (6, 12),
    "mornings": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 30),
    "tonight": (18, 30),
}
_LONG = frozenset({"week", "month", "quarter", "half", "year", "range", "weekend"})
_CALENDAR = frozenset({"month", "quarter", "half", "year"})


def _hours(clock: Clock, day: Span, start: timedelta, length: timedelta, grain: str = "part") -> Span:
    midnight = datetime.combine(clock.day_of(day), time())
    return clock.between(midnight + start, midnight + start + length, grain)


def _latest(clock: Clock, start: timedelta, length: timedelta, grain: str = "part") -> Span:
    """Today's, or yesterday's when it has not begun yet."""
    span = _hours(clock, clock.unit("day", clock.today), start, length, grain)
    if span.start >= clock.now:
        span = _hours(clock, clock.unit("day", clock.today - timedelta(days=1)), start, length, grain)
    return span


def _within_day(
    found: re.Match[str], clock: Clock, start: timedelta, length: timedelta, *, alone: bool = True, grain: str = "part"
) -> Atom:
    return Atom(
        found.start(),
        found.end(),
        span=_latest(clock, start, length, grain) if alone else None,
        within=DAYS,
        pick=lambda day: _hours(clock, day, start, length, grain),
        kind="clock",
    )


def _part(found: re.Match[str], clock: Clock) -> Atom:
    start, end = _PARTS[found["p"]]
    if found["p"] == "tonight" and COMING.search(found.string) and clock.local.hour < start:
        return Atom(found.start(), found.end(), future=True)
    alone = bool(re.match(r"this|in the|during the|tonight|at night", found[0]))
    return _within_day(found, clock, timedelta(hours=start), timedelta(hours=end - start), alone=alone)


def _at(found: re.Match[str], clock: Clock) -> Atom | None:
    moment = _moment(found, "a")
    if moment is None:
        return None
    if re.match(r"around|about|approx|~|circa", found[0]):
        return _within_day(found, clock, moment - timedelta(minutes=30), timedelta(hours=1))
    whole_hour = not found["am"] and not found["aname"]
    length = timedelta(seconds=1) if found["as"] else timedelta(hours=1) if whole_hour or found["aname"] else timedelta(minutes=1)
    word = re.match(r"after|from|since|before|until|by", found[0])
    if word and word[0] in ("after", "since", "from"):
        until_now = word[0] == "since"
        return Atom(
            found.start(),
            found.end(),
            span=_latest(clock, moment, timedelta(hours=24) - moment),
            within=DAYS,
            kind="since" if until_now else "clock",
            pick=lambda day: _hours(clock, day, moment, timedelta(hours=24) - moment),
        )
    if word and word[0] in ("before", "until"):
        return _within_day(found, clock, timedelta(), moment)
    return _within_day(found, clock, moment, length, grain="clock")


def _from_to(found: re.Match[str], clock: Clock) -> Atom | None:
    """between 2pm and 4pm, 5 to 6pm, 14:00-16:30, 22:00 to 02:00, 2pm until EOD."""
    meridian = found["ap"] or found["bp"]
    definite = meridian or found["am"] or found["bm"] or found["aname"] or found["bname"]
    if not definite:
        return None
    end = _moment(found, "b", meridian)
    start = _moment(found, "a", meridian)
    if start is None or end is None:
        return None
    if not found["ap"] and found["bp"] and start >= end:
        start = _moment(found, "a", "am" if found["bp"].startswith("p") else "pm") or start
    if end <= start and found["ap"] and not found["bp"]:
        end = _moment(found, "b", "pm" if found["ap"].startswith("a") else "am") or end
    if end <= start:
        end += timedelta(days=1)
    return _within_day(found, clock, start, end - start)


def _for_hours(found: re.Match[str], clock: Clock) -> Atom | None:
    """from 9:30am for 7 hours; for 7 hours from 9:30am."""
    parts = {name: value for name, value in found.groupdict().items() if value}
    start = _moment(found, "a")
    count = number(parts.get("n") or parts["n2"])
    length = timedelta(minutes=count) if unit(parts.get("u") or parts["u2"]) == "minute" else timedelta(hours=count)
    return None if start is None else _within_day(found, clock, start, length)


def _moment(found: re.Match[str], letter: str, inherited: str | None = None) -> timedelta | None:
    name = found[letter + "name"]
    if name:
        return timedelta(hours={"noon": 12, "midnight": 24 if letter == "b" else 0}.get(name, 24))
    hour = int(found[letter + "h"])
    meridian = (found[letter + "p"] or inherited or "")[:1]
    if hour > 24 or (meridian and not 1 <= hour <= 12):
        return None if hour > 24 else timedelta(hours=hour)
    if meridian:
        hour = hour % 12 + (12 if meridian == "p" else 0)
    return timedelta(hours=hour, minutes=int(found[letter + "m"] or 0), seconds=int(found[letter + "s"] or 0))


def _stretch(found: re.Match[str], clock: Clock) -> Atom:
    """early March, end of last month, beginning of the year, start of the week."""
    word = found["p"].removeprefix("the ")
    at = 0 if word.startswith(("early", "beginning", "start")) else 1 if word.startswith("mid") else 2

    def pick(span: Span) -> Span | None:
        first, after = clock.day_of(span), clock.wall(span.end).date()
        if span.grain == "month":
            cuts = [first, first + timedelta(days=10), first + timedelta(days=20), after]
        else:
            length = (after - first).days
            cuts = [first, first + timedelta(days=length // 3), first + timedelta(days=length - length // 3), after]
        return clock.days(cuts[at], cuts[at + 1], "range")

    return Atom(found.start(), found.end(), pick=pick, within=_CALENDAR | {"week"}, kind="part")


def _nth_units(found: re.Match[str], clock: Clock) -> Atom | None:
    """first week of March, last 3 days of October, second half of June."""
    which, grain = found["w"], unit(found["u"]) if found["u"] != "half" else "half"
    count = number(found["n"] or "1")
    if grain in ("hour", "minute", "second"):
        return None

    def pick(span: Span) -> Span | None:
        first, after = clock.day_of(span), clock.wall(span.end).date()
        if grain == "half":
            middle = shift(first, 6, "month") if span.grain == "year" else first + timedelta(days=15)
            return clock.days(first, middle, "range") if which.startswith("1") else clock.days(middle, after, "range")
        if which == "last":
            return clock.days(shift(after, -count, grain), after, "range")
        start = shift(first, int(which[0]) - 1, grain)
        return clock.days(start, min(after, shift(start, count, grain)), grain if grain == "day" else "range")

    alone = rolling(clock, count, grain) if which == "last" and found["n"] else None
    return Atom(found.start(), found.end(), span=alone, pick=pick, within=_LONG, kind="part")


def _nth_weekday(found: re.Match[str], clock: Clock) -> Atom:
    """third Wednesday of last month, last Friday of March, first Monday."""
    weekday = WEEKDAYS[re.sub(r"'?s$", "", found["d"]) if found["d"] not in WEEKDAYS else found["d"]]

    def pick(span: Span) -> Span | None:
        first, after = clock.day_of(span), clock.wall(span.end).date()
        if found["w"] == "last":
            day = after - timedelta(days=1 + (after - timedelta(days=1) - timedelta(days=weekday)).weekday())
        else:
            day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (int(found["w"][0]) - 1))
        return clock.unit("day", day) if first <= day < after else None

    month = clock.unit("month", clock.today)
    span = pick(month)
    if span and span.start >= clock.now:
        span = pick(clock.unit("month", shift(clock.day_of(month), -1, "month")))
    return Atom(
        found.start(),
        found.end(),
        span=None if found["w"] == "last" else span,
        pick=pick,
        within=_CALENDAR,
        kind="part",
    )


def _time(letter: str) -> str:
    return (
        rf"(?:(?P<{letter}h>\d{{1,2}})(?:(?:[:.]|(?<=\d)h)(?P<{letter}m>[0-5]\d)(?::(?P<{letter}s>[0-5]\d))?)?h?(?: ?(?P<{letter}p>[ap]\.? ?m\b\.?|[ap]\b))?"
        rf"|(?P<{letter}name>noon|midnight|eod|cob|end of day|close of business))"
    )


_TO = r" ?(?:-|to|and|until|till|til|through|thru) ?"
_COLON = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.? ?m\b\.?)?"
_MERIDIAN = r"\d{1,2}(?:[:. ][0-5]\d(?::[0-5]\d)?)? ?[ap]\.? ?m\b"
_DAY_FOLLOWS = r"(?=\W*$| (?:yesterday|today|on|last|this|in the|every)\b)"
# fmt: off
CLOCK_RANGES: Table = (
    (re.compile(rf"\b(?:from |at )?{_time('a')} for (?P<n>\d{{1,3}}) (?P<u>hours?|hrs?|minutes?|mins?)\b|(?!)(?P<n2>)(?P<u2>)"), _for_hours),
    (re.compile(rf"\bfor (?P<n>\d{{1,3}}) (?P<u>hours?|hrs?|minutes?|mins?) (?:from|starting at|starting) {_time('a')}(?P<n2>(?!))?(?P<u2>(?!))?"), _for_hours),
    (re.compile(rf"(?<![\d/.-])\b(?:from |between )?{_time('a')}{_TO}{_time('b')}(?![\d/%-])"), _from_to),
)
WITHIN_UNITS: Table = (
    (re.compile(rf"\b(?:the )?(?P<w>1st|2nd|3rd|4th|5th|last) (?P<d>{WEEKDAY})\b(?= (?:of|in)\b)|\b(?:the )?(?P<w2>1st|2nd|3rd|4th) (?P<d2>{WEEKDAY})\b".replace("(?P<w2>", "(?P<x>").replace("(?P<d2>", "(?P<y>")), lambda found, clock: _nth_weekday_either(found, clock)),
    (re.compile(r"\b(?:the )?(?P<w>1st|2nd|3rd|4th|last) (?:(?P<n>\d{1,2}|couple of|few) )?(?P<u>weeks?|days?|half|months?)\b(?= (?:of|in) )"), _nth_units),
)
CLOCKS: Table = (
    (re.compile(rf"(?:\b(?:around|about|approx(?:imately)?|circa|after|before|since|until|from|at|by) |~ ?)?\b(?={_COLON}|{_MERIDIAN}|noon\b|midnight\b){_time('a').replace('[:.]', '[:. ]')}(?!\w)"), _at),
    (re.compile(rf"\b(?:around|about|after|before|since|until|at) (?!\d{{1,2}}[-/]){_time('a')}{_DAY_FOLLOWS}"), _at),
    (re.compile(r"\b(?:in the |this |during the |at |the )?(?P<p>mornings?|afternoon|evening|night|tonight)\b"), _part),
)
STRETCHES: Table = (
    (re.compile(r"\b(?:in |at |the )*(?P<p>early|mid|late|(?:the )?(?:beginning|start|middle|end) of)[ -]"), _stretch),
)
# fmt: on


def _nth_weekday_either(found: re.Match[str], clock: Clock) -> Atom | None:
    if found["w"]:
        return _nth_weekday(found, clock)
    again = re.fullmatch(rf"(?:the )?(?P<w>\w+) (?P<d>{WEEKDAY})", found[0])
    if again is None:
        return None
    atom = _nth_weekday(again, clock)
    return Atom(found.start(), found.end(), span=atom.span, pick=atom.pick, within=atom.within, kind="part")
