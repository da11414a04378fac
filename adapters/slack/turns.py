"""Deliveries turned into answers: claimed, put in order, worked off, and never left without a visible end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import escape
from adapters.slack.card import Card, card
from adapters.slack.lanes import FullError, Lanes
from adapters.slack.people import People
from adapters.slack.post import Poster, RefusedError
from adapters.slack.progress import Progress, Status
from adapters.slack.read import Heard, Payload, Reply, unpacked
from adapters.slack.trouble import GONE, detail, reason
from adapters.slack.work import loading_view, message_view, work_view
from agents.answer import Answer
from bot.message import Message
from bot.store import Store
from tools.errors import new_id

log = logging.getLogger(__name__)
ATTEMPTS = 3
SWEEP_SECONDS = 60.0
ABANDONED = timedelta(minutes=10)


class Asked(Protocol):
    """Who answers: bot.service.Service."""

    async def answer(self, message: Message, *, progress: Callable[[str], Awaitable[None]] | None = None) -> Answer: ...

    async def evidence(self, answer_id: str) -> Answer | None: ...


class Turns:
    def __init__(
        self,
        service: Asked,
        store: Store,
        client: AsyncWebClient,
        poster: Poster,
        *,
        lanes: Lanes | None = None,
    ) -> None:
        self._service = service
        self._store = store
        self._client = client
        self._poster = poster
        self._people = People(client)
        self._status = Status()
        self._lanes = lanes or Lanes()
        self._keys: set[str] = set()
        self._sweeper: asyncio.Task[None] | None = None

    async def is_ours(self, heard: Heard) -> bool:
        """Whether a thread is one that we were asked in."""
        conversation = heard.message.conversation
        return conversation in self._lanes or await self._store.last_turn(conversation) is not None

    async def take(self, heard: Heard) -> None:
        """Writes a delivery down and queues its turn; a repeated delivery changes nothing."""
        key = heard.message.delivery
        if await self._store.claim(key, heard.packed()):
            log.info("took %s", key)
            self._queue(key, heard)

    async def recover(self) -> None:
        """Queues again what was written down and not finished, and keeps looking for more of it."""
        await self._pick_up(timedelta(0))
        self._sweeper = asyncio.create_task(self._sweep())

    async def finish(self, seconds: float) -> None:
        if self._sweeper:
            self._sweeper.cancel()
        await self._lanes.finish(seconds)

    def show_work(self, body: Payload, answer_id: str) -> None:
        self._lanes.aside(self._show_work(body, answer_id))

    def _queue(self, key: str, heard: Heard, attempts: int = 0) -> None:
        self._keys.add(key)
        try:
            self._lanes.put(heard.message.conversation, lambda: self._turn(key, heard, attempts))
        except FullError:
            words = "I have too many questions waiting. Please ask again in a few minutes."
            self._lanes.aside(self._apologise(key, heard, words))

    async def _turn(self, key: str, heard: Heard, attempts: int) -> None:
        try:
            await self._store.begin(key)
            if attempts >= ATTEMPTS:
                await self._apologise(key, heard, f"I tried {attempts} times and could not answer this.")
                return
            await self._answer(key, heard, recovered=attempts > 0)
            await self._store.done(key)
        except Exception as error:
            log.exception("the turn for %s failed: %s", key, detail(error))
            await self._apologise(key, heard, "Something went wrong on my side and your question was not answered.")
        finally:
            self._keys.discard(key)

    async def _answer(self, key: str, heard: Heard, *, recovered: bool) -> None:
        public = not heard.reply.user
        placeholder = ""
        if recovered and public:
            if await self._poster.find(heard.reply, key):
                return
            placeholder = await self._poster.find(heard.reply, key, final=False)
        progress = Progress(self._client, self._poster, heard, self._status, placeholder)
        await progress.start()
        message = await self._people.introduce(heard.message)
        answer = await self._service.answer(message, progress=progress.say)
        thread = heard.message.thread
        try:
            await self._poster.answer(heard.reply, answer, key=key, thread=thread, placeholder=progress.placeholder)
        except SlackApiError as error:
            if not public or reason(error) not in GONE:
                raise
            why = f"I could not answer in <#{heard.reply.channel}> ({escape(reason(error))}), so here it is:"
            log.warning("%s: answering %s directly", reason(error), key)
            await self._poster.directly(heard.message.user, card(answer, thread=thread), why)

    async def _apologise(self, key: str, heard: Heard, words: str) -> None:
        """Ends a delivery with an error that the asker sees; where nothing can be said, it stays for later."""
        error_id = new_id()
        log.error("error id %s for %s: %s", error_id, key, words)
        text = Card([], f"{words} Error id: {error_id}")
        private = replace(heard.reply, user=heard.message.user)
        for reply in (heard.reply, private):
            try:
                await self._poster.post(reply, text, key=key)
                await self._store.done(key)
                return
            except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
                log.error("error id %s was not shown: %s", error_id, detail(error))
        self._keys.discard(key)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._pick_up(ABANDONED)
                await self._store.prune()
            except Exception:
                log.exception("unfinished questions were not looked for")

    async def _pick_up(self, idle: timedelta) -> None:
        for left in await self._store.unfinished(idle=idle):
            if left.key not in self._keys:
                log.info("picked up %s after %d attempts", left.key, left.attempts)
                self._queue(left.key, unpacked(left.payload), left.attempts)

    async def _show_work(self, body: Payload, answer_id: str) -> None:
        """Opens a window at once, since its trigger dies within seconds, and fills it when the evidence is here."""
        try:
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

    async def _say_aside(self, body: Payload, words: str, error: Exception) -> None:
        error_id = new_id()
        log.error("error id %s: %s", error_id, detail(error))
        channel, user = (body.get("channel") or {}).get("id", ""), (body.get("user") or {}).get("id", "")
        reply = Reply(channel, user=user, response_url=str(body.get("response_url", "")))
        await self._poster.post(reply, Card([], f"{words} Error id: {error_id}"), key="")
