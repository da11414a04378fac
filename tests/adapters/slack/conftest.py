"""The real app on a free port, a Slack on another, and a person who acts through them."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.app import build
from adapters.slack.modal import Suggest
from adapters.slack.shell import EVENTS_PATH, SlackShell
from adapters.slack.windows import Examine
from bot.store import Store
from tests.adapters.loopback import serve, until
from tests.adapters.recording import RecordingService
from tests.adapters.slack.loopback import LoopbackSlack, loopback_slack
from tests.adapters.slack.payloads import SECRET, Json, form, signed


@dataclass(frozen=True)
class SlackSettings:
    slack_api_url: str
    slack_bot_token: str = "xoxb-loopback"
    slack_app_token: str = ""
    slack_signing_secret: str = SECRET
    slack_client_id: str = ""
    slack_client_secret: str = ""
    questions_per_user: int = 0
    questions_per_channel: int = 0
    questions_waiting: int = 1_000


@dataclass
class Running:
    """One running app and the hands to use it."""

    shell: SlackShell
    slack: LoopbackSlack
    service: RecordingService
    store: Store
    url: str
    http: aiohttp.ClientSession

    async def send(self, body: Json, **headers: Any) -> tuple[int, str, float]:
        """Delivers as Slack does; status, body and seconds until the acknowledgement."""
        is_event = body.get("type") == "event_callback"
        data = json.dumps(body) if is_event else form(body)
        started = time.perf_counter()
        async with self.http.post(
            self.url + EVENTS_PATH, data=data.encode(), headers=signed(data, json_body=is_event) | headers
        ) as answer:
            return answer.status, await answer.text(), time.perf_counter() - started

    async def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        await until(condition, seconds)


@asynccontextmanager
async def running(
    slack: LoopbackSlack,
    database: Path,
    *,
    service: RecordingService | None = None,
    make_store: Callable[[str], Store] = Store,
    stop: float = 1.0,
    parallel: int = 16,
    ping_seconds: float = 10.0,
    call_seconds: float = 10.0,
    examine: Examine | None = None,
    suggest: Suggest | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    store = make_store(f"sqlite:///{database}")
    await store.open()
    service = service or RecordingService()
    service._store = store
    told = SlackSettings(f"{slack.url}/api/", **settings)
    waits = {"ping_seconds": ping_seconds, "call_seconds": call_seconds}
    shell = await build(told, service, store, parallel=parallel, examine=examine, suggest=suggest, **waits)
    site = web.Application()
    shell.routes(site)
    async with serve(site) as url, aiohttp.ClientSession() as http:
        await shell.start()
        try:
            yield Running(shell, slack, service, store, url, http)
        finally:
            await shell.stop(stop)
            await store.close()


@pytest.fixture
async def slack() -> AsyncIterator[LoopbackSlack]:
    async with loopback_slack() as slack:
        yield slack


@pytest.fixture
async def app(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(slack, tmp_path / "store.sqlite") as app:
        yield app
