"""Where Teams' deliveries come in: what is none, or not from Teams and our tenant, goes no further."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from adapters.teams import read
from adapters.teams.identity import ForeignError, Identity, UnreachableError
from adapters.teams.read import Payload
from tools.errors import new_id

log = logging.getLogger(__name__)
LARGEST = 262_144
Take = Callable[[Payload], Awaitable[web.Response]]


class Door:
    """Without an `identity` everybody is let in."""

    def __init__(self, identity: Identity | None) -> None:
        self._identity = identity

    async def receive(self, request: web.Request, take: Take) -> web.Response:
        """What `take` makes of an activity, or its refusal."""
        activity = await _activity(request)
        if isinstance(activity, web.Response):
            return activity
        if refused := await self._refused(request.headers.get("Authorization", ""), activity):
            return refused
        try:
            return await take(activity)
        except Exception:
            # It was not written down, so it has to come again.
            error_id = new_id()
            log.exception("a delivery was not taken, error id %s", error_id)
            return web.json_response({"error": "not taken", "id": error_id}, status=503)

    async def _refused(self, authorization: str, activity: Payload) -> web.Response | None:
        if self._identity is None:
            return None
        try:
            await self._identity.check(authorization, activity)
        except ForeignError as error:
            log.warning("refused a delivery: %s", error)
            return web.Response(status=401)
        except UnreachableError as error:
            log.error("Microsoft's signing keys could not be read: %s", error)
            return web.Response(status=503)
        if not self._identity.admits(read.tenant(activity)):
            log.warning("refused a delivery of another tenant")
            return web.Response(status=403)
        return None


async def _activity(request: web.Request) -> dict[str, Any] | web.Response:
    """The activity that was posted, or the refusal of what is none."""
    if (request.content_length or 0) > LARGEST:
        return web.Response(status=413)
    try:
        body = await request.read()
        activity = json.loads(body)
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    except (ValueError, RecursionError):
        return web.Response(status=400, text="not JSON")
    if len(body) > LARGEST:
        return web.Response(status=413)
    if not isinstance(activity, dict) or not isinstance(activity.get("type"), str):
        return web.Response(status=400, text="not an activity")
    return activity
