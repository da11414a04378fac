"""Lineage without a named table: the tables on which most others depend."""

import asyncio
from dataclasses import replace

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.counts import many
from agents.quality.page import LINEAGE, bounds, dashboard, unknown
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import hubs
from tools.held import held
from tools.period import Period
from tools.table import Table

DAYS = 30


async def investigate(question: Question, sources: Sources) -> Answer:
    asked = last_days(question, DAYS)
    first, last, days = bounds(asked)
    table, age = await asyncio.gather(
        hubs(sources.warehouse, first, last), attempt("The age of lineage", held(sources.warehouse, LINEAGE, question.now))
    )
    if not len(table):
        return await unknown(question, sources, asked, receipts(table, age))
    return replace(_report(question, asked, table, age, days), links=dashboard(sources, asked))


def _report(question: Question, asked: Period, table: Table, age: Attempt, days: int) -> Answer:
    rows, ids = list(table), (table.receipt.id,)
    top = rows[0]["node"]
    tables = [row for row in rows if "://" not in row["node"]]
    ends = sum(not row["feeds"] for row in tables)
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=(
            f"{many(len(tables), 'table')} are linked by lineage in {many(days, 'UTC day')}; most others depend on {top}, "
            f"from which {many(int(rows[0]['feeds']), 'table')} are made directly."
        ),
        summary="Name a table or a column, and I show what it is made from and what is made from it.",
        findings=(
            Finding("info", f"{many(ends, 'table')} feed no other table.", "quality", ids),
            Finding("info", f"{many(len(rows) - len(tables), 'storage path')} bring data in.", "quality", ids),
        ),
        tables=(
            Grid(
                "Tables on which most others depend",
                ("table", "tables made from it", "made from", "last seen"),
                tuple((row["node"], int(row["feeds"]), int(row["made_from"]), row["last_seen"]) for row in rows[:15]),
                ("text", "number", "number", "text"),
                ids,
            ),
        ),
        followups=(
            f"What's the data lineage for {top}?",
            f"What breaks if {top} is wrong?",
            "Which jobs failed in the last 7 days?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        partial=gaps(table, age),
    )
