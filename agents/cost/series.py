"""Daily cost as a series: what was spent, what is to come, and how good the same forecast was on the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from agents.cost.horizon import Horizon
from agents.figures import cents, percent
from tools.errors import BadRequestError
from tools.ml.forecast import LEAST, LONGEST, Forecast, forecast
from tools.table import Table

REACH = timedelta(days=180)  # of history that is read
SURE = 28  # days of history before a forecast is tried on the past
TRIES = 8
LONGEST_TRY = 28  # days ahead that are tried at most
RUN_RATE = 28  # days behind the plain run rate that the forecast is held against


@dataclass(frozen=True, slots=True)
class Landing:
    """What a horizon will cost: spent on its complete days, and expected on the others with an 80% interval."""

    horizon: Horizon
    spent: Decimal
    due: Decimal
    low: Decimal
    high: Decimal

    @property
    def total(self) -> Decimal:
        return self.spent + self.due


@dataclass(frozen=True, slots=True)
class Backtest:
    """The same forecast made on `tried` past dates, for so many days ahead; errors are medians, of 1."""

    tried: int
    days: int
    error: float
    run_rate_error: float
    inside: int

    def __str__(self) -> str:
        return (
            f"Made on {self.tried} past dates for {self.days} days ahead, it was off by {percent(self.error)} in the middle case "
            f"(a plain run rate of {RUN_RATE} days: {percent(self.run_rate_error)}), and {self.inside} of {self.tried} totals "
            "fell inside its 80% range."
        )


def read_series(table: Table, through: date) -> dict[date, Decimal]:
    """Cost of each day up to `through`, the last complete one."""
    known: dict[date, Decimal] = {}
    for row in table:
        if row["day"] <= through:
            known[row["day"]] = known.get(row["day"], Decimal(0)) + Decimal(str(row["cost_usd"] or 0))
    return filled(known, through) if known else {}


def filled(known: Mapping[date, Decimal], through: date) -> dict[date, Decimal]:
    """Every day from the first one known; one without usage cost nothing."""
    first = min(known)
    return {day: known.get(day, Decimal(0)) for n in range((through - first).days + 1) for day in [first + timedelta(days=n)]}


def look_ahead(series: Mapping[date, Decimal], last: date) -> Forecast | None:
    """Each day after the series up to `last`; None with too little history. Raises BadRequestError where `last` is too far."""
    if len(series) < LEAST:
        return None
    through = max(series)
    if (last - through).days > LONGEST:
        raise BadRequestError(f"{last:%-d %b %Y} is too far ahead.", do=f"Ask for at most {LONGEST} days.")
    return forecast([(day, float(cost)) for day, cost in series.items()], last, complete_through=through)


def land(series: Mapping[date, Decimal], ahead: Forecast, horizon: Horizon) -> Landing:
    spent = cents(sum((cost for day, cost in series.items() if horizon.first <= day <= horizon.last), Decimal(0)))
    due, low, high = (cents(Decimal(str(round(value, 4)))) for value in ahead.total(horizon.first, horizon.last))
    return Landing(horizon, spent, due, spent + low, spent + high)


def backtest(series: Mapping[date, Decimal], days: int) -> Backtest | None:
    """How the forecast would have done on past dates a week apart; None where the history is too short to try it."""
    days = max(1, min(days, LONGEST_TRY))
    through = max(series)
    errors, plain, inside = [], [], 0
    for back in range(TRIES):
        origin = through - timedelta(days=days + 7 * back)
        past = {day: cost for day, cost in series.items() if day <= origin}
        actual = float(sum((cost for day, cost in series.items() if origin < day <= origin + timedelta(days=days)), Decimal(0)))
        ahead = look_ahead(past, origin + timedelta(days=days)) if len(past) >= SURE else None
        if ahead is None or actual <= 0:
            continue
        told, low, high = ahead.total(origin + timedelta(days=1), origin + timedelta(days=days))
        recent = sum(float(cost) for day, cost in past.items() if day > origin - timedelta(days=RUN_RATE)) / RUN_RATE * days
        errors.append(abs(told - actual) / actual)
        plain.append(abs(recent - actual) / actual)
        inside += low <= actual <= high
    if not errors:
        return None
    return Backtest(len(errors), days, median(errors), median(plain), inside)
