"""Which days a cost question is about, and which it is measured against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from agents.question import Question
from tools.cost import BASELINE_DAYS
from tools.errors import BadRequestError
from tools.ml.anomaly import DayVerdict, judge
from tools.period import Period, midnight
from tools.table import Table

TREND_DAYS = 14
HISTORY = timedelta(days=63)


@dataclass(frozen=True, slots=True)
class Trend:
    """Daily cost in the asker's zone: per day and SKU, and how usual each complete day was."""

    by_sku: Mapping[date, Mapping[str, Decimal]]
    verdicts: Mapping[date, DayVerdict]

    def total(self, day: date) -> Decimal:
        return sum(self.by_sku.get(day, {}).values(), Decimal(0))


def history(question: Question) -> Period:
    """The days whose totals are needed to judge the asked ones."""
    tz, now = question.asker.tz, question.now
    period = question.period
    today = Period(now, now, tz).first_day
    first = min(period.first_day, today - timedelta(days=TREND_DAYS)) if period else today - timedelta(days=TREND_DAYS)
    last = min(max(period.last_day + timedelta(days=2), first + timedelta(days=TREND_DAYS)), today) if period else today
    return Period(midnight(first - HISTORY, tz), min(midnight(last + timedelta(days=1), tz), now), tz)


def default_period(question: Question, days: int) -> Period:
    """The asked period, or the last so many whole days."""
    if question.period:
        if question.period.start > question.now:
            raise BadRequestError("That period has not begun yet.", do="Ask for one that has.")
        return question.period
    today = Period(question.now, question.now, question.asker.tz).first_day
    return Period(
        midnight(today - timedelta(days=days), question.asker.tz), midnight(today, question.asker.tz), question.asker.tz
    )


def period_before(asked: Period) -> Period:
    """As many days before, for less than a week the same weekdays of the week before.

    What the asked period has had of its last day, the one before has too: the clock on the wall is shifted by whole days.
    """
    shift = timedelta(days=max(len(asked.days), 7))
    start, end = (moment.astimezone(asked.zone) - shift for moment in (asked.start, asked.end))
    return Period(start.astimezone(UTC), end.astimezone(UTC), asked.tz)


def read_trend(table: Table, complete: datetime, tz: str) -> Trend:
    """Daily totals, judged up to the last day that is complete."""
    by_sku: dict[date, dict[str, Decimal]] = {}
    for day, sku, cost in table.rows:
        by_sku.setdefault(day, {})[sku or "(no SKU)"] = Decimal(str(cost or 0))
    through = Period(complete, complete, tz).first_day - timedelta(days=1)
    series = [(day, float(sum(by_sku[day].values(), Decimal(0)))) for day in sorted(by_sku) if day <= through]
    return Trend(by_sku, {verdict.day: verdict for verdict in judge(series)})


def most_unusual(trend: Trend, days: Sequence[date]) -> DayVerdict | None:
    """Of the days that are anomalous, the one furthest from what was expected; rises before falls."""
    found = [v for day in days if (v := trend.verdicts.get(day)) and v.is_anomaly]
    return max(found, key=lambda v: (v.direction == "up", abs(v.actual - v.expected)), default=None)


def same_weekdays(asked: Period) -> list[Period]:
    """The same days of the weeks before, the nearest first: whole weeks back, so that weekdays match.

    What the asked period has had of its last day, each of them has too.
    """
    step = -(-len(asked.days) // 7) * 7
    whole = asked.is_whole_days
    start, end = asked.start.astimezone(asked.zone), asked.end.astimezone(asked.zone)
    periods = []
    for back in range(1, BASELINE_DAYS + 1):
        shift = timedelta(days=back * step)
        if whole:
            periods.append(Period.of_days(asked.first_day - shift, asked.last_day - shift, asked.tz))
        else:
            periods.append(Period((start - shift).astimezone(UTC), (end - shift).astimezone(UTC), asked.tz))
    return periods


def usable(baseline: Sequence[Period], trend: Trend, most: int = 4) -> list[int]:
    """Numbers (from 1) of the baseline periods that had usage and no unusual day; all with usage if none is left."""
    with_usage = [n for n, period in enumerate(baseline, 1) if any(day in trend.by_sku for day in period.days)]
    calm = [n for n in with_usage if not any((v := trend.verdicts.get(day)) and v.is_anomaly for day in baseline[n - 1].days)]
    return (calm or with_usage)[:most]
