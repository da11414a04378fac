"""Slack's turns: how answers are posted there, and what becomes of those that Slack does not take."""

import logging
from dataclasses import replace

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.asked import Asked
from adapters.slack.acting import acting_in
from adapters.slack.blocks import escape
from adapters.slack.card import Card, card
from adapters.slack.heard import Change, Heard, Reply, unpacked
from adapters.slack.people import People
from adapters.slack.post import Poster, RefusedError
from adapters.slack.progress import Progress
from adapters.slack.surfaces import Surfaces
from adapters.slack.trouble import GONE, detail, is_refused_token, passes_by_itself, reason
from adapters.turns import Turns as Base
from agents.answer import Answer
from bot.delivery import Delivery, Limits
from bot.message import Message
from bot.queue import PARALLEL
from bot.store import Store

log = logging.getLogger(__name__)


class Turns(Base[Heard, Progress]):
    def __init__(
        self,
        service: Asked,
        store: Store,
        client: AsyncWebClient,
        poster: Poster,
        surfaces: Surfaces,
        *,
        limits: Limits | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        super().__init__("slack", service, store, unpacked, limits=limits, parallel=parallel)
        self._client = client
        self._poster = poster
        self._people = People(client)
        self._surfaces = surfaces

    async def change(self, change: Change) -> None:
        """An edit or a deletion; what is answered stays as it is."""
        if held := await self._changed(change.key, change.heard):
            self._aside.start(self._poster.remove(change.key.split(":")[1], held))

    async def _turn(self, taken: Delivery, heard: Heard) -> None:
        with acting_in(heard.message.team):
            await super()._turn(taken, heard)

    def _progress(self, heard: Heard) -> Progress:
        return Progress(self._client, self._poster, heard, self._surfaces, self._store.deliveries.hold)

    async def _introduce(self, heard: Heard) -> Message:
        return await self._people.introduce(heard.message)

    async def _answer(self, taken: Delivery, heard: Heard, progress: Progress) -> bool:
        """Looks first whether an earlier attempt posted the answer: posting it again would make two."""
        key, reply = heard.message.delivery, heard.reply
        if taken.attempts > 1 and not reply.user:
            if await self._poster.find(reply, key):
                return True
            progress.adopt(taken.held or await self._poster.find(reply, key, final=False))
        return await super()._answer(taken, heard, progress)

    async def _post(self, heard: Heard, answer: Answer, progress: Progress) -> None:
        reply, message = heard.reply, heard.message
        place = progress.placeholder
        try:
            await self._poster.answer(reply, answer, key=message.delivery, thread=message.thread, placeholder=place)
        except SlackApiError as error:
            if reply.user or reason(error) not in GONE:
                raise
            why = f"I could not answer in <#{reply.channel}> ({escape(reason(error))}), so here it is:"
            log.warning("%s: answering %s directly", reason(error), message.delivery)
            await self._poster.directly(message.user, card(answer, thread=message.thread), why)

    async def _say(self, heard: Heard, words: str, progress: Progress) -> None:
        """Where everybody would see the answer, or else to the asker alone."""
        key = heard.message.delivery
        try:
            await self._poster.post(heard.reply, Card([], words), key=key, placeholder=progress.placeholder)
        except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("%s: telling the asker of %s alone", detail(error), key)
            await self._poster.post(_to_asker(heard), Card([], words), key=key)

    async def _tell(self, heard: Heard, words: str) -> None:
        reply = heard.reply if heard.reply.channel.startswith("D") else _to_asker(heard)
        await self._poster.post(reply, Card([], words), key=heard.message.delivery)

    async def _later(self, taken: Delivery, error: Exception) -> None:
        if is_refused_token(error):
            log.critical(
                "Slack refuses SLACK_BOT_TOKEN: %s. Install the app again and set its new token, if it was set.", reason(error)
            )
        await super()._later(taken, error)

    def _passes_by_itself(self, error: Exception) -> bool:
        return passes_by_itself(error)

    def _detail(self, error: Exception) -> str:
        return detail(error)


def _to_asker(heard: Heard) -> Reply:
    return replace(heard.reply, user=heard.message.user)
