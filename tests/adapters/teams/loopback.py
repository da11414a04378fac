"""A Teams on the loopback: the connector's methods with Teams' limits on messages, updates and streams; Microsoft's keys."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.adapters.loopback import serve
from tests.adapters.teams.activities import PERSONAL, USER, Json, SigningKey
from tests.adapters.teams.limits import faults

OUTBOUND = "outbound-token"


@dataclass
class Fault:
    """How a call goes wrong once: a status, a pause, or a success that is not told (`done`)."""

    status: int = 500
    retry_after: int | None = None
    pause: float = 0.0
    done: bool = False
    text: str = ""


class LoopbackTeams:
    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.posts: list[Json] = []
        self.removed: list[str] = []
        self.typing: list[str] = []
        self.streams: dict[str, Json] = {}
        self.people = {USER: {"email": "ana@example.com", "userPrincipalName": "ana@corp.example", "name": "Ana"}}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.keys = [SigningKey("k1")]
        self.keys_read = 0
        self.keys_status = 200
        self.authorizations: set[str] = set()
        self.url = ""

    def called(self, kind: str) -> list[Json]:
        return [body for name, body in self.calls if name == kind]

    def answers(self) -> list[Json]:
        """Messages that stand in a conversation and are answers, not what held their place."""
        return [post for post in self.posts if post.get("attachments")]

    def headlines(self) -> list[str]:
        """What each answer says first, or in a card after the question that it shows."""
        return [headline(post["attachments"][0]["content"]) for post in self.answers()]

    def refuse(self, kind: str, **how: Any) -> None:
        """The next call of a kind (send, update, delete, typing, stream, finish, member) goes wrong."""
        self.faults[kind].append(Fault(**how))

    # The connector

    async def send(self, request: web.Request) -> web.StreamResponse:
        body, place = await request.json(), request.match_info["conversation"]
        info = next((one for one in body.get("entities") or () if one["type"] == "streaminfo"), None)
        kind = "finish" if info and info["streamType"] == "final" else "stream" if info else body["type"]
        return await self._called(
            {"message": "send"}.get(kind, kind), request, body, lambda: self._send(place, body, info, request.path)
        )

    def _send(self, place: str, body: Json, info: Json | None, path: str) -> web.Response:
        if body["type"] == "typing" and info is None:
            self.typing.append(place)
            return web.json_response({"id": ""}, status=201)
        if info:
            return self._streamed(place, body, info)
        if wrong := faults(body):
            return refusal(wrong)
        return web.json_response({"id": self._posted(place, body)}, status=201)

    def _streamed(self, place: str, body: Json, info: Json) -> web.Response:
        if place != PERSONAL:
            return web.json_response({"error": {"code": "BadArgument", "message": "streaming is for personal chats"}}, status=400)
        stream = info.get("streamId")
        if not stream:
            stream = self._posted(place, body)
            self.streams[stream] = {"open": True, "sequence": 0, "told": []}
        known = self.streams.get(stream)
        if known is None or not known["open"]:
            return web.json_response({"error": {"code": "ContentStreamNotAllowed"}}, status=403)
        if info["streamType"] == "final":
            if wrong := faults(body):
                return refusal(wrong)
            known["open"] = False
            self._replace(stream, body)
            return web.json_response({"id": stream}, status=201)
        if info["streamSequence"] <= known["sequence"] or not 0 < len(body["text"]) <= 1_000:
            return web.json_response({"error": {"code": "ContentStreamSequenceOrderPreConditionFailed"}}, status=403)
        known["sequence"] = info["streamSequence"]
        known["told"].append(body["text"])
        return web.json_response({"id": stream}, status=202)

    async def update(self, request: web.Request) -> web.StreamResponse:
        body, id = await request.json(), request.match_info["id"]
        return await self._called("update", request, body, lambda: self._update(id, body))

    def _update(self, id: str, body: Json) -> web.Response:
        if not any(post["id"] == id for post in self.posts):
            return web.json_response({"error": {"code": "ActivityNotFoundInConversation"}}, status=404)
        if self.streams.get(id, {}).get("open"):
            return web.json_response({"error": {"code": "BadArgument", "message": "the stream is open"}}, status=403)
        if wrong := faults(body):
            return refusal(wrong)
        self._replace(id, body)
        return web.json_response({"id": id})

    async def delete(self, request: web.Request) -> web.StreamResponse:
        id = request.match_info["id"]
        return await self._called("delete", request, {"id": id}, lambda: self._delete(id))

    def _delete(self, id: str) -> web.Response:
        left = [post for post in self.posts if post["id"] != id]
        if len(left) == len(self.posts):
            return web.json_response({"error": {"code": "ActivityNotFoundInConversation"}}, status=404)
        self.posts[:] = left
        self.removed.append(id)
        return web.Response(status=200)

    async def member(self, request: web.Request) -> web.StreamResponse:
        user = request.match_info["user"]
        return await self._called("member", request, {"id": user}, lambda: self._member(user))

    def _member(self, user: str) -> web.Response:
        if user not in self.people:
            return web.json_response({"error": {"code": "MemberNotFoundInConversation"}}, status=404)
        return web.json_response({"id": user, **self.people[user]})

    async def _called(self, kind: str, request: web.Request, body: Json, do: Any) -> web.Response:
        self.calls.append((kind, body))
        self.authorizations.add(request.headers.get("Authorization", ""))
        fault = self.faults[kind].pop(0) if self.faults[kind] else None
        if fault and not fault.done:
            await asyncio.sleep(fault.pause)
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
            text = fault.text or "<html>no</html>"
            return web.Response(status=fault.status, text=text, content_type="text/html", headers=headers)
        answer: web.Response = do()
        if fault:
            await asyncio.sleep(fault.pause)
            return web.Response(status=fault.status, text="upstream went away", content_type="text/html")
        return answer

    def _posted(self, place: str, body: Json) -> str:
        id = str(1_000_000 + len(self.calls) * 10 + len(self.posts))
        self.posts.append({**body, "id": id, "place": place})
        return id

    def _replace(self, id: str, body: Json) -> None:
        at, old = next((at, post) for at, post in enumerate(self.posts) if post["id"] == id)
        self.posts[at] = {**body, "id": id, "place": old["place"]}

    # Microsoft's keys

    async def metadata(self, request: web.Request) -> web.Response:
        return web.json_response({"issuer": "https://api.botframework.com", "jwks_uri": f"{self.url}/keys"})

    async def listed(self, request: web.Request) -> web.Response:
        self.keys_read += 1
        return web.json_response({"keys": [key.public for key in self.keys]}, status=self.keys_status)


def refusal(wrong: list[str]) -> web.Response:
    if any("MessageSizeTooBig" in fault for fault in wrong):
        return web.Response(status=413, text="<html>too large</html>", content_type="text/html")
    return web.json_response({"error": {"code": "BadSyntax", "message": "; ".join(wrong)}}, status=400)


def headline(card: Json) -> str:
    large = [element for element in card["body"] if element.get("inlines", [{}])[0].get("size") == "Large"]
    return str(large[0]["inlines"][0]["text"])


@asynccontextmanager
async def loopback_teams() -> AsyncIterator[LoopbackTeams]:
    teams = LoopbackTeams()
    site = web.Application(client_max_size=2**24)
    activities = "/v3/conversations/{conversation}/activities"
    site.router.add_post(activities, teams.send)
    site.router.add_put(activities + "/{id}", teams.update)
    site.router.add_delete(activities + "/{id}", teams.delete)
    site.router.add_get("/v3/conversations/{conversation}/members/{user}", teams.member)
    site.router.add_get("/openidconfiguration", teams.metadata)
    site.router.add_get("/keys", teams.listed)
    async with serve(site) as teams.url:
        yield teams
