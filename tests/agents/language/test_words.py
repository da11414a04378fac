"""A model changes the words of an answer, never its figures; what it gets wrong is not said."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agents.answer import Answer
from agents.grounding import untraced
from agents.model import Limits, Model
from bot.service import Service
from tests.agents.language.conftest import loaded, message, reply
from tests.loopback_databricks import LoopbackWorkspace

SPIKE = "Why did our costs spike last Tuesday?"
HEADLINE = "Costs on Tue 17 Nov 2026 came to $17,007.77, which is 39% above the usual Tuesday."
SUMMARY = (
    "The main cause is job ledger_matching in prod-payments: $4,940.43 instead of $235.18, "
    "as 56 attempts failed (RUN_EXECUTION_ERROR)."
)
With = Callable[[Model], Service]


def figures(answer: Answer) -> Answer:
    """Everything but the words, and the ids and times that differ from run to run."""
    findings = tuple(replace(each, evidence=()) for each in answer.findings)
    tables = tuple(replace(each, evidence=()) for each in answer.tables)
    evidence = tuple(replace(each, id="", ms=0.0, cached_at=None) for each in answer.evidence)
    return replace(
        answer, headline="", summary="", wording="", id="", seconds=0.0, evidence=evidence, findings=findings, tables=tables
    )


async def test_a_true_wording_is_taken_with_one_call(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace
) -> None:
    workspace.serving.script = [reply("Worded", headline=HEADLINE, summary=SUMMARY)]
    written, worded = await bot.answer(message(SPIKE)), await talking(model).answer(message(SPIKE))
    assert (worded.headline, worded.summary) == (HEADLINE, SUMMARY)
    assert "model" in worded.wording and not written.wording
    assert figures(worded) == figures(written)
    assert len(workspace.serving.requests) == 1


async def test_a_wrong_number_is_asked_for_again_then_dropped(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace
) -> None:
    wrong = reply("Worded", headline=HEADLINE.replace("17,007", "17,070"), summary=SUMMARY)
    workspace.serving.script = [wrong, wrong]
    written, worded = await bot.answer(message(SPIKE)), await talking(model).answer(message(SPIKE))
    assert worded.headline == written.headline and worded.summary == SUMMARY
    assert "17070" in str(workspace.serving.requests[1]["messages"]), "the second request names what was wrong"


async def test_a_reworded_text_that_is_true_is_taken(talking: With, model: Model, workspace: LoopbackWorkspace) -> None:
    workspace.serving.script = [
        reply("Worded", headline="Costs fell by $4,804.57 on 17 November.", summary=SUMMARY),
        reply("Worded", headline=HEADLINE, summary=SUMMARY),
    ]
    assert (await talking(model).answer(message(SPIKE))).headline == HEADLINE


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([429], "busy"),
        ([500], "unavailable"),
        ([{"content": "no."}], "unreadable"),
        ([{"content": "I cannot help with that."}], "unreadable"),
        ([reply("Worded", title="x")], "unreadable"),
        (
            [{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "Worded", "arguments": "{broken"}}]}],
            "unreadable",
        ),
        ([reply("Worded", headline="\u202e" * 400, summary="")] * 2, "refused"),
        ([reply("delete_everything", sure=True)], "unreadable"),
    ],
)
async def test_a_failing_model_leaves_the_written_answer(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace, script: list[Any], said: str
) -> None:
    workspace.serving.script = list(script)
    written, worded = await bot.answer(message(SPIKE)), await talking(model).answer(message(SPIKE))
    assert figures(worded) == figures(written) and worded.headline == written.headline
    assert said in worded.wording


async def test_a_slow_endpoint_costs_no_more_than_its_time_and_then_rests(talking: With, workspace: LoopbackWorkspace) -> None:
    model = await loaded(Limits(seconds=0.3, failures=2))
    service = talking(model)
    workspace.serving.latency_seconds, workspace.serving.always = 1.0, reply("Worded", headline=HEADLINE, summary=SUMMARY)
    told = [await service.answer(message(SPIKE)) for _ in range(4)]
    assert [answer.wording for answer in told] == ["written (model too slow)"] * 2 + ["written (model unavailable)"] * 2
    assert all(ms < 900 for _, _, _, ms in model.calls) and len(model.calls) == 2, "the breaker asks no more"


async def test_the_fallback_answers_for_a_busy_endpoint(talking: With, workspace: LoopbackWorkspace) -> None:
    workspace.serving.script = [429, reply("Worded", headline=HEADLINE, summary=SUMMARY)]
    answer = await talking(await loaded(Limits(), "main", "spare")).answer(message(SPIKE))
    assert answer.headline == HEADLINE
    assert [request["model"] for request in workspace.serving.requests] == ["main", "spare"]


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(question_tokens=50), "too long"), (Limits(day_tokens=50), "over its budget")]
)
async def test_budgets_are_kept(talking: With, workspace: LoopbackWorkspace, limits: Limits, said: str) -> None:
    answer = await talking(await loaded(limits)).answer(message(SPIKE))
    assert said in answer.wording and not workspace.serving.requests


async def test_an_unsure_question_is_settled_among_the_choices(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace
) -> None:
    unsure = await bot.answer(message("How is it going with payments?"))
    if unsure.question.action != "clarify":
        unsure = await bot.answer(message("ledger_matching"))
    assert unsure.question.action == "clarify" and unsure.question.choices
    workspace.serving.script = [reply("Choice", number=1), 500]
    settled = await talking(model).answer(message(unsure.question.text))
    assert settled.question.action == "answer" and settled.question.text == unsure.question.text
    workspace.serving.script = [reply("Choice", number=99)]
    assert (await talking(model).answer(message(unsure.question.text))).question.action == "clarify"


async def test_every_written_headline_is_borne_out_by_its_own_evidence(bot: Service) -> None:
    for text in (
        SPIKE,
        "Are we within budget this month?",
        "Which jobs failed yesterday?",
        "What are the slowest queries this week?",
    ):
        answer = await bot.answer(message(text))
        assert untraced(answer.headline, answer) == ()
