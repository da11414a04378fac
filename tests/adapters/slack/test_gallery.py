"""How everything looks that Slack shows: each specialist's answer to the sample account, the tab, and every window."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from adapters.slack.card import card
from adapters.slack.feedback import wrong_view
from adapters.slack.home import home_view
from adapters.slack.modal import command_view
from adapters.slack.work import loading_view, message_view, work_view
from agents.answer import Answer
from bot.commands import COMMANDS, find
from bot.message import Message
from bot.service import Service
from tests.adapters import samples
from tests.adapters.slack.limits import VIEW_BLOCKS, faults

QUESTIONS = {
    "cost": "What were the top 10 cost contributors last week?",
    "security": "Are there any security anomalies in the last 24 hours?",
    "performance": "What were the slowest queries yesterday?",
    "reliability": "Which jobs failed in the last 24 hours?",
    "quality": "Which tables have data quality issues today?",
    "mlops": "How healthy are our models and serving endpoints?",
}
URL = "https://hooks.slack.example/commands/1"
VIEWS: dict[str, Callable[[], dict[str, Any]]] = {
    "the tab": lambda: home_view(["What did we spend yesterday?"], "Asia/Tokyo", "The account is healthy.", "prod-payments"),
    "the tab of someone new": lambda: home_view([], "", ""),
    "the tab, hostile": lambda: home_view([samples.HOSTILE], "UTC", samples.HOSTILE, samples.HOSTILE),
    "what was wrong": lambda: wrong_view("a1b2c3d4"),
    "loading": loading_view,
    "an error": lambda: message_view("The work behind this answer could not be shown. Error id: 0badc0de"),
    "the work, bare": lambda: work_view(samples.bare()),
    **{f"window of {command.name[1:]}": lambda command=command: command_view(command, "C1", URL, suggests=True)
       for command in COMMANDS},
}  # fmt: skip


def settled(answer: Answer) -> Answer:
    """The answer without what differs each time: its id and how long everything took."""
    evidence = tuple(replace(receipt, ms=1.0, cached_at=None) for receipt in answer.evidence)
    return replace(answer, id="a1b2c3d4", seconds=0.2, evidence=evidence)


@pytest.mark.parametrize("agent", QUESTIONS)
async def test_each_specialists_card_looks_as_agreed(bot: Service, agent: str, snapshot: SnapshotAssertion) -> None:
    answer = settled(await bot.answer(Message("slack", "", QUESTIONS[agent])))
    assert answer.agents == (agent,)
    made = card(answer, chart_file="F0CHART" if answer.charts else None, thread="1764000000.000100")
    assert faults(made.blocks) == []
    assert {"blocks": made.blocks, "text": made.text} == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", VIEWS)
def test_each_view_looks_as_agreed(name: str, snapshot: SnapshotAssertion) -> None:
    view = VIEWS[name]()
    assert faults(view["blocks"], most=VIEW_BLOCKS) == []
    assert view == snapshot(extension_class=JSONSnapshotExtension)


def test_there_is_a_window_for_every_command() -> None:
    assert all(find(f"/{name.removeprefix('window of ')}") for name in VIEWS if name.startswith("window of "))
