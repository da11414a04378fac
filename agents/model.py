"""The language model behind Databricks model serving: bounded in time and tokens, with a fallback, and never needed."""

import asyncio
import logging
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, TypeVar

from pydantic import BaseModel

from agents.trace import Trace, untraced

log = logging.getLogger(__name__)
Shape = TypeVar("Shape", bound=BaseModel)
LETTERS_PER_TOKEN = 4  # of English text, about: what a prompt will count before it is counted


class ModelError(Exception):
    """The model gave nothing that can be used; `reason` is one short word for the reader of the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` for all that one step asks, fallback included, `question_seconds` for all steps of a question and what lies
    between them; tokens of prompts and replies together."""

    seconds: float = 2.5
    question_seconds: float = 10.0
    question_tokens: int = 20_000
    thread_tokens: int = 100_000
    day_tokens: int = 2_000_000
    failures: int = 3  # in a row, then the endpoint rests
    rest_seconds: float = 60.0


@dataclass(slots=True)
class Endpoint:
    """A serving endpoint and how it has fared; `chat` is a LangChain chat model."""

    name: str
    chat: Any
    failures: int = 0
    resting_until: float = 0.0

    def failed(self, limits: Limits, now: float) -> None:
        self.failures += 1
        if self.failures >= limits.failures:
            self.resting_until = now + limits.rest_seconds
            log.warning("model endpoint=%s rests after %d failures", self.name, self.failures)

    def answered(self) -> None:
        self.failures, self.resting_until = 0, 0.0


@dataclass(slots=True)
class Use:
    """What one question may still spend, and what it spent; `until` is the moment (monotonic) after which it asks no more."""

    thread: str = ""
    until: float = math.inf
    tokens: int = 0
    calls: int = 0


@dataclass(slots=True)
class _Spent:
    """Tokens of a UTC day, of all and of each thread."""

    day: str = ""
    all: int = 0
    threads: Counter[str] = field(default_factory=Counter)

    def on(self, day: str) -> "_Spent":
        if day != self.day:
            self.day, self.all = day, 0
            self.threads.clear()
        return self


