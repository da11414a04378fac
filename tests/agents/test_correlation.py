"""Did the failures cause the change? Yes, partly or no, by what the change would have been without them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agents.answer import Answer, Cause, Counterfactual, Finding
from agents.correlation import correlate
from agents.joining import overview
from agents.question import Question

QUESTION = Question("why?", now=datetime(2026, 11, 24, tzinfo=UTC))
COST = Answer(QUESTION, "Costs rose.", agents=("cost",), causes=(
    Cause({"workspace": "prod", "job": "load"}, Decimal(90), 0.9, "job load cost more"), Cause({}, Decimal(10), 0.1, "rest"),
))  # fmt: skip
FAILED = Answer(
    QUESTION, "3 runs failed.", agents=("reliability",), findings=(Finding("high", "load failed 3 times", "reliability"),)
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
    assert any("job load is named by both Cost and Reliability" in found.text for found in correlate([COST, FAILED]))


def test_one_answer_has_nothing_to_correlate() -> None:
    assert correlate([COST]) == ()


def test_an_overview_puts_what_needs_attention_first() -> None:
    calm = Answer(QUESTION, "Costs are usual.", agents=("cost",), findings=(Finding("good", "fine", "cost"),))
    told = overview(QUESTION, [calm, FAILED])
    assert told.headline == "1 of 2 areas need attention: Reliability."
    assert [found.agent for found in told.findings] == ["reliability", "cost"]
