"""Who owns a table and who can be asked; and which tables lack an owner, a description, tags or a writer."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.quality import steward
from agents.quality.page import LINEAGE, bounds, dashboard, some, unknown
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import MOST_NODES, writers
from tools.governance import declared_tables, last_seen
from tools.held import held
from tools.lineage import get_table_activity_status
from tools.period import Period

DAYS, GONE_DAYS, IDLE_DAYS = 90, 30, 14
_DOCUMENTS = re.compile(r"document|comment|descri|tag", re.I)


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    tables: list[dict[str, Any]]
    declared: Attempt
    owners: dict[str, dict[str, Any]]
    gone: dict[str, float | None]
    read: Sequence[Attempt]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    @property
    def names(self) -> list[str]:
        return [row["table_full_name"] for row in self.tables]

    @property
    def unwritten(self) -> list[str]:
        """Read, but by no recorded writer written: nobody is answerable by lineage. The most read first."""
        rows = [row for row in self.tables if row["read_events"] and not row["write_events"]]
        return [row["table_full_name"] for row in sorted(rows, key=lambda row: (-row["read_events"], row["table_full_name"]))]

    @property
    def left(self) -> list[str]:
        """Tables whose writer runs as someone who has not been seen lately."""
        return [table for table in self.names if self.owner(table) in self.gone]

    def owner(self, table: str) -> str:
        """Unity Catalog's owner where it is known, else the identity behind the last write."""
        own = self.owners.get(table, {})
        return str(own.get("table_owner") or own.get("last_user") or "").lower()

    @property
    def undescribed(self) -> list[str]:
        return [row["table_name"] for row in self.declared if not row["comment"]]

    @property
    def untagged(self) -> list[str]:
        return [row["table_name"] for row in self.declared if not row["tags"]]


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named table or the tables of the named user; else the gaps over all tables in 90 days of lineage."""
    if question.entities.tables:
        return await steward.investigate(question, sources)
    asked = last_days(question, DAYS)
    first, last, days = bounds(asked)
    house, users = sources.warehouse, [user.lower() for user in question.entities.users]
    activity, declared, known = await asyncio.gather(
        attempt("Tables in use", get_table_activity_status(house, days, IDLE_DAYS, last)),
        attempt("Owners, descriptions and tags", declared_tables(house)),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    needed(activity, declared)
    rows = [row for row in activity if "://" not in row["table_full_name"]]
    if not rows and not list(declared):
        return await unknown(question, sources, asked, receipts(activity, declared, known))
    people = [row["table_owner"] for row in declared if row["table_owner"] and "@" in row["table_owner"]]
    wrote, seen = await asyncio.gather(
        attempt("Writers", writers(house, None, first, last)),
        attempt("The last events of owners", last_seen(house, people[:MOST_NODES], first, last)),
    )
    facts = _facts(asked, rows, declared, wrote, seen, (activity, declared, known, wrote, seen))
    answer = portfolio(question, facts, users) if users else _report(question, facts)
    return replace(answer, as_of=last_time(known), links=dashboard(sources, asked))


def _facts(
    asked: Period, rows: list[dict[str, Any]], declared: Attempt, wrote: Attempt, seen: Attempt, read: Sequence[Attempt]
) -> Facts:
    owners: dict[str, dict[str, Any]] = {}
    for row in wrote:
        owners.setdefault(row["node"], {}).update({key: row[key] for key in row if key not in owners.get(row["node"], {})})
    for row in declared:
        owners.setdefault(row["table_name"], {})["table_owner"] = row["table_owner"]
    gone: dict[str, float | None] = {}
    if seen.table is not None:
        last = {row["email"]: (asked.end - row["last_time"]).total_seconds() / 86400 for row in seen}
        people = {str(own.get("table_owner") or own.get("last_user") or "").lower() for own in owners.values()}
        gone = {who: last.get(who) for who in people if "@" in who and last.get(who, GONE_DAYS + 1) > GONE_DAYS}
    return Facts(asked, rows, declared, owners, gone, read)


def _report(question: Question, facts: Facts) -> Answer:
    shown = next(iter((*facts.left, *facts.unwritten)), "")
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_headline(question, facts),
        summary=_summary(facts),
        findings=tuple(_findings(facts)),
        recommendations=tuple(_advice(facts)),
        tables=_grids(facts),
        followups=(
            *((f"Who owns {shown}?",) if shown else ()),
            "Which tables are not classified?",
            "Show permission changes in the last 7 days",
            "Which tables are unused?",
        ),
        evidence=receipts(*facts.read),
        baseline=f"lineage and the audit log of {DAYS} days; gone = no audit event for more than {GONE_DAYS} days",
        partial=(*cut(facts.read), *gaps(*facts.read)),
    )


def cut(read: Sequence[Attempt]) -> tuple[str, ...]:
    """A word for each result that was larger than is read at once."""
    large = (one.table for one in read if one.table is not None and one.table.truncated)
    return tuple(f"Only the first {table.receipt.rows:,} rows of {table.receipt.tool} were read." for table in large)


def _headline(question: Question, facts: Facts) -> str:
    total = len(facts.names) or len(list(facts.declared))
    if facts.declared.table is not None and _DOCUMENTS.search(question.text):
        of = many(len(list(facts.declared)), "table")
        return f"{len(facts.undescribed)} of {of} have no description, and {len(facts.untagged)} have no tag."
    if _DOCUMENTS.search(question.text):
        return "Which tables have a description or tags is not recorded in the tables that I can read."
    gaps_found = []
    if facts.unwritten:
        gaps_found.append(f"{len(facts.unwritten)} are read but have no recorded writer")
    if facts.left:
        gaps_found.append(f"{len(facts.left)} are kept by identities without a sign of life for {GONE_DAYS} days")
    return (
        f"Of {many(total, 'table')}, {' and '.join(gaps_found)}."
        if gaps_found
        else f"All {many(total, 'table')} have someone to ask."
    )


def _summary(facts: Facts) -> str:
    if facts.declared.table is None:
        return (
            "Owners, descriptions and tags are kept by Unity Catalog's information_schema, which I cannot read here: "
            "as owner counts whoever ran the last write."
        )
    return "The owner is Unity Catalog's; where it has none, whoever ran the last write."


def _findings(facts: Facts) -> list[Finding]:
    ids, found = facts.ids, []
    if facts.left:
        told = some((f"{table} ({facts.owner(table)}, {_silence(facts, table)})" for table in facts.left), 4)
        found.append(Finding("medium", f"The owner seems to be gone: {told}.", "quality", ids))
    if facts.unwritten:
        found.append(Finding("medium", f"Read, but nobody is recorded as writing: {some(facts.unwritten, 5)}.", "quality", ids))
    if facts.undescribed:
        found.append(Finding("low", f"Without a description: {some(facts.undescribed, 5)}.", "quality", ids))
    if facts.untagged:
        found.append(Finding("low", f"Without a tag: {some(facts.untagged, 5)}.", "quality", ids))
    return found or [Finding("good", "Every table has someone to ask.", "quality", ids)]


def _silence(facts: Facts, table: str) -> str:
    days = facts.gone[facts.owner(table)]
    return f"last seen {days:.0f} days ago" if days is not None else f"not seen in {DAYS} days"


def _advice(facts: Facts) -> list[str]:
    said = [f"Give {table} a new owner: {facts.owner(table)} was {_silence(facts, table)}." for table in facts.left[:2]]
    if facts.unwritten:
        said.append(f"Name an owner for {facts.unwritten[0]}, which is read most of those without a writer.")
    if facts.undescribed:
        said.append(f"Ask the owners to describe their tables, first {some(facts.undescribed, 3)}.")
    return said


def _grids(facts: Facts) -> tuple[Grid, ...]:
    listed = [*facts.left, *(table for table in facts.unwritten if table not in facts.left)]
    by = {row["table_full_name"]: row for row in facts.tables}
    rows = tuple(
        (
            table, facts.owner(table) or "–", "gone" if table in facts.left else "no writer",
            facts.owners.get(table, {}).get("entity_name") or "–", by[table]["read_events"], by[table]["readers"],
            by[table]["last_read_time"],
        )
        for table in listed[:20]
    )  # fmt: skip
    kinds = ("text", "text", "text", "text", "number", "number", "text")
    missing = Grid(
        "Tables without someone to ask",
        ("table", "owner", "why", "written by", "reads", "readers", "last read"),
        rows,
        kinds,
        facts.ids,
    )
    counts = Counter(facts.owner(table) for table in facts.names if facts.owner(table)).most_common(15)
    owners = Grid("Who keeps most tables", ("owner", "tables"), tuple(counts), ("text", "number"), facts.ids)
    return tuple(grid for grid in (missing, owners) if grid.rows)


def portfolio(question: Question, facts: Facts, users: Sequence[str]) -> Answer:
    """The tables that the named users keep."""
    kept = [table for table in facts.owners if facts.owner(table) in users]
    whom, used = some(users, 2), {row["table_full_name"]: row for row in facts.tables}
    rows = tuple(
        (
            table, facts.owners[table].get("entity_name") or "–", facts.owners[table].get("last_time"),
            used.get(table, {}).get("read_events", 0), used.get(table, {}).get("readers", 0),
        )
        for table in sorted(kept)
    )  # fmt: skip
    names = ("table", "written by", "last write", "reads", "readers")
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=f"{whom} keep{'s' if len(users) == 1 else ''} {many(len(kept), 'table')}."
        if kept
        else f"No table is kept by {whom}.",
        summary=_summary(facts),
        findings=(Finding("info", f"Kept: {some(sorted(kept), 6)}.", "quality", facts.ids),) if kept else (),
        tables=(Grid(f"Tables of {whom}", names, rows[:30], ("text", "text", "text", "number", "number"), facts.ids),)
        if rows
        else (),
        followups=(
            f"What did {users[0]} do in the last 7 days?",
            *((f"What's the data lineage for {sorted(kept)[0]}?",) if kept else ()),
            "Which tables have no owner?",
        ),
        evidence=receipts(*facts.read),
        baseline=f"lineage of {DAYS} days",
        partial=gaps(*facts.read),
    )
