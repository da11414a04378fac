"""Tables that nobody reads: still written for nobody, or left alone altogether."""

import asyncio
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.counts import many
from agents.quality.page import LINEAGE, bounds, dashboard, some, unknown, when
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import writers
from tools.held import held
from tools.lineage import get_table_activity_status
from tools.period import Period

DAYS, IDLE_DAYS = 90, 14
Rows = list[dict[str, Any]]


async def investigate(question: Question, sources: Sources) -> Answer:
    """All tables of the period, 90 days."""
    asked = last_days(question, DAYS)
    first, last, days = bounds(asked)
    table, age = await asyncio.gather(
        get_table_activity_status(sources.warehouse, days, IDLE_DAYS, last),
        attempt("The age of lineage", held(sources.warehouse, LINEAGE, question.now)),
    )
    rows = [row for row in table if "://" not in row["table_full_name"]]
    if not rows:
        return await unknown(question, sources, asked, receipts(table, age))
    written = [row for row in rows if not row["read_events"] and row["status"] == "ORPHANED"]
    left = [row for row in rows if row["status"] == "INACTIVE"]
    written.sort(key=lambda row: (-row["write_events"], row["table_full_name"]))
    listed = [row["table_full_name"] for row in (*written[:40], *left[:40])]
    wrote = await attempt("Writers", writers(sources.warehouse, listed, first, last))
    answer = _report(question, asked, written, left, len(rows), wrote)
    return replace(
        answer,
        evidence=receipts(table, age, wrote),
        as_of=last_time(age),
        partial=gaps(table, age, wrote),
        links=dashboard(sources, asked),
    )


def _report(question: Question, asked: Period, written: Rows, left: Rows, total: int, wrote: Attempt) -> Answer:
    ids = wrote.ids
    by = {row["node"]: row for row in reversed(list(wrote))}
    first = next(iter((*written, *left)), None)
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=_headline(written, left, total, when(question, asked)),
        summary=(
            f"Of {many(total, 'table')} in lineage. Reads by storage path and from outside Databricks leave no lineage, so ask "
            "the owner before one is dropped. Tables without any event in the period are not in lineage at all."
        ),
        findings=_findings(written, left, ids),
        recommendations=_advice(written, by),
        tables=_grids(written, left, by, ids),
        followups=(
            *((f"Can I safely drop {first['table_full_name']}?",) if first else ()),
            "Which tables are stale?",
            "What were the top 10 cost contributors last week?",
        ),
        baseline=f"read = a lineage event with the table as source; left alone = no event for more than {IDLE_DAYS} days",
    )


def _headline(written: Rows, left: Rows, total: int, asked_for: str) -> str:
    if not written and not left:
        return f"All {many(total, 'table')} in lineage were read in {asked_for}."
    events = sum(row["write_events"] for row in written)
    alone = f"; {many(len(left), 'table')} saw neither reads nor writes for more than {IDLE_DAYS} days" if left else ""
    return f"{many(len(written), 'table')} are still written ({events:,} writes) though nobody read them in {asked_for}{alone}."


def _findings(written: Rows, left: Rows, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    found = []
    if written:
        told = some((f"{row['table_full_name']} ({row['write_events']} writes)" for row in written), 5)
        found.append(Finding("medium", f"Written for nobody: {told}.", "quality", ids))
    if left:
        told = some((f"{row['table_full_name']} ({row['days_since_last_event']} days)" for row in left), 5)
        found.append(Finding("low", f"Left alone: {told}.", "quality", ids))
    return tuple(found) or (Finding("good", "Every table is read.", "quality", ids),)


def _advice(written: Rows, by: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    said = []
    for row in written[:3]:
        one = by.get(row["table_full_name"])
        if one:
            whom = one["last_user"] or "its owner"
            said.append(f"Ask {whom} whether {one['entity_name']} still has to write {row['table_full_name']}; if not, pause it.")
    return tuple(said)


def _grids(written: Rows, left: Rows, by: dict[str, dict[str, Any]], ids: tuple[str, ...]) -> tuple[Grid, ...]:
    def row(one: dict[str, Any]) -> tuple[Any, ...]:
        writer = by.get(one["table_full_name"], {})
        times = (one["write_events"], one["last_write_time"], one["read_events"], one["last_read_time"])
        return (one["table_full_name"], *times, writer.get("entity_name") or "–", writer.get("last_user") or "–")

    names = ("table", "writes", "last write", "reads", "last read", "written by", "as")
    kinds = ("text", "number", "text", "number", "text", "text", "text")
    both = (("Written, never read", written), ("Neither read nor written lately", left))
    return tuple(Grid(title, names, tuple(map(row, rows[:20])), kinds, ids) for title, rows in both if rows)
