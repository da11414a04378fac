"""One or several causes, at any depth, new, gone or opposed; and nothing where nothing happened."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.ml.cause import localize

DIMS = ["workspace", "sku", "job", "team"]
Frame = dict[str, list[object]]
Change = Callable[[dict[str, str], float], float]


def account(change: Change, *, seed: int = 3, noise: float = 0.04) -> Frame:
    """About 240 leaves: ten workspaces with eight jobs each on three SKUs; a job belongs to one workspace and one team."""
    random = np.random.default_rng(seed)
    frame: Frame = {name: [] for name in (*DIMS, "actual", "expected")}
    for space, sku in product(range(80), range(3)):
        leaf = {"workspace": f"w{space // 8}", "sku": f"s{sku}", "job": f"j{space}", "team": f"t{space % 7}"}
        expected = float(random.lognormal(3, 1))
        for name in DIMS:
            frame[name].append(leaf[name])
        frame["expected"].append(expected)
        frame["actual"].append(change(leaf, expected * float(random.lognormal(0, noise))))
    return frame


def found(frame: Frame) -> list[dict[str, str]]:
    return localize(frame, DIMS, "actual", "expected")


def rows(frame: Frame, element: dict[str, str]) -> set[int]:
    return {at for at in range(len(frame["job"])) if all(frame[name][at] == value for name, value in element.items())}


def test_nothing_stands_out_where_nothing_happened() -> None:
    assert found(account(lambda _, usual: usual, noise=0.01)) == []


def test_a_job_that_ran_away() -> None:
    frame = account(lambda leaf, usual: usual * 20 if leaf["job"] == "j33" else usual)
    [element] = found(frame)
    assert rows(frame, element) == rows(frame, {"job": "j33"})


def test_a_whole_workspace() -> None:
    frame = account(lambda leaf, usual: usual * 1.9 if leaf["workspace"] == "w4" else usual)
    assert found(frame) == [{"workspace": "w4"}]


def test_a_price_that_rose() -> None:
    assert found(account(lambda leaf, usual: usual * 1.4 if leaf["sku"] == "s1" else usual)) == [{"sku": "s1"}]


def test_one_sku_of_one_workspace() -> None:
    frame = account(lambda leaf, usual: usual * 4 if (leaf["workspace"], leaf["sku"]) == ("w2", "s0") else usual)
    assert found(frame) == [{"workspace": "w2", "sku": "s0"}]


def test_two_that_move_against_each_other() -> None:
    factor = {("w5", "s0"): 0.02, ("w5", "s1"): 3.0}
    frame = account(lambda leaf, usual: usual * factor.get((leaf["workspace"], leaf["sku"]), 1.0))
    assert {tuple(sorted(element.items())) for element in found(frame)} == {
        (("sku", "s0"), ("workspace", "w5")),
        (("sku", "s1"), ("workspace", "w5")),
    }


@pytest.mark.parametrize("gone", [False, True], ids=["new", "gone"])
def test_what_is_new_and_what_is_gone(gone: bool) -> None:
    frame = account(lambda _, usual: usual)
    side = "actual" if gone else "expected"
    total = sum(float(str(value)) for value in frame["expected"])
    for at in rows(frame, {"job": "j10"}):
        frame["expected"][at] = frame["actual"][at] = total / 15
        frame[side][at] = 0.0
    [element] = found(frame)
    assert rows(frame, element) == rows(frame, {"job": "j10"})


def test_arrow_and_plain_columns_are_the_same_to_it() -> None:
    frame = account(lambda leaf, usual: usual * 20 if leaf["job"] == "j33" else usual)
    assert localize(pyarrow.table(frame), DIMS, "actual", "expected") == found(frame)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, 0.0, -50.0])
def test_odd_values_are_no_reason_to_fail(value: float | None) -> None:
    frame = account(lambda _, usual: usual)
    frame["actual"][0] = frame["expected"][1] = value
    assert isinstance(found(frame), list)


@pytest.mark.parametrize("size", [0, 1])
def test_next_to_nothing_explains_nothing(size: int) -> None:
    frame: Frame = {**{name: ["x"] * size for name in DIMS}, "actual": [9.0] * size, "expected": [1.0] * size}
    assert found(frame) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=40)
)
def test_it_never_fails_and_names_only_what_is_there(leaves: list[tuple[str, str, float, float]]) -> None:
    frame = {name: [leaf[at] for leaf in leaves] for at, name in enumerate(("p", "q", "actual", "expected"))}
    for element in localize(frame, ["p", "q"], "actual", "expected"):
        assert element and all(value in frame[name] for name, value in element.items())
