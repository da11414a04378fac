"""The App as the bundle starts it: its command, its settings, only requirements.txt, and around it what the platform gives."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.settings import ROOT
from tests.adapters.loopback import until
from tests.adapters.slack.loopback import LoopbackSlack, loopback_slack
from tests.adapters.slack.payloads import BOT, mention
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tests.loopback_databricks.workspace import APP_USER
from tests.postgres import Postgres
from tests.resources.bundle import filled, merged
from tools.dashboards import STEMS
from tools.gold import assets

pytestmark = pytest.mark.e2e
BUNDLE = merged("prod")
APP = BUNDLE["resources"]["apps"]["health_monitor"]
ASKED = f"<@{BOT}> What were the top 10 cost contributors on 17 November 2026?"
READY_SECONDS, STOP_SECONDS = 15, 10
PATIENCE_SECONDS = 120  # on a machine that others keep busy


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `bundle deploy` would upload, in an environment that has only requirements.txt."""
    place = tmp_path_factory.mktemp("app")
    left_out = shutil.ignore_patterns(*(pattern.partition("/")[0] for pattern in BUNDLE["sync"]["exclude"]), ".*", "__pycache__")
    shutil.copytree(ROOT, place / "source", ignore=left_out)
    subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True, timeout=120)
    python, uv = place / "venv" / "bin" / "python", Path(sys.executable).parent / "uv"
    pip = [uv, "pip", "sync", "--python", python, "--compile-bytecode"] if uv.exists() else [python, "-m", "pip", "install"]
    required = ["--require-hashes", *([] if uv.exists() else ["-r"]), ROOT / "requirements.txt"]
    subprocess.run([*pip, "--quiet", *required], check=True, timeout=900)
    return place / "source"


@pytest.fixture
def workspace(sample_file: Path) -> Iterator[LoopbackWorkspace]:
    engine = Engine(sample_file)
    for view in (asset for asset in assets() if asset.kind == "VIEW"):  # installed before the App comes, as it is on Databricks
        engine.run(engine.cursor(), {"statement": f"SELECT 1 FROM {view.name} LIMIT 0"})
    with LoopbackWorkspace(engine) as running:
        running.databases.hosts["health-monitor"] = "127.0.0.1"
        yield running
    engine.close()


@pytest.fixture
async def slack() -> AsyncIterator[LoopbackSlack]:
    async with loopback_slack() as running:
        yield running


@pytest.fixture
def environment(
    source: Path, workspace: LoopbackWorkspace, slack: LoopbackSlack, postgres_server: Postgres, tmp_path: Path
) -> dict[str, str]:
    for statement in (f'CREATE ROLE "{APP_USER}" LOGIN', f'CREATE DATABASE databricks_postgres OWNER "{APP_USER}"'):
        postgres_server.run(statement)
    known = {f"resources.dashboards.{stem}.id": f"id-{stem}" for stem in STEMS}
    secrets = {"warehouse": "warehouse-1", "slack-bot-token": "xoxb-loopback", "slack-app-token": "xapp-loopback"}
    settings = {
        entry["name"]: secrets[entry["value_from"]] if "value_from" in entry else filled(entry["value"], BUNDLE, known)
        for entry in APP["config"]["env"]
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    platform = {
        "DATABRICKS_APP_PORT": str(port),
        "PGPORT": str(postgres_server.port),
        "PGSSLMODE": "disable",
        "PATH": f"{source.parent / 'venv' / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    here = {"SLACK_API_URL": f"{slack.url}/api/", "HEALTH_MONITOR_CACHE": str(tmp_path / "cache")}
    return settings | platform | workspace.environment | here


@contextlib.asynccontextmanager
async def running(source: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The App, ready; it ends with the block, and what it said is shown where something goes wrong."""
    log = source.parent / "log"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *APP["config"]["command"], cwd=source, env=environment, stdout=out, stderr=out
        )
    try:
        started = time.monotonic()
        while await status(environment) != 200:
            assert process.returncode is None and time.monotonic() - started < PATIENCE_SECONDS, log.read_text()[-3000:]
            await asyncio.sleep(0.1)
        assert worked(process) < READY_SECONDS
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def status(environment: dict[str, str]) -> int:
    address = f"http://127.0.0.1:{environment['DATABRICKS_APP_PORT']}/readyz"
    try:
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


def worked(process: asyncio.subprocess.Process) -> float:
    """The seconds that a processor worked for it: how long it took on a machine of its own."""
    user, system = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def stopped(process: asyncio.subprocess.Process) -> float:
    """Seconds from the signal to the end, which is a good one."""
    began = time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), STOP_SECONDS) == 0
    return time.monotonic() - began


async def test_it_is_ready_in_time_answers_and_loses_nothing_when_it_is_stopped(
    source: Path, environment: dict[str, str], workspace: LoopbackWorkspace, slack: LoopbackSlack
) -> None:
    async with running(source, environment) as process:
        await until(lambda: slack.sockets)
        await slack.push("events_api", mention(ASKED))
        await until(slack.answers, 60)
        assert "17 Nov 2026" in str(slack.answers()[0]["blocks"]) and "error id" not in str(slack.answers()[0]).lower()

        workspace.statements.seconds = 60.0
        before = len(workspace.statements.executions)
        body: Any = mention(ASKED.replace("17", "16"))
        await slack.push("events_api", body)
        await until(lambda: len(workspace.statements.executions) > before, 60)
        await stopped(process)
    assert len(slack.answers()) == 1

    workspace.statements.seconds = 0.0
    async with running(source, environment) as process:
        await until(lambda: len(slack.answers()) == 2, 60)
        await asyncio.sleep(1)
        await stopped(process)
    assert [post["thread_ts"] for post in slack.answers()][1:] == [body["event"]["ts"]]
    assert workspace.databases.tokens
