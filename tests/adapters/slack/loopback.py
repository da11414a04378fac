"""A Slack on the loopback: the methods, limits, files, windows, webhooks and sockets that the app uses, recorded."""

import asyncio
import json
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from adapters.slack.scopes import SCOPES
from tests.adapters.loopback import serve
from tests.adapters.slack.limits import VIEW_BLOCKS, faults
from tests.adapters.slack.loopback_agents import Agents
from tests.adapters.slack.payloads import BOT, BOT_ID, CHANNEL, TEAM, USER, Json

# What a workspace without agents does not have.
AGENT_METHODS = {"assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts", "chat.startStream"}
TRIGGER_SECONDS = 3.0


@dataclass
class Fault:
    """How a call goes wrong once: an error word, a status, a pause, or a success that is not told (`done`)."""

    error: str = ""
    status: int = 200
    retry_after: int | None = None
    pause: float = 0.0
    done: bool = False
    messages: list[str] = field(default_factory=list)


class LoopbackSlack(Agents):
    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.posts: list[Json] = []
        self.hooked: list[Json] = []
        self.files: dict[str, Json] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.people = {USER: {"tz": "America/New_York", "profile": {"email": "ana@example.com", "real_name": "Ana"}}}
        self.channels = {CHANNEL, "C0OTHER", "D0ANA", USER}
        self.missing = set[str]()
        self.scopes = set(SCOPES)
        self.private_files_show = True
        self.exchanged = set[str]()
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.sockets: list[web.WebSocketResponse] = []
        self.deaf = False
        self.acks: dict[str, asyncio.Future[Json]] = {}
        self.latency: Callable[[], float] | None = None
        # Where apps are installed by OAuth: by bot token, what oauth.v2.access said of it; and codes not yet traded in.
        self.installs: dict[str, Json] = {}
        self.codes: dict[str, Json] = {}
        self.refreshing: dict[str, Json] = {}
        self.spoke: list[tuple[str, str]] = []
        self.url = ""
        self._clock = 1_763_000_000.0

    def called(self, method: str) -> list[Json]:
        return [args for name, args in self.calls if name == method]

    def answers(self) -> list[Json]:
        """Messages that stand in a channel and are answers, not what held their place."""
        return [post for post in self.posts if post["blocks"]]

    def refuse(self, method: str, **how: Any) -> None:
        """The next call of a method goes wrong."""
        self.faults[method].append(Fault(**how))

    def ts(self) -> str:
        self._clock += 0.01
        return f"{self._clock:.6f}"

    # Web API

    async def api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        self.calls.append((method, args))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.spoke.append((method, token))
        if self.installs and token.startswith("xoxb") and token not in self.installs:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if self.latency:
            await asyncio.sleep(self.latency())
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault and fault.pause and not fault.done:
            await asyncio.sleep(fault.pause)
        if fault and not fault.done:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            body: Json = {"ok": False, "error": fault.error or "internal_error"}
            if fault.messages:
                body["response_metadata"] = {"messages": fault.messages}
            return web.json_response(body, status=fault.status, headers=headers)
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None or method in self.missing:
            return web.json_response({"ok": False, "error": "unknown_method"})
        answer = handler(args)
        if self.latency:
            await asyncio.sleep(self.latency())
        if fault:
            await asyncio.sleep(fault.pause)
            return web.Response(status=fault.status, text="upstream went away")
        scopes = {"x-oauth-scopes": ",".join(self.scopes)}
        return web.json_response({"ok": "error" not in answer, **answer}, headers=scopes)

    def _auth_test(self, args: Json) -> Json:
        return {"url": self.url, "team_id": TEAM, "user_id": BOT, "bot_id": BOT_ID, "team": "Acme", "user": "monitor"}

    def _users_info(self, args: Json) -> Json:
        person = self.people.get(args["user"])
        return {"user": {"id": args["user"], **person}} if person else {"error": "user_not_found"}

    def _chat_postMessage(self, args: Json) -> Json:  # noqa: N802
        if error := self._refusal(args):
            return error
        post = {"ts": self.ts(), "blocks": [], **args}
        self.posts.append(post)
        return {"ts": post["ts"], "channel": args["channel"], "message": post}

    def _chat_update(self, args: Json) -> Json:
        post = self._standing(args)
        if post is None:
            return {"error": "message_not_found"}
        if post.get("streaming"):
            return {"error": "streaming_state_conflict"}
        if error := self._refusal(args):
            return error
        if len(args.get("text", "")) > 4_000:
            return {"error": "msg_too_long"}
        post.update(args)
        return {"ts": post["ts"], "channel": args["channel"]}

    def _chat_delete(self, args: Json) -> Json:
        if (self._standing(args) or {}).get("streaming"):
            return {"error": "streaming_state_conflict"}
        left = [post for post in self.posts if post["ts"] != args["ts"]]
        if len(left) == len(self.posts):
            return {"error": "message_not_found"}
        self.posts[:] = left
        return {}

    def _chat_postEphemeral(self, args: Json) -> Json:  # noqa: N802
        if error := self._refusal(args):
            return error
        self.hooked.append(args)
        return {"message_ts": self.ts()}

    def _conversations_open(self, args: Json) -> Json:
        return {"channel": {"id": "D0ANA"}} if args["users"] in self.people else {"error": "user_not_found"}

    def _conversations_replies(self, args: Json) -> Json:
        return {"messages": [p for p in self.posts if p["channel"] == args["channel"] and p.get("thread_ts") == args["ts"]]}

    def _assistant_threads_setStatus(self, args: Json) -> Json:  # noqa: N802
        return {}

    def _files_getUploadURLExternal(self, args: Json) -> Json:  # noqa: N802
        file = f"F{len(self.files):04d}"
        self.files[file] = {"id": file, "length": int(args["length"]), "channels": [], "mimetype": ""}
        return {"file_id": file, "upload_url": f"{self.url}/upload/{file}"}

    def _files_completeUploadExternal(self, args: Json) -> Json:  # noqa: N802
        done = [self.files[item["id"]] for item in args["files"]]
        for file in done:
            file["channels"] += [args["channel_id"]] if args.get("channel_id") else []
            file["thread_ts"] = args.get("thread_ts")
        return {"files": [{"id": file["id"], "mimetype": ""} for file in done]}

    def _files_info(self, args: Json) -> Json:
        return {"file": {key: part for key, part in self.files[args["file"]].items() if key != "content"}}

    def _views_open(self, args: Json) -> Json:
        kind, _, issued = args["trigger_id"].partition(".")
        if kind != "live":
            return {"error": "invalid_trigger_id"}
        if time.monotonic() - float(issued.partition(".")[2]) > TRIGGER_SECONDS:
            return {"error": "expired_trigger_id"}
        if args["trigger_id"] in self.exchanged:
            return {"error": "exchanged_trigger_id"}
        self.exchanged.add(args["trigger_id"])
        return self._view(f"V{len(self.views):04d}", args["view"])

    def _views_update(self, args: Json) -> Json:
        return self._view(args["view_id"], args["view"])

    def _views_publish(self, args: Json) -> Json:
        if args["view"]["type"] != "home" or args["user_id"] not in self.people:
            return {"error": "invalid_arguments"}
        if wrong := faults(args["view"]["blocks"], most=VIEW_BLOCKS):
            return {"error": "invalid_arguments", "response_metadata": {"messages": wrong}}
        self.homes[args["user_id"]] = args["view"]
        return {"view": {"id": "VHOME", **args["view"]}}

    def _apps_connections_open(self, args: Json) -> Json:
        return {"url": f"{self.url.replace('http', 'ws', 1)}/link"}

    def _view(self, id: str, view: Json) -> Json:
        wrong = faults(view["blocks"], most=VIEW_BLOCKS) + (["title"] if len(view["title"]["text"]) > 24 else [])
        if wrong:
            return {"error": "invalid_arguments", "response_metadata": {"messages": wrong}}
        self.views[id] = view
        return {"view": {"id": id, **view}}

    def _refusal(self, args: Json) -> Json | None:
        if args["channel"] not in self.channels:
            return {"error": "channel_not_found"}
        wrong = faults(args.get("blocks") or [])
        for block in args.get("blocks") or []:
            if block.get("type") == "image":
                file = self.files.get(block["slack_file"]["id"], {"channels": [], "mimetype": ""})
                shown = file["mimetype"] and (self.private_files_show or args["channel"] in file["channels"])
                wrong += [] if shown else ["invalid slack file [json-pointer:/blocks/slack_file]"]
        if wrong:
            return {"error": "invalid_blocks", "response_metadata": {"messages": wrong}}
        return None if args.get("blocks") or args.get("text") else {"error": "no_text"}

    async def upload(self, request: web.Request) -> web.Response:
        file = self.files[request.match_info["file"]]
        file["content"] = await request.read()
        file["mimetype"] = "image/png" if file["content"].startswith(b"\x89PNG") else ""
        return web.Response(text="OK - 1")

    async def hook(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(("response_url", body))
        if fault := self.faults["response_url"].pop(0) if self.faults["response_url"] else None:
            return web.Response(status=fault.status, text=fault.error)
        if wrong := faults(body.get("blocks") or []):
            return web.Response(status=400, text="invalid_blocks " + "; ".join(wrong))
        self.hooked.append(body)
        return web.Response(text="ok")

    # What Slack sends

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        if self.deaf:
            return await self._deaf_link(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets), "connection_info": {"app_id": "A0"}})
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                ack = json.loads(message.data)
                if (waiting := self.acks.get(ack.get("envelope_id", ""))) and not waiting.done():
                    waiting.set_result(ack)
        self.sockets.remove(socket)
        return socket

    async def _deaf_link(self, request: web.Request) -> web.WebSocketResponse:
        """A connection that stands and says nothing, not even to pings."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        while not socket.closed:
            await socket.receive()
        return socket

    async def push(self, kind: str, payload: Json, envelope: str = "", on: web.WebSocketResponse | None = None) -> Json:
        """Sends an envelope down a socket and waits three seconds for its acknowledgement, as Slack does."""
        envelope = envelope or str(uuid.uuid4())
        self.acks[envelope] = asyncio.get_running_loop().create_future()
        sent = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        await (on or self.sockets[0]).send_json(sent)
        return await asyncio.wait_for(self.acks[envelope], 3)


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    else:
        args |= {key: str(text) for key, text in (await request.post()).items()}
    for key in ("blocks", "metadata", "files", "view"):
        if isinstance(args.get(key), str):
            args[key] = json.loads(args[key])
    return args


@asynccontextmanager
async def loopback_slack() -> AsyncIterator[LoopbackSlack]:
    slack = LoopbackSlack()
    site = web.Application(client_max_size=2**24)
    site.router.add_route("*", "/api/{method}", slack.api)
    site.router.add_post("/upload/{file}", slack.upload)
    site.router.add_post("/hook", slack.hook)
    site.router.add_get("/link", slack.link)
    async with serve(site) as slack.url:
        yield slack
