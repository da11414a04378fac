"""`python -m bot serve --teams` as a process: it starts, takes what it is told and ends; without an app id it does not start."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from bot.__main__ import main
from tests.adapters.teams.activities import message
from tests.adapters.teams.loopback import LoopbackTeams
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[3]


async def answers(http: aiohttp.ClientSession, url: str) -> None:
    for _ in range(1_200):
        try:
            async with http.get(url) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


async def test_it_serves_until_it_is_told_to_stop(sample_file: Path, teams: LoopbackTeams, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "HEALTH_MONITOR_TEAMS_DEVELOPMENT": "1",
        "HEALTH_MONITOR_PORT": str(port),
        "HEALTH_MONITOR_STORE": f"sqlite:///{tmp_path / 'store.sqlite'}",
    }
    command = (sys.executable, "-m", "bot", "serve", "--teams", "--now", NOW.isoformat())
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=os.environ | settings, stderr=quiet)
    try:
        async with aiohttp.ClientSession() as http:
            await answers(http, f"http://127.0.0.1:{port}/readyz")
            said = message("How healthy is our Databricks account today?", serviceUrl=f"{teams.url}/")
            async with http.post(f"http://127.0.0.1:{port}/api/messages", json=said) as answer:
                assert answer.status == 202
            for _ in range(1_200):
                if teams.answers():
                    break
                await asyncio.sleep(0.05)
            assert teams.headlines()
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


def test_without_an_app_id_it_does_not_start(monkeypatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")
    monkeypatch.delenv("MicrosoftAppId", raising=False)
    monkeypatch.delenv("HEALTH_MONITOR_TEAMS_DEVELOPMENT", raising=False)
    assert main(["serve", "--teams"]) == 1
    assert "MicrosoftAppId is not set." in capsys.readouterr().err


def test_a_setting_under_a_vendors_name_is_named_as_it_is(monkeypatch, capsys) -> None:
    monkeypatch.setenv("MicrosoftAppType", "Everybody")
    assert main(["serve", "--teams"]) == 1
    assert "The setting MicrosoftAppType is wrong" in capsys.readouterr().err
