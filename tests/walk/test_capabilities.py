"""Every capability, asked in plain words on the sample account: understood, answered in full, and the same through the SDK."""

import asyncio
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from agents.answer import Answer
from agents.understand import TOPICS
from bot.compose import service
from bot.message import Message
from bot.settings import SAMPLE_BUDGETS, Settings
from tests.capabilities import CAPABILITIES, PAGE, ROOT, answers, page
from tests.conftest import NOW
from tests.loopback_databricks import Engine, LoopbackWorkspace

IDS = [each.topic for each in CAPABILITIES]
SEVEN = {
    "Why did our costs spike last Tuesday?",
    "Were there any suspicious activities in the last 24 hours?",
    "Why are my ETL jobs running slower than last week?",
    "Are we meeting our job SLAs this week?",
    "What's the data lineage for the sales_daily table?",
    "How is my fraud detection model performing in production?",
    "Why did the cost spike AND were there any job failures?",
}


@pytest.fixture(scope="module")
def told() -> Mapping[str, Answer]:
    return dict(zip(IDS, asyncio.run(answers()), strict=True))


@pytest.fixture(scope="module")
def through_the_sdk(sample_file: Path) -> Mapping[str, Answer]:
    """The same questions to the same account behind a workspace's Statement Execution API."""

    async def ask() -> Mapping[str, Answer]:
        settings = Settings(warehouse="databricks", warehouse_id="warehouse-1", budgets=SAMPLE_BUDGETS)
        async with service(settings, now=NOW) as bot:
            return {each.topic: await bot.answer(Message("shell", "", each.question)) for each in CAPABILITIES}

    engine = Engine(sample_file, now=NOW)
    with LoopbackWorkspace(engine) as workspace, pytest.MonkeyPatch.context() as environment:
        for name, value in workspace.environment.items():
            environment.setenv(name, value)
        answered = asyncio.run(ask())
    engine.close()
    return answered


def test_every_topic_and_every_question_of_the_mission_is_here() -> None:
    topics = {f"{agent}.{topic}" for agent, names in TOPICS.items() for topic in names}
    assert topics <= set(IDS) and {each.question for each in CAPABILITIES} >= SEVEN


@pytest.mark.parametrize("topic", IDS)
def test_a_plain_question_is_answered_in_full(told: Mapping[str, Answer], topic: str) -> None:
    answer = told[topic]
    assert "+".join(answer.question.topics) == topic
    assert answer.headline and not answer.error_id
    assert answer.evidence and answer.as_of and answer.followups
    assert re.search(r"\d", answer.headline + answer.summary), "an answer has a figure"


@pytest.mark.parametrize("topic", IDS)
def test_the_sdk_gives_the_same_answer(told: Mapping[str, Answer], through_the_sdk: Mapping[str, Answer], topic: str) -> None:
    here, there = told[topic], through_the_sdk[topic]
    assert there.headline == here.headline
    assert [cause.delta for cause in there.causes] == [cause.delta for cause in here.causes]
    assert [grid.title for grid in there.tables] == [grid.title for grid in here.tables]
    assert _cells(there) == pytest.approx(_cells(here), rel=1e-6, abs=0.011)  # doubles are added up in any order: a cent


def _cells(answer: Answer) -> dict[str, float]:
    """Every number of the tables by its place; other cells by what they say."""
    found: dict[str, float] = {}
    for table, grid in enumerate(answer.tables):
        for line, row in enumerate(grid.rows):
            for column, cell in zip(grid.columns, row, strict=True):
                number = isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)
                found[f"{table} {line} {column}{'' if number else f': {cell}'}"] = float(cell) if number else 0.0
    return found


def test_the_page_is_what_happens(told: Mapping[str, Answer]) -> None:
    assert PAGE.read_text() == page([told[topic] for topic in IDS])


def test_every_named_test_exists() -> None:
    for each in CAPABILITIES:
        assert (ROOT / "tests" / "agents" / each.test).is_file(), each
