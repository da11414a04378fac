"""Dense grids with faint or single causes of our own making, in the manner of the published benchmarks, and ratio cases."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

Labels = list[dict[str, str]]
Case = tuple[str, dict[str, Any], list[str], Labels]


def dense(count: int = 3, seed: int = 31) -> Iterator[Case]:
    """S: three faint elements of one or two dimensions in 20,000 leaves; L: three single leaves."""
    sizes, dims = (20, 10, 10, 10), ["a", "b", "c", "d"]
    for family, number in product("SL", range(count)):
        random = np.random.default_rng([seed, ord(family), number])
        codes = np.array(list(product(*(range(size) for size in sizes))))
        expected = random.lognormal(3, 1, len(codes))
        actual = expected * random.lognormal(0, 0.02, len(codes))
        free, labels = np.ones(len(codes), dtype=bool), []
        while len(labels) < 3:
            chosen = codes[int(random.integers(len(codes)))]
            held = range(4) if family == "L" else sorted(random.choice(4, int(random.integers(1, 3)), replace=False))
            mine = np.logical_and.reduce([codes[:, dim] == chosen[dim] for dim in held])
            if not free[mine].all():
                continue
            free &= ~mine
            actual[mine] *= float(random.choice([0.4, 0.6, 1.5, 2.0]))
            labels.append({dims[dim]: f"{dims[dim]}{chosen[dim]}" for dim in held})
        frame = {name: [f"{name}{code}" for code in codes[:, dim]] for dim, name in enumerate(dims)}
        yield family, {**frame, "real": actual.tolist(), "predict": expected.tolist()}, dims, labels


def ratios(count: int = 40, seed: int = 37) -> Iterator[Case]:
    """Runs and failures by workspace, job class and cluster; in three of four cases one or two elements fail more often."""
    dims = ["workspace", "kind", "cluster"]
    for number in range(count):
        random = np.random.default_rng([seed, number])
        leaves = np.array(list(product(range(8), range(6), range(5))))
        before = random.poisson(random.lognormal(3, 1, len(leaves)))
        now = random.poisson(np.maximum(before * random.uniform(0.7, 1.5), 0.3))
        rate = np.clip(random.beta(1, 40, len(leaves)), 0, 0.5)
        risen, labels = rate.copy(), []
        for _ in range(number % 4 and 1 + number % 2):
            held = sorted(random.choice(3, int(random.integers(1, 3)), replace=False))
            chosen = leaves[int(random.integers(len(leaves)))]
            element = {dims[dim]: f"{dims[dim]}{chosen[dim]}" for dim in held}
            if element not in labels:
                labels.append(element)
                mine = np.logical_and.reduce([leaves[:, dim] == chosen[dim] for dim in held])
                risen[mine] = np.clip(rate[mine] + 0.25, 0, 0.9)
        frame = {name: [f"{name}{code}" for code in leaves[:, dim]] for dim, name in enumerate(dims)}
        counts = {"failed": random.binomial(now, risen), "runs": now, "failed_before": random.binomial(before, rate)}
        yield (
            "ratio",
            {**frame, **{key: value.tolist() for key, value in counts.items()}, "runs_before": before.tolist()},
            dims,
            labels,
        )


def largest(frame: dict[str, Any], dims: list[str], actual: str, expected: str) -> Labels:
    """The baseline: the one value whose amount changed most."""
    change = np.asarray(frame[actual], dtype=float) - np.asarray(frame[expected], dtype=float)
    sums = {(name, value): float(change[np.asarray(frame[name]) == value].sum()) for name in dims for value in set(frame[name])}
    name, value = max(sorted(sums), key=lambda each: abs(sums[each]))
    return [{name: value}]
