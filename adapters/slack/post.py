"""Posting: an answer reaches its asker once, in the best form that Slack accepts."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.painter import Painter
from adapters.slack.card import Card, card
from adapters.slack.heard import Reply
from adapters.slack.pictures import Picture, upload
from adapters.slack.trouble import GONE, REFUSED, about_picture, detail, is_refused_token, is_unsure, reason
from agents.answer import Answer

log = logging.getLogger(__name__)

PAUSES = (0.5, 2.0, 5.0)
MARK = "health_monitor_reply"
PAGES = 10
PICTURE_BYTES = 1_000_000
HOOK_RETRIES = 3


class RefusedError(Exception):
    """Slack will not take this form of the message; `picture` says that the image may be the reason."""

    def __init__(self, why: str, *, picture: bool) -> None:
        super().__init__(why)
        self.picture = picture


class Poster:
    """Posts answers with one client, which waits for rate limits by itself."""

    def __init__(
        self,
        client: AsyncWebClient,
        painter: Painter,
        session: aiohttp.ClientSession,
        *,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._client = client
        self._session = session
        self._painter = painter
        self._pauses = pauses
        self._share_pictures = False

    async def answer(self, reply: Reply, answer: Answer, *, key: str, thread: str, placeholder: str = "") -> None:
        """Posts the answer, simpler each time Slack refuses its form. Raises what Slack or the network raised last."""
        refused: RefusedError | None = None
        async for version in self._versions(reply, answer, thread):
            has_picture = any(block["type"] == "image" for block in version.blocks)
            if refused and has_picture and not refused.picture:
                continue
            try:
                await self.post(reply, version, key=key, placeholder=placeholder)
                return
            except RefusedError as error:
                log.warning("Slack refused a form of the answer to %s: %s", key, error)
                refused = error
                self._share_pictures = self._share_pictures or (error.picture and has_picture)
        raise refused or RuntimeError("no form of the answer was tried")

    async def post(self, reply: Reply, card: Card, *, key: str, placeholder: str = "") -> None:
        """Posts one message; where it cannot be posted any more, the asker gets it as a direct message."""
        try:
            if reply.user:
                await self._privately(reply, card)
            else:
                await self._surely(reply, card, key, placeholder)
        except SlackApiError as error:
            if reason(error) in REFUSED:
                raise RefusedError(detail(error), picture=about_picture(error)) from error
            raise

    async def find(self, reply: Reply, key: str, *, final: bool = True) -> str:
        """The ts of what we posted for a delivery, the answer or what held its place; empty if nothing is there."""
        cursor = ""
        for _ in range(PAGES):
            try:
                page = await self._client.conversations_replies(
                    channel=reply.channel, ts=reply.thread_ts, include_all_metadata=True, limit=200, cursor=cursor or None
                )
            except SlackApiError as error:
                if is_unsure(error) or is_refused_token(error):
                    raise
                log.warning("cannot look for what was posted: %s", detail(error))
                return ""
            for message in page.get("messages") or []:
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == MARK and metadata.get("event_payload") == {
                    "delivery": key,
                    "final": final,
                }:
                    return str(message["ts"])
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return ""

    async def hold(self, reply: Reply, text: str, *, key: str) -> str:
        """Posts a message that the answer will replace."""
        posted = await self._client.chat_postMessage(
            channel=reply.channel, thread_ts=reply.thread_ts or None, text=text, metadata=_mark(key, final=False)
        )
        return str(posted["ts"])

    async def remove(self, channel: str, ts: str) -> None:
        """Takes away a message of ours that stands for nothing any more."""
        try:
            await self._at_rest(channel, ts, lambda: self._client.chat_delete(channel=channel, ts=ts))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a message was not removed: %s", detail(error))

    async def _versions(self, reply: Reply, answer: Answer, thread: str) -> AsyncIterator[Card]:
        """The forms of an answer, the best first, each made only if the one before was refused."""
        public = not reply.user
        picture = await self._picture(answer) if public else None
        if picture and not self._share_pictures and (file := await upload(self._client, picture)):
            yield card(answer, chart_file=file, thread=thread, asked=reply.asked)
        if picture and (file := await upload(self._client, picture, share=reply)):
            yield card(answer, chart_file=file, thread=thread, asked=reply.asked)
        words = card(answer, thread=thread, asked=reply.asked, private=not public)
        yield words
        # What Slack is likeliest not to know.
        yield Card([block for block in words.blocks if block["type"] != "context_actions"], words.text)
        yield Card([], words.text)

    async def _picture(self, answer: Answer) -> Picture | None:
        png = await self._painter.png(answer.charts[0]) if answer.charts else None
        return Picture(answer.charts[0], png) if png and len(png) <= PICTURE_BYTES else None

    async def _surely(self, reply: Reply, card: Card, key: str, placeholder: str) -> None:
        """Posts in public. When it is unsure whether a post arrived, looks before it posts again."""
        failure: Exception | None = None
        for pause in self._pauses:
            try:
                return await self._publicly(reply, card, key, placeholder)
            except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
                if isinstance(error, SlackApiError) and not is_unsure(error):
                    raise
                log.warning("unsure whether the answer to %s arrived: %s", key, detail(error))
                failure = error
            await asyncio.sleep(pause)
            if await self.find(reply, key):
                return None
        raise failure or RuntimeError("nothing was tried")

    async def _publicly(self, reply: Reply, card: Card, key: str, placeholder: str) -> None:
        form: dict[str, Any] = {"text": card.text, "blocks": card.blocks or None, "metadata": _mark(key, final=True)}
        if placeholder:
            try:
                update = partial(self._client.chat_update, channel=reply.channel, ts=placeholder, **form)
                await self._at_rest(reply.channel, placeholder, update)
                return
            except SlackApiError as error:
                if reason(error) not in ("message_not_found", "cant_update_message", "edit_window_closed"):
                    raise
        await self._client.chat_postMessage(
            channel=reply.channel, thread_ts=reply.thread_ts or None, unfurl_links=False, unfurl_media=False, **form
        )

    async def _at_rest(self, channel: str, ts: str, change: Callable[[], Awaitable[object]]) -> None:
        """Changes a message of ours; one that is streamed still, by a process that died, is ended first."""
        try:
            await change()
        except SlackApiError as error:
            if reason(error) != "streaming_state_conflict":
                raise
            await self._client.chat_stopStream(channel=channel, ts=ts)
            await change()

    async def _privately(self, reply: Reply, card: Card) -> None:
        """Tells one person: by the address Slack gave for it, else in the channel, else directly.

        At worst a private answer is seen twice, since none of these ways can be looked at.
        """
        if reply.response_url and await self._respond(reply.response_url, card):
            return
        form: dict[str, Any] = {"text": card.text, "blocks": card.blocks or None}
        try:
            await self._client.chat_postEphemeral(
                channel=reply.channel, user=reply.user, thread_ts=reply.thread_ts or None, **form
            )
        except SlackApiError as error:
            if reason(error) not in GONE:
                raise
            await self._client.chat_postMessage(channel=reply.user, unfurl_links=False, unfurl_media=False, **form)

    async def _respond(self, url: str, card: Card) -> bool:
        limited = AsyncRateLimitErrorRetryHandler(max_retry_count=HOOK_RETRIES)
        hook = AsyncWebhookClient(url, session=self._session, retry_handlers=[limited])
        try:
            sent = await hook.send(text=card.text, blocks=card.blocks or None, response_type="ephemeral", replace_original=False)
        except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
            log.warning("response_url: %s", detail(error))
            return False
        if any(word in sent.body for word in REFUSED):
            raise RefusedError(sent.body[:200], picture=False)
        return sent.status_code == 200

    async def directly(self, user: str, card: Card, why: str) -> None:
        """Gives an answer to its asker where its channel does not take it, and says why."""
        lead = {"type": "context", "elements": [{"type": "mrkdwn", "text": why}]}
        blocks = [lead, *card.blocks] if card.blocks else None
        await self._client.chat_postMessage(channel=user, text=f"{why}\n{card.text}", blocks=blocks, unfurl_links=False)


def _mark(key: str, *, final: bool) -> dict[str, Any]:
    return {"event_type": MARK, "event_payload": {"delivery": key, "final": final}}
