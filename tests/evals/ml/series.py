"""Daily cost series with planted anomalies, and the detectors that ours is held against: each day from earlier ones only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

DAYS = 42
TRIED = 14  # the last days, which are judged
FIRST = date(2026, 3, 2)
Values = list[float]


@dataclass(frozen=True, slots=True)
class Series:
    """`wrong` holds the days (by position) that were changed; `doubtful` those changed too little to count either way."""

    values: Values
    wrong: frozenset[int]
    doubtful: frozenset[int] = frozenset()


def planted(count: int = 400, seed: int = 23) -> Iterator[Series]:
    """Half of the series are left as they are; the others are changed for one to three days."""
    for number in range(count):
        random = np.random.default_rng([seed, number])
        values = _ordinary(random)
        if number % 2:
            yield Series(values, frozenset())
            continue
        start, length = int(random.integers(DAYS - TRIED, DAYS)), int(random.integers(1, 4))
        factor = float(random.uniform(1.3, 4.0)) if random.random() < 0.75 else float(random.uniform(0.1, 0.7))
        changed = [value * factor if start <= at < start + length else value for at, value in enumerate(values)]
        yield Series(changed, frozenset(range(start, min(DAYS, start + length))))


def _ordinary(random: np.random.Generator) -> Values:
    """A working week, a growing or shrinking level, noise that comes and goes together, sometimes a holiday or a late start."""
    weekend, noise = float(random.uniform(0.2, 1.1)), float(random.choice([0.03, 0.06, 0.12, 0.2]))
    growth, level = float(random.normal(0.0, 0.02)), float(random.lognormal(6, 1.5))
    wander = np.cumsum(random.normal(0.0, noise / 4, DAYS))
    values = [
        level
        * (weekend if (FIRST + timedelta(days=at)).weekday() >= 5 else 1.0)
        * float(np.exp(growth * at / 7 + wander[at] + random.normal(0.0, noise)))
        for at in range(DAYS)
    ]
    born = int(random.integers(3, 20)) if random.random() < 0.1 else 0
    return [0.0] * born + values[born:]


Detector = Callable[[Sequence[float]], list[float]]


def weekday_residuals(values: Sequence[float]) -> list[float]:
    """Weekday median of four weeks, corrected for drift; residuals' MAD pooled over 28 days. Alarm at 4."""
    logs = np.log(np.maximum(values, 1e-6))
    residuals = np.full(len(logs), np.nan)
    for at in range(14, len(logs)):
        usual = float(np.median(logs[[at - 7 * k for k in range(1, 5) if at >= 7 * k]]))
        drift = float(np.nanmedian(np.append(residuals[max(0, at - 7) : at], 0.0))) if at > 21 else 0.0
        residuals[at] = logs[at] - usual - drift
    return [_scaled(residuals[at], residuals[max(0, at - 28) : at]) for at in range(len(logs))]


def mean_of(days: int) -> Detector:
    """Distance from the mean of the days before, in their standard deviations. Alarm at 3."""

    def scores(values: Sequence[float]) -> list[float]:
        past = np.asarray(values, dtype=float)
        found = [0.0] * len(past)
        for at in range(days, len(past)):
            window = past[at - days : at]
            found[at] = float(abs(past[at] - window.mean()) / max(window.std(), 1e-9))
        return found

    return scores


def same_weekday(values: Sequence[float]) -> list[float]:
    """Distance from the median of the same weekday, in MADs of it. Alarm at 4."""
    past = np.asarray(values, dtype=float)
    return [
        _scaled(past[at] - float(np.median(alike)), alike - float(np.median(alike)))
        if len(alike := past[[at - 7 * k for k in range(1, 5) if at >= 7 * k]]) >= 3
        else 0.0
        for at in range(len(past))
    ]


def _scaled(residual: float, past: "np.typing.NDArray[np.float64]") -> float:
    known = past[np.isfinite(past)]
    if len(known) < 3 or not np.isfinite(residual):
        return 0.0
    return float(abs(residual) / max(1.4826 * float(np.median(np.abs(known))), 1e-6))


# what it is called, how it scores, and from which score it alarms
BASELINES: tuple[tuple[str, Detector, float], ...] = (
    ("weekday median + MAD of log residuals", weekday_residuals, 4.0),
    ("28-day mean + 3σ", mean_of(28), 3.0),
    ("7-day mean + 3σ", mean_of(7), 3.0),
    ("same-weekday median + MAD", same_weekday, 4.0),
)
