"""How fast deliveries are written down and acknowledged, apart from answers, and how memory grows under 10,000 of them.

A replica of its own process echoes each question within a quarter of a second; Slack is a loopback one in this process.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from adapters.slack.shell import EVENTS_PATH
from bot.delivery import Arrival
from bot.store import Store
from tests.adapters.loopback import until
from tests.adapters.slack.loopback import LoopbackSlack, loopback_slack
from tests.adapters.slack.payloads import BOT, Json, mention, signed
from tests.bench.slack import resident_megabytes
from tests.bench.timing import Measured, table

ROOT = Path(__file__).resolve().parents[2]
RATE, SECONDS = 50, 60
STEPS = 500
SOAK = 10_000


@dataclass
class Bot:
    url: str
    pid: int
    slack: LoopbackSlack
    http: aiohttp.ClientSession

    async def deliver(self, body: Json) -> float:
        """Milliseconds to the acknowledgement."""
        data = json.dumps(body)
        started = time.perf_counter()
        async with self.http.post(self.url + EVENTS_PATH, data=data.encode(), headers=signed(data)) as answer:
            if answer.status != 200:
                raise SystemExit(f"a delivery got {answer.status}")
        return (time.perf_counter() - started) * 1000


async def handled() -> list[Measured]:
    async with _bot() as bot:
        waits = await _at_a_steady_rate(bot)
    under = f"at {RATE} events a second for {SECONDS} s"
    slowest = sorted(waits)[len(waits) * 99 // 100]
    return [
        Measured(f"acknowledgement {under}", waits),
        Measured(f"p99 of the acknowledgement {under}", [slowest], goal="< 100 ms"),
        *await _store(),
    ]


async def _at_a_steady_rate(bot: Bot) -> list[float]:
    tasks, started = [], time.perf_counter()
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(bot.deliver(mention(f"<@{BOT}> question {number}"))))
    return list(await asyncio.gather(*tasks))


async def _store() -> list[Measured]:
    """Each step of a delivery's way through the store, on an SQLite file."""
    with tempfile.TemporaryDirectory() as place:
        store = Store(f"sqlite:///{place}/store.sqlite")
        await store.open()
        steps: dict[str, list[float]] = {}

        async def timed(what: str, step: Callable[[], Awaitable[object]]) -> None:
            started = time.perf_counter()
            await step()
            steps.setdefault(what, []).append((time.perf_counter() - started) * 1000)

        for number in range(STEPS):
            here = ("slack", "T", "C", str(number))
            key = f"T:C:{number}"
            await timed("claim", lambda key=key, here=here: store.deliveries.claim(Arrival(key, {"text": "hi"}, here)))
            await timed("take", lambda: store.deliveries.take("slack", "r1", 1))
            await timed("save a turn", lambda key=key, here=here: store.save_turn(here, key, {"n": 1}, delivery=key))
            await timed("done", lambda key=key: store.deliveries.done(key))
        await store.close()
    return [Measured(f"store on SQLite: {what}", values, goal="p95 < 5 ms") for what, values in steps.items()]


async def soaked(messages: int = SOAK) -> list[Measured]:
    """Memory in the middle and at the end of a run; raises where a message was not answered."""
    async with _bot() as bot:
        room = asyncio.Semaphore(32)

        async def one(number: int) -> None:
            async with room:
                await bot.deliver(mention(f"<@{BOT}> question {number}"))

        halves = []
        for half in (1, 2):
            answered = messages // 2 * half
            await asyncio.gather(*(one(number) for number in range(messages // 2)))
            await until(lambda answered=answered: len(bot.slack.posts) >= answered, 3_600)
            halves.append(resident_megabytes(bot.pid))
        if (count := len(bot.slack.answers())) != messages // 2 * 2:
            raise SystemExit(f"{count} of {messages} messages were answered")
    growth = (halves[1] / halves[0] - 1) * 100
    return [
        Measured(f"memory after half of {messages:,} messages, all answered", halves[:1], "MB"),
        Measured("memory growth in the second half", [growth], "%", "< 10 %"),
    ]


@asynccontextmanager
async def _bot() -> AsyncIterator[Bot]:
    async with loopback_slack() as slack, aiohttp.ClientSession() as http:
        with tempfile.TemporaryDirectory() as place:
            command = (sys.executable, "-m", "tests.adapters.slack.replica", f"sqlite:///{place}/store.sqlite", slack.url, "30")
            process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=dict(os.environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                assert process.stdout
                yield Bot((await process.stdout.readline()).decode().strip(), process.pid, slack, http)
            finally:
                process.terminate()
                await process.wait()


async def main() -> None:
    print(table([*await handled(), *await soaked(int(sys.argv[1]) if sys.argv[1:] else SOAK)]))


if __name__ == "__main__":
    asyncio.run(main())
