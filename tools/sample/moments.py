"""The days on which the sample account's incidents lie, all relative to today."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAYS = 120


@dataclass(frozen=True, slots=True)
class Moments:
    """`now` is where the sample ends; days are UTC days."""

    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def first(self) -> date:
        return self.today - timedelta(days=DAYS - 1)

    @property
    def tuesday(self) -> date:
        """The most recent Tuesday strictly before today."""
        return self.today - timedelta(days=(self.today.weekday() - 2) % 7 + 1)

    @property
    def monday(self) -> date:
        """The first day of the current ISO week."""
        return self.today - timedelta(days=self.today.weekday())

    @property
    def left_on(self) -> date:
        """The Saturday of the weekend on which a cluster stayed up: 16 to 22 days ago."""
        return self.monday - timedelta(days=16)

    @property
    def repriced(self) -> date:
        """The day before the first of last Tuesday's four comparison days, so that they share one price."""
        return self.tuesday - timedelta(days=29)

    @property
    def migrated(self) -> date:
        return self.tuesday - timedelta(days=33)

    @property
    def newcomer(self) -> date:
        """The first Monday, Wednesday or Friday of the last 11 days."""
        days = (self.today - timedelta(days=11 - ahead) for ahead in range(3))
        return next(day for day in days if day.isoweekday() in (1, 3, 5))

    @property
    def complete_until(self) -> datetime:
        """Up to here every usage row has arrived."""
        return (self.now - timedelta(hours=6)).replace(minute=0, second=0, microsecond=0)


def moments(today: datetime) -> Moments:
    return Moments(today.astimezone(UTC))


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
