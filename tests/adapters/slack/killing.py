"""Questions on one side, replicas that are killed at random on the other, and what became of the questions."""

import asyncio
import json
import os
import random
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from adapters.slack.shell import EVENTS_PATH
from tests.adapters.loopback import until
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import BOT, Json, mention, new_ts, signed

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Outcome:
    """By thread, what was asked and what was answered, each in order."""

    asked: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    kills: int = 0
    retries: int = 0
    seconds: float = 0.0


class Replicas:
    """Two processes on one database; a killed one is replaced at once."""

    def __init__(self, store: str, slack: str, lease: float) -> None:
        self._command = (sys.executable, "-m", "tests.adapters.slack.replica", store, slack, str(lease))
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def addresses(self) -> list[str]:
        return list(self._processes)

    async def start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, env=dict(os.environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        assert address, "a replica did not start"
        self._processes[address] = process

    async def kill(self, chance: random.Random) -> None:
        """Kills one as soon as one lives, and starts another without waiting for it."""
        await until(lambda: self._processes, 60)
        process = self._processes.pop(chance.choice(self.addresses))
        process.kill()
        await process.wait()
        task = asyncio.create_task(self.start())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def stop(self) -> None:
        await asyncio.gather(*self._starting)
        for process in self._processes.values():
            process.kill()
            await process.wait()


async def ask_while_killing(
    slack: LoopbackSlack, store: str, *, questions: int, threads: int, kills: int, lease: float, patience: float, seed: int = 7
) -> Outcome:
    """Asks in each thread one question after the other, as Slack delivers: again, until a replica acknowledges."""
    chance, outcome, started = random.Random(seed), Outcome(), time.monotonic()
    slack.latency = lambda: chance.uniform(0, 0.03)
    replicas = Replicas(store, slack.url, lease)
    await asyncio.gather(replicas.start(), replicas.start())
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as http:

            async def deliver(body: Json) -> None:
                data, attempt = json.dumps(body), 0
                while True:
                    headers = signed(data) | ({"X-Slack-Retry-Num": str(attempt)} if attempt else {})
                    try:
                        address = chance.choice(replicas.addresses)
                        async with http.post(address + EVENTS_PATH, data=data.encode(), headers=headers) as answer:
                            if answer.status == 200:
                                return
                    except (aiohttp.ClientError, TimeoutError, IndexError):
                        pass
                    attempt += 1
                    outcome.retries += 1
                    await asyncio.sleep(0.1)

            async def talk(number: int) -> None:
                root = new_ts()
                for turn in range(questions // threads):
                    text = f"question {number}.{turn}"
                    outcome.asked[root].append(text)
                    where = {"ts": root} if turn == 0 else {"thread_ts": root}
                    await deliver(mention(f"<@{BOT}> {text}", **where))
                    await asyncio.sleep(chance.uniform(0, 2 * kills / (questions / threads)))

            async def kill() -> None:
                for _ in range(kills):
                    await asyncio.sleep(chance.uniform(0.3, 2.0))
                    await replicas.kill(chance)
                    outcome.kills += 1

            await asyncio.gather(kill(), *(talk(number) for number in range(threads)))
        with suppress(AssertionError):  # the comparison says better what is missing
            await until(lambda: len(slack.answers()) >= questions, patience)
        await asyncio.sleep(lease / 2)
    finally:
        await replicas.stop()
    for post in slack.answers():
        outcome.answered[post["thread_ts"]].append(post["blocks"][0]["text"]["text"])
    outcome.seconds = time.monotonic() - started
    return outcome
