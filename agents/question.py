"""A question as understood: what was asked, about when, about what, by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tools.period import Period

Action = Literal["answer", "clarify", "decline", "help"]
Agent = Literal["cost", "security", "performance", "reliability", "quality", "mlops"]
AGENTS: tuple[Agent, ...] = ("cost", "security", "performance", "reliability", "quality", "mlops")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as the chat platform or the shell tells it."""

    email: str = ""
    tz: str = "UTC"


@dataclass(frozen=True, slots=True)
class Entities:
    """What the question names, resolved to the account's own names; a tuple holds several of a kind.

    `unsure` pairs a word of the question with the names it may mean; `unknown` pairs a kind with a name that
    the account does not have ("workspace", "prood").
    """

    workspaces: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    budgets: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    threshold: str | None = None
    amount_usd: float | None = None
    top_n: int | None = None
    sla_minutes: int | None = None
    unsure: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    def holds_job(self, row: Mapping[str, Any]) -> bool:
        """Whether a row, by its job_name and workspace_name, is of a job that is asked about: any where none is named."""
        is_job = not self.jobs or row["job_name"] in self.jobs
        return is_job and (not self.workspaces or row["workspace_name"] in self.workspaces)


@dataclass(frozen=True, slots=True)
class Question:
    """One turn, understood. `topics` are "agent.topic" words; `confidence` (0–1) is calibrated."""

    text: str
    action: Action = "answer"
    agents: tuple[Agent, ...] = ()
    topics: tuple[str, ...] = ()
    confidence: float = 1.0
    period: Period | None = None
    compare: Period | None = None
    ahead: bool = False  # the time that is named has not begun yet
    entities: Entities = field(default_factory=Entities)
    workspace_assumed: bool = False  # its workspace is the asker's default, not what was said
    choices: tuple[str, ...] = ()  # for clarify: 2–4 questions to pick from
    reason: str = ""  # for clarify and decline: one sentence
    asker: Asker = field(default_factory=Asker)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
