"""The lattice of elements over the dimensions of a frame: every conjunction of values that selects distinct rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cuboid:
    """One combination of dimensions; `group` gives each leaf the number of its element, `first` an example leaf of each."""

    dims: tuple[int, ...]
    group: Ints
    first: Ints

    @property
    def size(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Leaves:
    """The dimension values of each leaf, coded; `values[d][codes[d][i]]` is the value of dimension `d` at leaf `i`."""

    names: tuple[str, ...]
    codes: tuple[Ints, ...]
    values: tuple[tuple[str, ...], ...]

    def element(self, cuboid: Cuboid, group: int) -> dict[str, str]:
        leaf = cuboid.first[group]
        return {self.names[d]: self.values[d][self.codes[d][leaf]] for d in cuboid.dims}


def column(frame: Any, name: str) -> Any:
    """A column of a pandas or Arrow frame, or of a mapping of sequences, as something numpy can read."""
    values = frame[name]
    if hasattr(values, "to_pylist"):
        return values.to_pylist()
    return values.tolist() if hasattr(values, "tolist") else list(values)


def leaves(frame: Any, dims: Sequence[str]) -> Leaves:
    """Code the dimension columns, values as text."""
    codes, values = [], []
    for name in dims:
        seen: dict[Any, int] = {}
        codes.append(np.array([seen.setdefault(value, len(seen)) for value in column(frame, name)], dtype=np.int64))
        values.append(tuple(str(value) for value in seen))
    return Leaves(tuple(dims), tuple(codes), tuple(values))


def cuboids(source: Leaves) -> Iterator[Cuboid]:
    """Every combination of dimensions whose partition no smaller combination makes already, coarse ones first.

    A dimension that the others determine (the workspace of a job) adds nothing, nor does any combination that holds both.
    """
    count = len(source.codes[0]) if source.codes else 0
    known: dict[tuple[int, ...], Cuboid] = {(): Cuboid((), np.zeros(count, dtype=np.int64), np.zeros(1, dtype=np.int64))}
    for depth in range(1, len(source.names) + 1):
        level: dict[tuple[int, ...], Cuboid] = {}
        for dims in combinations(range(len(source.names)), depth):
            parents = [known.get(dims[:k] + dims[k + 1 :]) for k in range(depth)]
            if any(parent is None for parent in parents):
                continue
            parent = parents[-1]
            assert parent is not None
            made = _split(parent, dims, source.codes[dims[-1]], len(source.values[dims[-1]]))
            if all(p is not None and p.size < made.size for p in parents):
                level[dims] = made
        if not level:
            return
        yield from level.values()
        known = level


def _split(parent: Cuboid, dims: tuple[int, ...], codes: Ints, cardinality: int) -> Cuboid:
    key = parent.group * cardinality + codes
    span = parent.size * cardinality
    if span > 8_000_000:
        _, first, group = np.unique(key, return_index=True, return_inverse=True)
        return Cuboid(dims, group.astype(np.int64), first)
    present = np.bincount(key, minlength=span) > 0
    number = np.cumsum(present) - 1
    group = number[key]
    first = np.zeros(int(number[-1]) + 1, dtype=np.int64)
    first[group] = np.arange(len(group))
    return Cuboid(dims, group, first)
