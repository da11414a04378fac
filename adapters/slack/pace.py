"""Slack's rate limits: who is told to wait waits for that method in that channel, and everyone else goes on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.acting import acting

log = logging.getLogger(__name__)
TOO_MANY = 429
PATIENCE = 300.0
DEFAULT_WAIT = 1.0
_PATIENCE = ContextVar("patience", default=PATIENCE)
Lane = tuple[str, str, str]
Tokens = Callable[[str], Awaitable[str]]


@contextmanager
def impatient() -> Iterator[None]:
    """Calls that are worth nothing later: instead of waiting for a rate limit they fail with it."""
    token = _PATIENCE.set(0.0)
    try:
        yield
    finally:
        _PATIENCE.reset(token)


class PacedClient(AsyncWebClient):
    """A client whose calls wait as long as Slack says, one after the other, for up to `PATIENCE` seconds.

    It speaks with the token of the workspace that we act in, which `tokens` finds.
    """

    def __init__(self, tokens: Tokens, **options: Any) -> None:
        super().__init__(**options)
        self._tokens = tokens
        self._opens: dict[Lane, float] = {}
        self._gates: dict[Lane, asyncio.Lock] = {}
        self._refusals: dict[Lane, SlackApiError] = {}

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        how["headers"] = {"Authorization": f"Bearer {await self._tokens(acting())}"}
        lane = (acting(), api_method, _channel(how))
        deadline = time.monotonic() + _PATIENCE.get()
        if lane not in self._opens:
            try:
                return await super().api_call(api_method, **how)
            except SlackApiError as error:
                self._close(lane, error, deadline)
        return await self._in_line(lane, deadline, api_method, how)

    async def _in_line(self, lane: Lane, deadline: float, api_method: str, how: dict[str, Any]) -> AsyncSlackResponse:
        gate = self._gates.setdefault(lane, asyncio.Lock())
        late = self._opens.get(lane, 0.0) > deadline or (gate.locked() and not _PATIENCE.get())
        if late and (refusal := self._refusals.get(lane)):
            raise refusal
        async with gate:
            while True:
                await asyncio.sleep(max(0.0, self._opens.get(lane, 0.0) - time.monotonic()))
                try:
                    answer = await super().api_call(api_method, **how)
                except SlackApiError as error:
                    self._close(lane, error, deadline)
                    continue
                if self._opens.get(lane, 0.0) <= time.monotonic():
                    for known in (self._opens, self._gates, self._refusals):
                        known.pop(lane, None)
                return answer

    def _close(self, lane: Lane, error: SlackApiError, deadline: float) -> None:
        """Notes until when Slack wants to hear nothing; raises what is no rate limit, or lasts too long."""
        if getattr(error.response, "status_code", None) != TOO_MANY:
            raise error
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        try:
            wait = max(0.0, float(headers.get("retry-after", DEFAULT_WAIT)))
        except ValueError:
            wait = DEFAULT_WAIT
        log.warning("rate limited in %s: %s in %s for %.0f s", *lane, wait)
        self._opens[lane], self._refusals[lane] = time.monotonic() + wait, error
        if self._opens[lane] > deadline:
            raise error


def _channel(how: dict[str, Any]) -> str:
    """The channel that a call is about, empty if none: Slack's limits for posting are per channel."""
    for part in ("json", "params", "data"):
        given = how.get(part)
        if isinstance(given, dict) and (channel := given.get("channel") or given.get("channel_id")):
            return str(channel)
    return ""
