"""Who answers what is asked in a chat."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from agents.answer import Answer
from bot.message import Message


class Asked(Protocol):
    """The part of bot.service.Service that a shell needs."""

    async def answer(self, message: Message, *, progress: Callable[[str], Awaitable[None]] | None = None) -> Answer: ...

    async def evidence(self, answer_id: str) -> Answer | None: ...
