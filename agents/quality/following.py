"""A table followed to both sides: two rounds of queries and what they found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.attempt import Attempt, attempt, needed
from agents.quality.condition import conditions
from agents.quality.flow import Flow, side, steps
from agents.quality.page import LINEAGE, bounds, learned
from agents.question import Question
from agents.specialist import Sources
from tools.flows import edges_between, writers
from tools.held import held
from tools.lineage import get_downstream_tables, get_table_consumers, get_upstream_tables
from tools.period import Period
from tools.upkeep import health_of, rhythm

BASELINE = "each table's newest quality result; late = more than 1.5 times its own usual pause between writes"


@dataclass(frozen=True, slots=True)
class Ends:
    """A table with what lies on both sides of it, and what reads and writes it directly."""

    table: str
    up: Attempt
    down: Attempt
    consumers: Attempt
    wrote: Attempt
    known: Attempt

    @property
    def read(self) -> tuple[Attempt, ...]:
        return (self.up, self.down, self.consumers, self.wrote, self.known)

    @property
    def is_empty(self) -> bool:
        """Lineage answered, and knows nothing of the table."""
        answered = all(one.table is not None for one in self.read[:4])
        return answered and not any(len(list(one)) for one in self.read[:4])


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    flow: Flow
    written_by: dict[str, list[dict[str, Any]]]
    ends: Ends
    read: Sequence[Attempt]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    def writer(self, node: str) -> str:
        """The job that writes a node most, and how many others do."""
        found = self.written_by.get(node, [])
        return f"{found[0]['entity_name']}{f' and {len(found) - 1} more' if len(found) > 1 else ''}" if found else ""

    @property
    def people(self) -> dict[str, str]:
        """Whom to ask about each node: who ran its last write."""
        return {node: rows[0]["last_user"] for node, rows in self.written_by.items() if rows[0]["last_user"]}

    @property
    def host(self) -> str:
        """The workspace in which the subject is written."""
        return next((row["workspace_url"] or "" for row in self.written_by.get(self.flow.subject, [])), "")


async def ends_of(table: str, asked: Period, question: Question, sources: Sources) -> Ends:
    """The first round of queries: both sides of a table, and who uses it directly."""
    house, (first, last, days) = sources.warehouse, bounds(asked)
    table = table if "://" in table else table.lower()
    return Ends(
        table,
        *await asyncio.gather(
            attempt("Tables upstream", get_upstream_tables(house, table, days_back=days, as_of=last)),
            attempt("Tables downstream", get_downstream_tables(house, table, days_back=days, as_of=last)),
            attempt("Readers", get_table_consumers(house, table, days_back=days, as_of=last)),
            attempt("Writers", writers(house, (table,), first, last)),
            attempt("The age of lineage", held(house, LINEAGE, question.now)),
        ),
    )


async def follow(ends: Ends, asked: Period, sources: Sources) -> Facts:
    """The second round: steps between all that was found, what writes each, and how each is."""
    needed(ends.up, ends.down)
    house, (first, last, _) = sources.warehouse, bounds(asked)
    nodes = (ends.table, *(row["table_full_name"] for one in (ends.up, ends.down) for row in one))
    edges, wrote, health, habit = await asyncio.gather(
        attempt("Steps between tables", edges_between(house, nodes, first, last)),
        attempt("Writers", writers(house, nodes, first, last)),
        attempt("Results of quality monitoring", health_of(house, nodes, first, last)),
        attempt("Usual pauses between writes", rhythm(house, learned(asked), asked.end, nodes)),
    )
    by: dict[str, list[dict[str, Any]]] = {}
    for row in wrote:
        by.setdefault(row["node"], []).append(row)
    state = conditions(health, habit, asked.end)
    flow = Flow(ends.table, side(ends.up), side(ends.down), steps(edges), state)
    return Facts(asked, flow, by, ends, (*ends.read, edges, wrote, health, habit))
