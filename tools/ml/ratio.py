"""Which elements explain why a ratio (failed runs of all runs) differs from before.

A scan statistic over the lattice: how much better the numerator of an element is explained by a rate of its own than by
the rate it had. The denominator's change is no cause: twice the runs may have twice the failures.
"""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.ml.lattice import column, cuboids, leaves

Floats = npt.NDArray[np.float64]

WORTH = 5.0  # units of the denominator that the account's rate is worth beside a leaf's own past
MARGIN = 4.0  # nats beyond what the best of so many candidates reaches by chance
DEPTH = 0.5  # nats that each further dimension must earn
MOST = 10  # causes looked for


def localize_ratio(
    df: Any, dims: Sequence[str], numerator: str, denominator: str, expected_numerator: str, expected_denominator: str
) -> list[dict[str, str]]:
    """The elements whose ratio changed more than chance allows, strongest first; [] where none did.

    Columns are counts, one row per leaf. Rows that hold a missing, negative or infinite count are ignored.
    """
    source = leaves(df, dims)
    counts = [_counts(df, name) for name in (numerator, denominator, expected_numerator, expected_denominator)]
    known = np.logical_and.reduce([np.isfinite(values) & (values >= 0) for values in counts]) if dims else np.zeros(0, dtype=bool)
    now, size, before, size_before = (np.where(known, values, 0.0) for values in counts)
    if not known.any() or not size.sum():
        return []
    rate = (before.sum() + 0.5) / (size_before.sum() + 1.0)
    usual = size * (before + WORTH * rate) / (size_before + WORTH)
    lattice = list(cuboids(source))
    enough = log(max(1, sum(each.size for each in lattice))) + MARGIN
    spread = _overdispersion(now, usual)
    found: list[dict[str, str]] = []
    free = size > 0
    for _ in range(MOST):
        best, mine = (enough, 0, 0), None
        for at, cuboid in enumerate(lattice):
            seen = np.bincount(cuboid.group[free], now[free], cuboid.size)
            awaited = np.bincount(cuboid.group[free], usual[free], cuboid.size)
            score = _gain(seen.astype(np.float64), awaited.astype(np.float64)) / spread - DEPTH * len(cuboid.dims)
            group = int(np.argmax(score))
            if score[group] > best[0]:
                best, mine = (float(score[group]), at, group), cuboid
        if mine is None:
            return found
        found.append(source.element(mine, best[2]))
        free = free & (mine.group != best[2])
    return found


def _gain(seen: Floats, awaited: Floats) -> Floats:
    """Log likelihood ratio of a Poisson count under its own mean, against the awaited one."""
    own = np.log(np.maximum(seen, 1e-12) / np.maximum(awaited, 1e-12)) * seen
    return np.asarray(np.where(awaited > 0, own - (seen - awaited), 0.0))


def _overdispersion(seen: Floats, awaited: Floats) -> float:
    """How much more the quiet nine tenths of the leaves vary than counts do: at least 1."""
    held = awaited > 0.5
    if held.sum() < 20:
        return 1.0
    strayed = np.sort((seen[held] - awaited[held]) ** 2 / awaited[held])
    return max(1.0, float(strayed[: int(0.9 * len(strayed))].mean()) / 0.6)


def _counts(df: Any, name: str) -> Floats:
    return np.array([np.nan if value is None else value for value in column(df, name)], dtype=np.float64)
