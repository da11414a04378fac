"""Turns in order: one at a time in each conversation, conversations beside each other, within bounds."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

Job = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)


class FullError(Exception):
    """There is no room for one more turn."""


class Lanes:
    """Runs `parallel` turns at once; holds at most `waiting` in all."""

    def __init__(self, *, parallel: int = 16, waiting: int = 1_000) -> None:
        self._running = asyncio.Semaphore(parallel)
        self._waiting = waiting
        self._lanes: dict[Hashable, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._lanes

    def put(self, key: Hashable, job: Job) -> None:
        """Adds a turn to its conversation. Raises FullError."""
        if self._held >= self._waiting:
            raise FullError
        self._held += 1
        lane = self._lanes.setdefault(key, deque())
        lane.append(job)
        if len(lane) == 1:
            self._start(self._run(key, lane))

    def aside(self, work: Awaitable[None]) -> None:
        """Work that belongs to no conversation, such as filling a window."""

        async def guarded() -> None:
            try:
                await work
            except Exception:
                log.exception("work beside the conversations failed")

        self._start(guarded())

    async def finish(self, seconds: float) -> None:
        """Waits for what runs, then drops what is left: the store still knows it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: Hashable, lane: deque[Job]) -> None:
        while lane:
            async with self._running:
                try:
                    await lane[0]()
                except Exception:
                    log.exception("a turn failed without an answer")
            lane.popleft()
            self._held -= 1
        del self._lanes[key]
