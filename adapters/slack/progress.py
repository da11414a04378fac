"""What the asker sees while an answer is computed: a status line, then task cards, or a message that the answer replaces."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.notices import in_line
from adapters.progress import FIRST, Showing
from adapters.slack.blocks import escape
from adapters.slack.card import Card
from adapters.slack.heard import Heard
from adapters.slack.pace import impatient
from adapters.slack.post import Poster, RefusedError
from adapters.slack.steps import TaskCards
from adapters.slack.surfaces import STATUS, STREAM, Surfaces
from adapters.slack.trouble import detail

log = logging.getLogger(__name__)
CALL_SECONDS = 5.0
# Most answers come sooner; Slack takes few streams a minute.
CARDS_AFTER_SECONDS = 1.5
Held = Callable[[str, str], Awaitable[None]]


class Progress(Showing):
    """The progress of one turn.

    `held` is told the delivery and the message that holds the answer's place: `placeholder`, empty while there is none.
    """

    between_seconds = 1.0

    def __init__(self, client: AsyncWebClient, poster: Poster, heard: Heard, surfaces: Surfaces, held: Held) -> None:
        super().__init__()
        self._client = client
        self._poster = poster
        self._heard = heard
        self._surfaces = surfaces
        self._held = held
        self._cards = TaskCards(client, heard)
        self.placeholder = ""
        self._shown = ""
        self._lasting = False
        self._only_status = False
        self._unfolding: asyncio.TimerHandle | None = None

    def adopt(self, placeholder: str) -> None:
        """Goes on with a message that holds the answer's place already."""
        self.placeholder = self.placeholder or placeholder

    def wait(self, ahead: int, *, behind: bool) -> None:
        """Tells how many questions are before this one: once where that cannot replace what was shown before."""
        self._only_status = behind
        if not (self._heard.reply.user and self._said_at):
            self.tell(in_line(ahead))

    def start(self) -> None:
        """Shows at once that the question was heard, unless the asker knows already."""
        reply = self._heard.reply
        self._only_status = False
        if not reply.user:
            self._unfolding = asyncio.get_running_loop().call_later(CARDS_AFTER_SECONDS, self._unfold)
            self.tell(FIRST)
        elif not reply.told:
            self.tell(f"Looking into: {reply.asked}")

    async def say(self, text: str) -> None:
        """Shows what is being done, where that replaces what was shown before: what one person sees cannot be replaced."""
        if not self._heard.reply.user:
            self.tell(text)

    async def settle(self) -> None:
        if self._unfolding:
            self._unfolding.cancel()
        await super().settle()
        if self._cards.ts:
            await self._safely(self._cards.end())

    async def clear(self) -> None:
        """Takes back what was shown for a turn that ends without an answer."""
        await self.settle()
        if self._surfaces.has(STATUS) and not self._heard.reply.user and not self.placeholder:
            await self._safely(self._say_status(""))

    def _unfold(self) -> None:
        self._lasting = True
        self.tell(self._next or self._shown)

    async def _try(self, text: str) -> None:
        await self._safely(self._show(text))
        self._shown = text

    async def _safely(self, call: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                with impatient():
                    await call
        except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no progress shown: %s", detail(error))
        except Exception:
            log.exception("no progress shown")

    async def _show(self, text: str) -> None:
        """In what is shown already, or else by the first way that there is."""
        reply = self._heard.reply
        if reply.user:
            await self._poster.post(reply, Card([], escape(text)), key="")
        elif self._cards.ts:
            await self._cards.go_on(text)
        elif self.placeholder:
            if text not in (FIRST, self._shown):
                await self._client.chat_update(channel=reply.channel, ts=self.placeholder, text=escape(text))
        else:
            await self._show_first(text)

    async def _show_first(self, text: str) -> None:
        """Begins with a status line for what may be quick, with cards for what lasts, with a message where there is neither."""
        ways = (self._begin_cards, self._has_status) if self._lasting else (self._has_status, self._begin_cards)
        for way in ways:
            if await way(text):
                return
            if self._only_status:
                return
        await self._hold(await self._poster.hold(self._heard.reply, escape(text), key=self._heard.message.delivery))

    async def _begin_cards(self, text: str) -> bool:
        if self._surfaces.has(STREAM):
            try:
                await self._hold(await self._cards.begin(text))
            except SlackApiError as error:
                self._surfaces.refused(STREAM, error)
        return bool(self._cards.ts)

    async def _has_status(self, text: str) -> bool:
        """Whether the status line says it; one that is refused this time only is not replaced by a message."""
        if self._surfaces.has(STATUS) and text != self._shown:
            try:
                await self._say_status(text)
            except SlackApiError as error:
                self._surfaces.refused(STATUS, error)
        return self._surfaces.has(STATUS)

    async def _say_status(self, text: str) -> None:
        reply = self._heard.reply
        await self._client.assistant_threads_setStatus(channel_id=reply.channel, thread_ts=reply.thread_ts, status=text[:100])

    async def _hold(self, ts: str) -> None:
        self.placeholder = ts
        await self._held(self._heard.message.delivery, ts)
