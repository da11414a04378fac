"""Who accessed a table, or the tables with personal data, or an endpoint: lineage and the audit log together."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment, number, times
from agents.question import Question
from agents.security.callers import callers
from agents.security.page import AUDIT, UNRECORDED, dashboard, nobody
from agents.spans import last_days, name, utc_days
from agents.specialist import Sources
from tools.access import get_sensitive_table_access, get_table_access_audit
from tools.held import held
from tools.identities import classified_tables
from tools.period import Period
from tools.reads import table_reads

_OFF_HOURS = re.compile(
    (
        r"outside|off.?hours?|after.?hours|at "
        r"night|nights?\b|weekend|odd hours|unusual hours|\d ?am\b"
    ),
    re.I,
)
MANY = 20


@dataclass(frozen=True, slots=True)
class Reader:
    """One identity's access to one table: events in lineage, reads of its data in the audit log."""

    table: str
    user: str
    lineage_reads: int = 0
    writes: int = 0
    by: str = ""
    is_new: bool | None = None
    data_reads: int = 0
    odd_hours: int = 0
    usual: float = 0.0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def is_mass(self) -> bool:
        return self.data_reads >= MANY and self.data_reads > 10 * max(self.usual, 1.0)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named tables or endpoints of the last 30 days; else all tables with classified data, 7 days."""
    named = question.entities
    if named.endpoints and not named.tables:
        return await callers(question, sources)
    asked = last_days(question, 30 if named.tables else 7)
    await sources.progress(f"Looking who reached {', '.join(named.tables[:2]) or 'tables with personal data'}")
    whole, tables = utc_days(asked), named.tables[:3]
    lineage = [get_table_access_audit(sources.warehouse, whole.first_day, whole.last_day, table) for table in tables] or [
        get_sensitive_table_access(sources.warehouse, whole.first_day, whole.last_day)
    ]
    reads, classified, age, *audits = await asyncio.gather(
        attempt("Reads in the audit log", table_reads(sources.warehouse, asked, tables)),
        attempt("Classes of personal data", classified_tables(sources.warehouse)),
        attempt("The age of the audit log", held(sources.warehouse, AUDIT, question.now)),
        *(attempt("Reads and writes in lineage", query) for query in lineage),
    )
    read = (reads, classified, age, *audits)
    needed(reads, *audits)
    wanted = {user.lower() for user in named.users}
    readers = [one for one in _readers(reads, audits) if not wanted or one.user in wanted]
    if not readers:
        return replace(await nobody(question, sources, asked, receipts(*read)), partial=gaps(*read))
    answer = _report(question, asked, readers, {row["table_name"]: row["classes"] for row in classified}, read)
    return replace(answer, links=dashboard(sources, asked))


def _readers(reads: Attempt, audits: Sequence[Attempt]) -> tuple[Reader, ...]:
    found: dict[tuple[str, str], Reader] = {}
    for audit in audits:
        for row in audit:
            key = (row["table_name"], row["user_email"] or UNRECORDED)
            found[key] = Reader(
                *key,
                lineage_reads=int(row["read_count"]),
                writes=int(row["write_count"]),
                by=str(row.get("entity_types") or ""),
                is_new=row["is_new_reader"],
                first=row.get("first_access_time"),
                last=row["last_access_time"],
            )
    for row in reads:
        key = (row["table_name"], row["user_email"] or UNRECORDED)
        known = found.get(key, Reader(*key))
        found[key] = replace(
            known,
            data_reads=int(row["read_count"]),
            odd_hours=int(row["unusual_hour_reads"]),
            usual=float(row["usual_daily_reads"]),
            is_new=known.is_new if known.is_new is not None else row["usual_daily_reads"] == 0,
            first=min(filter(None, (known.first, row["first_time"]))),
            last=max(filter(None, (known.last, row["last_time"]))),
        )
    ranked = sorted(
        found.values(),
        key=lambda one: (-one.odd_hours, -(one.data_reads + one.lineage_reads + one.writes), one.table, one.user),
    )
    return tuple(ranked)


def _report(
    question: Question, asked: Period, readers: Sequence[Reader], classes: Mapping[str, str], read: Sequence[Attempt]
) -> Answer:
    ids = tuple(key for one in read for key in one.ids)
    people = sorted({one.user for one in readers})
    mass = sorted({one.user for one in readers if one.is_mass or one.odd_hours >= MANY})
    tables = sorted({one.table for one in readers})
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(question, readers, people, tables, name(asked, question)),
        summary=_summary(tables, classes),
        findings=tuple(_findings(readers, mass, classes, asked.tz, ids)),
        recommendations=tuple(
            f"Ask {user} why they read {', '.join(_reached(readers, user)[:5])}; suspend the access until then." for user in mass
        ),
        tables=(_grid(readers, question.entities.top_n or 15, ids),),
        followups=(
            f"What did {mass[0] if mass else people[0]} do in the last 7 days?",
            f"Who was given access to {tables[0]} in the last 30 days?",
            f"What's the data lineage for {tables[0]}?",
        ),
        evidence=receipts(*read),
        as_of=last_time(read[2]),
        baseline="each identity's own 28 days before (audit log), 30 days before (lineage)",
        partial=gaps(*read),
    )


def _reached(readers: Sequence[Reader], user: str) -> list[str]:
    return sorted({one.table for one in readers if one.user == user and one.data_reads})


def _headline(question: Question, readers: Sequence[Reader], people: Sequence[str], tables: Sequence[str], when: str) -> str:
    what = ", ".join(question.entities.tables) or f"{len(tables)} tables with personal data"
    odd: dict[str, int] = {}
    for one in readers:
        odd[one.user] = odd.get(one.user, 0) + one.odd_hours
    off = sorted((user for user in odd if odd[user]), key=lambda user: -odd[user])
    if _OFF_HOURS.search(question.text) or (off and odd[off[0]] >= MANY):
        if not off:
            all_of_them = many(len(people), "identity")
            return f"Nobody read {what} outside their own usual hours in {when}; {all_of_them} reached them at all."
        reached = len({one.table for one in readers if one.user == off[0] and one.odd_hours})
        what = ", ".join(question.entities.tables) or f"{many(reached, 'table')} with personal data"
        others = f"; {len(off) - 1} more did, {times(sum(odd.values()) - odd[off[0]])}" if len(off) > 1 else ""
        return f"{off[0]} read {what} {number(odd[off[0]])} times outside their own usual hours in {when}{others}."
    most = max(readers, key=lambda one: one.data_reads + one.lineage_reads + one.writes)
    events = most.data_reads + most.lineage_reads + most.writes
    return f"{many(len(people), 'identity')} accessed {what} in {when}, most often {most.user} ({number(events)} events)."


def _summary(tables: Sequence[str], classes: Mapping[str, str]) -> str:
    held = [f"{table} ({classes[table]})" for table in tables if table in classes]
    personal = (
        f"Personal data: {'; '.join(held[:5])}."
        if held
        else "No personal data was found in them by classification."
        if classes
        else ""
    )
    return (
        f"{personal} Lineage counts UTC days and events of jobs and queries; the audit "
        "log counts each hand-out of the table's data."
    ).strip()


def _findings(
    readers: Sequence[Reader], mass: Sequence[str], classes: Mapping[str, str], tz: str, ids: tuple[str, ...]
) -> list[Finding]:
    found = []
    for user in mass:
        own = [one for one in readers if one.user == user and one.data_reads]
        off, total = sum(one.odd_hours for one in own), sum(one.data_reads for one in own)
        personal = [one.table for one in own if one.table in classes]
        severity: Severity = "critical" if personal and off >= MANY else "high" if personal else "medium"
        start = min(one.first for one in own if one.first)
        when = f", {off} of them outside their usual hours (from {moment(start, tz)})" if off else ""
        usual = sum(one.usual for one in own)
        escalate = "Escalate: " if severity == "critical" else ""
        found.append(
            Finding(
                severity,
                f"{escalate}{user} read {many(len(own), 'table')} {total} times (usually {usual:.1f} a day){when}.",
                "security",
                ids,
            )
        )
    new = sorted({one.user for one in readers if one.is_new} - set(mass))
    if new:
        more = f" and {len(new) - 4} more" if len(new) > 4 else ""
        found.append(Finding("low", f"New to these tables: {', '.join(new[:4])}{more}.", "security", ids))
    if not found:
        found.append(
            Finding("good", "Nobody reached them for the first time, unusually often or at unusual hours.", "security", ids)
        )
    return found


def _grid(readers: Sequence[Reader], most: int, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Who reached what",
        (
            "table",
            "identity",
            "reads (audit)",
            "at unusual hours",
            "usual a day",
            "events in lineage",
            "writes",
            "through",
            "last",
        ),
        tuple(
            (
                one.table,
                one.user,
                one.data_reads,
                one.odd_hours,
                one.usual,
                one.lineage_reads,
                one.writes,
                one.by.lower(),
                one.last,
            )
            for one in readers[: min(most, 50)]
        ),
        ("text", "text", "number", "number", "number", "number", "number", "text", "text"),
        ids,
    )
