"""Deliveries turned into answers: written down, queued, worked off in order, and never left without a visible end."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.aside import Aside
from adapters.asked import Asked
from adapters.notices import in_line, refusal
from adapters.slack.blocks import escape
from adapters.slack.card import Card, card
from adapters.slack.people import People
from adapters.slack.post import Poster, RefusedError
from adapters.slack.progress import Progress, Status
from adapters.slack.read import Change, Heard, unpacked
from adapters.slack.trouble import GONE, detail, is_refused_token, passes_by_itself, reason
from agents.answer import Answer
from bot.delivery import Arrival, Delivery, Limits
from bot.message import Message
from bot.queue import PARALLEL, Queue
from bot.store import Store
from tools.errors import new_id

log = logging.getLogger(__name__)
ATTEMPTS = 5
WAITS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
GIVE_UP = timedelta(days=1)
PRUNE_SECONDS = 3_600.0
NOTICE_SECONDS, AGAIN_SECONDS = 1.0, 10.0


class Turns:
    def __init__(
        self,
        service: Asked,
        store: Store,
        client: AsyncWebClient,
        poster: Poster,
        *,
        limits: Limits | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        self._service = service
        self._store = store
        self._client = client
        self._poster = poster
        self._limits = limits or Limits()
        self._people = People(client)
        self._status = Status()
        self._queue = Queue(store.deliveries, "slack", self._work, parallel=parallel)
        self._in_line: dict[str, Progress] = {}
        self._aside = Aside()

    async def is_ours(self, heard: Heard) -> bool:
        """Whether a thread is one that we were asked in."""
        return await self._store.knows(heard.message.conversation)

    async def take(self, heard: Heard) -> str:
        """Writes a delivery down and queues its turn; a repeated one changes nothing. A notice if it is refused."""
        message = heard.message
        arrival = Arrival(
            message.delivery,
            heard.packed(),
            message.conversation,
            asker=f"{message.team}:{message.user}",
            place=f"{message.team}:{message.channel}",
            said=heard.said,
        )
        claim = await self._store.deliveries.claim(arrival, self._limits)
        if claim is None:
            return ""
        if claim.refused:
            log.warning("refused %s: the limit of %s is reached", message.delivery, claim.refused)
            return refusal(claim.refused, self._limits)
        log.info("took %s", message.delivery)
        if claim.behind or self._queue.is_busy:
            self._aside.start(self._tell_place(heard))
        self._queue.wake()
        return ""

    def refuse(self, heard: Heard, words: str) -> None:
        """Tells the asker alone, beside the turns, why there will be no answer."""
        direct = heard.reply.channel.startswith("D")
        reply = heard.reply if direct else replace(heard.reply, user=heard.message.user)
        self._aside.start(self._poster.post(reply, Card([], words), key=heard.message.delivery))

    async def change(self, change: Change) -> None:
        """An edited question replaces its pending turn, a deleted one ends it; what is answered stays as it is."""
        if change.heard:
            if await self._store.deliveries.revise(change.key, change.heard.packed()):
                log.info("%s was edited", change.key)
                self._queue.wake()
            return
        held = await self._store.deliveries.cancel(change.key)
        if held is not None:
            log.info("%s was deleted", change.key)
            self._queue.wake()
        if held:
            self._aside.start(self._poster.remove(change.key.split(":")[1], held))

    def start(self) -> None:
        """Works off what was left unfinished, and what comes."""
        self._queue.start()
        self._aside.start(self._prune())

    async def finish(self, seconds: float) -> None:
        await self._queue.stop(seconds)
        await self._aside.finish(0)

    async def _work(self, taken: Delivery) -> None:
        heard = unpacked(taken.payload)
        if taken.attempts > ATTEMPTS:
            await self._apologise(taken, heard, f"I tried {ATTEMPTS} times and could not answer this.")
            return
        try:
            await self._answer(taken, heard)
        except Exception as error:
            if passes_by_itself(error):
                await self._later(taken, error)
                return
            log.exception("the turn for %s failed: %s", taken.key, detail(error))
            await self._apologise(taken, heard, "Something went wrong on my side and your question was not answered.")

    async def _answer(self, taken: Delivery, heard: Heard) -> None:
        key, reply = taken.key, heard.reply
        progress = self._in_line.pop(heard.message.delivery, None) or self._progress(heard)
        progress.adopt(taken.held)
        if taken.attempts > 1 and not reply.user:
            if await self._poster.find(reply, heard.message.delivery):
                await self._store.deliveries.done(key)
                return
            progress.adopt(taken.held or await self._poster.find(reply, heard.message.delivery, final=False))
        progress.start()
        try:
            message = await self._preferred(await self._people.introduce(heard.message))
            answer = await self._service.answer(message, progress=progress.say)
        finally:
            placeholder = await progress.settle()
        standing = await self._store.deliveries.standing(taken)
        if standing != "held":
            log.info("%s is %s: its answer is dropped", key, standing)
            await self._store.deliveries.give_back(taken)
            if standing == "gone":
                await progress.clear()
            return
        await self._post(heard, answer, placeholder)
        await self._store.deliveries.done(key)

    async def _preferred(self, message: Message) -> Message:
        """The message in the zone that its asker chose, if they did."""
        chosen = await self._store.preferences(f"{message.team}:{message.user}")
        return replace(message, tz=str(chosen.get("tz") or message.tz))

    async def _post(self, heard: Heard, answer: Answer, placeholder: str) -> None:
        reply, message = heard.reply, heard.message
        try:
            await self._poster.answer(reply, answer, key=message.delivery, thread=message.thread, placeholder=placeholder)
        except SlackApiError as error:
            if reply.user or reason(error) not in GONE:
                raise
            why = f"I could not answer in <#{reply.channel}> ({escape(reason(error))}), so here it is:"
            log.warning("%s: answering %s directly", reason(error), message.delivery)
            await self._poster.directly(message.user, card(answer, thread=message.thread), why)

    async def _later(self, taken: Delivery, error: Exception) -> None:
        """Leaves a delivery for when Slack can be reached again; whoever takes it looks first whether it was answered."""
        wait = WAITS[min(taken.attempts, len(WAITS)) - 1]
        if is_refused_token(error):
            log.critical("Slack refuses SLACK_BOT_TOKEN: %s. Install the app again and set its new token.", reason(error))
        log.error("%s waits for %s: %s", taken.key, wait, detail(error))
        await self._store.deliveries.give_back(taken, wait)

    async def _apologise(self, taken: Delivery, heard: Heard, words: str) -> None:
        """Ends a delivery with an error that the asker sees; where nothing can be said for a day, in the log alone."""
        error_id = new_id()
        log.error("error id %s for %s: %s", error_id, taken.key, words)
        text = Card([], f"{words} Error id: {error_id}")
        private = replace(heard.reply, user=heard.message.user)
        for reply in (heard.reply, private):
            try:
                await self._poster.post(reply, text, key=heard.message.delivery, placeholder=taken.held)
                await self._store.deliveries.done(taken.key)
                return
            except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
                log.error("error id %s was not shown: %s", error_id, detail(error))
        if taken.age > GIVE_UP:
            log.critical("error id %s: %s is given up, its asker could not be told", error_id, taken.key)
            await self._store.deliveries.done(taken.key)
            return
        await self._store.deliveries.give_back(taken, WAITS[-1])

    def _progress(self, heard: Heard) -> Progress:
        return Progress(self._client, self._poster, heard, self._status, self._store.deliveries.hold)

    async def _tell_place(self, heard: Heard) -> None:
        """Tells who has to wait how many are before, for as long as it lasts; the turn goes on with what was shown."""
        key, pause = heard.message.delivery, NOTICE_SECONDS
        progress = self._in_line[key] = self._progress(heard)
        try:
            while key in self._in_line:
                await asyncio.sleep(pause)
                ahead = await self._store.deliveries.ahead(key)
                if ahead is None or key not in self._in_line:
                    return
                if ahead and (pause == NOTICE_SECONDS or not heard.reply.user):
                    progress.tell(in_line(ahead))
                pause = AGAIN_SECONDS
        finally:
            self._in_line.pop(key, None)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            try:
                await self._store.prune()
            except Exception:
                log.exception("what is old was not removed")
