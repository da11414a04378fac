"""`query-performance-forecaster`: tomorrow's latency of a warehouse, and how long a repeated statement will take.

Both are one idea, on logarithms: the next value is the history's level plus a learned share of what happened lately, and
the interval is how far later values lay from that, in the history's own yardsticks. So what is learned on some warehouses
holds for slower and for more erratic ones too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp, isfinite, log

import numpy as np

from tools.errors import BadRequestError
from tools.ml.linear import Linear, fit_value

LEAST = 7  # earlier days, or runs, below which nothing is foretold
ENOUGH_ROWS = 30  # past values from which a blend is learned
PRIOR_ROWS = 3.0  # rows that "the level stays" is worth against what was learned
MONTH, LAST_RUNS = 28, 20  # days of a warehouse, and runs of a statement, that are looked back on
SMALLEST = 1e-3  # seconds: what is shorter counts as this long
FAR, PERSIST = 1.5, 3  # yardsticks from the middle, and values in a row, that make a new level
LEAST_SPREAD = 0.05  # yardstick of a history that never varied
DAY_NAMES = ("yesterday", "last_three", "week", "same_kind_of_day")
QUANTILES = (0.1, 0.9)
UNLEARNED = 1.5  # yardsticks either side where nothing was learned: wider than the 1.28 of an ordinary spread


@dataclass(frozen=True, slots=True)
class Known:
    """What a history tells: log `level`, `yardstick` of its log spread, recent values as differences from the level."""

    level: float
    yardstick: float
    recent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Blend:
    """How recent values move the level; `low` and `high` are the yardsticks between which four in five later values lay."""

    model: Linear
    low: float
    high: float

    @classmethod
    def unlearned(cls, names: Sequence[str]) -> "Blend":
        """The level stays; for accounts with too few values to learn from."""
        nothing = (0.0,) * len(names)
        return cls(Linear(tuple(names), nothing, nothing, (1.0,) * len(names), 0.0), -UNLEARNED, UNLEARNED)


@dataclass(frozen=True, slots=True)
class Expected:
    """In the unit of the history; 80 % of such values lie within `low` to `high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One past value: what was known before it, and the logarithm of what it became."""

    at: date
    known: Known
    became: float

    @property
    def target(self) -> float:
        return self.became - self.known.level


def known_before_day(history: Mapping[date, float], day: date) -> Known | None:
    """What the 28 days before `day` tell, in the order of DAY_NAMES; None where fewer than seven of them are known."""
    past = [(when, history.get(when, float("nan"))) for when in (day - timedelta(days=back) for back in range(1, MONTH + 1))]
    days = [(when, log(max(value, SMALLEST))) for when, value in past if isfinite(value)]
    if len(days) < LEAST:
        return None
    values = [value for _, value in days]
    alike = [value for when, value in days if (when.weekday() >= 5) == (day.weekday() >= 5)][:6] or values[:7]
    return _known(values, (values[0], sum(values[:3]) / len(values[:3]), _middle(values[:7]), _middle(alike)))


def known_before_run(history: Sequence[tuple[datetime, float]], at: datetime) -> Known | None:
    """The middle and spread of a statement's last twenty runs (oldest first); None where fewer than seven are known.

    Nothing learned from other statements foretold the next run better than that middle, so nothing is.
    """
    values = [log(max(seconds, SMALLEST)) for when, seconds in history if when < at and isfinite(seconds)][-LAST_RUNS:]
    if len(values) < LEAST:
        return None
    level = _middle(values)
    return Known(level, _spread(values, level), ())


def day_rows(series: Iterable[Mapping[date, float]]) -> Iterator[Row]:
    """Each day of each series beside what was known before it."""
    for history in series:
        for day in sorted(history):
            known = known_before_day(history, day)
            if known is not None and isfinite(history[day]):
                yield Row(day, known, log(max(history[day], SMALLEST)))


def train(names: Sequence[str], rows: Sequence[Row]) -> Blend:
    """Fit a blend; raises BadRequestError where there are fewer than thirty rows."""
    if len(rows) < ENOUGH_ROWS:
        raise BadRequestError(f"{len(rows)} past values are too few to learn from.", do="Train on a longer period.")
    recent, targets = np.array([row.known.recent for row in rows]), np.array([row.target for row in rows])
    model = fit_value(names, recent, targets, penalty=PRIOR_ROWS)
    off = (targets - model.values(recent)) / np.array([row.known.yardstick for row in rows])
    low, high = np.quantile(off, QUANTILES)
    return Blend(model, min(float(low), -0.1), max(float(high), 0.1))


def predict(blend: Blend, known: Known) -> Expected:
    """The next value of a history."""
    middle = known.level + float(blend.model.values(np.array([known.recent]))[0])
    return Expected(exp(middle), exp(middle + blend.low * known.yardstick), exp(middle + blend.high * known.yardstick))


def predict_day(blend: Blend, history: Mapping[date, float], day: date) -> Expected:
    """The value of `day` from earlier days; raises BadRequestError where fewer than a week of them is known."""
    return predict(blend, _enough(known_before_day(history, day)))


def predict_run(history: Sequence[tuple[datetime, float]], at: datetime) -> Expected:
    """Seconds of the statement if it starts at `at`; raises BadRequestError where fewer than seven runs are known."""
    return predict(Blend.unlearned(()), _enough(known_before_run(history, at)))


def blends_to_json(blends: Mapping[str, Blend]) -> str:
    return json.dumps({name: [each.model.to_json(), each.low, each.high] for name, each in sorted(blends.items())})


def blends_from_json(text: str) -> dict[str, Blend]:
    return {name: Blend(Linear.from_json(model), low, high) for name, (model, low, high) in json.loads(text).items()}


def _known(values: Sequence[float], recent: Sequence[float]) -> Known:
    """`values` newest first."""
    centre = _middle(values)
    spread = _spread(values, centre)
    level = _middle(values[: _changed(values, centre, FAR * spread)] or values)
    return Known(level, spread, tuple(value - level for value in recent))


def _changed(values: Sequence[float], centre: float, far: float) -> int:
    """How many of the newest values lie far off on one side, if they are enough for a new level; else none."""
    side = 1.0 if values[0] > centre else -1.0
    count = next((at for at, value in enumerate(values) if side * (value - centre) <= far), len(values))
    return count if count >= PERSIST else 0


def _spread(values: Sequence[float], centre: float) -> float:
    return max(1.4826 * _middle([abs(value - centre) for value in values]), LEAST_SPREAD)


def _middle(values: Sequence[float]) -> float:
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


def _enough(known: Known | None) -> Known:
    if known is None:
        raise BadRequestError("There is too little history to foretell a duration.", do=f"Ask again after {LEAST} runs or days.")
    return known
