"""The planted incidents of a sample and their true answers, as data: known without building the file."""

from datetime import date, datetime, timedelta

from tools.sample.moments import moments
from tools.sample.plan import plan
from tools.sample.story import Story
from tools.sample.told import cost, governance, operations, security

__all__ = ["Story", "clean_days", "last_tuesday", "stories"]


def stories(today: datetime, seed: int = 7) -> tuple[Story, ...]:
    """Every incident of the sample that `generate.write` makes from the same moment and seed."""
    of = plan(today, seed)
    return (*cost.told(of), *operations.told(of), *security.told(of), *governance.told(of))


def last_tuesday(today: datetime) -> date:
    """The day of the cost spike: the most recent Tuesday strictly before today, in UTC."""
    return moments(today).tuesday


def clean_days(today: datetime) -> tuple[date, date]:
    """First and last day (both included) on which no cost incident lies: the totals of these weeks look usual."""
    when = moments(today)
    return when.first, when.today - timedelta(days=49)
