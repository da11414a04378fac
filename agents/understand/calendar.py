"""Calendar arithmetic in one zone: units of time, their neighbours, and spans in UTC."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from tools.period import midnight

MONTHS_OF = {"month": 1, "quarter": 3, "half": 6, "year": 12}
DAYS_OF = {"day": 1, "weekend": 7, "week": 7, "fortnight": 14}
SECONDS_OF = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in UTC and its grain: a calendar unit, `part`, `range`, `rolling` (days and longer) or `elapsed`."""

    start: datetime
    end: datetime
    grain: str
    count: int = 1


@dataclass(frozen=True)
class Clock:
    """Now, seen from one zone."""

    now: datetime
    tz: str

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)

    @cached_property
    def local(self) -> datetime:
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    @cached_property
    def today(self) -> date:
        return self.local.date()

    def at(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def wall(self, moment: datetime) -> datetime:
        """What a clock on the wall shows at a moment."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def between(self, start: datetime, end: datetime, grain: str) -> Span:
        """The span between two local times."""
        first = self.at(start)
        return Span(first, max(first, self.at(end)), grain)

    def days(self, first: date, after_last: date, grain: str, count: int = 1) -> Span:
        start = midnight(first, self.tz)
        return Span(start, max(start, midnight(after_last, self.tz)), grain, count)

    def unit(self, grain: str, day: date) -> Span:
        """The calendar unit of days that holds a day."""
        first = first_day(grain, day)
        return self.days(first, shift(first, 1, grain), grain)

    def day_of(self, span: Span) -> date:
        return self.wall(span.start).date()

    def moved(self, span: Span, count: int, grain: str) -> Span:
        """The span moved by whole units on the wall clock; months clip to their end."""
        start, end = self.wall(span.start), self.wall(span.end)
        moved_start = _move(start, count, grain)
        if span.grain in MONTHS_OF and grain in MONTHS_OF:
            moved_end = datetime.combine(shift(moved_start.date(), span.count, span.grain), time())
        else:
            moved_end = _move(end, count, grain)
        return replace(self.between(moved_start, moved_end, span.grain), count=span.count)

    def before(self, span: Span, count: int, grain: str) -> Span:
        """The `count` units that end where the span starts."""
        if grain in SECONDS_OF:
            return Span(span.start - timedelta(seconds=count * SECONDS_OF[grain]), span.start, "elapsed", count)
        start = self.wall(span.start)
        return replace(self.between(_move(start, -count, grain), start, grain if count == 1 else "range"), count=count)

    def like_for_like(self, primary: Span, other: Span) -> Span:
        """The part of `other` that has as much wall time as has passed of the running `primary`."""
        if not primary.start < self.now < primary.end:
            return other
        passed = self.local - self.wall(primary.start)
        end = min(other.end, self.at(self.wall(other.start) + passed))
        return replace(other, end=max(other.start, end))


def first_day(grain: str, day: date) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "weekend":
        return day - timedelta(days=day.weekday()) + timedelta(days=5)
    if grain in MONTHS_OF:
        size = MONTHS_OF[grain]
        return day.replace(month=(day.month - 1) // size * size + 1, day=1)
    return day


def shift(day: date, count: int, grain: str) -> date:
    """The same day `count` units later; a month too short clips to its end, the calendar's edges hold."""
    try:
        if grain in MONTHS_OF:
            month = day.year * 12 + day.month - 1 + count * MONTHS_OF[grain]
            year, index = divmod(month, 12)
            return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))
        if grain == "weekend" and count == 1 and day.weekday() == 5:
            return day + timedelta(days=2)
        return day + timedelta(days=count * DAYS_OF[grain])
    except (ValueError, OverflowError):
        return date(1970, 1, 1) if count < 0 else date(9998, 12, 31)


def _move(local: datetime, count: int, grain: str) -> datetime:
    if grain in SECONDS_OF:
        return local + timedelta(seconds=count * SECONDS_OF[grain])
    return datetime.combine(shift(local.date(), count, grain), local.time())
