"""A specialist: the topics it answers, each by an investigation over the tools."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agents.answer import Answer, Link
from agents.question import Agent, Question
from agents.trace import Trace, untraced
from tools.budgets import Budget
from tools.links import Dashboards
from tools.ml.endpoint import Endpoints
from tools.period import Period
from tools.table import Table
from tools.warehouse import Warehouse

Progress = Callable[[str], Awaitable[None]]


async def silent(_: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What an investigation may draw on; `runbooks` is a directory of a team's own, `endpoints` serve models where set."""

    warehouse: Warehouse
    dashboards: Dashboards = field(default_factory=Dashboards)
    budgets: tuple[Budget, ...] = ()
    progress: Progress = silent
    runbooks: Path | None = None
    endpoints: Endpoints | None = None
    trace: Trace = untraced

    def dashboard(self, title: str, period: Period) -> tuple[Link, ...]:
        """A dashboard's address with its period filled in; nothing where it is not known."""
        url = self.dashboards.url(title, period)
        return (Link(title, url),) if url else ()


OVERVIEW = "overview"
Investigation = Callable[[Question, Sources], Awaitable[Answer]]
Tool = Callable[..., Awaitable[Table]]  # of a warehouse and plain arguments
Focus = Callable[[Question, Sources], Awaitable[Period | None]]


@dataclass(frozen=True, slots=True)
class Specialist:
    """`investigations` by topic, as agents/understand names them; `default` answers without one.

    `brief` is the topic that tells in an overview how its part of the platform is. `focus` finds, by topic, the period
    that a question without one is about, so that other specialists who are asked too speak of the same one. `tools` are what
    a language model may ask beside the investigations, where a question is covered by none of them. `dashboard` is linked
    from every answer, where an investigation does not choose by itself.
    """

    name: Agent
    title: str
    investigations: Mapping[str, Investigation]
    default: Investigation
    brief: str = ""
    focus: Mapping[str, Focus] = field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    dashboard: str = ""

    def investigations_for(self, question: Question) -> tuple[Investigation, ...]:
        """One for each topic that the question asks about; the default where it names none; empty where none is covered."""
        if OVERVIEW in question.topics:
            return (self.investigations.get(self.brief, self.default),)
        topics = self.topics(question)
        if not topics:
            return (self.default,)
        return tuple(dict.fromkeys(self.investigations[topic] for topic in topics if topic in self.investigations))

    def topics(self, question: Question) -> list[str]:
        prefix = f"{self.name}."
        return [topic.removeprefix(prefix) for topic in question.topics if topic.startswith(prefix)]
