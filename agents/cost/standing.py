"""How one budget stands: so far against its share of the month, and how the month is expected to end."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agents.cost.horizon import this_month
from agents.cost.series import filled, look_ahead
from agents.figures import cents
from tools.budgets import Budget
from tools.ml.forecast import Overshoot, overshoot
from tools.table import Table

KEYS = ("team", "cost_center", "project", "env")  # tags that usage_cost tells apart


@dataclass(frozen=True, slots=True)
class Standing:
    """`allowed` is the budget's share for the days so far; `reached` the day on which the month's budget was used up.

    `ahead` is None where the days are not those of a month that still runs, or the history is too short.
    """

    budget: Budget
    allowed: Decimal
    actual: Decimal
    ahead: Overshoot | None
    reached: date | None

    @property
    def over(self) -> Decimal:
        return self.actual - self.allowed

    @property
    def over_share(self) -> float:
        return float(self.over / self.allowed) if self.allowed else 0.0

    @property
    def runs_out(self) -> date | None:
        """The day on which the budget is used up, past or expected."""
        return self.reached or (self.ahead.day if self.ahead else None)

    @property
    def likely(self) -> bool:
        return self.ahead is not None and self.ahead.probability >= 0.5


def stand(budget: Budget, daily: Table, first: date, last: date, *, running: bool) -> Standing:
    """`daily` holds cost per UTC day, workspace and tag; with `running`, the month of `last` is foretold to its end."""
    known = _series(budget, daily, last)
    days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    allowed = sum((budget.monthly_usd / monthrange(day.year, day.month)[1] for day in days), Decimal(0))
    spent, reached = Decimal(0), None
    for day in days:
        spent += known.get(day, Decimal(0))
        if reached is None and spent > budget.monthly_usd and first == this_month(last).first:
            reached = day
    future = look_ahead(filled(known, last), this_month(last).last) if running and known else None
    foretold = overshoot(float(cents(spent)), float(budget.monthly_usd), future, this_month(last).last) if future else None
    return Standing(budget, cents(allowed), cents(spent), foretold, reached)


def _series(budget: Budget, daily: Table, last: date) -> Mapping[date, Decimal]:
    sums: dict[date, Decimal] = {}
    key, _, value = budget.name.partition("=")
    for row in daily:
        fits = {"account": True, "workspace": row["workspace"] == budget.name, "tag": row.get(key) == value}[budget.scope]
        if fits and row["day"] <= last:
            sums[row["day"]] = sums.get(row["day"], Decimal(0)) + Decimal(str(row["cost_usd"] or 0))
    return sums


def expected(standing: Standing) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """The month's expected end and its 80% range, to the cent."""
    if standing.ahead is None:
        return (None, None, None)
    due = (end - float(standing.actual) for end in (standing.ahead.expected_total, standing.ahead.low, standing.ahead.high))
    total, low, high = (standing.actual + cents(Decimal(str(round(value, 4)))) for value in due)
    return (total, low, high)
