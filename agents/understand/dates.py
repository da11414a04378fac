"""Calendar days: in figures, by name, as ranges, by weekday."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from datetime import UTC, date, datetime, timedelta

from agents.understand.atoms import DAY, NTH, YEAR, Atom, Rule, Table, day_span, fixed, month_number, year_number
from agents.understand.calendar import Clock, Span, first_day, shift
from agents.understand.timewords import MONTH, MONTHS, UNIT, WEEKDAY, WEEKDAYS, number, unit


def _iso_moment(found: re.Match[str], clock: Clock) -> Atom:
    try:
        moment = datetime.fromisoformat(found[0].upper().replace(" ", "T").replace("Z", "+00:00"))
    except ValueError:
        return fixed(found, None)
    start = moment.astimezone(UTC) if moment.tzinfo else clock.at(moment)
    seconds = 1 if found["sec"] else 60
    return fixed(found, Span(start, start + timedelta(seconds=seconds), "minute"))


def _numbers_date(found: re.Match[str], clock: Clock) -> Atom:
    parts = found.groupdict()
    month = month_number(parts["m"])
    year = int(parts["y"]) if parts["y"] else None
    return _date(found, clock, year, month, int(parts["d"]))


def _slashed(found: re.Match[str], clock: Clock) -> Atom:
    first, second = int(found["a"]), int(found["b"])
    month, day = (second, first) if first > 12 else (first, second)
    return _date(found, clock, year_number(found["y"]), month, day)


def _slashed_short(found: re.Match[str], clock: Clock) -> Atom | None:
    first, second = int(found["a"]), int(found["b"])
    if first > 12 and second > 12:
        return None
    return _slashed(found, clock)


def _german_date(found: re.Match[str], clock: Clock) -> Atom:
    return _date(found, clock, year_number(found["y"]), int(found["m"]), int(found["d"]))


def _named_date(found: re.Match[str], clock: Clock) -> Atom:
    return _date(found, clock, year_number(found["y"]), MONTHS[found["m"]], int(re.sub(r"\D", "", found["d"])))


def _date(found: re.Match[str], clock: Clock, year: int | None, month: int, day: int) -> Atom:
    if year is not None:
        return fixed(found, day_span(clock, year, month, day), kind="date")
    return fixed(
        found,
        latest_date(clock, month, day, clock.today),
        lambda anchor: latest_date(clock, month, day, anchor),
        "date",
    )


def latest_date(clock: Clock, month: int, day: int, anchor: date) -> Span | None:
    for year in range(anchor.year, anchor.year - 9, -1):
        span = day_span(clock, year, month, day)
        if span and clock.day_of(span) <= anchor:
            return span
    return None


def _day_range(found: re.Match[str], clock: Clock) -> Atom:
    """3-12 Sept, November 19 to 20, between 3 and 12 of Sept 2024."""
    month, first, last = (
        MONTHS[found["m"]],
        (int(re.sub(r"\D", "", found[part])) for part in ("a", "b")),
        year_number(found["y"]),
    )
    start_day, end_day = first
    year = last if last is not None else None

    def of_year(anchor: date) -> Span | None:
        start = day_span(clock, year, month, start_day) if year else latest_date(clock, month, start_day, anchor)
        if start is None or end_day < start_day:
            return None
        end = day_span(clock, clock.day_of(start).year, month, end_day)
        return Span(start.start, end.end, "range") if end else None

    return fixed(found, of_year(clock.today), None if year else of_year)


def _week_of(found: re.Match[str], clock: Clock) -> Atom | None:
    """the week of April 10th; month of September 16th."""
    rest = found["rest"]
    for pattern, rule in DATES:
        inner = pattern.fullmatch(rest)
        atom = rule(inner, clock) if inner else None
        if atom and atom.span:
            grain, day = unit(found["u"]), clock.day_of(atom.span)
            if re.search(r"start|begin|commenc", found[0]):
                return fixed(found, clock.days(day, shift(day, number(found["n"] or "1"), grain), "range"))
            return fixed(found, clock.unit(grain, day))
    return None


def _nth_day(found: re.Match[str], clock: Clock) -> Atom:
    day = int(re.sub(r"\D", "", found["d"]))

    def latest(anchor: date) -> Span | None:
        for back in range(13):
            month = shift(anchor.replace(day=1), -back, "month")
            span = day_span(clock, month.year, month.month, day)
            if span and clock.day_of(span) <= anchor:
                return span
        return None

    def pick(span: Span) -> Span | None:
        first = clock.day_of(span)
        return day_span(clock, first.year, first.month, day)

    return Atom(
        found.start(),
        found.end(),
        span=latest(clock.today),
        pick=pick,
        within=frozenset({"month"}),
        recur=latest,
        kind="date",
    )


def _weekday(found: re.Match[str], clock: Clock) -> Atom:
    day = weekday_of(found["w"])
    word = found["r"] or ""

    def latest(anchor: date) -> Span:
        return clock.unit("day", anchor - timedelta(days=(anchor.weekday() - day) % 7))

    def in_week(span: Span) -> Span:
        return clock.unit("day", first_day("week", clock.day_of(span)) + timedelta(days=day))

    if word in ("this", "next", "coming"):
        span = in_week(clock.unit("week", clock.today))
        return Atom(found.start(), found.end(), span=span, future=word != "this" or span.start >= clock.now)
    span = latest(clock.today - timedelta(days=1))
    # "last Tuesday" is fixed; a bare "Tuesday" may still belong to "last week" beside it.
    return Atom(found.start(), found.end(), span=span, pick=in_week, within=frozenset({"week"}), recur=latest, kind="weekday")


def _numbered_week(found: re.Match[str], clock: Clock) -> Atom:
    """week 45, KW 45 of 2025: the ISO week of that number, the latest that has started where no year is said."""
    week, year = int(found["k"]), year_number(found["y"])

    def of_year(wanted: int) -> Span | None:
        try:
            return clock.unit("week", date.fromisocalendar(wanted, week, 1))
        except ValueError:
            return None

    def latest(anchor: date) -> Span | None:
        spans = (of_year(anchor.year - back) for back in range(3))
        return next((span for span in spans if span and clock.day_of(span) <= anchor), None)

    return fixed(found, of_year(year) if year else latest(clock.today), None if year else latest)


def _weekdays_ago(found: re.Match[str], clock: Clock) -> Atom:
    day = weekday_of(found["w"])
    last = clock.today - timedelta(days=1)
    recent = last - timedelta(days=(last.weekday() - day) % 7)
    return fixed(found, clock.unit("day", recent - timedelta(days=7 * (number(found["n"]) - 1))))


def _weekday_date(found: re.Match[str], clock: Clock) -> Atom | None:
    """Monday 21, Fri the 14th: the latest day of which both are true."""
    weekday, day = weekday_of(found["w"]), int(re.sub(r"\D", "", found["d"]))
    for back in range(1, 400):
        at = clock.today - timedelta(days=back - 1)
        if at.day == day and at.weekday() == weekday:
            return fixed(found, clock.unit("day", at), kind="date")
    return None


def weekday_of(word: str) -> int:
    return WEEKDAYS[word] if word in WEEKDAYS else WEEKDAYS[re.sub(r"'?s?$", "", word)]


_YEAR_AFTER = rf"(?:,? ?(?:of |in )?(?P<y>{YEAR})\b(?!-\d))?"
_SEP = r"[-/.]"
# fmt: off
_DATE_RULES: tuple[tuple[str, Rule], ...] = (
    (rf"\b(?P<y>{YEAR}){_SEP}(?P<m>0?[1-9]|1[0-2]|{MONTH}){_SEP}(?P<d>{DAY})\b", _numbers_date),
    (rf"\b(?P<y>{YEAR})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])\b", _numbers_date),
    (rf"\b(?P<y>{YEAR})[-/](?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}})\b", _numbers_date),
    (rf"\b(?P<d>{DAY})[-/. ](?P<m>{MONTH})[-/. ,]+(?P<y>{YEAR}|'?\d\d(?! ?[:ap]))\b", _numbers_date),
    (r"\b(?P<d>(?:1[3-9]|2\d|3[01]|0?[1-9]|1[0-2]))\.(?P<m>0?[1-9]|1[0-2])\.(?P<y>(?:20)?\d\d)?(?=\W|$)", _german_date),
    (rf"\b(?P<a>\d{{1,2}})[-/](?P<b>\d{{1,2}})(?:[-/]|, ?)(?P<y>{YEAR}|\d\d)\b(?![:/.]\d)", _slashed),
    (rf"\b(?P<m>{MONTH})[. /-]*(?P<d>{DAY}(?:st|nd|rd|th)?)(?![:\d]| ?[ap]\.?m\b|-\d|\.\d)(?:[,.]? ?(?:of |in )?(?P<y>{YEAR}))?\b(?!-\d)", _named_date),
    (rf"\b(?P<m>{MONTH})[,.]? (?:the )?(?P<d>{NTH}){_YEAR_AFTER}\b", _named_date),
    (rf"\b(?:the )?(?P<d>{DAY}(?:st|nd|rd|th)?)[. -]*(?:day )?(?:of |in )?(?P<m>{MONTH})\b\.?{_YEAR_AFTER}", _named_date),
    (r"(?<![\d/.-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?P<y>)(?![\d/%])", _slashed_short),
    (r"(?:(?<=on )|(?<=on  )|(?<=on   )|(?<=on    )|(?<=since )|(?<=day )|(?<=from ))(?P<a>\d{1,2})[-.](?P<b>\d{1,2})(?P<y>)(?![\d.-]| ?[ap]\.?m\b)", _slashed_short),
    (rf"\b(?:the )?(?P<d>{NTH})\b(?! (?:week|quarter|half|percentile|day|month|time|largest|biggest|highest|most|party|run|attempt|{WEEKDAY})\b)", _nth_day),
    (r"(?:(?<=on )|(?<=on the ))(?P<d>[12]\d|3[01]|0?[1-9])\b(?=[?!.]*$| (?:from|between|at)\b)", _nth_day),
)
DATES = tuple((re.compile(pattern), rule) for pattern, rule in _DATE_RULES)
_ANY_DATE = "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern, _ in _DATE_RULES[:9] + _DATE_RULES[-2:-1])
FIRST: Table = (
    (re.compile(rf"(?<!last )(?<!past )(?<!this )(?<!previous )(?<!next )(?<!per )(?<!a )(?<!each )\b(?:(?:calendar |iso |kalender)?weeks?|wk|kw|cw)\.? ?(?:no\.? ?|number |nr\.? ?|#)?(?P<k>[1-4]\d|5[0-3]|0?[1-9])\b(?!\W*(?:days?|hours?|jobs?|runs?|of {MONTH}|to \d|-))(?:,? ?(?:of |in |/)?(?P<y>{YEAR})\b)?"), _numbered_week),
    (re.compile(r"\b\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?P<sec>:\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?\b"), _iso_moment),
    (re.compile(rf"\b(?:the )?(?:(?P<n>\d{{1,2}}) )?(?P<u>weeks?|months?|quarters?|days?) (?:of|starting|beginning|commencing)(?: on| from)? (?P<rest>{_ANY_DATE})"), _week_of),
    (re.compile(rf"\b(?:from |between )?(?:the )?(?P<a>{DAY}(?:st|nd|rd|th)?) ?(?:-|to|and|until|till|through|thru) ?(?:the )?(?P<b>{DAY}(?:st|nd|rd|th)?)[. ]*(?:of )?(?P<m>{MONTH})\b{_YEAR_AFTER}"), _day_range),
)
RANGES: Table = (
    (re.compile(rf"\b(?P<m>{MONTH})[. ]*(?:from |between )?(?P<a>{DAY}(?:st|nd|rd|th)?) ?(?:-|to|and|until|till|through|thru) ?(?P<b>{DAY}(?:st|nd|rd|th)?)(?![:\d/-]| ?[ap]\.?m\b| of\b| {MONTH}){_YEAR_AFTER}"), _day_range),
    (re.compile(rf"\b(?P<w>{WEEKDAY}),? (?:the )?(?P<d>{DAY}(?:st|nd|rd|th)?)(?![\d:./-]| ?[ap]\.? ?m\b| (?:of )?{MONTH}| {UNIT}\b| (?:job|run|fail|quer|time|user|table|o))"), _weekday_date),
)
AGO: Table = (
    (re.compile(rf"\b(?P<n>\d|a couple of|few) (?P<w>{WEEKDAY}) ago\b"), _weekdays_ago),
)
WEEKDAY_RULES: Table = (
    (re.compile(rf"\b(?:(?P<r>this|next|coming|last|past|previous) (?:\b)?)?(?P<w>{WEEKDAY})\b(?!-)"), _weekday),
)
# fmt: on
