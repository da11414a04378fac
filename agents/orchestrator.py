"""From a question to one answer: clarify, decline or help, or ask the specialists and put together what they found."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from agents.answer import Answer
from agents.joining import join, overview
from agents.question import Agent, Question
from agents.specialist import OVERVIEW, Investigation, Sources, Specialist
from tools.errors import BadRequestError, HealthMonitorError, OperatorError, UnknownNameError, new_id
from tools.period import Period

DEADLINE_SECONDS = 8.0
OVERVIEW_DASHBOARD = "Health Overview"
Looking = Callable[[Specialist, Question, Sources], Awaitable[Answer | None]]
log = logging.getLogger(__name__)


class Orchestrator:
    """Routes a question to its specialists; what fails becomes a sentence, never the end of the answer."""

    def __init__(self, specialists: tuple[Specialist, ...], *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._specialists: Mapping[Agent, Specialist] = {s.name: s for s in specialists}
        self._deadline = deadline_seconds

    async def answer(self, question: Question, sources: Sources) -> Answer:
        """Never raises for what a question or the data can do; an error is an answer with an id."""
        started = time.perf_counter()
        answer = await self._answer(question, sources)
        return replace(answer, id=answer.id or new_id(), seconds=round(time.perf_counter() - started, 3))

    async def look(self, name: Agent, question: Question, sources: Sources, looking: Looking) -> Answer | None:
        """What one specialist finds by looking freely; None where it finds nothing or must not look."""
        started = time.perf_counter()
        try:
            _check(question)
        except HealthMonitorError:
            return None
        if name not in self._specialists:
            return None
        with sources.trace("specialist", name):
            found = await looking(self._specialists[name], question, sources)
        return replace(found, id=new_id(), seconds=round(time.perf_counter() - started, 3)) if found else None

    async def _answer(self, question: Question, sources: Sources) -> Answer:
        if question.action == "help":
            return self._help(question)
        if question.action != "answer":
            return Answer(question=question, headline=question.reason, followups=() if question.choices else EXAMPLES)
        try:
            _check(question)
        except HealthMonitorError as error:
            return failure(question, error)
        asked = [self._specialists[name] for name in question.agents if name in self._specialists]
        absent = [name for name in question.agents if name not in self._specialists]
        if not asked:
            return self._nobody(question, absent)
        sources = replace(sources, dashboards=sources.dashboards.showing(question.entities.workspaces))
        question = await self._focused(asked, question, sources)
        told = await asyncio.gather(*(self._ask(one, question, sources) for one in asked))
        answers = [answer for answers in told for answer in answers]
        if OVERVIEW in question.topics:
            return _linked(
                overview(question, answers), OVERVIEW_DASHBOARD, question.period or answers[0].question.period, sources
            )
        joined = answers[0] if len(answers) == 1 else join(question, answers)
        gaps = tuple(f"{name.title()} questions have no specialist yet." for name in absent)
        return replace(joined, partial=(*joined.partial, *gaps))

    async def _focused(self, asked: list[Specialist], question: Question, sources: Sources) -> Question:
        """Several specialists who are asked about no period speak of the one that the question is about all the same."""
        if question.period or len(asked) < 2 or OVERVIEW in question.topics:
            return question
        finds = next((one.focus[topic] for one in asked for topic in one.topics(question) if topic in one.focus), None)
        if finds is None:
            return question
        try:
            return replace(question, period=await asyncio.wait_for(finds(question, sources), self._deadline))
        except (HealthMonitorError, TimeoutError) as error:  # its specialist will say so
            log.info("no focus: %s", error)
            return question

    async def _ask(self, specialist: Specialist, question: Question, sources: Sources) -> list[Answer]:
        """What a specialist says to each topic that it was asked about, side by side."""
        investigations = specialist.investigations_for(question)
        if not investigations:
            return [_not_covered(specialist, question)]
        return await asyncio.gather(*(self._investigate(each, specialist, question, sources) for each in investigations))

    async def _investigate(
        self, investigation: Investigation, specialist: Specialist, question: Question, sources: Sources
    ) -> Answer:
        try:
            with sources.trace("specialist", specialist.name) as span:
                span.note(topics=",".join(specialist.topics(question)))
                answer = await asyncio.wait_for(investigation(question, sources), self._deadline)
                return _linked(answer, specialist.dashboard, answer.question.period, sources)
        except HealthMonitorError as error:
            log.warning(
                "specialist=%s error=%s id=%s: %s",
                specialist.name,
                error.code,
                error.id,
                error.what,
                exc_info=error if isinstance(error, OperatorError) else None,
            )
            return replace(failure(question, error), agents=(specialist.name,))
        except TimeoutError:
            late = OperatorError(
                f"The {specialist.title} specialist did not finish in {self._deadline:.0f} seconds.",
                do="Ask for a shorter period, or try again later.",
            )
            log.warning("specialist=%s timeout id=%s", specialist.name, late.id)
            return replace(failure(question, late), agents=(specialist.name,))
        except Exception as error:  # the last line of defence: nobody is left without a reply
            fault = OperatorError(f"The {specialist.title} specialist failed.", do="The log has the details under this id.")
            log.exception("specialist=%s fault id=%s", specialist.name, fault.id, exc_info=error)
            return replace(failure(question, fault), agents=(specialist.name,))

    def _help(self, question: Question) -> Answer:
        titles = ", ".join(s.title for s in self._specialists.values())
        return Answer(
            question=question,
            headline="I answer questions about this Databricks account from its system tables, with the evidence.",
            summary=f"Specialists: {titles}. Ask in plain words, name a period if you like, and follow up in the thread.",
            followups=EXAMPLES,
        )

    def _nobody(self, question: Question, absent: list[Agent]) -> Answer:
        what = " and ".join(absent) or "this"
        have = ", ".join(s.title.lower() for s in self._specialists.values())
        return Answer(
            question=question,
            agents=(),
            headline=f"I understood a question about {what}, for which there is no specialist yet.",
            summary=f"I can answer questions about {have}.",
            followups=EXAMPLES,
        )


EXAMPLES = (
    "Why did our costs spike last Tuesday?",
    "What were the top 10 cost contributors last week?",
    "Are we within budget this month?",
)


def failure(question: Question, error: HealthMonitorError) -> Answer:
    """An error as an answer: what was wrong, what to do, the id that the log has too."""
    return Answer(
        question=question,
        headline=error.what,
        summary=error.do,
        error_id=error.id,
        followups=tuple(error.choices[:2]) if error.code != "unknown-name" else (),
    )


def _linked(answer: Answer, dashboard: str, period: Period | None, sources: Sources) -> Answer:
    """The answer with a dashboard's address first, where there is one."""
    return replace(answer, links=(*sources.dashboard(dashboard, period), *answer.links)) if dashboard and period else answer


def _not_covered(specialist: Specialist, question: Question) -> Answer:
    """Better no answer than one to another question."""
    topic = specialist.topics(question)[0]
    have = ", ".join(specialist.investigations)
    return Answer(
        question=question,
        headline=f"I understood a question about {specialist.title.lower()}: {topic}, which I cannot answer yet.",
        summary=f"Of {specialist.title.lower()} I can answer: {have}.",
        agents=(specialist.name,),
        followups=EXAMPLES,
    )


# What may be asked about a time that has not come yet.
OUTLOOKS = frozenset({"cost.forecast", "cost.budget", "cost.commitment", "performance.forecast", "reliability.risk"})


def _check(question: Question) -> None:
    if question.ahead and not OUTLOOKS & set(question.topics):
        raise BadRequestError(
            "That lies in the future, and I know what has happened up to now.",
            do="Name a past day or period, or ask for a forecast.",
        )
    for kind, name in question.entities.unknown:
        raise UnknownNameError(kind, name)
    for word, choices in question.entities.unsure:
        raise UnknownNameError("name", word, choices)
