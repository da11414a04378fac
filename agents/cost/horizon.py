"""How far ahead a forecast is asked for: the days whose total is wanted, past ones of a running month included."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from agents.question import Question
from agents.understand.languages import MONTHS, language, to_english
from agents.understand.text import fold
from tools.period import Period

_UNITS = "day|week|month|quarter|year"
_NUMBERS = {
    word: n
    for n, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_COUNTED = re.compile(rf"\b(?:next|coming|following|in) (\d{{1,3}}|{'|'.join(_NUMBERS)}) ({_UNITS})s?\b")
_NEXT = re.compile(rf"\b(?:next|coming|following) ({_UNITS})\b")
_CURRENT = re.compile(rf"\b(?:(?:this|current|the) ({_UNITS})|({_UNITS})[- ]end|end of (?:the |this )?({_UNITS}))\b")
_MONTH = re.compile(rf"\b(?:in|for|of|by|until) ({'|'.join(MONTHS)})\b(?! \d)")
_DAY = re.compile(
    rf"\b(?:(\d{{4}})-(\d\d)-(\d\d)|(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})(?:,? (\d{{4}}))?"
    rf"|({'|'.join(MONTHS)}) (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?)\b"
)
_YEAR_END = re.compile(r"\b(?:eoy|annual|yearly)\b")


@dataclass(frozen=True, slots=True)
class Horizon:
    """Local days, both included."""

    first: date
    last: date
    name: str


def read_horizon(question: Question) -> Horizon:
    """The days that the question asks about; this month where it names none that lie ahead."""
    today = Period(question.now, question.now, question.asker.tz).first_day
    text = fold(question.text)
    text = to_english(text, language(text))
    if day := _named_day(text, today):
        return Horizon(day, day, f"{day:%a %-d %b %Y}")
    if found := _COUNTED.search(text):
        count = int(_NUMBERS.get(found[1], 0) or found[1])
        return _counted(today, count, found[2])
    if found := _NEXT.search(text):
        return _calendar(_after(today, found[1]), found[1], f"next {found[1]}")
    if found := _MONTH.search(text):
        number = MONTHS.index(found[1]) + 1
        return _calendar(date(today.year + (number < today.month), number, 1), "month", found[1].capitalize())
    if "tomorrow" in text:
        return Horizon(today + timedelta(days=1), today + timedelta(days=1), "tomorrow")
    if found := _CURRENT.search(text):
        unit = found[1] or found[2] or found[3]
        return this_month(today) if unit == "day" else _calendar(today, unit, f"this {unit}")
    return _calendar(today, "year", "this year") if _YEAR_END.search(text) else this_month(today)


def _named_day(text: str, today: date) -> date | None:
    """A day to come that is named by its date; without a year the next one of that date."""
    found = _DAY.search(text)
    if not found:
        return None
    iso_year, iso_month, iso_day, day, month, year, month_first, day_after, year_after = found.groups()
    if iso_year:
        chosen = (int(iso_year), int(iso_month), int(iso_day))
    else:
        number = MONTHS.index(month or month_first) + 1
        written = year or year_after
        on = int(day or day_after)
        chosen = (int(written) if written else today.year + ((number, on) < (today.month, today.day)), number, on)
    try:
        return named if (named := date(*chosen)) >= today else None
    except ValueError:  # 31 November
        return None


def this_month(today: date) -> Horizon:
    return _calendar(today, "month", "this month")


def next_month(today: date) -> Horizon:
    return _calendar(_after(today, "month"), "month", "next month")


def next_days(today: date, count: int) -> Horizon:
    return Horizon(today, today + timedelta(days=count - 1), f"the next {count} days")


def _counted(today: date, count: int, unit: str) -> Horizon:
    days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit] * count
    if unit in ("month", "quarter", "year"):
        months = {"month": 1, "quarter": 3, "year": 12}[unit] * count
        end = _months_on(today, months)
        days = (end - today).days
    many = "" if count == 1 else "s"
    return Horizon(today, today + timedelta(days=days - 1), f"the next {count} {unit}{many}")


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after(today: date, unit: str) -> date:
    """A day in the next week, month, quarter or year."""
    if unit in ("day", "week"):
        return today + timedelta(days=1 if unit == "day" else 7)
    return _months_on(_calendar(today, unit, "").first, {"month": 1, "quarter": 3, "year": 12}[unit])


def _calendar(day: date, unit: str, name: str) -> Horizon:
    """The calendar unit that holds `day`; weeks begin on Monday."""
    if unit == "day":
        return Horizon(day, day, name)
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return Horizon(first, first + timedelta(days=6), name)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Horizon(first, _months_on(first, months) - timedelta(days=1), name)
