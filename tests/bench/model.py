"""A model at a distance: 1 s for every statement and every call, ours beside one agent that takes a step at a time."""

import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.model import Model
from agents.settling import OPEN
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import SAMPLE_BUDGETS, Settings
from tests.agents.language.conftest import calls, reply
from tests.bench.timing import Measured
from tests.evals.language.__main__ import Talker
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tests.walk.test_capabilities import SEVEN
from tools import cost, performance, quality, reliability, security
from tools.sample.cache import sample_path

FAR = "1 s a statement and a model call"
OPEN_QUESTION = "What happened with data?"


@asynccontextmanager
async def _far() -> AsyncIterator[tuple[LoopbackWorkspace, Service, Model]]:
    now = datetime.now(UTC)
    engine = Engine(sample_path(now), now=now)
    with LoopbackWorkspace(engine) as workspace:
        os.environ.update(workspace.environment)
        try:
            settings = Settings(
                warehouse="databricks",
                warehouse_id="warehouse-1",
                budgets=SAMPLE_BUDGETS,
                query_cache_seconds=0,
                llm_endpoint="main",
            )
            async with service(settings) as bot:
                assert bot._model
                await bot._model.warm_up()
                await bot.understanding()
                workspace.serving.always = Talker()
                await bot.answer(Message("shell", "", sorted(SEVEN)[0]))
                workspace.statements.seconds = workspace.serving.latency_seconds = 1.0
                yield workspace, bot, bot._model
        finally:
            for name in workspace.environment:
                del os.environ[name]
    engine.close()


async def far_away() -> list[Measured]:
    async with _far() as (workspace, bot, model):
        known, asked = [], []
        for text in sorted(SEVEN):
            workspace.serving.always, workspace.serving.requests = _true, []
            known.append(await _seconds(bot, text))
            asked.append(float(len(workspace.serving.requests)))
        opened = []
        for _ in range(5):
            workspace.serving.always = _opening
            opened.append(await _seconds(bot, OPEN_QUESTION))
        plain = [await _plain(bot, model, workspace, text) for text in sorted(SEVEN)]
    ratio = [slow / fast for slow, fast in zip(plain, known, strict=True)]
    return [
        Measured(
            "known question, worded; 1 s a statement and a model call", [1000 * each for each in known], goal="p95 < 3,500 ms"
        ),
        Measured("model calls of a known question", asked, unit="", goal="1"),
        Measured(f"open question; {FAR}", [1000 * each for each in opened], goal="p95 < 7,000 ms"),
        Measured("one agent, five tools, a tool a step, against ours", ratio, unit="×", goal="> 3 ×"),
    ]


async def _seconds(bot: Service, text: str) -> float:
    started = time.perf_counter()
    answer = await bot.answer(Message("shell", "", text))
    if answer.error_id:
        raise SystemExit(f"{text}: {answer.headline} {answer.summary}")
    return time.perf_counter() - started


def _true(request: Mapping[str, Any]) -> Mapping[str, Any] | int:
    """The truth at the first call."""
    return Talker()(request)


def _opening(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """An open question: its specialist, two tools at once, then words."""
    offered = {each["function"]["name"] for each in request["tools"]}
    if "Choice" in offered:
        numbers = [int(at) for at, text in _choices(request).items() if OPEN.get(text) == "reliability"]
        return reply("Choice", number=numbers[0])
    if any(each["role"] == "tool" for each in request["messages"]):
        return reply("Worded", headline="Failed tasks: 5 rows.", summary="")
    last = datetime.now(UTC).date()
    days = {"start_date": f"{last - timedelta(days=7)}", "end_date": f"{last}"}
    return calls(("get_failed_tasks", {**days, "top_n": 5}), ("get_job_mttr", days))


def _choices(request: Mapping[str, Any]) -> Mapping[str, str]:

    told: Mapping[str, str] = json.loads(request["messages"][-1]["content"].removeprefix("<data>").removesuffix("</data>"))[
        "choices"
    ]
    return told


async def _plain(bot: Service, model: Model, workspace: LoopbackWorkspace, text: str) -> float:
    """The plain loop: five tools that each ask one statement, called one after another, then words."""
    from langchain.agents import create_agent

    last = datetime.now(UTC).date()
    first = last - timedelta(days=7)

    async def costs() -> str:
        """Costs."""
        return str((await cost.get_top_cost_contributors(bot.warehouse, first, last)).rows[:10])

    async def failures() -> str:
        """Failures."""
        return str((await reliability.get_failed_jobs(bot.warehouse, first, last)).rows[:10])

    async def users() -> str:
        """Users."""
        return str((await security.get_access_anomalies(bot.warehouse, first, last)).rows[:10])

    async def queries() -> str:
        """Queries."""
        return str(
            (await performance.get_slow_queries(bot.warehouse, min_duration=60.0, start_date=first, end_date=last)).rows[:10]
        )

    async def checks() -> str:
        """Checks."""
        return str((await quality.get_data_quality_results(bot.warehouse, first, last)).rows[:10])

    tools = [costs, failures, users, queries, checks]
    workspace.serving.script = [*(reply(tool.__name__) for tool in tools), {"content": "Here is what I found."}]
    agent: Any = create_agent(model.chat, tools)
    started = time.perf_counter()
    await agent.ainvoke({"messages": [("user", text)]})
    return time.perf_counter() - started
