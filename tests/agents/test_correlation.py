"""Did the failures cause the change? Yes, partly or no, by what the change would have been without them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agents.answer import Answer, Cause, Counterfactual, Finding, Grid
from agents.correlation import correlate
from agents.joining import join, overview
from agents.mentions import named
from agents.question import Question

QUESTION = Question("why?", now=datetime(2026, 11, 24, tzinfo=UTC))
COST = Answer(QUESTION, "Costs rose.", agents=("cost",), causes=(
    Cause({"workspace": "prod", "job": "load"}, Decimal(90), 0.9, "job load cost more"), Cause({}, Decimal(10), 0.1, "rest"),
))  # fmt: skip
FIRST = datetime(2026, 11, 17, 2, 10, tzinfo=UTC)
RUNS = Grid(
    "Failed jobs", ("job", "failed runs", "first", "cost"),
    (("load", 3, FIRST, Decimal("88.5")), ("other", 1, None, Decimal(2))), ("text", "number", "text", "usd"),
)  # fmt: skip
FAILED = Answer(
    QUESTION, "3 runs failed.", agents=("reliability",), findings=(Finding("high", "load failed", "reliability"),), tables=(RUNS,)
)


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(1.0, "Yes, the failures caused"), (0.85, "Yes, the failures caused"), (0.4, "caused part of"), (0.05, "did not cause")],
)
def test_the_verdict_follows_the_share(share: float, verdict: str) -> None:
    what = Counterfactual("load", "failed attempts", share, "Without them it would have cost less.")
    first = correlate([replace(COST, counterfactuals=(what,)), FAILED])[0]
    assert verdict in first.text


def test_without_failed_attempts_the_answer_is_no_and_names_the_cause() -> None:
    assert "did not cause the change" in (text := correlate([COST, FAILED])[0].text) and "job load in prod" in text


def test_a_name_in_both_is_said() -> None:
    shared = correlate([COST, FAILED])[1]
    assert (
        shared.text
        == "In both: job load (cost: +$90.00; reliability: 3 failed runs, first Tue 17 Nov 2026 02:10 UTC, cost $88.50)."
    )


def test_one_answer_has_nothing_to_correlate() -> None:
    assert correlate([COST]) == ()


def test_an_overview_puts_what_needs_attention_first() -> None:
    calm = Answer(QUESTION, "Costs are usual.", agents=("cost",), findings=(Finding("good", "fine", "cost"),))
    told = overview(QUESTION, [calm, FAILED])
    assert told.headline == "1 of 2 areas need attention: Reliability."
    assert [found.agent for found in told.findings] == ["reliability", "cost"]


def test_what_does_not_explain_the_change_is_ruled_out_with_its_money() -> None:
    what = Counterfactual("load", "failed attempts", 0.9, "Without them it would have cost less.")
    first = correlate([replace(COST, counterfactuals=(what,)), FAILED])[0]
    assert first.text.endswith("Ruled out: the failures of other ($2.00 together).")


def test_the_names_of_an_answer_are_entities_in_its_order() -> None:
    assert named(FAILED).jobs == ("load", "other")


def test_what_is_said_on_top_is_not_said_again() -> None:
    what = "Without them it would have cost less."
    cost = replace(COST, counterfactuals=(Counterfactual("load", "", 1.0, what),), findings=(Finding("info", what, "cost"),))
    assert what not in [found.text for found in join(QUESTION, [cost, FAILED]).findings]
