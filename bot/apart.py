"""A service on a thread and an event loop of its own: what answers compute holds up no acknowledgement."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

from agents.answer import Answer
from agents.specialist import Progress
from bot.message import Message
from bot.service import Service

Found = TypeVar("Found")
NICE = 10  # of 19: acknowledgements come first when there are more threads than cores


class Apart:
    """What the shells ask of a service, asked across the threads; giving up here gives up there."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop

    async def run(self, work: Callable[[Service], Coroutine[Any, Any, Found]]) -> Found:
        """Runs something on the service's own loop."""
        return await _across(self._loop, work(self._service))

    async def answer(self, message: Message, *, progress: Progress | None = None) -> Answer:
        """As `Service.answer`; `progress` is called on the loop of who asks."""
        told = _called_on(asyncio.get_running_loop(), progress) if progress else None
        return await self.run(lambda service: service.answer(message, progress=told))

    async def evidence(self, answer_id: str) -> Answer | None:
        return await self.run(lambda service: service.evidence(answer_id))

    async def suggest(self, kind: str, typed: str) -> list[str]:
        return await self.run(lambda service: service.suggest(kind, typed))


@asynccontextmanager
async def apart(opened: Callable[[], AbstractAsyncContextManager[Service]]) -> AsyncIterator[Apart]:
    """Opens the service on a loop of its own, and closes it there."""
    loop = asyncio.new_event_loop()

    def work() -> None:
        # On Linux that is this thread and those it starts; where it is not to be had, answers take their equal share.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        loop.run_forever()

    thread = threading.Thread(target=work, name="answers")
    thread.start()
    stack = AsyncExitStack()
    try:
        service = await _across(loop, stack.enter_async_context(opened()))
        try:
            yield Apart(service, loop)
        finally:
            await _across(loop, stack.aclose())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()


async def _across(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Found]) -> Found:
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


def _called_on(loop: asyncio.AbstractEventLoop, progress: Callable[[str], Awaitable[None]]) -> Progress:
    async def said(text: str) -> None:
        await progress(text)

    async def tell(text: str) -> None:
        await _across(loop, said(text))

    return tell
