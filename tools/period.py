"""A period of time: half-open, exact in UTC, with the zone in which its days are counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Period:
    """[start, end) in UTC; `tz` is the IANA zone whose midnights cut it into days."""

    start: datetime
    end: datetime
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs times with a zone")
        if self.end < self.start:
            raise ValueError("a period cannot end before it starts")

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)

    @classmethod
    def of_days(cls, first: date, last: date, tz: str) -> "Period":
        """The whole local days from `first` to `last`, both included (a day can have 23 or 25 hours)."""
        return cls(midnight(first, tz), midnight(last + timedelta(days=1), tz), tz)

    @property
    def first_day(self) -> date:
        return self.start.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The last local day that the period touches."""
        if self.end == self.start:
            return self.first_day
        return (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1))

    @property
    def is_whole_days(self) -> bool:
        return self.start == midnight(self.first_day, self.tz) and self.end == midnight(
            self.last_day + timedelta(days=1), self.tz
        )

    def clipped(self, now: datetime) -> "Period":
        """The part of the period that has happened by `now`."""
        return Period(min(self.start, now), min(self.end, now), self.tz)

    def __str__(self) -> str:
        start, end = self.start.astimezone(self.zone), self.end.astimezone(self.zone)
        if not self.is_whole_days:
            last = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a %-d %b %Y %H:%M}"
            return f"{start:%a %-d %b %Y %H:%M} – {last} {self.tz}"
        if self.first_day == self.last_day:
            return f"{start:%a %-d %b %Y} {self.tz}"
        return f"{self.first_day:%a %-d %b %Y} – {self.last_day:%a %-d %b %Y} {self.tz}"


def midnight(day: date, tz: str) -> datetime:
    """The instant at which `day` begins in `tz`, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)
