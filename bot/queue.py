"""Takes deliveries whose turn it is and works on them beside each other, within bounds, while it keeps their leases."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from bot.deliveries import Deliveries
from bot.delivery import Delivery
from tools.errors import new_id

Work = Callable[[Delivery], Awaitable[None]]
log = logging.getLogger(__name__)
LOOK_SECONDS = 5.0
PARALLEL = 16
RETRY = timedelta(seconds=30)


class Queue:
    """Works on at most `parallel` deliveries of a platform at once.

    It looks for more whenever it is woken or has finished one, and every `look_seconds` for what others left.
    Work that raises is tried again later.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        platform: str,
        work: Work,
        *,
        parallel: int = PARALLEL,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{new_id()}"
        self._deliveries = deliveries
        self._platform = platform
        self._work = work
        self._parallel = parallel
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []

    @property
    def is_busy(self) -> bool:
        return len(self._working) >= self._parallel

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._look()), asyncio.create_task(self._keep())]

    def wake(self) -> None:
        """Says that there may be something to take."""
        self._woken.set()

    async def stop(self, seconds: float) -> None:
        """Takes no more, waits for what runs, and gives the rest back for others to take."""
        look, keep = self._loops
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)
        left = [*self._working, keep]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        try:
            await self._deliveries.release(self.owner)
        except Exception:
            log.exception("what runs was not given back; it is free when its lease ends")

    async def _look(self) -> None:
        while True:
            self._woken.clear()
            try:
                if room := self._parallel - len(self._working):
                    for delivery in await self._deliveries.take(self._platform, self.owner, room):
                        task = asyncio.create_task(self._run(delivery))
                        self._working.add(task)
                        task.add_done_callback(self._finished)
            except Exception:
                log.exception("the store did not say what is waiting")
                await asyncio.sleep(1)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._woken.wait()

    async def _keep(self) -> None:
        """Renews the leases often enough that three failures in a row do not cost them."""
        while True:
            await asyncio.sleep(self._deliveries.lease.total_seconds() / 4)
            try:
                await self._deliveries.renew(self.owner)
            except Exception:
                log.exception("the leases were not renewed")

    async def _run(self, delivery: Delivery) -> None:
        try:
            await self._work(delivery)
        except Exception:
            log.exception("%s is tried again in %s", delivery.key, RETRY)
            await self._deliveries.give_back(delivery, RETRY)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery was not given back", exc_info=error)
