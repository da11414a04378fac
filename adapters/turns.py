"""Deliveries turned into answers: written down, queued, worked off in order, and never left without a visible end."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from adapters.aside import Aside
from adapters.asked import Asked
from adapters.notices import refusal
from adapters.pruning import prune
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
NOTICE_SECONDS, AGAIN_SECONDS = 1.0, 10.0


class Heard(Protocol):
    """A message, and with it where its answer goes."""

    @property
    def message(self) -> Message: ...

    @property
    def said(self) -> datetime | None: ...

    def packed(self) -> dict[str, Any]: ...


class Progress(Protocol):
    """What the asker sees of one turn until its answer comes."""

    def adopt(self, placeholder: str) -> None: ...

    def wait(self, ahead: int, *, behind: bool) -> None: ...

    def start(self) -> None: ...

    async def say(self, text: str) -> None: ...

    async def settle(self) -> None: ...

    async def clear(self) -> None: ...


H = TypeVar("H", bound=Heard)
P = TypeVar("P", bound=Progress)


class Turns(ABC, Generic[H, P]):
    """The turns of one platform, which says how it shows, posts and fails; `P` is what it shows meanwhile."""

    def __init__(
        self,
        platform: str,
        service: Asked,
        store: Store,
        unpacked: Callable[[Mapping[str, Any]], H],
        *,
        limits: Limits | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        self._service = service
        self._store = store
        self._unpacked = unpacked
        self._limits = limits or Limits()
        self._queue = Queue(store.deliveries, platform, self._work, parallel=parallel)
        self._in_line: dict[str, P] = {}
        self._aside = Aside()

    @abstractmethod
    def _progress(self, heard: H) -> P: ...

    @abstractmethod
    async def _introduce(self, heard: H) -> Message:
        """The message with who its asker is."""

    @abstractmethod
    async def _post(self, heard: H, answer: Answer, progress: P) -> None:
        """Puts the answer where its progress, which has settled, was shown."""

    @abstractmethod
    async def _say(self, heard: H, words: str, progress: P) -> None:
        """Says in place of an answer why there is none."""

    @abstractmethod
    async def _tell(self, heard: H, words: str) -> None:
        """Tells the asker something beside the turns."""

    @abstractmethod
    def _passes_by_itself(self, error: Exception) -> bool:
        """Whether trying again later may help."""

    def _detail(self, error: Exception) -> str:
        return f"{type(error).__name__}: {error}"

    async def is_ours(self, heard: H) -> bool:
        """Whether a thread is one that we were asked in."""
        return await self._store.knows(heard.message.conversation)

    async def take(self, heard: H) -> str:
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
            self._aside.start(self._tell_place(heard, claim.behind))
        self._queue.wake()
        return ""

    def refuse(self, heard: H, words: str) -> None:
        """Tells the asker, beside the turns, why there will be no answer."""
        self._aside.start(self._tell(heard, words))

    def start(self) -> None:
        """Works off what was left unfinished, and what comes."""
        self._queue.start()
        self._aside.start(prune(self._store))

    async def finish(self, seconds: float) -> None:
        await self._queue.stop(seconds)
        await self._aside.finish(0)

    async def _changed(self, key: str, heard: H | None) -> str:
        """An edited question replaces its pending turn, a deleted one ends it: what held its place, to be removed."""
        if heard:
            held, changed = "", await self._store.deliveries.revise(key, heard.packed())
        else:
            cancelled = await self._store.deliveries.cancel(key)
            held, changed = cancelled or "", cancelled is not None
        if changed:
            log.info("%s was %s", key, "edited" if heard else "deleted")
            self._queue.wake()
        return held

    async def _work(self, taken: Delivery) -> None:
        await self._turn(taken, self._unpacked(taken.payload))

    async def _turn(self, taken: Delivery, heard: H) -> None:
        progress = self._in_line.pop(heard.message.delivery, None) or self._progress(heard)
        progress.adopt(taken.held)
        if taken.attempts > ATTEMPTS:
            await self._apologise(taken, heard, progress, f"I tried {ATTEMPTS} times and could not answer this.")
            return
        try:
            stands = await self._answer(taken, heard, progress)
        except Exception as error:
            if self._passes_by_itself(error):
                await self._later(taken, error)
                return
            log.exception("the turn for %s failed: %s", taken.key, self._detail(error))
            await self._apologise(taken, heard, progress, "Something went wrong on my side and your question was not answered.")
        else:
            if stands:
                await self._store.deliveries.done(taken.key)

    async def _answer(self, taken: Delivery, heard: H, progress: P) -> bool:
        """Whether the answer stands now; not if its question was edited or deleted meanwhile."""
        progress.start()
        try:
            message = await self._preferred(await self._introduce(heard))
            answer = await self._service.answer(message, progress=progress.say)
        finally:
            await progress.settle()
        standing = await self._store.deliveries.standing(taken)
        if standing == "held":
            await self._post(heard, answer, progress)
            return True
        log.info("%s is %s: its answer is dropped", taken.key, standing)
        await self._store.deliveries.give_back(taken)
        if standing == "gone":
            await progress.clear()
        return False

    async def _preferred(self, message: Message) -> Message:
        """The message in the zone, and about the workspace, that its asker chose, if they did."""
        chosen = await self._store.preferences(f"{message.team}:{message.user}")
        return replace(message, tz=str(chosen.get("tz") or message.tz), workspace=str(chosen.get("workspace") or ""))

    async def _later(self, taken: Delivery, error: Exception) -> None:
        """Leaves a delivery for when the platform can be reached again."""
        wait = WAITS[min(taken.attempts, len(WAITS)) - 1]
        log.error("%s waits for %s: %s", taken.key, wait, self._detail(error))
        await self._store.deliveries.give_back(taken, wait)

    async def _apologise(self, taken: Delivery, heard: H, progress: P, words: str) -> None:
        """Ends a delivery with an error that the asker sees; where nothing can be said for a day, in the log alone."""
        error_id = new_id()
        log.error("error id %s for %s: %s", error_id, taken.key, words)
        try:
            await self._say(heard, f"{words} Error id: {error_id}", progress)
        except Exception as error:
            log.error("error id %s was not shown: %s", error_id, self._detail(error))
            if taken.age <= GIVE_UP:
                await self._store.deliveries.give_back(taken, WAITS[-1])
                return
            log.critical("error id %s: %s is given up, its asker could not be told", error_id, taken.key)
        await self._store.deliveries.done(taken.key)

    async def _tell_place(self, heard: H, behind: bool) -> None:
        """Tells who has to wait how many are before, for as long as it lasts; the turn goes on with what was shown.

        What waits `behind` another of its own thread gets no message for that: the answer in its place would stand above
        the one before, should that lose its own place to a process that dies.
        """
        key, pause = heard.message.delivery, NOTICE_SECONDS
        progress = self._in_line[key] = self._progress(heard)
        try:
            while key in self._in_line:
                await asyncio.sleep(pause)
                ahead = await self._store.deliveries.ahead(key)
                if ahead is None or key not in self._in_line:
                    return
                if ahead:
                    progress.wait(ahead, behind=behind)
                pause = max(AGAIN_SECONDS, float(ahead))  # a long line is told the less often
        finally:
            self._in_line.pop(key, None)
