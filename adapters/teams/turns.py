"""Teams' turns: how answers are posted there, and what becomes of those that Teams does not take."""

import asyncio
import logging

from adapters.asked import Asked
from adapters.painter import Painter
from adapters.teams.card import Card, card, said
from adapters.teams.connector import Connector
from adapters.teams.people import People
from adapters.teams.progress import Progress, Shown, remove
from adapters.teams.read import CHANNEL, PERSONAL, Change, Heard, Reply, unpacked
from adapters.teams.references import References
from adapters.teams.trouble import TeamsError
from adapters.turns import Turns as Base
from agents.answer import Answer
from bot.delivery import Limits
from bot.message import Message
from bot.queue import PARALLEL
from bot.store import Store

log = logging.getLogger(__name__)
CHARTS = 2


class Turns(Base[Heard, Progress]):
    def __init__(
        self,
        service: Asked,
        store: Store,
        connector: Connector,
        painter: Painter,
        references: References,
        *,
        limits: Limits | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        super().__init__("teams", service, store, unpacked, limits=limits, parallel=parallel)
        self._connector = connector
        self._painter = painter
        self._references = references
        self._people = People(connector)

    async def change(self, change: Change) -> None:
        """An edit or a deletion; what is answered stays as it is."""
        if held := await self._changed(change.key, change.heard):
            self._aside.start(remove(self._connector, change.reply, held))

    async def take(self, heard: Heard) -> str:
        words = await super().take(heard)
        if heard.reply.kind != CHANNEL and not words:
            self._aside.start(self._typing(heard))
        return words

    def _progress(self, heard: Heard) -> Progress:
        return Progress(self._connector, heard, self._store.deliveries.hold)

    async def _introduce(self, heard: Heard) -> Message:
        return await self._people.introduce(heard)

    async def _post(self, heard: Heard, answer: Answer, progress: Progress) -> None:
        """Posts the answer, as words where Teams refuses the card, and notes where it stands."""
        to = heard.reply
        made = card(answer, pictures=await self._pictures(answer), asked=to.asked)
        try:
            id = await self._put(to, made, progress.shown)
        except TeamsError as error:
            if not error.is_about_the_card:
                raise
            log.error("Teams refused a card (%s): sent as words", error)
            id = await self._put(to, said(made.text), progress.shown)
        await self._references.shows(to, id, answer.id)

    async def _say(self, heard: Heard, words: str, progress: Progress) -> None:
        try:
            await self._put(heard.reply, said(words), progress.shown)
        except TeamsError as error:
            if not error.is_gone:
                raise
            log.critical("%s is given up: the app is not in its conversation any more", heard.message.delivery)

    async def _tell(self, heard: Heard, words: str) -> None:
        await self._connector.send(heard.reply, said(words))

    def _passes_by_itself(self, error: Exception) -> bool:
        return isinstance(error, TeamsError) and error.passes_by_itself

    async def _put(self, to: Reply, made: Card, shown: Shown) -> str:
        """Puts the answer where its progress was shown; as a new message where that is refused."""

        async def update() -> str:
            await self._connector.update(to, shown.place, made)
            return shown.place

        async def finish() -> str:
            return await self._connector.finish(to, shown.place, made) or shown.place

        # What was cut off may have arrived: a stream that has ended can be updated, and is not ended twice.
        resumed = [update, finish] if to.kind == PERSONAL and not to.replaces else [update]
        ways = [finish, update] if shown.stream else resumed if shown.message else []
        for way in ways:
            try:
                return await way()
            except TeamsError as error:
                if error.passes_by_itself:
                    raise
                log.warning("the answer did not take the place of what was shown (%s)", error)
        return await self._connector.send(to, made)

    async def _pictures(self, answer: Answer) -> dict[int, bytes]:
        drawn = await asyncio.gather(*(self._painter.png(chart) for chart in answer.charts[:CHARTS]))
        return {at: png for at, png in enumerate(drawn) if png}

    async def _typing(self, heard: Heard) -> None:
        try:
            await self._connector.typing(heard.reply)
        except TeamsError as error:
            log.info("typing was not shown: %s", error)
