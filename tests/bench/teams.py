"""How fast an activity is accepted while answers are computed, and how long a card takes to render.

The bot runs as users run it, in a process of its own; the connector that it answers to is a loopback one in this process.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from adapters.teams.card import card
from bot.compose import service
from bot.message import Message
from bot.settings import read_settings
from tests.bench.slack import ROOT, free_port, ready
from tests.bench.timing import Measured
from tests.capabilities import CAPABILITIES

A_SECOND, SECONDS = 30, 60
CONVERSATIONS = 50
QUESTION = "Why did our costs spike last Tuesday?"
RENDERINGS = 20


async def accepted(seconds: float = SECONDS) -> list[Measured]:
    """Milliseconds to the 202, thirty activities a second, each a question of its own."""
    async with _connector() as connector:
        with tempfile.TemporaryDirectory() as place:
            port = free_port()
            environment = os.environ | {
                "HEALTH_MONITOR_TEAMS_DEVELOPMENT": "1",
                "HEALTH_MONITOR_PORT": str(port),
                "HEALTH_MONITOR_STORE": f"sqlite:///{place}/store.sqlite",
                "HEALTH_MONITOR_QUESTIONS_PER_USER": "0",
                "HEALTH_MONITOR_QUESTIONS_PER_CHANNEL": "0",
                "HEALTH_MONITOR_QUESTIONS_WAITING": "0",
            }
            command = (sys.executable, "-m", "bot", "serve", "--teams")
            bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL)
            try:
                waits = await _posted(f"http://127.0.0.1:{port}", connector.url, round(seconds * A_SECOND))
            finally:
                bot.kill()  # what still waits is not what is measured
                await bot.wait()
    if not connector.answers:
        raise SystemExit("no answer came while activities were posted")
    what = f"Teams: 202 while answers are computed, {A_SECOND} activities a second for {seconds:g} s"
    return [
        Measured(what, waits),
        Measured("… its 99th percentile", [percentile(waits, 99)], goal="< 100 ms"),
        Measured("… answers that came meanwhile", [connector.answers], ""),
    ]


async def rendered() -> list[Measured]:
    """Milliseconds of the processor to make a card, for the answer of every capability on the sample account."""
    async with service(read_settings()) as bot:
        answers = [await bot.answer(Message("shell", "", one.question)) for one in CAPABILITIES]
    times = []
    for answer in answers:
        started = time.thread_time()
        for _ in range(RENDERINGS):
            card(answer)
        times.append((time.thread_time() - started) * 1000 / RENDERINGS)
    return [
        Measured(f"Teams: a card, each of {len(answers)} answers", times, goal="< 5 ms"),
        Measured("… the slowest of them", [max(times)], goal="< 5 ms"),
    ]


def percentile(values: list[float], of: int) -> float:
    return sorted(values)[max(0, -(-len(values) * of // 100) - 1)]


class Connector:
    """Takes whatever is sent to Teams and counts the cards."""

    def __init__(self) -> None:
        self.url = ""
        self.answers = 0

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response({"id": request.path.rpartition("/")[2], "name": "Ana", "email": "ana@example.com"})
        if (await request.json()).get("attachments"):
            self.answers += 1
        return web.json_response({"id": f"m{time.monotonic_ns()}"}, status=201)


@contextlib.asynccontextmanager
async def _connector() -> AsyncIterator[Connector]:
    connector, site = Connector(), web.Application(client_max_size=2**20)
    site.router.add_route("*", "/{tail:.*}", connector.take)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    connector.url = f"http://127.0.0.1:{port}/"
    try:
        yield connector
    finally:
        await runner.cleanup()


async def _posted(url: str, service_url: str, count: int) -> list[float]:
    waits: list[float] = []
    async with aiohttp.ClientSession() as http:
        await ready(http, url)

        async def post(number: int) -> None:
            started = time.perf_counter()
            async with http.post(f"{url}/api/messages", json=_activity(number, service_url)) as answer:
                if answer.status != 202:
                    raise SystemExit(f"an activity got {answer.status}")
            waits.append((time.perf_counter() - started) * 1000)

        begun, tasks = time.monotonic(), []
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.monotonic()))
            tasks.append(asyncio.create_task(post(number)))
        await asyncio.gather(*tasks)
    return waits


def _activity(number: int, service_url: str) -> dict[str, Any]:
    place = f"19:personal-{number % CONVERSATIONS}@unq.gbl.spaces"
    return {
        "type": "message",
        "id": f"{1_700_000_000_000 + number}",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:user-{number % CONVERSATIONS}", "name": "Ana"},
        "recipient": {"id": "28:bot", "name": "Health Monitor"},
        "conversation": {"id": place, "conversationType": "personal", "tenantId": "tenant"},
        "channelData": {"tenant": {"id": "tenant"}},
        "text": QUESTION,
    }
