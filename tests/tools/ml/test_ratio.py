"""Where a failure rate rose: one element or two, never the growth of runs, never chance, nothing made up of bad rows."""

from math import inf, nan

import numpy as np
import pytest

from tools.ml.ratio import localize_ratio

COUNTS = ("failed", "runs", "failed_before", "runs_before")
DIMS = ["workspace", "job"]


def account(risen: dict[str, str], rate: float = 0.4, seed: int = 1) -> dict[str, list[object]]:
    """Sixty jobs in six workspaces that fail once in fifty runs; those in `risen` now fail at `rate`."""
    random, frame = np.random.default_rng(seed), {name: list[object]() for name in (*DIMS, *COUNTS)}
    for number in range(60):
        names = {"workspace": f"w{number % 6}", "job": f"j{number}"}
        runs, before = (int(random.integers(40, 200)) for _ in range(2))
        now = rate if risen and risen.items() <= names.items() else 0.02
        values = (*names.values(), int(random.binomial(runs, now)), runs, int(random.binomial(before, 0.02)), before)
        for name, value in zip(frame, values, strict=True):
            frame[name].append(value)
    return frame


@pytest.mark.parametrize("cause", [{"job": "j7"}, {"workspace": "w2"}])
@pytest.mark.parametrize("seed", range(5))
def test_the_element_that_fails_more_often_is_found(cause: dict[str, str], seed: int) -> None:
    assert localize_ratio(account(cause, seed=seed), DIMS, *COUNTS) == [cause]


@pytest.mark.parametrize("seed", range(10))
def test_chance_is_no_cause(seed: int) -> None:
    assert localize_ratio(account({}, seed=seed), DIMS, *COUNTS) == []


def test_more_runs_at_the_same_rate_are_no_cause() -> None:
    frame = account({})
    for name in ("failed", "runs"):
        frame[name] = [4 * int(str(value)) if at == 7 else value for at, value in enumerate(frame[name])]
    frame["failed"][7], frame["runs"][7], frame["failed_before"][7], frame["runs_before"][7] = 8, 400, 2, 100
    assert localize_ratio(frame, DIMS, *COUNTS) == []


def test_rows_without_good_counts_are_ignored_and_nothing_gives_nothing() -> None:
    frame = account({"job": "j7"})
    for value in (nan, inf, -5, None):
        frame["failed"][3] = value
        assert localize_ratio(frame, DIMS, *COUNTS) == [{"job": "j7"}]
    empty = {name: list[object]() for name in frame}
    assert localize_ratio(empty, DIMS, *COUNTS) == []
    assert localize_ratio({name: [0 if name in COUNTS else "x"] for name in frame}, DIMS, *COUNTS) == []
    assert localize_ratio(frame, [], *COUNTS) == []
