"""What a conversation was about: the last turn of a thread, kept in the store."""

from collections.abc import Mapping
from typing import Any, Protocol

from agents.answer import Answer
from bot.message import Message
from bot.turns import answer_of, kept


class Turns(Protocol):
    """The part of the store that threads need."""

    async def save_turn(
        self, conversation: tuple[str, str, str, str], answer_id: str, payload: Mapping[str, Any], *, delivery: str = ""
    ) -> None: ...
    async def last_turn(self, conversation: tuple[str, str, str, str]) -> Mapping[str, Any] | None: ...
    async def turn(self, answer_id: str) -> Mapping[str, Any] | None: ...
    async def turn_of(self, delivery: str) -> Mapping[str, Any] | None: ...


class Threads:
    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def prior(self, message: Message) -> Answer | None:
        """The last answer in the message's thread, with its question; None in a new one, or outside of threads."""
        if not message.thread:
            return None
        turn = await self._turns.last_turn(message.conversation)
        return answer_of(turn) if turn else None

    async def answered(self, message: Message) -> Answer | None:
        """The answer that was computed for this delivery by a process that died before it was shown."""
        turn = await self._turns.turn_of(message.delivery) if message.delivery else None
        return answer_of(turn) if turn and turn.get("said") == message.text else None

    async def remember(self, message: Message, answer: Answer) -> None:
        turn = {**kept(answer), "said": message.text}
        await self._turns.save_turn(message.conversation, answer.id, turn, delivery=message.delivery)

    async def answer(self, answer_id: str) -> Answer | None:
        turn = await self._turns.turn(answer_id)
        return answer_of(turn) if turn else None


class Forgetful:
    """Turns of a shell without `--thread`: there is nothing to come back to."""

    async def save_turn(
        self, conversation: tuple[str, str, str, str], answer_id: str, payload: Mapping[str, Any], *, delivery: str = ""
    ) -> None:
        return None

    async def last_turn(self, conversation: tuple[str, str, str, str]) -> Mapping[str, Any] | None:
        return None

    async def turn(self, answer_id: str) -> Mapping[str, Any] | None:
        return None

    async def turn_of(self, delivery: str) -> Mapping[str, Any] | None:
        return None
