"""The bot as an MLflow agent, so that Databricks can serve and evaluate it: the Responses API in and out."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from mlflow.pyfunc.model import ResponsesAgent
from mlflow.types.responses import ResponsesAgentRequest, ResponsesAgentResponse, ResponsesAgentStreamEvent

from adapters.terminal import render
from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import read_settings
from bot.store import Store
from bot.turns import published

Found = TypeVar("Found")


def read(request: ResponsesAgentRequest) -> Message:
    """The last thing that the user said; a conversation's id makes it a follow-up, `custom_inputs` may name a time zone."""
    context, more = request.context, request.custom_inputs or {}
    conversation = context.conversation_id if context else None
    said = [item for item in map(_plain, request.input) if item.get("role") == "user"]
    return Message(
        platform="web",
        delivery="",
        text=_text(said[-1].get("content")) if said else "",
        thread=conversation or "",
        user=(context.user_id if context else None) or "",
        tz=str(more.get("tz") or read_settings().tz),
    )


def card(answer: Answer) -> dict[str, Any]:
    """One message of text; the answer with its evidence, as `ask --json` prints it, in `custom_outputs`."""
    said = {"type": "output_text", "text": render(answer), "annotations": []}
    item = {"type": "message", "id": answer.id, "role": "assistant", "status": "completed", "content": [said]}
    return {"output": [item], "custom_outputs": published(answer)}


class HealthMonitorAgent(ResponsesAgent):
    """Opens the warehouse at the first question, by the settings of the environment, and keeps it open."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._held = AsyncExitStack()  # what is open goes when this is forgotten
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bot: Service | None = None

    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:  # type: ignore[override]  # as MLflow has it
        bot, loop = self._opened()
        return ResponsesAgentResponse(**card(_in(loop, bot.answer(read(request)))))

    def predict_stream(  # type: ignore[override]
        self, request: ResponsesAgentRequest
    ) -> Generator[ResponsesAgentStreamEvent, None, None]:
        response = self.predict(request)
        for item in response.output:
            done: dict[str, Any] = {
                "type": "response.output_item.done",
                "item": item.model_dump(),
                "custom_outputs": response.custom_outputs,
            }
            yield ResponsesAgentStreamEvent(**done)

    def _opened(self) -> tuple[Service, asyncio.AbstractEventLoop]:
        with self._opening:
            if self._bot is None or self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="health-monitor", daemon=True).start()
                self._bot = _in(self._loop, _open(self._held))
            return self._bot, self._loop


async def _open(held: AsyncExitStack) -> Service:
    """A service with conversations in memory: another replica, or this one tomorrow, does not know them."""
    settings = read_settings()
    settings.cache.mkdir(parents=True, exist_ok=True)
    turns = Store("sqlite://")
    await turns.open()
    return await held.enter_async_context(service(settings, turns=turns))


def _in(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Found]) -> Found:
    return asyncio.run_coroutine_threadsafe(work, loop).result()


def _plain(item: Any) -> dict[str, Any]:
    return item if isinstance(item, dict) else dict(item.model_dump())


def _text(content: Any) -> str:
    """The text of a message, which is a string or a list of parts."""
    if isinstance(content, list):
        return " ".join(str(_plain(part).get("text") or "") for part in content).strip()
    return str(content or "")
