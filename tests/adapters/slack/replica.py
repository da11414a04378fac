"""One replica of the bot as a process of its own, made to be killed: `python -m tests.adapters.slack.replica STORE SLACK LEASE`.

It answers every question with the question, after a moment, and prints its address when it listens.
"""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from adapters.slack.app import build
from agents.answer import Answer
from bot.message import Message
from bot.store import Store
from tests.adapters import samples
from tests.adapters.loopback import serve
from tests.adapters.slack.conftest import SlackSettings


class Echo:
    """Answers with what was asked, after up to a quarter of a second."""

    async def answer(self, message: Message, *, progress: Callable[[str], Awaitable[None]] | None = None) -> Answer:
        if progress:
            await progress("asking the warehouse")
        await asyncio.sleep(random.uniform(0.02, 0.25))
        return replace(samples.spike_in_words(), headline=message.text, id=message.delivery[-16:])

    async def evidence(self, answer_id: str) -> Answer | None:
        return None


async def main(url: str, slack: str, lease: float) -> None:
    store = Store(url, lease=timedelta(seconds=lease))
    await store.open()
    shell = await build(SlackSettings(f"{slack}/api/"), Echo(), store, parallel=8)
    site = web.Application()
    shell.routes(site)
    async with serve(site) as address:
        await shell.start()
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
