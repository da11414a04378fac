"""Lakebase: instances, and tokens that open them for a while."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from tests.loopback_databricks.statements import failure


class Databases:
    """`hosts` maps an instance to where its Postgres listens; `tokens` are those given out, in order."""

    def __init__(self) -> None:
        self.hosts: dict[str, str] = {}
        self.tokens: list[str] = []
        self.keep = timedelta(hours=1)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/2.0/database/instances/{name}", self._instance),
            web.post("/api/2.0/database/credentials", self._credential),
        ]

    async def _instance(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.hosts:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Database instance '{name}' not found.")
        return web.json_response({"name": name, "state": "AVAILABLE", "read_write_dns": self.hosts[name]})

    async def _credential(self, request: web.Request) -> web.Response:
        names = (await request.json())["instance_names"]
        if not set(names) <= self.hosts.keys():
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Database instances {names} not found.")
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        until = datetime.now(UTC) + self.keep
        return web.json_response({"token": self.tokens[-1], "expiration_time": until.isoformat().replace("+00:00", "Z")})
