"""An open question: the model chooses among a specialist's tools, and the answer is what the tools returned."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agents.answer import Answer
from agents.loop import CHOSEN, MOST_STEPS, prompt
from agents.model import Limits, Model
from agents.question import AGENTS, Question
from agents.settling import OFFERED, OPEN, SURE
from agents.specialist import Sources
from agents.toolbox import MOST_CALLS, offers
from bot.compose import orchestrator, specialists
from bot.message import Message
from bot.service import Service
from tests.agents.language.conftest import calls, loaded, message, reply
from tests.conftest import NOW
from tests.loopback_databricks import LoopbackWorkspace
from tools.period import Period

With = Callable[[Model], Service]
WEEK = {"start_date": "2026-11-16", "end_date": "2026-11-22"}
OPEN_QUESTION = "hmm, something about payments?"


def open_to(agent: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """The model's choice of a specialist, wherever it stands among the choices."""

    def choose(request: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = json.loads(request["messages"][-1]["content"].removeprefix("<data>").removesuffix("</data>"))
        wanted = next(text for text, name in OPEN.items() if name == agent)
        return reply("Choice", number=next(int(at) for at, text in asked["choices"].items() if text == wanted))

    return choose


@pytest.fixture
async def unsure(bot: Service) -> str:
    """A question that is not understood for sure, so that the model is asked what it is."""
    understanding = await bot.understanding()
    for text in (OPEN_QUESTION, "Tell me something interesting about payments", "What happened with data?"):
        asked = understanding.understand(text, now=bot._clock())
        if asked.action == "clarify" or (asked.confidence < SURE and len(asked.topics) < len(OFFERED)):
            return text
    raise AssertionError("every question is understood")


async def ask(talking: With, model: Model, text: str) -> Answer:
    return await talking(model).answer(Message("shell", "", text))


async def test_the_answer_is_what_the_tools_returned(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace, unsure: str
) -> None:
    workspace.serving.script = [
        open_to("reliability"),
        calls(("get_failed_tasks", {**WEEK, "top_n": 5}), ("get_job_mttr", WEEK)),
        reply("Worded", headline="Failed tasks: 5 rows.", summary=""),
    ]
    answer = await ask(talking, model, unsure)
    assert not workspace.serving.script, "every turn was taken"
    assert answer.agents == ("reliability",) and not answer.error_id and answer.question.text == unsure
    assert [receipt.tool for receipt in answer.evidence] == ["get_failed_tasks", "get_job_mttr"]
    assert [grid.title for grid in answer.tables] == ["Failed tasks", "Job mttr"]
    assert CHOSEN in answer.partial and "model" in answer.wording and answer.id
    told = [each for each in workspace.serving.requests[2]["messages"] if each["role"] == "tool"]
    assert len(told) == 2, "both tools were asked at once"
    name = str(answer.tables[0].rows[0][answer.tables[0].columns.index("job name")])
    assert name in told[0]["content"]


async def test_a_forged_figure_is_not_said(talking: With, model: Model, workspace: LoopbackWorkspace, unsure: str) -> None:
    forged = reply(
        "Worded", headline="Exactly 4,711 tasks failed because of a network outage.", summary="See https://example.com."
    )
    workspace.serving.script = [open_to("reliability"), calls(("get_failed_tasks", WEEK)), forged, forged]
    answer = await ask(talking, model, unsure)
    assert "4,711" not in answer.headline and "http" not in answer.summary and "refused" in answer.wording
    assert answer.headline.startswith("Failed tasks:")


async def test_an_investigation_is_a_tool(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace, unsure: str
) -> None:
    day = date(2026, 11, 17)
    workspace.serving.script = [open_to("cost"), calls(("investigate_spike", {"first_day": str(day), "last_day": str(day)})), 500]
    answer = await ask(talking, model, unsure)
    spike = Question("?", agents=("cost",), topics=("cost.spike",), period=Period.of_days(day, day, "UTC"), now=NOW)
    spike = replace(spike, entities=(await bot.understanding()).understand(unsure, now=NOW).entities)
    known = await orchestrator().answer(spike, bot._sources)
    assert known.causes and answer.causes == known.causes and answer.headline == known.headline
    assert "unavailable" in answer.wording


@pytest.mark.parametrize(
    "turn",
    [
        500,
        429,
        {"content": "I cannot help with that."},
        reply("drop_table", name="prod"),
        reply("get_failed_tasks", start_date="yesterday", end_date="today"),
        reply("get_failed_tasks", start_date="2026-11-22", end_date="2026-11-16"),
        reply("get_failed_tasks", **WEEK, sql="DELETE FROM runs"),
    ],
)
async def test_what_reaches_no_tool_is_answered_as_without_a_model(
    bot: Service, talking: With, model: Model, workspace: LoopbackWorkspace, unsure: str, turn: Any
) -> None:
    workspace.serving.script, workspace.serving.always = [open_to("reliability")], turn
    written, answer = await bot.answer(message(unsure)), await ask(talking, model, unsure)
    assert (answer.question.action, answer.headline, answer.question.choices) == (
        written.question.action, written.headline, written.question.choices,
    )  # fmt: skip


async def test_endless_calls_end(talking: With, model: Model, workspace: LoopbackWorkspace, unsure: str) -> None:
    again = calls(*(("get_failed_tasks", {**WEEK, "top_n": at + 1}) for at in range(8)))
    workspace.serving.script, workspace.serving.always = [open_to("reliability")], again
    answer = await ask(talking, model, unsure)
    assert len(workspace.serving.requests) == 1 + MOST_STEPS
    assert len(answer.evidence) <= MOST_CALLS and answer.wording.startswith("written")


async def test_the_time_of_a_question_is_shared(bot: Service, talking: With, workspace: LoopbackWorkspace, unsure: str) -> None:
    model = await loaded(Limits(question_seconds=0.001))
    workspace.serving.always = calls(("get_failed_tasks", WEEK))
    written, answer = await bot.answer(message(unsure)), await ask(talking, model, unsure)
    assert answer.headline == written.headline
    assert not workspace.serving.requests and not model.calls, "neither settled, looked into nor worded"


def test_every_specialist_has_typed_tools_and_a_prompt() -> None:
    for specialist in specialists():
        told = offers(specialist, Question("?"), Sources(None))  # type: ignore[arg-type]
        assert len(told) == len({each.name for each in told}) == len(specialist.investigations) + len(specialist.tools)
        assert all(each.description and "warehouse" not in each.shape.model_fields for each in told)
        assert "<data>" in prompt(specialist.name)
    assert tuple(each.name for each in specialists()) == AGENTS and set(OPEN.values()) == set(AGENTS)
