"""What lies upstream and downstream of a table or a column, as a graph that may have circles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.quality.condition import UNKNOWN, Condition


@dataclass(frozen=True, slots=True)
class Step:
    """Data moved from one node straight to another; `by` is the job or pipeline that did it last."""

    source: str
    target: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """All that lies on one side: each node's distance from the subject, and the neighbour through which it is reached."""

    depth: Mapping[str, int]
    via: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def reach(self) -> int:
        return max(self.depth.values(), default=0)

    def beyond(self, node: str) -> tuple[str, ...]:
        """The nodes that are reached through this one, by name."""
        return tuple(sorted(name for name, via in self.via.items() if via == node))


@dataclass(frozen=True, slots=True)
class Flow:
    """`steps` are all that are known among the subject and both sides."""

    subject: str
    upstream: Side
    downstream: Side
    steps: tuple[Step, ...] = ()
    conditions: Mapping[str, Condition] | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        return (*self.upstream.depth, self.subject, *(node for node in self.downstream.depth if node not in self.upstream.depth))

    def condition(self, node: str) -> Condition:
        return (self.conditions or {}).get(node, UNKNOWN)

    def ailing(self, nodes: Iterable[str]) -> tuple[str, ...]:
        return tuple(node for node in nodes if self.condition(node).state in ("bad", "late"))

    def origins(self) -> tuple[str, ...]:
        """Where a fault of the subject or above it begins: the ailing nodes that no ailing node feeds."""
        ailing = set(self.ailing((self.subject, *self.upstream.depth)))
        fed = {step.target for step in self.steps if step.source in ailing and step.target in ailing}
        return tuple(sorted(ailing - fed, key=lambda node: (-self.upstream.depth.get(node, 0), node)))

    def reached_from(self, start: str) -> set[str]:
        """Everything into which data of a node flows."""
        onward: dict[str, list[str]] = {}
        for step in self.steps:
            onward.setdefault(step.source, []).append(step.target)
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for node in onward.get(waiting.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
        return seen

    def circles(self) -> tuple[tuple[str, str], ...]:
        """Pairs of neighbours between which data goes round, each once."""
        pairs = {step.source: self.reached_from(step.source) for step in self.steps}
        found = {tuple(sorted((s.source, s.target))) for s in self.steps if s.source in pairs.get(s.target, ())}
        return tuple(sorted((a, b) for a, b in found))


def side(rows: Iterable[Mapping[str, Any]], name: str = "table_full_name") -> Side:
    """From the rows of get_upstream_tables, get_downstream_tables or get_column_lineage."""
    found = list(rows)
    return Side({row[name]: int(row["depth"]) for row in found}, {row[name]: row["via"] for row in found})


def steps(rows: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step(row["source"], row["target"], row["entity_name"] or "") for row in rows)
