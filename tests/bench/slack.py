"""How fast a delivery is acknowledged while answers are computed, and how much memory an idle bot holds.

The bot runs as users run it, in a process of its own; Slack is a loopback one in this process.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.adapters.loopback import until
from tests.adapters.slack.loopback import LoopbackSlack, loopback_slack
from tests.adapters.slack.payloads import BOT, SECRET, Json, mention, signed
from tests.bench.timing import Measured

ROOT = Path(__file__).resolve().parents[2]
EVENTS, PAUSE_SECONDS = 100, 0.3
QUESTION = f"<@{BOT}> why did our costs spike last Tuesday?"
# Twenty people at once, each in a thread of their own.
AT_ONCE = (
    "What were the top 10 cost contributors last week?", "Are we within budget this month?",
    "What will November cost?", "Why did costs rise yesterday?", "What did we spend last month?",
    "Which jobs failed yesterday?", "Which jobs failed last week?", "Which jobs missed their SLA last week?",
    "What were the slowest queries yesterday?", "What were the slowest queries last week?",
    "Were there any security anomalies yesterday?", "Were there any security anomalies last week?",
    "Who accessed tables with personal data last week?", "Which tables have data quality issues today?",
    "Which tables are stale today?", "How are our serving endpoints doing?", "How healthy are our models?",
    "What did we spend per workspace last week?", "Which clusters are underused?", "What did we spend yesterday?",
)  # fmt: skip


async def delivered() -> list[Measured]:
    """Milliseconds to the acknowledgement, about three deliveries a second, each answered; resident memory before that."""
    async with loopback_slack() as slack:
        with tempfile.TemporaryDirectory() as place:
            port = free_port()
            environment = os.environ | {
                "SLACK_BOT_TOKEN": "xoxb-loopback",
                "SLACK_SIGNING_SECRET": SECRET,
                "SLACK_API_URL": f"{slack.url}/api/",
                "HEALTH_MONITOR_PORT": str(port),
                "HEALTH_MONITOR_STORE": f"sqlite:///{place}/store.sqlite",
                "HEALTH_MONITOR_QUESTIONS_PER_USER": "0",
                "HEALTH_MONITOR_QUESTIONS_PER_CHANNEL": "0",
            }
            command = (sys.executable, "-m", "bot", "serve", "--slack")
            bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.DEVNULL)
            try:
                url = f"http://127.0.0.1:{port}"
                return [*await _measure(url, bot.pid), await _at_once(url, slack)]
            finally:
                bot.send_signal(signal.SIGTERM)
                await bot.wait()


async def _measure(url: str, pid: int) -> list[Measured]:
    async with aiohttp.ClientSession() as http:
        await ready(http, url)
        idle = resident_megabytes(pid)
        waits: list[float] = []

        async def deliver() -> None:
            data = json.dumps(mention(QUESTION))
            started = time.perf_counter()
            async with http.post(f"{url}/slack/events", data=data.encode(), headers=signed(data, json_body=True)) as answer:
                if answer.status != 200:
                    raise SystemExit(f"a delivery got {answer.status}")
            waits.append((time.perf_counter() - started) * 1000)

        tasks = []
        for _ in range(EVENTS):
            tasks.append(asyncio.create_task(deliver()))
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.gather(*tasks)
    return [
        Measured("acknowledgement while answers are computed, 3 a second", waits, goal="< 100 ms"),
        Measured("idle memory of the Slack bot", [idle], "MB", "< 250 MB"),
    ]


async def _at_once(url: str, slack: LoopbackSlack) -> Measured:
    """From each delivery to its answer in the thread."""
    await until(lambda: len(slack.answers()) >= EVENTS, 120)  # what was measured before is not to be in the way
    bodies = [mention(f"<@{BOT}> {text}") for text in AT_ONCE]
    seconds: dict[str, float] = {}
    async with aiohttp.ClientSession() as http:

        async def deliver(body: Json) -> None:
            data = json.dumps(body)
            async with http.post(f"{url}/slack/events", data=data.encode(), headers=signed(data)) as answer:
                await answer.read()

        started = time.perf_counter()
        await asyncio.gather(*map(deliver, bodies))
        threads = {body["event"]["ts"] for body in bodies}
        while threads - seconds.keys():
            answered = {post["thread_ts"] for post in slack.answers()} & threads
            now = time.perf_counter() - started
            seconds |= dict.fromkeys(answered - seconds.keys(), now)
            if now > 60:
                raise SystemExit(f"{len(threads - seconds.keys())} questions were not answered")
            await asyncio.sleep(0.01)
    waits = [each * 1000 for each in seconds.values()]
    return Measured("20 questions in flight over 20 threads, to the answer", waits, goal="each < 3,000 ms")


async def ready(http: aiohttp.ClientSession, url: str) -> None:
    for _ in range(600):
        try:
            async with http.get(f"{url}/readyz") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the bot did not get ready")


def resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
