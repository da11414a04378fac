"""How well causes are localized: micro F1 over elements, strict or by the rows that an element selects."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tests.evals.causes.cases import DIMS, cases
from tests.evals.ml import grids, shared
from tools.ml.cause import localize
from tools.ml.ratio import localize_ratio

Labels = list[dict[str, str]]
PUBLISHED = {"given S": ".660", "given L": ".681", "given cost": ".327"}  # ../shared/facts/causes.md
COUNTS = ("failed", "runs", "failed_before", "runs_before")


@dataclass
class Tally:
    """Elements found, answered and true over all cases; `blamed` of the `controls` got a cause."""

    name: str
    published: str
    strict: int = 0
    rows: int = 0
    answered: int = 0
    true: int = 0
    controls: int = 0
    blamed: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, frame: Any, found: Labels, truth: Labels, seconds: float) -> None:
        self.strict += sum(element in truth for element in found)
        left = [_rows(frame, element) for element in truth]
        for element in found:
            mine = _rows(frame, element)
            if (at := next((at for at, each in enumerate(left) if np.array_equal(each, mine)), None)) is not None:
                self.rows += 1
                left.pop(at)
        self.answered, self.true = self.answered + len(found), self.true + len(truth)
        self.controls, self.blamed = self.controls + (not truth), self.blamed + (not truth and bool(found))
        self.seconds.append(seconds)

    def f1(self, hits: int) -> float:
        return 2 * hits / (self.answered + self.true) if self.answered + self.true else float("nan")


def own() -> list[Tally]:
    """Dense grids, accounts with planted causes by kind, and ratios; each with the largest single value as the baseline."""
    dense = [("own " + name, frame, dims, truth) for name, frame, dims, truth in grids.dense()]
    cost = [(f"own cost: {case.kind}", case.frame, DIMS, [dict(each) for each in case.truth]) for case in cases()]
    ratio = [("own failure rates", *rest) for _, *rest in grids.ratios()]
    whole = [("own cost", *rest) for _, *rest in cost]
    found = _tallies([*dense, *cost, *whole], localize)
    found += _tallies([*dense, *whole], grids.largest, "largest single value, ")
    return [*found, *_tallies(ratio, _ratio), *_tallies(ratio, _by_count, "largest single value, ")]


def given(truths: Iterable[Any], place: Path) -> list[Tally]:
    """The grids of ../shared/eval and cost cases that its generator made in `place`, beside the best published figures."""
    dense = ((f"given {family}", frame, dims, truth) for family, frame, dims, truth in shared.grids())
    cost = (("given cost", *rest) for rest in _snapshots(truths, place))
    return _tallies(chain(dense, cost), localize)


def _ratio(frame: Any, dims: list[str], _: str, __: str) -> Labels:
    return localize_ratio(frame, dims, *COUNTS)


def _by_count(frame: Any, dims: list[str], _: str, __: str) -> Labels:
    return grids.largest(frame, dims, "failed", "failed_before")


def _tallies(cases: Iterable[Any], how: Callable[..., Labels], prefix: str = "") -> list[Tally]:
    made: dict[str, Tally] = {}
    for name, frame, dims, truth in cases:
        actual, expected = ("real", "predict") if "real" in frame else ("actual", "expected")
        started = time.process_time()
        found = how(frame, dims, actual, expected)
        made.setdefault(name, Tally(prefix + name, PUBLISHED.get(name, "–"))).add(
            frame, found, truth, time.process_time() - started
        )
    return list(made.values())


def _snapshots(truths: Iterable[Any], place: Path) -> Iterable[tuple[Any, list[str], Labels]]:
    import pandas

    for truth in truths:
        frame = pandas.read_parquet(place / "snapshot" / f"{truth['id']}.parquet")
        dims = [name for name in frame.columns if name not in ("actual", "expected")]
        yield frame.astype(dict.fromkeys(dims, str)), dims, truth["root_cause"]


def _rows(frame: Any, element: dict[str, str]) -> Any:
    return np.logical_and.reduce([np.asarray(frame[name]) == value for name, value in element.items()])
