"""The bot as users run it, Microsoft's playground and Chromium: three processes that the tests here share."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.conftest import NOW
from tests.e2e.teams.playground import Browser, Playground

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODULES = HERE.parent / "node_modules"
KEPT = ROOT / ".cache" / "e2e" / "teams"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running(
    *command: str, log: str, settings: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that ends with the block; what it says in error is kept beside the pictures."""
    pipe, environment = asyncio.subprocess.PIPE, os.environ | dict(settings or {})
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{log}.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=environment, stdin=pipe, stdout=pipe, stderr=errors)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def answers(http: aiohttp.ClientSession, url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(url) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@dataclass(frozen=True)
class Bot:
    url: str
    store: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot_process(http: aiohttp.ClientSession, sample_file: Path, tmp_path_factory) -> AsyncIterator[Bot]:
    port = free_port()
    store = f"sqlite:///{tmp_path_factory.mktemp('teams') / 'store.sqlite'}"
    settings = {
        "HEALTH_MONITOR_TEAMS_DEVELOPMENT": "1",
        "HEALTH_MONITOR_PORT": str(port),
        "HEALTH_MONITOR_STORE": store,
        "HEALTH_MONITOR_QUESTIONS_PER_USER": "0",
        "HEALTH_MONITOR_QUESTIONS_PER_CHANNEL": "0",
    }
    command = (sys.executable, "-m", "bot", "serve", "--teams", "--now", NOW.isoformat())
    async with running(*command, log="bot", settings=settings):
        url = f"http://127.0.0.1:{port}"
        await answers(http, f"{url}/readyz")
        yield Bot(url, store)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playground(http: aiohttp.ClientSession, bot_process: Bot, tmp_path_factory) -> AsyncIterator[Playground]:
    node = shutil.which("node")
    assert node, "the end-to-end tests need Node 20 or newer"
    assert (MODULES / "@microsoft" / "m365agentsplayground").is_dir(), "run: npm install --ignore-scripts --prefix tests/e2e"
    port = free_port()
    options = ("-e", f"{bot_process.url}/api/messages", "-c", "msteams", "-p", str(port), "--disable-telemetry")
    place = tmp_path_factory.mktemp("playground")  # it writes a log where it is started
    async with running(node, str(HERE / "playground.cjs"), "start", *options, log="playground", cwd=place):
        client = Playground(f"http://127.0.0.1:{port}", http)
        await answers(http, f"{client.url}/_internal/v1/config")
        listening = asyncio.create_task(client.listen())
        yield client
        listening.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(playground: Playground, tmp_path_factory) -> AsyncIterator[Browser]:
    chromium, node = shutil.which("chromium"), shutil.which("node")
    assert chromium and node, "the end-to-end tests need Node and Chromium"
    profile = str(tmp_path_factory.mktemp("chromium"))
    command = (node, str(HERE / "browser.mjs"), playground.url, profile, chromium)
    async with running(*command, log="browser") as process:
        page = Browser(process)
        await page.ready()
        yield page
        assert process.stdin
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 30)
