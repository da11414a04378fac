"""From a question to one answer: clarify, decline or help, or ask the specialists and put together what they found."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from agents.answer import Answer
from agents.question import Agent, Question
from agents.specialist import Sources, Specialist
from tools.errors import HealthMonitorError, OperatorError, UnknownNameError, new_id

DEADLINE_SECONDS = 8.0
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

    async def _answer(self, question: Question, sources: Sources) -> Answer:
        if question.action == "help":
            return self._help(question)
        if question.action != "answer":
            return Answer(question=question, headline=question.reason, followups=() if question.choices else EXAMPLES)
        try:
            _check_names(question)
        except HealthMonitorError as error:
            return failure(question, error)
        asked = [self._specialists[name] for name in question.agents if name in self._specialists]
        absent = [name for name in question.agents if name not in self._specialists]
        if not asked:
            return self._nobody(question, absent)
        answers = await asyncio.gather(*(self._ask(one, question, sources) for one in asked))
        joined = answers[0] if len(answers) == 1 else _join(question, answers)
        gaps = tuple(f"{name.title()} questions have no specialist yet." for name in absent)
        return replace(joined, partial=(*joined.partial, *gaps))

    async def _ask(self, specialist: Specialist, question: Question, sources: Sources) -> Answer:
        investigation = specialist.investigation(question)
        try:
            return await asyncio.wait_for(investigation(question, sources), self._deadline)
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
            fault = OperatorError(
                f"The {specialist.title} specialist failed.", do="The log has the details under this id."
            )
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


def _check_names(question: Question) -> None:
    for kind, name in question.entities.unknown:
        raise UnknownNameError(kind, name)
    for word, choices in question.entities.unsure:
        raise UnknownNameError("name", word, choices)


def _join(question: Question, answers: list[Answer] | tuple[Answer, ...]) -> Answer:
    """Several specialists' answers as one: each headline kept, everything under one roof."""
    told = [answer for answer in answers if not answer.error_id]
    failed = [answer for answer in answers if answer.error_id]
    main = told[0] if told else answers[0]
    return replace(
        main,
        question=replace(question, period=main.question.period),
        agents=tuple(name for answer in answers for name in answer.agents),
        headline=" ".join(answer.headline for answer in told) or main.headline,
        summary=" ".join(answer.summary for answer in told if answer.summary),
        causes=next((answer.causes for answer in told if answer.causes), ()),
        findings=tuple(finding for answer in told for finding in answer.findings),
        recommendations=tuple(dict.fromkeys(line for answer in told for line in answer.recommendations)),
        tables=tuple(grid for answer in told for grid in answer.tables),
        charts=tuple(chart for answer in told for chart in answer.charts),
        links=tuple(dict.fromkeys(link for answer in told for link in answer.links)),
        followups=tuple(dict.fromkeys(ask for answer in told for ask in answer.followups))[:4],
        evidence=tuple(receipt for answer in answers for receipt in answer.evidence),
        as_of=min((answer.as_of for answer in told if answer.as_of), default=None),
        partial=(
            *(gap for answer in told for gap in answer.partial),
            *(f"{answer.headline} {answer.summary} (error {answer.error_id})" for answer in failed),
        ),
        error_id="" if told else main.error_id,
    )
