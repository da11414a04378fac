"""Times told from now: today, last week, past 7 days, 3 weeks ago, month to date."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import datetime, time, timedelta

from agents.understand.atoms import Atom, Table, fixed
from agents.understand.calendar import SECONDS_OF, Clock, Span, first_day, shift
from agents.understand.timewords import NUMBER, UNIT, number, unit


def _today(found: re.Match[str], clock: Clock) -> Atom:
    return fixed(found, clock.unit("day", clock.today))


def _now(found: re.Match[str], clock: Clock) -> Atom:
    return Atom(found.start(), found.end(), span=Span(clock.now, clock.now, "elapsed"), kind="now")


def _yesterday(found: re.Match[str], clock: Clock) -> Atom:
    back = 2 if "before" in found[0] else 1
    return fixed(found, clock.unit("day", clock.today - timedelta(days=back)))


def _future(found: re.Match[str], _clock: Clock) -> Atom:
    return Atom(found.start(), found.end(), future=True)


def _current(found: re.Match[str], clock: Clock) -> Atom:
    return fixed(found, unit_now(clock, unit(found["u"])))


def unit_now(clock: Clock, grain: str) -> Span:
    """The running unit; for hours and minutes the one on the clock."""
    if grain in SECONDS_OF:
        seconds = SECONDS_OF[grain]
        start = clock.now.replace(microsecond=0) - timedelta(seconds=(clock.now.minute * 60 + clock.now.second) % seconds)
        return Span(start, start + timedelta(seconds=seconds), grain)
    if grain == "weekend":
        started = first_day("weekend", clock.today)
        return clock.unit("weekend", started if started <= clock.today else started - timedelta(days=7))
    return clock.unit("week" if grain == "fortnight" else grain, clock.today)


def _previous(found: re.Match[str], clock: Clock) -> Atom:
    """last week, previous month, past year, last hour, last weekend."""
    word, grain = found["r"], unit(found["u"])
    if grain in SECONDS_OF:
        span = clock.before(Span(clock.now, clock.now, "elapsed"), 1, grain)
    elif grain == "day" and word in ("last", "past"):
        span = Span(clock.now - timedelta(hours=24), clock.now, "elapsed", 24)
    elif grain == "weekend":
        sunday = first_day("week", clock.today) - timedelta(days=1)
        span = clock.unit("weekend", sunday)
    elif word == "past" or grain == "fortnight":
        span = rolling(clock, 1, grain)
    else:
        span = clock.unit(grain, shift(first_day(grain, clock.today), -1, grain))
    relative = (lambda primary: clock.before(primary, 1, grain)) if word in ("previous", "prior", "preceding") else None
    return Atom(found.start(), found.end(), span=span, relation=relative)


def rolling(clock: Clock, count: int, grain: str) -> Span:
    """N units and today so far; hours and less are exact; quarters are complete."""
    if grain in SECONDS_OF:
        return clock.before(Span(clock.now, clock.now, "elapsed"), count, grain)
    if grain == "quarter":
        this = first_day("quarter", clock.today)
        return clock.days(shift(this, -count, grain), this, "range", count)
    if grain == "weekend":
        this = first_day("week", clock.today) - timedelta(days=2)
        return clock.days(shift(this, 1 - count, "week"), this + timedelta(days=2), "range", count)
    start = clock.at(datetime.combine(shift(clock.today, -count, "day" if grain == "night" else grain), time()))
    return Span(start, max(start, clock.now), f"rolling {grain}", count)


def _rolling(found: re.Match[str], clock: Clock) -> Atom | None:
    parts = {name: value for name, value in found.groupdict().items() if value}
    word, count, grain = parts.get("r", ""), number(parts["n"]), unit(parts["u"])
    if count == 0 or count > 4000:
        return None
    relative = (lambda primary: clock.before(primary, count, grain)) if word in ("previous", "prior", "preceding") else None
    return Atom(found.start(), found.end(), span=rolling(clock, count, grain), relation=relative)


def _ago(found: re.Match[str], clock: Clock) -> Atom | None:
    count, grain = number(found["n"]), unit(found["u"])
    if count > 4000:
        return None
    if grain in SECONDS_OF:
        local = clock.wall(clock.now - timedelta(seconds=count * SECONDS_OF[grain]))
        start = local.replace(
            second=local.second if grain == "second" else 0,
            microsecond=0,
            minute=0 if grain == "hour" else local.minute,
        )
        return fixed(found, clock.between(start, start + timedelta(seconds=SECONDS_OF[grain]), grain))
    if grain == "weekend":
        return fixed(found, clock.unit("weekend", first_day("week", clock.today) - timedelta(days=7 * count - 6)))
    if found["today"]:
        return fixed(found, clock.unit("day", shift(clock.today, -count, grain)))
    grain = "week" if grain == "fortnight" else grain
    count = count * 2 if unit(found["u"]) == "fortnight" else count
    return fixed(found, clock.unit(grain, shift(clock.today, -count, grain)))


def _last_night(found: re.Match[str], clock: Clock) -> Atom:
    evening = datetime.combine(clock.today - timedelta(days=1), time(18))
    return fixed(found, clock.between(evening, evening + timedelta(hours=12), "part"))


def _window(found: re.Match[str], clock: Clock) -> Atom:
    count, word = number(found["n"] or found["n2"]), found["u"] or found["u2"]
    return fixed(found, rolling(clock, count, unit(word)))


_NU = rf"(?P<n>{NUMBER}) ?(?P<u>{UNIT}|weekends?|nights?)"
_ENGLISH_PREVIOUS = r"last|past|previous|trailing|recent|rolling|prior|preceding|most recent|latest"
# fmt: off
EARLIEST: Table = (
    (re.compile(r"\bthe day before yesterday\b|\bday before yesterday\b"), _yesterday),
)
RELATIVE: Table = (
    (re.compile(r"\b(?P<u>day|week|month|quarter|year) to date\b"), _current),
    (re.compile(r"\b(?P<u>[mwqy])td\b"), lambda found, clock: fixed(found, unit_now(clock, {"m": "month", "w": "week", "q": "quarter", "y": "year"}[found["u"]]))),
    (re.compile(r"\b(?:so far |until now )?(?:this|the current|current|the running) (?P<u>hour|minute|day|weekend|week|month|quarter|year)\b(?: so far)?|\bthe (?P<v>week|month|quarter|year) so far\b"), lambda found, clock: fixed(found, unit_now(clock, unit(found["u"] or found["v"])))),
    (re.compile(r"\blast night\b|\bover ?night\b|\bthe night\b(?= was)"), _last_night),
    (re.compile(rf"\b(?:(?:for|during|over|in|within) )?(?:the )?(?P<r>{_ENGLISH_PREVIOUS}) {_NU}(?! ago)\b"), _rolling),
    (re.compile(rf"\b(?P<n>\d{{1,4}}) (?:last|past|previous|most recent|latest) (?P<u>{UNIT})\b"), _rolling),
    (re.compile(rf"\b{_NU} (?:ago|back|before now)\b(?P<today>)".replace("(?P<today>)", r"(?P<today> (?:today|to the day))?")), _ago),
    (re.compile(rf"\bover {_NU}\b(?! ago)"), _rolling),
    (re.compile(r"(?<![\w$.-])(?P<n>\d{1,3})(?P<u>d|h|hrs?|wks?|w|mo)\b(?!-| (?:sla|timeout|longer|slower|faster|late|limit|threshold))"), _rolling),
    (re.compile(r"\b(?:the )?(?P<n>\d{1,3}) (?P<u>days?|weeks?|months?) (?:window|trend|history|view|lookback|period|trailing)\b|\b(?:for|in|of|trend) (?P<n2>\d{1,3}) (?P<u2>days?|weeks?|months?)\b(?! (?:ago|old|or|more))(?=\W*$)"), lambda found, clock: _window(found, clock)),
    (re.compile(r"\b(?:the )?(?P<r>last|previous|prior|preceding|past) (?P<u>hour|minute|second|day|weekend|week|fortnight|month|quarter|half|year)\b"), _previous),
    (re.compile(r"\b(?:over |on |during )?the (?P<u>weekend)\b(?! (?:of|before))|\b(?:over|on|at) (?P<v>weekend)\b"), lambda found, clock: fixed(found, unit_now(clock, "weekend"))),
    (re.compile(r"\btoday\b|\btodays\b"), _today),
    (re.compile(r"\byesterday\b"), _yesterday),
    (re.compile(r"\b(?:right now|till now|until now|now)\b"), _now),
    (re.compile(rf"\btomorrow\b|\b(?:the )?(?:next|coming|upcoming|following) (?:{NUMBER} )?(?:{UNIT}|weekend)\b|\bin {NUMBER} {UNIT}(?: time)?\b(?! window)|\b(?:by|before|at|until|through|for) (?:the )?(?:end of (?:the |this )?(?:day|week|month|quarter|year)|eo[dwmqy]|year ?end|month ?end|quarter ?end)\b|\b(?:the )?end of (?:the|this) (?:week|month|quarter|year)\b|\beo[mqy]\b|\b(?:month|quarter|year)[- ]end\b"), _future),
)
# fmt: on
