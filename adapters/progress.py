"""What the asker sees of a turn meanwhile, shown beside the work: failing or waiting to show it never holds the turn up."""

import asyncio
import time
from abc import ABC, abstractmethod
from typing import ClassVar

FIRST = "Looking into it …"


class Showing(ABC):
    """Shows the newest text, one at a time and at most every `between_seconds`, since every way is rate-limited."""

    between_seconds: ClassVar[float]

    def __init__(self) -> None:
        self._next, self._said_at = "", 0.0
        self._task: asyncio.Task[None] | None = None
        self._calling = False

    @abstractmethod
    async def _try(self, text: str) -> None:
        """Shows it now, or logs why not."""

    def tell(self, text: str) -> None:
        self._next = text
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._show_all())

    async def settle(self) -> None:
        """Shows nothing more, so that nothing comes after the answer."""
        self._next = ""
        if self._task and not self._task.done():
            if not self._calling:
                self._task.cancel()
            await asyncio.wait({self._task})

    async def _show_all(self) -> None:
        while self._next:
            since = time.monotonic() - self._said_at
            if self._said_at and since < self.between_seconds:
                await asyncio.sleep(self.between_seconds - since)
            text, self._next = self._next, ""
            self._said_at = time.monotonic()
            self._calling = True
            try:
                await self._try(text)
            finally:
                self._calling = False
