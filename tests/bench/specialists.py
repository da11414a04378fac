"""How long every capability takes: alone, two at once, and where each statement takes a second more."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby

from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import SAMPLE_BUDGETS, Settings, read_settings
from tests.bench.timing import Measured, timed
from tests.capabilities import CAPABILITIES, Capability
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tools.sample.cache import sample_path

RUNS = 4
TOGETHER = "Why did the cost spike last Tuesday AND were there any job failures?"
APART = ("Why did the cost spike last Tuesday?", "Were there any job failures last Tuesday?")
SINGLE = tuple(each for each in CAPABILITIES if "." in each.topic and "+" not in each.topic)


async def specialists() -> list[Measured]:
    async with service(read_settings(query_cache_seconds=0)) as bot:
        alone = [(each, await timed(each.topic, Asking(bot, each.question), RUNS)) for each in SINGLE]
        overview = await timed("overview", Asking(bot, "How is the platform today?"), 10, "< 2,000 ms")
        together = await _together(bot, 10, "in process")
    return [*_by_specialist(alone), overview, together, *await _far_away()]


class Asking:
    def __init__(self, bot: Service, text: str) -> None:
        self._bot, self._text = bot, text

    async def __call__(self) -> None:
        answer = await self._bot.answer(Message("shell", "", self._text))
        if answer.error_id:
            raise SystemExit(f"{self._text}: {answer.headline} {answer.summary}")


async def _seconds(bot: Service, text: str) -> float:
    started = time.perf_counter()
    await Asking(bot, text)()
    return time.perf_counter() - started


def _by_specialist(alone: Sequence[tuple[Capability, Measured]]) -> list[Measured]:
    rows = []
    for agent, group in groupby(alone, key=lambda pair: pair[0].agent):
        measured = [one for _, one in group]
        slowest = max(measured, key=lambda one: one.median).what
        values = [value for one in measured for value in one.values]
        rows.append(Measured(f"{agent}: {len(measured)} capabilities, slowest {slowest}", values, goal="p95 < 700 ms"))
    return rows


async def _together(bot: Service, runs: int, where: str) -> Measured:
    """Two specialists at once against the slower of them alone, pair by pair."""
    values = []
    for _ in range(runs):
        alone = [await _seconds(bot, text) for text in APART]
        values.append(await _seconds(bot, TOGETHER) / max(alone))
    return Measured(f"two specialists at once, against the slower one alone, {where}", values, unit="×", goal="1.3 ×")


async def _far_away() -> list[Measured]:
    """What a second more for every statement adds to an answer through the SDK: the rounds that wait for each other."""
    with _workspace() as workspace:
        settings = Settings(warehouse="databricks", warehouse_id="warehouse-1", budgets=SAMPLE_BUDGETS, query_cache_seconds=0)
        async with service(settings) as bot:
            await _seconds(bot, SINGLE[0].question)
            at_once = [await _seconds(bot, each.question) for each in SINGLE]
            workspace.statements.seconds = 1.0
            slower = [await _seconds(bot, each.question) for each in SINGLE]
            together = await _together(bot, 5, "1 s a statement")
    added = [1000 * (late - soon) for late, soon in zip(slower, at_once, strict=True)]
    return [Measured("added by 1 s more for every statement, through the SDK", added, goal="< 2,000 ms"), together]


@contextmanager
def _workspace() -> Iterator[LoopbackWorkspace]:
    now = datetime.now(UTC)
    engine = Engine(sample_path(now), now=now)
    with LoopbackWorkspace(engine) as workspace:
        os.environ.update(workspace.environment)
        try:
            yield workspace
        finally:
            for name in workspace.environment:
                del os.environ[name]
    engine.close()
