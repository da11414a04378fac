"""What the asker sees while an answer is computed: a stream in a personal chat, elsewhere a message that it replaces."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.notices import in_line
from adapters.progress import FIRST, Showing
from adapters.teams.card import said
from adapters.teams.connector import Connector
from adapters.teams.read import PERSONAL, Heard, Reply
from adapters.teams.trouble import TeamsError

log = logging.getLogger(__name__)
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


class Progress(Showing):
    """The progress of one turn."""

    between_seconds = 1.5

    def __init__(self, connector: Connector, heard: Heard, held: Held) -> None:
        super().__init__()
        self._connector = connector
        self._heard = heard
        self._held = held
        self._message = heard.reply.replaces
        self._streams = heard.reply.kind == PERSONAL and not self._message
        self._stream, self._sequence, self._since = "", 0, 0.0

    def adopt(self, placeholder: str) -> None:
        """Goes on with a message that holds the answer's place already."""
        self._message = self._message or placeholder
        self._streams = self._streams and not self._message

    def wait(self, ahead: int, *, behind: bool) -> None:
        """Tells how many questions are before this one, where a message can: a stream might end before its turn comes."""
        if not self._streams and not behind:
            self.tell(in_line(ahead))

    def start(self) -> None:
        self.tell(FIRST)

    async def say(self, text: str) -> None:
        self.tell(text)

    @property
    def shown(self) -> Shown:
        """Where the answer is to be; nowhere yet where a stream has lasted so long that Teams ends it."""
        if self._stream and time.monotonic() - self._since > STREAM_SECONDS:
            return Shown()
        return Shown(self._message, self._stream)

    async def clear(self) -> None:
        """Takes back what was shown for a turn that ends without an answer; an answer that it was to renew stays."""
        if self.shown.place and not self._heard.reply.replaces:
            await remove(self._connector, self._heard.reply, self.shown.place)

    async def _try(self, text: str) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._show(text)
        except (TeamsError, TimeoutError) as error:
            log.warning("no progress shown: %s", error or "timed out")
            self._streams = False

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
