"""How long an answer takes: computed in a running process, and by a whole `ask`."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from bot.compose import service
from bot.message import Message
from bot.settings import read_settings
from tests.bench.timing import Measured, timed

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = (
    "Why did our costs spike last Tuesday?",
    "What were the top 10 cost contributors last week?",
    "Are we within budget this month?",
)


async def computed() -> list[Measured]:
    async with service(read_settings(query_cache_seconds=0)) as bot:
        return [
            await timed(f"answer: {text}", lambda text=text: bot.answer(Message("shell", "", text)), 20, "< 500 ms")
            for text in QUESTIONS
        ]


async def whole_process() -> list[Measured]:
    values = []
    for _ in range(6):
        started = time.perf_counter()
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "bot", "ask", QUESTIONS[0]], cwd=ROOT, capture_output=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        values.append((time.perf_counter() - started) * 1000)
    return [Measured("whole process: python -m bot ask", values[1:], goal="< 2,500 ms warm")]
