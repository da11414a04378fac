"""Flows, trees and conditions by themselves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from agents.quality.condition import Condition, blamed, conditions
from agents.quality.flow import Flow, Side, Step
from agents.quality.freshness import limit_hours
from agents.quality.page import age, short, some
from agents.quality.picture import picture
from agents.quality.tree import chosen, tree
from tests.agents.ask import question

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BAD, GOOD = Condition("UNHEALTHY", ("freshness",)), Condition("HEALTHY")


def chain(*names: str) -> Flow:
    """raw → … → subject, the last name; all known to be healthy."""
    subject = names[-1]
    depth = {name: len(names) - 1 - at for at, name in enumerate(names[:-1])}
    via = dict(pairwise(names))
    steps = tuple(Step(a, b) for a, b in via.items())
    return Flow(subject, Side(depth, via), Side({}, {}), steps, dict.fromkeys(names, GOOD))


def with_bad(flow: Flow, *names: str) -> Flow:
    known = dict(flow.conditions or {})
    return Flow(flow.subject, flow.upstream, flow.downstream, flow.steps, {**known, **dict.fromkeys(names, BAD)})


def test_a_fault_begins_where_nothing_above_it_ails() -> None:
    flow = chain("raw", "clean", "gold", "report")
    assert flow.origins() == ()
    assert with_bad(flow, "clean", "gold", "report").origins() == ("clean",)
    assert with_bad(flow, "report").origins() == ("report",)
    assert with_bad(flow, "raw", "gold").origins() == ("raw", "gold")  # clean between them is healthy: two faults


def test_a_fault_in_a_circle_has_no_beginning_but_ends() -> None:
    side = Side({"b": 1}, {"b": "a"})
    flow = Flow("a", side, Side({"b": 1}, {"b": "a"}), (Step("a", "b"), Step("b", "a")), {"a": BAD, "b": BAD})
    assert flow.origins() == () and flow.circles() == (("a", "b"),)
    assert flow.nodes == ("b", "a")


def test_the_way_to_what_ails_is_shown_before_what_is_near() -> None:
    near = {f"n{n}": 1 for n in range(20)}
    far = {"x1": 1, "x2": 2, "x3": 3}
    via = {**dict.fromkeys(near, "t"), "x1": "t", "x2": "x1", "x3": "x2"}
    flow = Flow("t", Side({**near, **far}, via), Side({}, {}), (), {"x3": BAD})
    shown = chosen(flow, flow.upstream, 5, deepest=1)
    assert {"x1", "x2", "x3"} <= shown and len(shown) == 5


def test_a_tree_draws_branches_and_counts_the_rest() -> None:
    depth = {"a": 1, "b": 1, "a1": 2, "a2": 2}
    side = Side(depth, {"a": "t", "b": "t", "a1": "a", "a2": "a"})
    flow = Flow("t", side, Side({}, {}))
    assert [row[0] for row in tree(flow, side, str, lambda node: ("x",))] == ["t", "├─ a", "│  ├─ a1", "│  └─ a2", "└─ b"]
    wide = Side({f"n{n:02}": 1 for n in range(30)}, {f"n{n:02}": "t" for n in range(30)})
    lines = [row[0] for row in tree(Flow("t", wide, Side({}, {})), wide, str, lambda node: ())]
    assert len(lines) == 15 and lines[0] == "t … and 16 more"


def test_a_picture_of_one_side_may_be_longer() -> None:
    graph = picture(chain("r1", "r2", "r3", "r4", "r5", "s"), "t")
    assert [node.layer for node in graph.nodes] == [-5, -4, -3, -2, -1, 0]
    assert graph.alt.startswith("r1 → r2; r2 → r3") and graph.alt.endswith("All that are monitored are healthy.")


def row(node: str, writes: int, hours: float, long: float | None) -> dict[str, Any]:
    return {
        "node": node, "writes": writes, "last_write": NOW - timedelta(hours=hours), "usual_hours": long, "long_hours": long,
        "hours_since": hours,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("habit", "is_late"),
    [
        (row("a", 30, 100, 24), True),
        (row("a", 30, 30, 24), False),  # within one and a half pauses
        (row("a", 3, 1000, 24), False),  # too few writes to know a habit
        (row("a", 1, 1000, None), False),
    ],
)
def test_late_is_against_a_known_habit(habit: dict[str, Any], is_late: bool) -> None:
    assert conditions([], [habit], NOW)["a"].is_late is is_late


def test_monitoring_has_the_last_word_and_the_later_change_counts() -> None:
    health = {
        "table_full_name": "A.B.C", "status": "HEALTHY", "freshness_status": "HEALTHY", "completeness_status": "UNKNOWN",
        "last_commit_time": NOW - timedelta(hours=2), "impact_level": None, "upstream_jobs_json": None,
    }  # fmt: skip
    own = conditions([health], [row("a.b.c", 30, 100, 24)], NOW)["a.b.c"]
    assert own.state == "good" and own.hours == 2.0 and own.word == "healthy"


@pytest.mark.parametrize("text", [None, "", "null", "{", '{"a": 1}', "[1, null]", "[]"])
def test_causes_that_cannot_be_read_are_none(text: str | None) -> None:
    assert blamed(text) == ()


def test_ages_and_names_read_well() -> None:
    assert [age(hours) for hours in (0.5, 6.2, 47, 48, 103, None)] == [
        "30 min",
        "6 h",
        "47 h",
        "2 days",
        "4.3 days",
        "not recorded",
    ]
    assert (
        short("s3://bucket/landing/orders/") == "s3://…/orders"
        and short("a.b.c") == "c"
        and short("s3://bucket") == "s3://bucket"
    )
    assert some(["a", "b", "a", "c"], 2) == "a, b and 1 more"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("older than 2 weeks", 336), ("a month", 720), ("within 36h", 36), ("stale tables", None), ("5 years", None)],
)
def test_an_age_is_read_from_the_question(text: str, hours: int | None) -> None:
    assert limit_hours(question(text, "quality.freshness", NOW)) == hours
