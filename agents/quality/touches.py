"""What a job or a pipeline reads and writes, and how the tables that it writes are."""

import asyncio
from dataclasses import replace

from agents.answer import Answer, Finding, Grid
from agents.attempt import attempt, gaps, last_time, receipts
from agents.counts import many
from agents.quality.condition import Condition, conditions
from agents.quality.page import LINEAGE, age, bounds, dashboard, learned, some, unknown
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.held import held
from tools.lineage import get_pipeline_data_lineage
from tools.period import Period
from tools.upkeep import health_of, rhythm

DAYS = 30


async def investigate(question: Question, sources: Sources) -> Answer:
    """The first named job or pipeline, 30 days of lineage."""
    asked = last_days(question, DAYS)
    first, last, days = bounds(asked)
    named = _named(question)
    house = sources.warehouse
    table, known = await asyncio.gather(
        get_pipeline_data_lineage(house, days, named, last),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    rows = list(table)
    if not rows:
        answer = await unknown(question, sources, asked, receipts(table, known))
        return replace(answer, headline=f"Lineage has recorded nothing that {named} reads or writes in {many(days, 'UTC day')}.")
    read, written = (
        sorted({n for row in rows for n in row[f"{way}_table_list"].split(", ") if n}) for way in ("source", "target")
    )
    health, habit = await asyncio.gather(
        attempt("Results of quality monitoring", health_of(house, (*written, *read), first, last)),
        attempt("Usual pauses between writes", rhythm(house, learned(asked), asked.end, (*written, *read))),
    )
    state = conditions(health, habit, asked.end)
    ids = (table.receipt.id, *health.ids, *habit.ids)
    return replace(
        _report(question, asked, (read, written), state, ids),
        links=dashboard(sources, asked),
        evidence=receipts(table, known, health, habit),
        as_of=last_time(known),
        partial=gaps(table, known, health, habit),
    )


def _report(
    question: Question, asked: Period, touched: tuple[list[str], list[str]], state: dict[str, Condition], ids: tuple[str, ...]
) -> Answer:
    read, written = touched
    named, days = _named(question), bounds(asked)[2]
    ill = [node for node in (*written, *read) if node in state and state[node].state in ("bad", "late")]
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=f"{named} reads {some(read, 3) or 'no table'} and writes {some(written, 3) or 'no table'}.",
        summary=f"{many(len(read), 'source')} and {many(len(written), 'target')} in {many(days, 'UTC day')} of lineage.",
        findings=tuple(_finding(node, node in written, state[node], ids) for node in ill[:6])
        or (Finding("good", "None of these tables fails a check or is late.", "quality", ids),),
        tables=(_grid(named, read, written, state, ids),),
        followups=(
            *((f"What breaks if {written[0]} is wrong?",) if written else ()),
            f"Did {named} fail in the last 7 days?",
        ),
        baseline="each table's newest quality result",
    )


def _named(question: Question) -> str:
    return next(iter((*question.entities.jobs, *question.entities.pipelines)))


def _finding(node: str, is_written: bool, own: Condition, ids: tuple[str, ...]) -> Finding:
    word = own.word if own.word.startswith("fails") else f"is {own.word}"
    return Finding(
        "high" if is_written else "medium",
        f"{node}, which it {'writes' if is_written else 'reads'}, {word}: {own.against}.",
        "quality",
        ids,
    )


def _grid(named: str, read: list[str], written: list[str], state: dict[str, Condition], ids: tuple[str, ...]) -> Grid:
    rows = tuple(
        (way, node, state[node].word if node in state else "–", age(state[node].hours) if node in state else "–")
        for way, nodes in (("reads", read), ("writes", written))
        for node in nodes
    )
    return Grid(f"What {named} touches", ("it", "table", "quality", "changed ago"), rows[:30], ("text",) * 4, ids)
