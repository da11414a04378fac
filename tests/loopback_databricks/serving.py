"""Model serving: endpoints to list and query, and chat completions that follow a script."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from aiohttp import web

from tests.loopback_databricks.statements import failure

Message = Mapping[str, Any]
# One turn of the model: its message, an HTTP status to fail with, or what makes either from the request.
Turn = Message | int | Callable[[Mapping[str, Any]], "Message | int"]


class Serving:
    """`script` holds the model's turns in order; `requests` what it was asked."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Mapping[str, Any]] = {}  # name → answer of its invocations
        self.configs: dict[str, Mapping[str, Any]] = {}  # name → what it serves, as it was last set
        self.readers: dict[str, list[str]] = {}  # id of an endpoint → the service principals that may query it
        self.versions: dict[str, list[int]] = {}  # a registered model → its versions
        self.script: list[Turn] = []
        self.requests: list[Mapping[str, Any]] = []
        self.always: Turn | None = None  # what the model says where the script is at its end
        self.latency_seconds = 0.0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/2.0/serving-endpoints", self._list),
            web.get("/api/2.0/serving-endpoints/{name}", self._get),
            web.post("/api/2.0/serving-endpoints", self._create),
            web.put("/api/2.0/serving-endpoints/{name}/config", self._configure),
            web.patch("/api/2.0/permissions/serving-endpoints/{id}", self._permit),
            web.get("/api/2.1/unity-catalog/models/{name}/versions", self._versions),
            web.post("/serving-endpoints/chat/completions", self._chat),
            web.post("/serving-endpoints/{name}/invocations", self._invoke),
        ]

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"endpoints": [_endpoint(name) for name in sorted(self.endpoints)]})

    async def _get(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.endpoints:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Endpoint with name '{name}' does not exist.")
        return web.json_response(_endpoint(name) | {"config": dict(self.configs.get(name, {}))})

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["name"] in self.endpoints:
            return failure(400, "RESOURCE_ALREADY_EXISTS", f"Endpoint with name '{body['name']}' already exists.")
        self.endpoints[body["name"]] = {"predictions": []}
        self.configs[body["name"]] = body["config"]
        return web.json_response(_endpoint(body["name"]))

    async def _configure(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.configs[name] = await request.json()
        return web.json_response(_endpoint(name))

    async def _permit(self, request: web.Request) -> web.Response:
        listed = (await request.json())["access_control_list"]
        self.readers[request.match_info["id"]] = [entry["service_principal_name"] for entry in listed]
        return web.json_response({})

    async def _versions(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.versions:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Registered model '{name}' does not exist.")
        found = [{"model_name": name, "version": version, "status": "READY"} for version in self.versions[name]]
        return web.json_response({"model_versions": found})

    async def _invoke(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.endpoints:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"Endpoint with name '{name}' does not exist.")
        self.requests.append(await request.json())
        return web.json_response(dict(self.endpoints[name]))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        turn = self.script.pop(0) if self.script else self.always
        if turn is None:
            return failure(500, "INTERNAL_ERROR", "the script of this model is at its end")
        await asyncio.sleep(self.latency_seconds)
        message = turn(body) if callable(turn) else turn
        if isinstance(message, int):
            return failure(message, "REQUEST_LIMIT_EXCEEDED", "busy", {"Retry-After": "1"})
        head = {"id": f"chatcmpl-{uuid.uuid4().hex[:8]}", "created": int(time.time()), "model": body["model"]}
        if body.get("stream"):
            return await _streamed(request, head, message)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": None, **message},
            "finish_reason": _finish(message),
        }
        return web.json_response({**head, "object": "chat.completion", "choices": [choice], "usage": _usage()})


async def _streamed(request: web.Request, head: Mapping[str, Any], message: Message) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    async for delta in _deltas(message):
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else _finish(message)}
        event = {**head, "object": "chat.completion.chunk", "choices": [choice]}
        if not delta:
            event["usage"] = _usage()
        await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


async def _deltas(message: Message) -> AsyncIterator[dict[str, Any]]:
    """Word by word, tool calls in two parts; an empty delta ends."""
    yield {"role": "assistant", "content": ""}
    for word in re.findall(r"\S+\s*", message.get("content") or ""):
        yield {"content": word}
        await asyncio.sleep(0)
    for index, call in enumerate(message.get("tool_calls") or []):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        yield {"tool_calls": [{**call, "index": index, "function": {"name": name, "arguments": ""}}]}
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}
    yield {}


def _finish(message: Message) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def _endpoint(name: str) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "state": {"ready": "READY", "config_update": "NOT_UPDATING"}, "task": "llm/v1/chat"}
