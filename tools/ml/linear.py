"""Linear models as plain numbers: fitted once, kept as JSON, applied without a library."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEPS = 50  # of Newton's method, which needs about ten


@dataclass(frozen=True, slots=True)
class Linear:
    """`value(x)` = intercept + Σ weight · (x − mean) / scale, over the named features in order."""

    names: tuple[str, ...]
    weights: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    intercept: float

    def values(self, rows: Floats) -> Floats:
        return np.asarray(self.intercept + self.parts(rows).sum(axis=1))

    def parts(self, rows: Floats) -> Floats:
        """What each feature adds to the value of each row."""
        return np.asarray((rows - np.array(self.means)) / np.array(self.scales) * np.array(self.weights))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Linear":
        held = json.loads(text)
        lists = {name: tuple(held[name]) for name in ("names", "weights", "means", "scales")}
        return cls(**lists, intercept=float(held["intercept"]))


def fit_probability(names: Sequence[str], rows: Floats, happened: npt.NDArray[np.bool_], *, penalty: float = 1.0) -> Linear:
    """Logistic regression with a ridge penalty, by Newton's method; the value is the log odds."""
    means, scales = _scaling(rows)
    scaled = np.column_stack([np.ones(len(rows)), (rows - means) / scales])
    ridge = np.diag([0.0] + [penalty] * rows.shape[1])
    share = float(np.clip(happened.mean(), 1e-6, 1 - 1e-6))
    found = np.array([log(share / (1 - share))] + [0.0] * rows.shape[1])
    for _ in range(STEPS):
        guess = probability(scaled @ found)
        slope = scaled.T @ (happened - guess) - ridge @ found
        curve = (scaled * (guess * (1 - guess))[:, None]).T @ scaled + ridge
        step = np.linalg.solve(curve, slope)
        found = found + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return _linear(names, found[1:], means, scales, float(found[0]))


def probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))))


def fit_value(names: Sequence[str], rows: Floats, values: Floats, *, penalty: float = 1.0) -> Linear:
    """Ridge regression, refitted without the rows that lie furthest off, which teach nothing about usual days."""
    means, scales = _scaling(rows)
    scaled = (rows - means) / scales
    kept = np.ones(len(values), dtype=bool)
    weights, intercept = np.zeros(rows.shape[1]), 0.0
    for _ in range(3):
        intercept = float(values[kept].mean())
        gram = scaled[kept].T @ scaled[kept] + penalty * np.eye(rows.shape[1])
        weights = np.linalg.solve(gram, scaled[kept].T @ (values[kept] - intercept))
        off = np.abs(values - intercept - scaled @ weights)
        kept = off <= max(1e-9, 4 * 1.4826 * float(np.median(off)))
    return _linear(names, weights, means, scales, intercept)


def _scaling(rows: Floats) -> tuple[Floats, Floats]:
    scales = rows.std(axis=0)
    return rows.mean(axis=0), np.where(scales > 1e-9, scales, 1.0)


def _linear(names: Sequence[str], weights: Floats, means: Floats, scales: Floats, intercept: float) -> Linear:
    whole = [tuple(float(value) for value in values) for values in (weights, means, scales)]
    return Linear(tuple(names), whole[0], whole[1], whole[2], intercept)
