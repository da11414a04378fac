"""Message in, answer out, top to bottom: read the thread, understand, ask the specialists, remember."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from agents.answer import Answer
from agents.loop import look_into
from agents.mentions import named
from agents.model import Model, Use
from agents.orchestrator import Orchestrator, failure
from agents.question import Asker, Entities, Question
from agents.scope import in_default_workspace
from agents.settling import Settled, settle
from agents.specialist import Progress, Sources, silent
from agents.understand import Understanding
from agents.wording import word
from bot.message import Message
from bot.threads import Threads
from bot.vocabulary import Vocabulary
from tools.errors import BadRequestError, HealthMonitorError, OperatorError, new_id
from tools.names import Names
from tools.warehouse import Warehouse

LONGEST = 4_000
KINDS = {
    kind: f"{kind}s"
    for kind in ("workspace", "job", "pipeline", "user", "table", "model", "endpoint", "warehouse", "cluster", "sku", "product")
}
NAMES_KEEP = timedelta(hours=1)
log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """The application behind every adapter."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        sources: Sources,
        threads: Threads,
        vocabulary: Vocabulary,
        *,
        model: Model | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._orchestrator = orchestrator
        self._sources = sources
        self._threads = threads
        self._vocabulary = vocabulary
        self._model = model
        self._clock = clock
        self._understanding: Understanding | None = None
        self._names = Names()
        self._read_at = datetime.min.replace(tzinfo=UTC)
        self._reading = asyncio.Lock()

    async def answer(self, message: Message, *, progress: Progress | None = None) -> Answer:
        """Never raises: whatever happens ends in an answer, an error among them with its id."""
        with self._sources.trace("orchestrator", message.platform) as span:
            answer = await self._answer(message, progress)
            span.note(id=answer.id, error=answer.error_id, action=answer.question.action, agents=",".join(answer.agents))
        log.info(
            "answered id=%s error=%s agents=%s seconds=%s", answer.id, answer.error_id, ",".join(answer.agents), answer.seconds
        )
        return answer

    async def _answer(self, message: Message, progress: Progress | None) -> Answer:
        asked = Question(text=message.text, asker=Asker(message.email, message.tz), now=self._clock())
        try:
            _check(message.text)
            if again := await self._threads.answered(message):
                return again
            thread = "/".join(message.conversation) if message.thread else ""
            use = self._model.use(thread) if self._model else Use(thread)
            settled = await self._understand(message, asked, use)
            answer = no_newer_than_read(await self._found(settled, replace(self._sources, progress=progress or silent), use))
            if self._model:
                answer = await word(answer, self._model, use)
            await self._threads.remember(message, answer)
        except HealthMonitorError as error:
            log.warning("error=%s id=%s: %s", error.code, error.id, error.what)
            answer = replace(failure(asked, error), id=new_id())
        except Exception as error:  # the last line of defence: nobody is left without a reply
            fault = OperatorError("Something went wrong on our side.", do="The log has the details under this id.")
            log.exception("fault id=%s", fault.id, exc_info=error)
            answer = replace(failure(asked, fault), id=new_id())
        return answer

    async def evidence(self, answer_id: str) -> Answer | None:
        """An earlier answer, to show its work."""
        return await self._threads.answer(answer_id)

    @property
    def warehouse(self) -> Warehouse:
        return self._sources.warehouse

    async def understanding(self) -> Understanding:
        """What reads questions, with the account's names as of at most an hour ago."""
        async with self._reading:
            now = self._clock()
            if self._understanding is None or now - self._read_at > NAMES_KEEP:
                budgets = tuple(budget.name for budget in self._sources.budgets)
                names = await self._vocabulary.names(now)
                self._understanding = await asyncio.to_thread(Understanding, names, budgets=budgets)
                self._names = names
                self._read_at = now
            return self._understanding

    async def suggest(self, kind: str, typed: str) -> list[str]:
        """The account's names of a kind, such as workspace, that hold what was typed; those that begin with it first."""
        await self.understanding()
        typed = typed.strip().lower()
        names: tuple[str, ...] = getattr(self._names, KINDS[kind]) if kind in KINDS else ()
        found = [name for name in names if typed in name.lower()]
        return sorted(found, key=lambda name: (not name.lower().startswith(typed), name.lower()))

    async def _found(self, settled: Settled, sources: Sources, use: Use) -> Answer:
        """What the specialists find; of an open question what its specialist's tools say, where the model reaches any."""
        if self._model and settled.open_to:
            looking = partial(look_into, model=self._model, use=use)
            if found := await self._orchestrator.look(settled.open_to, settled.question, sources, looking):
                return found
        return await self._orchestrator.answer(settled.question, sources)

    async def _understand(self, message: Message, asked: Question, use: Use) -> Settled:
        understanding, prior = await asyncio.gather(self.understanding(), self._threads.prior(message))

        def understand(text: str) -> Question:
            return understanding.understand(
                text,
                now=asked.now,
                asker=asked.asker,
                prior=prior.question if prior else None,
                found=named(prior) if prior else Entities(),
                mentions=message.mentions,
            )

        settled = Settled(understand(message.text))
        if self._model:
            settled = await settle(settled.question, self._model, use, understand)
        before = prior.question if prior else None
        return replace(
            settled, question=in_default_workspace(settled.question, message.workspace, self._names.workspaces, before)
        )


def no_newer_than_read(answer: Answer) -> Answer:
    """Rows from the cache cannot know what came after they were read, whatever the tables hold by now."""
    read = [receipt.cached_at for receipt in answer.evidence if receipt.cached_at]
    return replace(answer, as_of=min(answer.as_of, *read)) if answer.as_of and read else answer


def _check(text: str) -> None:
    if not text.strip():
        raise BadRequestError("That message has no text.", do="Ask, for example: Why did our costs spike last Tuesday?")
    if len(text) > LONGEST:
        raise BadRequestError(
            f"That message has {len(text):,} characters; I read at most {LONGEST:,}.",
            do="Ask one question in a few sentences.",
        )
