"""What will be spent: day by day ahead, with intervals, and when a budget runs out.

The level and the weekday's habit are those of the anomaly detector, so a spike of last week is not carried forward.
Intervals come from paths: each draws its days from how far past days lay from their expectation, and lets the level
wander as far as it wandered from week to week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite, log, sqrt

import numpy as np
import numpy.typing as npt

from tools.errors import BadRequestError
from tools.ml.anomaly import PERSIST, judge

Floats = npt.NDArray[np.float64]

PATHS = 1_000
SEED = 20
LONGEST = 400  # days ahead
LEAST = 14  # days of history below which nothing is foretold
WEEKS = 8  # of history behind level, trend and habit
DAMPED = 0.9  # of last week's trend that the next week keeps
TREND_SHARE = 0.8  # of the trend seen that is carried on
UNSEEN = 1.3  # days to come stray further from a week's middle than the days that it was taken from
SPARSE, NOTHING = 0.25, 0.02  # share of days with less than this part of the mean, above which a series is sparse
BEYOND = 3.0  # times the largest day seen that no day to come exceeds
AVERAGED = 1.22  # weekly means of a level that wanders day by day differ by √⅔ of what it wanders in a week
WANDER_FLOOR = 0.02  # log change of the level per week that is always possible


@dataclass(frozen=True, slots=True)
class Forecast:
    """Daily amounts ahead; `paths` holds one possible future a row, from which every interval is taken."""

    days: tuple[date, ...]
    expected: tuple[float, ...]
    paths: Floats

    def interval(self, at: int, share: float = 0.8) -> tuple[float, float]:
        return _range(self.paths[:, at], share)

    def total(self, first: date, last: date, share: float = 0.8) -> tuple[float, float, float]:
        """Expected sum over the days from `first` to `last` that lie ahead, and its interval."""
        chosen = np.array([first <= day <= last for day in self.days])
        low, high = _range(self.paths[:, chosen].sum(axis=1), share)
        return float(np.array(self.expected)[chosen].sum()), low, high


@dataclass(frozen=True, slots=True)
class Overshoot:
    """When a budget is used up: on the expected path (None = not in the period), and how probable it is by the end."""

    day: date | None
    probability: float
    expected_total: float
    low: float
    high: float


def forecast(series: Sequence[tuple[date, float]], last: date, *, complete_through: date | None = None) -> Forecast:
    """Each day after the last complete one up to `last`; a day without a row before that spent nothing.

    Raises BadRequestError where fewer than two weeks are known or more than 400 days are asked for.
    """
    cleaned = _cleaned(series, complete_through)
    if len(cleaned) < LEAST:
        raise BadRequestError(
            f"{len(cleaned)} days of history are too few for a forecast.", do=f"Ask again when there are {LEAST} days."
        )
    first = cleaned[-1][0] + timedelta(days=1)
    ahead = (last - first).days + 1
    if ahead > LONGEST:
        raise BadRequestError(f"A forecast of {ahead} days was asked for.", do=f"Ask for at most {LONGEST} days.")
    days = tuple(first + timedelta(days=n) for n in range(max(0, ahead)))
    values = np.array([value for _, value in cleaned[-7 * WEEKS :]])
    paths = _drawn(values, len(days)) if _is_sparse(values) else _wandering(values, len(days))
    highest = BEYOND * float(np.abs(values).max())
    paths = paths.clip(-highest, highest)
    return Forecast(days, tuple(float(value) for value in paths.mean(axis=0)), paths)


def _is_sparse(values: Floats) -> bool:
    """Whether many days have next to nothing: then there is no level to follow, only days that come now and then."""
    sizes = np.abs(values)
    return bool(np.mean(sizes <= NOTHING * sizes.mean()) > SPARSE)


def _drawn(values: Floats, ahead: int) -> Floats:
    """Each day to come is one of the past days of its weekday, drawn at random."""
    random = np.random.default_rng(SEED)
    phase = [(len(values) + n) % 7 for n in range(ahead)]
    position = np.arange(len(values)) % 7
    return np.array([random.choice(values[position == day], PATHS) for day in phase]).reshape(ahead, PATHS).T


def _wandering(values: Floats, ahead: int) -> Floats:
    """The level and the habit carried on, in a scale where a tenth more weighs the same on a large day as on a small one."""
    unit = max(float(np.median(np.abs(values))) / 100, 1e-6)
    level, habit, drift, strays, wander = _parts(np.arcsinh(values / unit))
    weeks = np.arange(1, ahead + 1) / 7
    trend = drift * (1 - DAMPED**weeks) / -log(DAMPED)
    phase = np.array([(len(values) + n) % 7 for n in range(ahead)], dtype=np.int64)
    middle = level + trend + habit[phase]
    # Drawn day by day, each kind from its own source: a day's draws do not depend on how far ahead is asked.
    steps = np.random.default_rng(SEED).normal(0.0, wander / np.sqrt(7), (ahead, PATHS)).T.cumsum(axis=1)
    noise = UNSEEN * np.random.default_rng(SEED + 1).choice(strays, (ahead, PATHS)).T
    start = np.random.default_rng(SEED + 2).normal(0.0, float(np.std(strays)) / sqrt(7), (PATHS, 1))  # one week shows the level
    paths: Floats = unit * np.sinh(middle + start + steps + noise)
    return paths


def overshoot(spent: float, budget: float, ahead: Forecast, last: date) -> Overshoot:
    """When `spent` so far and the forecast up to `last` together pass `budget`."""
    chosen = [at for at, day in enumerate(ahead.days) if day <= last]
    sums = spent + ahead.paths[:, chosen].cumsum(axis=1)
    ends = sums[:, -1] if chosen else np.full(PATHS, spent)
    expected = spent + np.cumsum(np.array(ahead.expected)[chosen])
    passed = np.flatnonzero(expected > budget)
    low, high = _range(ends, 0.8)
    return Overshoot(
        day=ahead.days[chosen[int(passed[0])]] if len(passed) else None,
        probability=float(np.mean(ends > budget)),
        expected_total=float(expected[-1]) if chosen else spent,
        low=low,
        high=high,
    )


def _cleaned(series: Sequence[tuple[date, float]], complete_through: date | None) -> list[tuple[date, float]]:
    """The complete days without a hole; unusual days, and those that are no number, replaced by what was expected of them."""
    known = {day: float(value) for day, value in series if complete_through is None or day <= complete_through}
    if not any(isfinite(value) for value in known.values()):
        return []
    first, last = min(day for day, value in known.items() if isfinite(value)), complete_through or max(known)
    filled = [(first + timedelta(days=n), known.get(first + timedelta(days=n), 0.0)) for n in range((last - first).days + 1)]
    verdicts = {each.day: each for each in judge(filled)}
    days = [verdicts.get(day) for day, _ in filled]
    kept: list[tuple[date, float]] = []
    for at, (day, value) in enumerate(filled):
        each = days[at]
        # the first days of a new level look like single unusual days until it has lasted
        lasting = any(later is not None and later.kind == "level_shift" for later in days[at : at + PERSIST + 1])
        if each is None or (each.is_anomaly and each.kind == "point" and not lasting):
            value = each.expected if each is not None else kept[max(0, at - 7)][1]
        kept.append((day, value))
    return kept


def _parts(values: Floats) -> tuple[float, Floats, float, Floats, float]:
    """Level at the end, habit of each weekday (by position modulo 7), weekly drift, strays of days, wander of the level."""
    count = len(values)
    position = np.arange(count) % 7
    week = np.arange(count) // 7
    ends = [values[max(0, count - 7 * (n + 1)) : count - 7 * n].mean() for n in range(count // 7)][::-1]
    trailing = np.array([values[max(0, at - 3) : at + 4].mean() for at in range(count)])
    habit = np.array([np.median((values - trailing)[position == day]) for day in range(7)])
    habit -= habit.mean()
    steps = np.diff(ends)
    drift = TREND_SHARE * float(np.median(steps)) if len(steps) >= 3 else 0.0
    wander = AVERAGED * max(WANDER_FLOOR, float(np.std(steps, ddof=1))) if len(steps) >= 3 else 0.1
    plain = values - habit[position]
    level = float(plain[-7:].mean()) + 3 / 7 * drift  # the last week's middle lies three days back
    strays = plain - np.array([np.median(plain[week == each]) for each in week])
    return level, habit, drift, strays[-42:] - float(np.median(strays[-42:])), wander


def _range(values: Floats, share: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2]) if len(values) else (0.0, 0.0)
    return float(low), float(high)
