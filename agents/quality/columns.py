"""What a column is computed from and where its values go, as a tree and a picture."""

import asyncio
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Graph, Grid, Node
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.counts import many
from agents.quality.condition import conditions
from agents.quality.flow import Flow, Side, Step, side
from agents.quality.page import LINEAGE, age, bounds, dashboard, learned, short, some, unknown
from agents.quality.picture import in_words
from agents.quality.tree import chosen, tree
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.errors import BadRequestError
from tools.flows import tables_with_column
from tools.held import held
from tools.lineage import get_column_lineage
from tools.period import Period
from tools.upkeep import health_of, rhythm

DAYS, MOST = 30, 10


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named column of the named table; of the only table that has it where none is named."""
    asked = last_days(question, DAYS)
    column = question.entities.columns[0].rsplit(".", 1)[-1].lower()
    table = await _table(question, sources, column, asked)
    if table is None:
        return await unknown(question, sources, asked, ())
    house, (first, last, days) = sources.warehouse, bounds(asked)
    lineage, known = await asyncio.gather(
        get_column_lineage(house, table, column, days_back=days, as_of=last),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    rows = list(lineage)
    if not rows:
        return await unknown(question, sources, asked, receipts(lineage, known))
    up, down = (side([row for row in rows if row["direction"] == way], "column_full_name") for way in ("UPSTREAM", "DOWNSTREAM"))
    subject = f"{table}.{column}"
    tables = {_table_of(node) for node in (subject, *up.depth, *down.depth)}
    health, habit = await asyncio.gather(
        attempt("Results of quality monitoring", health_of(house, tables, first, last)),
        attempt("Usual pauses between writes", rhythm(house, learned(asked), asked.end, tables)),
    )
    state = conditions(health, habit, asked.end)
    steps = tuple(Step(node, via) for node, via in up.via.items()) + tuple(Step(via, node) for node, via in down.via.items())
    nodes = (subject, *up.depth, *down.depth)
    flow = Flow(subject, up, down, steps, {node: state[_table_of(node)] for node in nodes if _table_of(node) in state})
    return replace(_report(question, asked, flow, (lineage, known, health, habit)), links=dashboard(sources, asked))


async def _table(question: Question, sources: Sources, column: str, asked: Period) -> str | None:
    if question.entities.tables:
        return question.entities.tables[0].lower()
    first, last, _ = bounds(asked)
    having = [row["table_name"] for row in await tables_with_column(sources.warehouse, column, first, last)]
    if len(having) > 1:
        choices = tuple(f"Where does {column} in {table} come from?" for table in having[:4])
        what = f"{many(len(having), 'table')} have a column {column}: {some(having)}."
        raise BadRequestError(what, do="Name the table.", choices=choices)
    return having[0] if having else None


def _table_of(node: str) -> str:
    return node.rpartition(".")[0]


def _report(question: Question, asked: Period, flow: Flow, read: tuple[Any, ...]) -> Answer:
    ids = tuple(one.receipt.id for one in read[:1])
    ailing = {_table_of(node) for node in flow.ailing((flow.subject, *flow.upstream.depth))}
    found = [Finding("high", f"Its values come through tables that are not well: {some(sorted(ailing))}.", "quality", ids)]
    direct = [node for node, depth in flow.upstream.depth.items() if depth == 1]
    made = f"is computed from {some(direct, 3)}" if direct else "is computed from no other column that is recorded"
    into = {_table_of(node) for node in flow.downstream.depth}
    goes = (
        f"goes into {many(len(flow.downstream), 'column')} of {many(len(into), 'table')}" if into else "goes into no other column"
    )
    table, is_impact = _table_of(flow.subject), "quality.impact" in question.topics
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=f"If {flow.subject} changes, {_hit(flow)}." if is_impact else f"{flow.subject} {made}, and {goes}.",
        summary=(
            f"{many(len(flow.upstream), 'column')} lie upstream and {len(flow.downstream)} downstream, up to 4 steps away, by "
            f"{many(bounds(asked)[2], 'UTC day')} of column lineage. The formula itself is not recorded."
        ),
        findings=tuple(found) if ailing else (Finding("good", "No table on its way fails a check or is late.", "quality", ids),),
        tables=_grids(flow, ids),
        charts=(_picture(flow),),
        followups=(
            f"What's the data lineage for {table}?",
            f"What breaks if {table} is wrong?",
            f"Who accessed {table} in the last 30 days?",
        ),
        evidence=receipts(*read),
        as_of=last_time(read[1]),
        baseline="each table's newest quality result",
        partial=gaps(*(one for one in read if isinstance(one, Attempt))),
    )


def _hit(flow: Flow) -> str:
    """What a change of the column reaches, the nearest first."""
    if not flow.downstream:
        return "no other column is affected that is recorded"
    nearest = sorted(flow.downstream.depth, key=lambda node: (flow.downstream.depth[node], node))
    tables = {_table_of(node) for node in nearest}
    return f"{many(len(nearest), 'column')} of {many(len(tables), 'table')} are affected, first {some(nearest, 2)}"


def _grids(flow: Flow, ids: tuple[str, ...]) -> tuple[Grid, ...]:
    def cells(node: str) -> tuple[str, ...]:
        own = flow.condition(node)
        return (own.word, age(own.hours) if own.hours is not None else "–")

    sides = (("Computed from (upstream)", flow.upstream), ("Goes into (downstream)", flow.downstream))
    kinds = ("tree", "text", "text")
    columns = ("column", "quality of its table", "changed ago")
    return tuple(Grid(title, columns, tree(flow, part, str, cells), kinds, ids) for title, part in sides if part)


def _picture(flow: Flow) -> Graph:
    def shown(part: Side) -> frozenset[str]:
        return chosen(flow, part, MOST, 3)

    up, down = shown(flow.upstream), shown(flow.downstream) - shown(flow.upstream)
    layers = {flow.subject: 0} | {n: -flow.upstream.depth[n] for n in up} | {n: flow.downstream.depth[n] for n in down}
    nodes = tuple(
        Node(node, short(node), layer, _table_of(node), "", flow.condition(node).state)
        for node, layer in sorted(layers.items(), key=lambda item: (item[1], item[0]))
    )
    edges = tuple(sorted((s.source, s.target) for s in flow.steps if s.source in layers and s.target in layers))
    alt = f"{in_words(edges, layers, _brief)}."
    return Graph(f"Column lineage of {flow.subject}", nodes, edges, alt, flow.subject)


def _brief(node: str) -> str:
    """A column with its table, without catalog and schema."""
    return ".".join(node.split(".")[-2:])
