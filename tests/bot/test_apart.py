"""A service on a loop of its own: asked from another, told back to it, given up with it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot.apart import apart
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import Settings

Opening = Callable[[], AbstractAsyncContextManager[Service]]


@pytest.fixture
def opened(sample_file: Path, now: datetime) -> Opening:
    return lambda: service(Settings(), now=now)


async def test_an_answer_is_computed_elsewhere_and_its_progress_is_told_here(
    opened: Callable[[], AbstractAsyncContextManager[Service]],
) -> None:
    here, told = threading.get_ident(), []

    async def progress(text: str) -> None:
        told.append((threading.get_ident(), text))

    async with apart(opened) as bot:
        answer = await bot.answer(Message("shell", "", "What did we spend yesterday?"), progress=progress)
        there = await bot.run(_thread)
    assert not answer.error_id and answer.evidence
    assert told and {thread for thread, _ in told} == {here} and there != here


async def test_giving_up_here_gives_up_there(opened: Opening) -> None:
    ended = threading.Event()

    async def endless(_: Service) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with apart(opened) as bot:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await bot.run(endless)
        assert await asyncio.to_thread(ended.wait, 5)


async def test_what_cannot_be_opened_is_an_error_here() -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[Service]:
        raise ValueError("no such warehouse")
        yield

    with pytest.raises(ValueError, match="no such warehouse"):
        async with apart(broken):
            pass
    assert not [each for each in threading.enumerate() if each.name == "answers"]


async def _thread(_: Service) -> int:
    return threading.get_ident()
