"""Which elements explain why a ratio (failed runs of all runs) differs from before.

A scan statistic over the lattice: how much better the numerators of an element, now and before, are explained by two rates
than by one. The denominator's change is no cause: twice the runs may have twice the failures.
"""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.ml.lattice import Cuboid, column, cuboids, leaves

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
    if not dims:
        return []
    source = leaves(df, dims)
    counts = [_counts(df, name) for name in (numerator, denominator, expected_numerator, expected_denominator)]
    known = np.logical_and.reduce([np.isfinite(values) & (values >= 0) for values in counts])
    now, size, before, size_before = (np.where(known, values, 0.0) for values in counts)
    if not size.sum():
        return []
    rate = (before.sum() + 0.5) / (size_before.sum() + 1.0)
    past = before + WORTH * rate
    usual = size * past / (size_before + WORTH)
    lattice = list(cuboids(source))
    enough = log(max(1, sum(each.size for each in lattice))) + MARGIN
    found: list[dict[str, str]] = []
    free = size > 0
    for _ in range(MOST):
        best, mine = (enough, 0), None
        for cuboid in lattice:
            seen, awaited, known_past = (_sums(cuboid, each, free) for each in (now, usual, past))
            score = _gain(seen, awaited, known_past) - DEPTH * len(cuboid.dims)
            group = int(np.argmax(score))
            if score[group] > best[0]:
                best, mine = (float(score[group]), group), cuboid
        if mine is None:
            return found
        found.append(source.element(mine, best[1]))
        free = free & (mine.group != best[1])
    return found


def _sums(cuboid: Cuboid, values: Floats, free: npt.NDArray[np.bool_]) -> Floats:
    return np.asarray(np.bincount(cuboid.group[free], values[free], cuboid.size), dtype=np.float64)


def _gain(seen: Floats, awaited: Floats, past: Floats) -> Floats:
    """Log likelihood ratio of two rates against one, for the counts now and before: what was awaited is itself uncertain."""
    now_share = awaited / np.maximum(awaited + past, 1e-12)
    both = seen + past
    parts = ((seen, both * now_share), (past, both * (1 - now_share)))
    gain = sum(count * np.log(np.maximum(count, 1e-12) / np.maximum(expected, 1e-12)) for count, expected in parts)
    return np.asarray(np.where(awaited > 0, gain, 0.0))


def _counts(df: Any, name: str) -> Floats:
    return np.array([np.nan if value is None else value for value in column(df, name)], dtype=np.float64)
