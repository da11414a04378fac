"""The workspace itself: a server in a thread, who may enter, what fails and how slowly."""

import asyncio
import base64
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.loopback_databricks.database import Databases
from tests.loopback_databricks.serving import Serving
from tests.loopback_databricks.sql import Engine
from tests.loopback_databricks.statements import USER, Statements, failure

CLIENT_ID, CLIENT_SECRET = "loopback-client", "loopback-secret"
APP_TOKEN, APP_USER = "app-token", "health-monitor-app"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Fault:
    """The next `times` requests whose path contains `path` fail with `status`; 0 drops the connection."""

    path: str
    status: int
    times: int = 1
    code: str = "TEMPORARILY_UNAVAILABLE"
    retry_after: str = "0"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that came in."""

    method: str
    path: str
    user: str


class LoopbackWorkspace:
    """`with LoopbackWorkspace(Engine(path)) as workspace:` serves the account of a DuckDB file at `workspace.url`."""

    def __init__(self, engine: Engine) -> None:
        self.statements = Statements(engine)
        self.serving = Serving()
        self.databases = Databases()
        self.dashboards: list[Mapping[str, Any]] = []
        self.unpublished: set[str] = set()
        self.users = {APP_TOKEN: APP_USER}  # token → user name
        self.faults: list[Fault] = []
        self.latency_seconds = 0.0
        self.requests: list[Request] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._runner = web.AppRunner(self._app())
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-workspace", daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        """What the SDK needs to enter as the app's service principal."""
        return {
            "DATABRICKS_HOST": self.url,
            "DATABRICKS_CLIENT_ID": CLIENT_ID,
            "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET,
        }

    def __enter__(self) -> "LoopbackWorkspace":
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.statements.close()

    async def _start(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._enter], client_max_size=20 * 2**20)
        app.add_routes(
            [
                web.get("/.well-known/databricks-config", self._config),
                web.get("/oidc/.well-known/oauth-authorization-server", self._oidc),
                web.post("/oidc/v1/token", self._token),
                web.get("/api/2.0/preview/scim/v2/Me", self._me),
                web.get("/api/2.0/lakeview/dashboards", self._dashboards),
                web.get("/api/2.0/lakeview/dashboards/{id}/published", self._published),
                *self.databases.routes(),
                *self.statements.routes(),
                *self.serving.routes(),
            ]
        )
        return app

    @web.middleware
    async def _enter(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        request[USER] = self.users.get(token, "")
        self.requests.append(Request(request.method, request.path, request[USER]))
        await asyncio.sleep(self.latency_seconds)
        fault = next((f for f in self.faults if f.times and f.path in request.path), None)
        if fault:
            fault.times -= 1
            if not fault.status:
                assert request.transport is not None
                request.transport.abort()
            return failure(fault.status or 500, fault.code, "on request", {"Retry-After": fault.retry_after})
        if not request[USER] and not request.path.startswith(("/.well-known", "/oidc")):
            return failure(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type.")
        return await handler(request)

    async def _config(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"oidc_endpoint": f"{self.url}/oidc", "account_id": "account-1", "workspace_id": "1", "cloud": "AWS"}
        )

    async def _oidc(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "authorization_endpoint": f"{self.url}/oidc/v1/authorize",
                "token_endpoint": f"{self.url}/oidc/v1/token",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return web.json_response({"error": "invalid_client", "error_description": "unknown client"}, status=401)
        return web.json_response({"access_token": APP_TOKEN, "token_type": "Bearer", "expires_in": 3600, "scope": "all-apis"})

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response({"id": "1", "userName": request[USER], "active": True})

    async def _dashboards(self, _: web.Request) -> web.Response:
        return web.json_response({"dashboards": [dict(dashboard) for dashboard in self.dashboards]})

    async def _published(self, request: web.Request) -> web.Response:
        known = {dashboard["dashboard_id"]: dashboard["display_name"] for dashboard in self.dashboards}
        key = request.match_info["id"]
        if key not in known or key in self.unpublished:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Unable to find published dashboard [dashboardId={key}]")
        return web.json_response({"display_name": known[key], "warehouse_id": "warehouse-1"})
