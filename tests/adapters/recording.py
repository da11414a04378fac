"""A service with a list inside: it remembers what it was asked and answers what it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from agents.answer import Answer
from bot.message import Message
from bot.store import Store
from tests.adapters import samples


class RecordingService:
    """Answers every message with `reply`, under a new id.

    `seconds` by text says how long it computes; nothing is finished while `gate` is closed.
    """

    def __init__(self, reply: Callable[[], Answer] = samples.spike_in_words, store: Store | None = None) -> None:
        self.reply = reply
        self.asked: list[Message] = []
        self.finished: list[str] = []
        self.seconds: dict[str, float] = {}
        self.pause = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing = False
        self._answers: dict[str, Answer] = {}
        self._store = store

    async def answer(self, message: Message, *, progress: Callable[[str], Awaitable[None]] | None = None) -> Answer:
        self.asked.append(message)
        if progress:
            await progress("asking the warehouse")
        await asyncio.sleep(self.seconds.get(message.text, self.pause))
        await self.gate.wait()
        if self.failing:
            raise RuntimeError("the service broke its promise")
        answer = replace(self.reply(), id=f"answer{len(self._answers):02d}")
        self._answers[answer.id] = answer
        if self._store:
            turn = {"headline": answer.headline, "said": message.text}
            await self._store.save_turn(message.conversation, answer.id, turn, delivery=message.delivery)
        self.finished.append(message.text)
        return answer

    async def evidence(self, answer_id: str) -> Answer | None:
        return self._answers.get(answer_id)
