"""Several specialists' answers as one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from agents.answer import Answer, Finding, Severity
from agents.correlation import correlate
from agents.question import Question

Item = TypeVar("Item")
ORDER: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info", "good")
MOST_ADVICE = 3  # of each answer
ATTENTION: frozenset[Severity] = frozenset(("critical", "high", "medium"))
NAMES = {
    "cost": "Cost", "security": "Security", "performance": "Performance", "reliability": "Reliability",
    "quality": "Data quality", "mlops": "ML Ops",
}  # fmt: skip


def join(question: Question, answers: Sequence[Answer]) -> Answer:
    """Each headline kept, everything under one roof, and what the answers say together on top."""
    told = [answer for answer in answers if not answer.error_id]
    main = told[0] if told else answers[0]
    together = correlate(told)
    said = together[0].text if together else ""
    return replace(
        main,
        question=replace(question, period=main.question.period),
        agents=_each(agent for answer in answers for agent in answer.agents),
        headline=" ".join(answer.headline for answer in told) or main.headline,
        summary=" ".join([*(found.text for found in together[:1]), *(answer.summary for answer in told if answer.summary)]),
        causes=next((answer.causes for answer in told if answer.causes), ()),
        counterfactuals=tuple(what for answer in told for what in answer.counterfactuals),
        findings=(*together[1:], *(found for answer in told for found in answer.findings if found.text not in said)),
        recommendations=_each(line for answer in told for line in answer.recommendations[:MOST_ADVICE]),
        tables=tuple(grid for answer in told for grid in answer.tables),
        charts=tuple(chart for answer in told for chart in answer.charts),
        links=_each(link for answer in told for link in answer.links),
        followups=_each(ask for answer in told for ask in answer.followups)[:4],
        evidence=tuple(receipt for answer in answers for receipt in answer.evidence),
        as_of=_oldest(told),
        baseline="; ".join(_each(answer.baseline for answer in told if answer.baseline)),
        partial=(*(gap for answer in told for gap in answer.partial), *map(gap, _failed(answers))),
        error_id="" if told else main.error_id,
    )


def overview(question: Question, answers: Sequence[Answer]) -> Answer:
    """A health line from each specialist, what needs attention first."""
    told = [answer for answer in answers if not answer.error_id]
    lines = sorted((_line(answer) for answer in told), key=lambda found: ORDER.index(found.severity))
    urgent = [found for found in lines if found.severity in ATTENTION]
    names = ", ".join(NAMES.get(found.agent, found.agent) for found in urgent)
    headline = f"{len(urgent)} of {len(lines)} areas need attention: {names}." if urgent else f"All {len(lines)} areas are fine."
    return Answer(
        question=question,
        agents=_each(agent for answer in answers for agent in answer.agents),
        headline=headline if told else "No specialist could answer.",
        findings=tuple(lines),
        recommendations=_each(line for answer in told if _worst(answer) in ATTENTION for line in answer.recommendations[:1]),
        links=_each(link for answer in told for link in answer.links)[:6],
        followups=_each(answer.followups[0] for answer in told if answer.followups and _worst(answer) in ATTENTION)[:4],
        evidence=tuple(receipt for answer in answers for receipt in answer.evidence),
        as_of=_oldest(told),
        partial=(*(gap for answer in told for gap in answer.partial), *map(gap, _failed(answers))),
        error_id="" if told else next((answer.error_id for answer in answers), ""),
    )


def gap(answer: Answer) -> str:
    """A failure as a sentence of the answer that stands without it."""
    return f"{answer.headline} {answer.summary} (error {answer.error_id})"


def _line(answer: Answer) -> Finding:
    return Finding(_worst(answer), answer.headline, answer.agents[0], tuple(receipt.id for receipt in answer.evidence[:1]))


def _worst(answer: Answer) -> Severity:
    return min((found.severity for found in answer.findings), key=ORDER.index, default="good")


def _failed(answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.error_id]


def _oldest(answers: Iterable[Answer]) -> datetime | None:
    return min((answer.as_of for answer in answers if answer.as_of), default=None)


def _each(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
