"""The real app on a free port, a Teams on another, and a person who acts through them."""

import asyncio
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

from adapters.teams.app import build
from adapters.teams.shell import PATH, TeamsShell
from bot.store import Store
from tests.adapters.loopback import serve, until
from tests.adapters.recording import RecordingService
from tests.adapters.teams.activities import APP, TENANT, Json
from tests.adapters.teams.loopback import OUTBOUND, LoopbackTeams, loopback_teams


@dataclass(frozen=True)
class TeamsSettings:
    teams_app_id: str = APP
    teams_app_password: str = "secret"
    teams_app_type: str = "SingleTenant"
    teams_tenant_id: str = TENANT
    teams_development: bool = False
    host: str = "127.0.0.1"
    questions_per_user: int = 0
    questions_per_channel: int = 0
    questions_waiting: int = 1_000


class SignedIn:
    """Credentials as the SDK wants them, which need no sign-in."""

    def __init__(self) -> None:
        self.asked = 0

    async def create_credentials(self, *_: Any) -> "SignedIn":
        return self

    def get_access_token(self) -> str:
        self.asked += 1
        return OUTBOUND


@dataclass
class Running:
    """One running app and the hands to use it."""

    shell: TeamsShell
    teams: LoopbackTeams
    service: RecordingService
    store: Store
    url: str
    http: aiohttp.ClientSession
    credentials: SignedIn

    async def send(self, activity: Json, token: str | None = "") -> tuple[int, Any, float]:
        """Delivers as Teams does; status, body and seconds until the acknowledgement. Signed unless a token is given."""
        if isinstance(activity, dict):
            activity = activity | {"serviceUrl": activity.get("serviceUrl") if token else f"{self.teams.url}/"}
        token = self.teams.keys[-1].token(f"{self.teams.url}/") if token == "" else token
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        started = time.perf_counter()
        async with self.http.post(self.url + PATH, json=activity, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text, time.perf_counter() - started

    async def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        await until(condition, seconds)

    async def finished(self, seconds: float = 20.0) -> None:
        """Nothing that was delivered is left to do."""
        deadline = time.monotonic() + seconds
        while await self.store.deliveries.waiting():
            assert time.monotonic() < deadline, "it was not finished in time"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    teams: LoopbackTeams,
    database: Path,
    *,
    service: RecordingService | None = None,
    make_store: Callable[[str], Store] = Store,
    stop: float = 1.0,
    parallel: int = 16,
    pauses: tuple[float, ...] = (0.01, 0.02),
    credentials: SignedIn | None = None,
    **settings: Any,
) -> AsyncIterator[Running]:
    store = make_store(f"sqlite:///{database}")
    await store.open()
    service = service or RecordingService()
    service._store = store
    credentials, metadata = credentials or SignedIn(), f"{teams.url}/openidconfiguration"
    told = TeamsSettings(**settings)
    shell = build(told, service, store, credentials=credentials, metadata=metadata, parallel=parallel, pauses=pauses)
    site = web.Application()
    shell.routes(site)
    async with serve(site) as url, aiohttp.ClientSession() as http:
        await shell.start()
        try:
            yield Running(shell, teams, service, store, url, http, credentials)
        finally:
            await shell.stop(stop)
            await store.close()


@pytest.fixture
async def teams() -> AsyncIterator[LoopbackTeams]:
    async with loopback_teams() as teams:
        yield teams


@pytest.fixture
async def app(teams: LoopbackTeams, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(teams, tmp_path / "store.sqlite") as app:
        yield app
