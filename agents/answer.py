"""An answer: figures and words without markup. Adapters draw it; nothing is computed after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from agents.question import Question
from tools.table import Receipt

Severity = Literal["critical", "high", "medium", "low", "info", "good"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, worth a line; `evidence` are receipt ids."""

    severity: Severity
    text: str
    agent: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of a change. `dims` empty = the unexplained rest. Deltas of an answer sum exactly to its change."""

    dims: Mapping[str, str]
    delta: Decimal  # USD (or the measure's unit), signed, to the cent
    share: float  # of the whole change, 1.0 = all of it
    text: str  # in words, with the owner where known
    actual: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)
    url: str = ""
    unit: str = "USD"

    @property
    def name(self) -> str:
        """The cause as a label: what it is, then the workspace; the rest by its own words."""
        own = ", ".join(f"{kind} {value}" for kind, value in self.dims.items() if kind != "workspace")
        workspace = self.dims.get("workspace")
        if own and workspace:
            return f"{own} in {workspace}"
        return own or (f"workspace {workspace}" if workspace else self.text)


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A change as it would have been without something: `share` of the change that goes away (1.0 = all of it)."""

    name: str
    without: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table. `kinds` tells how to draw each column: text, usd, change (signed usd), number, percent (of 1), date,
    tree (text whose indents are branches, in letters of one width).

    A `detail` is for those who look closer: in the work behind an answer and in JSON, not in a card.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    kinds: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as data: one x, one or more named series; `highlight` marks an x value; `alt` says the numbers."""

    title: str
    kind: Literal["bar", "line", "stacked"]
    x: tuple[str, ...]
    series: Mapping[str, tuple[float, ...]]
    unit: str
    alt: str
    highlight: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a graph: `layer` counts columns from the left, the subject's is 0; `note` is a second, smaller line."""

    key: str
    name: str
    layer: int
    place: str = ""
    note: str = ""
    state: Literal["good", "bad", "late", "unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Graph:
    """What leads to what, as data: `edges` pair the keys of nodes, `subject` is the node asked about; `alt` tells it in words."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    alt: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. Complete as plain text: headline, summary, causes, findings, recommendations, context."""

    question: Question
    headline: str
    summary: str = ""
    agents: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    counterfactuals: tuple[Counterfactual, ...] = ()
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[str, ...] = ()
    tables: tuple[Grid, ...] = ()
    charts: tuple[Chart | Graph, ...] = ()
    links: tuple[Link, ...] = ()
    followups: tuple[str, ...] = ()
    evidence: tuple[Receipt, ...] = ()
    as_of: datetime | None = None  # data complete up to
    baseline: str = ""  # what it was compared with, in words
    partial: tuple[str, ...] = ()  # what is missing and why
    seconds: float = 0.0
    error_id: str = ""  # set when the answer is an error
    id: str = field(default="")
    wording: str = ""  # who worded it, where a model is configured
