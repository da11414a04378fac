"""What the asker sees while an answer is computed: Slack's status line, or a message that the answer replaces."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import escape
from adapters.slack.card import Card
from adapters.slack.pace import impatient
from adapters.slack.post import Poster, RefusedError
from adapters.slack.read import Heard
from adapters.slack.trouble import detail, is_unsupported

log = logging.getLogger(__name__)
FIRST = "Looking into it …"
BETWEEN_SECONDS = 1.0
CALL_SECONDS = 5.0
Held = Callable[[str, str], Awaitable[None]]


class Status:
    """Whether this workspace has status lines; found out once, at the first question."""

    def __init__(self) -> None:
        self.works = True


class Progress:
    """The progress of one turn, shown beside the work: failing or waiting to show it never holds the turn up.

    `held` is told the delivery and the message that holds the answer's place.
    """

    def __init__(
        self, client: AsyncWebClient, poster: Poster, heard: Heard, status: Status, held: Held, placeholder: str = ""
    ) -> None:
        self._client = client
        self._poster = poster
        self._heard = heard
        self._status = status
        self._held = held
        self._placeholder = placeholder
        self._next = ""
        self._said_at = 0.0
        self._showing: asyncio.Task[None] | None = None
        self._calling = False

    def adopt(self, placeholder: str) -> None:
        """Goes on with a message that holds the answer's place already."""
        self._placeholder = self._placeholder or placeholder

    def start(self) -> None:
        """Shows at once that the question was heard, unless the asker knows already."""
        reply = self._heard.reply
        if not reply.user:
            self.tell(FIRST)
        elif not reply.told:
            self.tell(f"Looking into: {reply.asked}")

    async def say(self, text: str) -> None:
        """Shows what is being done, where that replaces what was shown before: what one person sees cannot be replaced."""
        if not self._heard.reply.user:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Shows the newest text, at most once a second, since every way is rate-limited."""
        self._next = text
        if self._showing is None or self._showing.done():
            self._showing = asyncio.create_task(self._show_all())

    async def settle(self) -> str:
        """Shows nothing more, so that nothing comes after the answer; the message that it is to replace, if any."""
        self._next = ""
        if self._showing and not self._showing.done():
            if not self._calling:
                self._showing.cancel()
            await asyncio.wait({self._showing})
        return self._placeholder

    async def clear(self) -> None:
        """Takes back what was shown for a turn that ends without an answer."""
        await self.settle()
        if self._status.works and not self._heard.reply.user and not self._placeholder:
            await self._called("")

    async def _show_all(self) -> None:
        while self._next:
            since = time.monotonic() - self._said_at
            if self._said_at and since < BETWEEN_SECONDS:
                await asyncio.sleep(BETWEEN_SECONDS - since)
            text, self._next = self._next, ""
            self._said_at = time.monotonic()
            await self._called(text)

    async def _called(self, text: str) -> None:
        self._calling = True
        try:
            async with asyncio.timeout(CALL_SECONDS):
                with impatient():
                    await self._show(text)
        except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no progress shown: %s", detail(error))
        except Exception:
            log.exception("no progress shown")
        finally:
            self._calling = False

    async def _show(self, text: str) -> None:
        reply, key = self._heard.reply, self._heard.message.delivery
        if reply.user:
            await self._poster.post(reply, Card([], escape(text)), key="")
            return
        if self._status.works and not self._placeholder:
            try:
                await self._client.assistant_threads_setStatus(
                    channel_id=reply.channel, thread_ts=reply.thread_ts, status=text[:100]
                )
                return
            except SlackApiError as error:
                log.info("no status line: %s", detail(error))
                self._status.works = not is_unsupported(error)
                if self._status.works:
                    return
        if not self._placeholder:
            self._placeholder = await self._poster.hold(reply, escape(text), key=key)
            await self._held(key, self._placeholder)
        elif text != FIRST:
            await self._client.chat_update(channel=reply.channel, ts=self._placeholder, text=escape(text))
