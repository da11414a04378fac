"""Windows and whatever else is shown beside the turns: opened at once, since triggers die, and filled after."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.asked import Asked
from adapters.slack.blocks import escape
from adapters.slack.card import Card
from adapters.slack.heard import Reply
from adapters.slack.pace import impatient
from adapters.slack.payload import Payload
from adapters.slack.post import Poster
from adapters.slack.trouble import detail
from adapters.slack.work import loading_view, message_view, work_view
from bot.doctor import Check, report
from tools.errors import new_id

Examine = Callable[[], Awaitable[Sequence[Check]]]
log = logging.getLogger(__name__)


class Windows:
    def __init__(self, client: AsyncWebClient, poster: Poster, service: Asked, examine: Examine | None = None) -> None:
        self._client = client
        self._examine = examine
        self._poster = poster
        self._service = service

    async def show_work(self, body: Payload, answer_id: str) -> None:
        """Opens the window behind “Show the work”, and fills it when the evidence is here."""
        try:
            with impatient():
                opened = await self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=loading_view())
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            await self._say_aside(body, "The window could not be opened; please click again.", error)
            return
        try:
            answer = await self._service.evidence(answer_id)
            view = work_view(answer) if answer else message_view("The work behind this answer is not kept any more.")
            await self._client.views_update(view_id=opened["view"]["id"], view=view)
        except Exception as error:
            error_id = new_id()
            log.exception("error id %s: the work of %s was not shown: %s", error_id, answer_id, detail(error))
            sorry = message_view(f"The work behind this answer could not be shown. Error id: {error_id}")
            await self._client.views_update(view_id=opened["view"]["id"], view=sorry)

    async def tell_health(self, reply: Reply) -> None:
        """Tells one person what is set up and what is missing, with the fixes."""
        try:
            words = report(await self._examine()) if self._examine else "Run: python -m bot doctor"
        except Exception as error:
            error_id = new_id()
            log.exception("error id %s: not examined: %s", error_id, detail(error))
            words = f"The examination failed. Error id: {error_id}"
        await self._poster.post(reply, Card([], escape(words)), key="")

    async def _say_aside(self, body: Payload, words: str, error: Exception) -> None:
        error_id = new_id()
        log.error("error id %s: %s", error_id, detail(error))
        channel, user = ((body.get(name) or {}).get("id", "") for name in ("channel", "user"))
        reply = Reply(channel, user=user, response_url=str(body.get("response_url", "")))
        await self._poster.post(reply, Card([], f"{words} Error id: {error_id}"), key="")