class Model:
    """Endpoints in the order they are tried. `load` builds their chat models, in a thread, since it imports for seconds."""

    def __init__(
        self,
        load: Callable[[], Sequence[Endpoint]],
        limits: Limits | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        trace: Trace = untraced,
    ) -> None:
        self.limits = limits or Limits()
        self._load = load
        self._clock = clock
        self._monotonic = monotonic
        self._trace = trace
        self._endpoints: tuple[Endpoint, ...] = ()
        self._loading: asyncio.Task[None] | None = None
        self._spent = _Spent()
        self.calls: deque[tuple[str, str, int, float]] = deque(maxlen=1_000)  # endpoint, outcome, tokens, milliseconds

    def warm_up(self) -> asyncio.Task[None]:
        """Begin to load, off the path of any question; questions until then have their written answers."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._warm())
        return self._loading

    async def _warm(self) -> None:
        try:
            self._endpoints = tuple(await asyncio.to_thread(self._load))
        except Exception:  # a library or a setting: the bot goes on without its model
            log.exception("the model cannot be loaded")

    @property
    def chat(self) -> Any:
        """The chat model that is asked first; raises ModelError where none is loaded."""
        if not self._endpoints:
            raise ModelError("not loaded")
        return self._endpoints[0].chat

    def use(self, thread: str) -> Use:
        """What a question that begins now may spend."""
        return Use(thread, self._monotonic() + self.limits.question_seconds)

    async def ask(self, shape: type[Shape], system: str, data: str, use: Use, *, seconds: float = 0.0) -> Shape:
        """A reply in a shape; raises ModelError for whatever keeps it from being one."""

        async def structured(chat: Any) -> tuple[Shape, int]:
            told = await chat.with_structured_output(shape, include_raw=True).ainvoke([("system", system), ("user", data)])
            if not isinstance(told["parsed"], shape):
                raise ModelError("unreadable reply")
            return told["parsed"], tokens_of([told["raw"]])

        told: Shape = await self.run(structured, use, len(system) + len(data), seconds=seconds)
        return told

    async def run(
        self, call: Callable[[Any], Awaitable[tuple[Any, int]]], use: Use, letters: int, *, seconds: float = 0.0
    ) -> Any:
        """What `call` makes of the first endpoint that serves it, within the limits."""
        self._afford(use, letters)
        standing = [each for each in self._endpoints if each.resting_until <= self._monotonic()]
        if not standing:
            raise ModelError("unavailable" if self._endpoints else "not loaded")
        until = min(self._monotonic() + (seconds or self.limits.seconds), use.until)
        reason = "unavailable" if until > self._monotonic() else "out of time"
        for at, endpoint in enumerate(standing):
            left = until - self._monotonic()
            if left <= 0.05:
                break
            last = at == len(standing) - 1
            try:
                return await self._try(endpoint, call, use, left if last else left * 0.6)
            except ModelError as error:
                reason = error.reason
        raise ModelError(reason)

    async def _try(self, endpoint: Endpoint, call: Callable[[Any], Awaitable[tuple[Any, int]]], use: Use, left: float) -> Any:
        with self._trace("model", endpoint.name) as span:
            before = use.tokens
            try:
                return await self._call(endpoint, call, use, left)
            finally:
                span.note(tokens=use.tokens - before, calls=use.calls)

    async def _call(self, endpoint: Endpoint, call: Callable[[Any], Awaitable[tuple[Any, int]]], use: Use, left: float) -> Any:
        started = self._monotonic()
        tokens, outcome = 0, "ok"
        use.calls += 1
        try:
            value, tokens = await asyncio.wait_for(call(endpoint.chat), left)
            endpoint.answered()
            return value
        except asyncio.CancelledError:
            raise
        except Exception as error:
            outcome = _reason(error)
            endpoint.failed(self.limits, self._monotonic())
            log.info("model endpoint=%s %s: %.200s", endpoint.name, outcome, type(error).__name__)
            raise ModelError(outcome) from error
        finally:
            self._spend(use, tokens)
            self.calls.append((endpoint.name, outcome, tokens, (self._monotonic() - started) * 1000))

    def _afford(self, use: Use, letters: int) -> None:
        spent = self._spent.on(f"{self._clock():%Y-%m-%d}")
        wanted = letters // LETTERS_PER_TOKEN
        if use.tokens + wanted > self.limits.question_tokens:
            raise ModelError("too long")
        if spent.all + wanted > self.limits.day_tokens or spent.threads[use.thread] + wanted > self.limits.thread_tokens:
            raise ModelError("over its budget")

    def _spend(self, use: Use, tokens: int) -> None:
        spent = self._spent.on(f"{self._clock():%Y-%m-%d}")
        use.tokens += tokens
        spent.all += tokens
        if use.thread:
            spent.threads[use.thread] += tokens


def tokens_of(messages: Sequence[Any]) -> int:
    """Tokens that replies say they took."""
    return sum(int((getattr(each, "usage_metadata", None) or {}).get("total_tokens", 0)) for each in messages)


def _reason(error: Exception) -> str:
    if isinstance(error, ModelError):
        return error.reason
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return "too slow"
    return "busy" if getattr(error, "status_code", 0) == 429 else "unavailable"


def databricks_chat(names: Sequence[str], *, seconds: float, max_tokens: int) -> Sequence[Endpoint]:
    """Endpoints by name, through the workspace that the environment names; imports databricks-langchain, and what an open
    question needs, so that no question waits for it."""
    from databricks_langchain import ChatDatabricks

    import_module("langchain.agents.middleware")

    return [
        Endpoint(name, ChatDatabricks(model=name, temperature=0.0, max_tokens=max_tokens, timeout=seconds, max_retries=0))
        for name in names
    ]
