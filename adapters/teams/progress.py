"""What the asker sees while an answer is computed: a stream in a personal chat, elsewhere a message that it replaces."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.notices import in_line
from adapters.teams.card import said
from adapters.teams.connector import Connector
from adapters.teams.read import PERSONAL, Heard, Reply
from adapters.teams.trouble import TeamsError

log = logging.getLogger(__name__)
FIRST = "Looking into it …"
BETWEEN_SECONDS = 1.5
STREAM_SECONDS = 100.0  # Teams ends a stream after two minutes
CALL_SECONDS = 10.0
Held = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shown:
    """The message that the answer replaces, or the stream that it ends; both empty where nothing is shown."""

    message: str = ""
    stream: str = ""

    @property
    def place(self) -> str:
        """The message where the answer is to be; a stream is the message that it began with."""
        return self.message or self.stream


class Progress:
    """The progress of one turn, shown beside the work: failing or waiting to show it never holds the turn up."""

    def __init__(self, connector: Connector, heard: Heard, held: Held) -> None:
        self._connector = connector
        self._heard = heard
        self._held = held
        self._message = heard.reply.replaces
        self._streams = heard.reply.kind == PERSONAL and not self._message
        self._stream, self._sequence, self._since = "", 0, 0.0
        self._next, self._said_at = "", 0.0
        self._showing: asyncio.Task[None] | None = None
        self._calling = False

    def adopt(self, placeholder: str) -> None:
        """Goes on with a message that holds the answer's place already."""
        self._message = self._message or placeholder
        self._streams = self._streams and not self._message

    def wait(self, ahead: int) -> None:
        """Tells how many questions are before this one, where a message can: a stream might end before its turn comes."""
        if not self._streams:
            self._tell(in_line(ahead))

    def start(self) -> None:
        self._tell(FIRST)

    async def say(self, text: str) -> None:
        self._tell(text)

    @property
    def shown(self) -> Shown:
        """Where the answer is to be; nowhere yet where a stream has lasted so long that Teams ends it."""
        if self._stream and time.monotonic() - self._since > STREAM_SECONDS:
            return Shown()
        return Shown(self._message, self._stream)

    async def settle(self) -> None:
        """Shows nothing more, so that nothing comes after the answer."""
        self._next = ""
        if self._showing and not self._showing.done():
            if not self._calling:
                self._showing.cancel()
            await asyncio.wait({self._showing})

    async def clear(self) -> None:
        """Takes back what was shown for a turn that ends without an answer; an answer that it was to renew stays."""
        if self.shown.place and not self._heard.reply.replaces:
            await remove(self._connector, self._heard.reply, self.shown.place)

    def _tell(self, text: str) -> None:
        self._next = text
        if self._showing is None or self._showing.done():
            self._showing = asyncio.create_task(self._show_all())

    async def _show_all(self) -> None:
        while self._next:
            since = time.monotonic() - self._said_at
            if self._said_at and since < BETWEEN_SECONDS:
                await asyncio.sleep(BETWEEN_SECONDS - since)
            text, self._next = self._next, ""
            self._said_at = time.monotonic()
            self._calling = True
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    await self._show(text)
            except (TeamsError, TimeoutError) as error:
                log.warning("no progress shown: %s", error or "timed out")
                self._streams = False
            finally:
                self._calling = False

    async def _show(self, text: str) -> None:
        to, key = self._heard.reply, self._heard.message.delivery
        if self._streams:
            self._sequence += 1
            begun = not self._stream
            self._since = self._since or time.monotonic()
            self._stream = await self._connector.stream(to, text, self._stream, self._sequence)
            if begun:
                await self._held(key, self._stream)
        elif self._message and text != FIRST:
            await self._connector.update(to, self._message, said(text))
        elif not self._message and not self._stream:
            self._message = await self._connector.send(to, said(text))
            await self._held(key, self._message)


async def remove(connector: Connector, to: Reply, id: str) -> None:
    """Takes away a message of ours that stands for nothing any more."""
    try:
        await connector.remove(to, id)
    except TeamsError as error:
        log.info("what was shown for a deleted question stays: %s", error)
