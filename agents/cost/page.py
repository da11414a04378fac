"""What cost answers share: the dashboard's address, the days that count as complete."""

from datetime import date, datetime, timedelta

from agents.answer import Link
from agents.cost.report import DASHBOARD
from agents.cost.window import period_before
from agents.question import Question
from agents.specialist import Sources
from tools.period import Period
from tools.table import Table


def dashboard(sources: Sources, asked: Period) -> tuple[Link, ...]:
    return sources.dashboard(DASHBOARD, asked)


def through_day(complete: datetime | None, daily: Table, question: Question) -> date:
    """The last complete day in the asker's zone; the last with usage where none arrived lately."""
    if complete is not None:
        return Period(complete, complete, question.asker.tz).first_day - timedelta(days=1)
    days = daily.column("day")
    return max(days) if days else question.now.date() - timedelta(days=1)


def last_month(question: Question) -> Period:
    """The last whole calendar month in the asker's zone."""
    today = Period(question.now, question.now, question.asker.tz).first_day
    last = today.replace(day=1) - timedelta(days=1)
    return Period.of_days(last.replace(day=1), last, question.asker.tz)


def month_before(asked: Period) -> Period:
    """The calendar month before a whole one; else as many days before."""
    first, last = asked.first_day, asked.last_day
    if asked.is_whole_days and first.day == 1 and (last + timedelta(days=1)).day == 1 and (last - first).days < 31:
        end = first - timedelta(days=1)
        return Period.of_days(end.replace(day=1), end, asked.tz)
    return period_before(asked)
