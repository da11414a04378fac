"""A plain forecast of one daily figure, judged by how it would have done: median of like days, range from its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, log
from statistics import median

LIKE = 4  # like days that the forecast is the median of
TESTED = 14  # past days on which the same rule is tried
WIDTH = 1.28 * 1.4826  # of the median absolute deviation: 80% where errors are normal; one change of level does not widen it


@dataclass(frozen=True, slots=True)
class Outlook:
    """`low` to `high` is where 4 of 5 days should fall, by the errors of the `tested` days; `error` is their median, of 1."""

    day: date
    expected: float
    low: float
    high: float
    error: float | None
    tested: int


def outlook(history: Mapping[date, float], day: date) -> Outlook | None:
    """The forecast for `day`; None with fewer than two like days (workdays, or weekend days) before it."""
    expected = _median_of_like(history, day)
    if expected is None:
        return None
    ratios = [ratio for back in range(1, 2 * TESTED + 1) if (ratio := _ratio(history, day - timedelta(days=back)))][:TESTED]
    if len(ratios) < 3:
        return Outlook(day, expected, expected, expected, None, len(ratios))
    logs = [log(ratio) for ratio in ratios]
    middle = median(logs)
    spread = WIDTH * median(abs(value - middle) for value in logs)
    errors = [abs(1 - 1 / ratio) for ratio in ratios]
    low, high = min(exp(middle - spread), 1.0), max(exp(middle + spread), 1.0)
    return Outlook(day, expected, expected * low, expected * high, median(errors), len(ratios))


def _median_of_like(history: Mapping[date, float], day: date) -> float | None:
    weekend = day.weekday() >= 5
    like = [past for past in sorted(history, reverse=True) if past < day and (past.weekday() >= 5) == weekend][:LIKE]
    return median(history[past] for past in like) if len(like) >= 2 else None


def _ratio(history: Mapping[date, float], day: date) -> float | None:
    """What the day was, as a multiple of what the rule would have said the day before."""
    if day not in history or history[day] <= 0:
        return None
    expected = _median_of_like({past: value for past, value in history.items() if past < day}, day)
    return history[day] / expected if expected else None
