"""Which tables are late: against what monitoring expected, against their own habit, or older than what is asked."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.quality import unused, update
from agents.quality.condition import Condition, conditions
from agents.quality.page import LINEAGE, age, dashboard, last_instant, learned, some, unknown, whole_account
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import writers
from tools.held import held
from tools.period import Period
from tools.quality import get_data_freshness_by_domain, get_table_freshness
from tools.upkeep import rhythm

REACH_DAYS, DAY_HOURS = 90, 24
SHOWN = 20
_UNUSED = re.compile(r"\b(unused|inactive|orphan|nobody|no one|without (any )?reads?|not (being )?read|never read)", re.I)
_SPAN = re.compile(r"(\d+|an?|one|two|three)\s*(hour|day|week|month)s?\b|\b(\d+)\s*(h|d)\b", re.I)
_HOURS = {"hour": 1, "h": 1, "day": 24, "d": 24, "week": 168, "month": 720}
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    limit: int
    total: int
    rows: list[dict[str, Any]]
    state: dict[str, Condition]
    wrote: Attempt
    read: Sequence[Attempt]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    def of(self, state: str) -> list[str]:
        """Names in one state, the oldest change first."""
        return [row["table_full_name"] for row in self.rows if self.state[row["table_full_name"]].state == state]

    @property
    def older(self) -> list[str]:
        return [row["table_full_name"] for row in self.rows if row["is_stale"]]

    def writer(self, node: str) -> dict[str, Any] | None:
        return next((row for row in self.wrote if row["node"] == node), None)


def limit_hours(question: Question) -> int | None:
    """The age that the question names: 48 hours, a week, 30 days."""
    found = _SPAN.search(question.entities.threshold or question.text)
    if not found:
        return None
    count, unit = (found[1], found[2]) if found[2] else (found[3], found[4])
    times = _WORDS.get(count.lower()) or int(count)
    return max(1, min(times * _HOURS[unit.lower()], 24 * REACH_DAYS))


async def investigate(question: Question, sources: Sources) -> Answer:
    """One named table; unused tables where those are asked for; else all tables, now or at the end of the period."""
    if question.entities.tables:
        return await update.investigate(question, sources)
    if _UNUSED.search(question.text):
        return await unused.investigate(question, sources)
    asked = last_days(question, REACH_DAYS)
    limit, end = limit_hours(question) or DAY_HOURS, last_instant(asked)
    await sources.progress("Looking when each table changed last")
    house = sources.warehouse
    fresh, habit, domains, known = await asyncio.gather(
        attempt("Ages of tables", get_table_freshness(house, limit, REACH_DAYS, end)),
        attempt("Usual pauses between writes", rhythm(house, learned(asked), asked.end)),
        attempt("Ages by schema", get_data_freshness_by_domain(house, limit, end)),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    needed(fresh, habit)
    known_age = [row for row in fresh if row["hours_since_update"] is not None]
    if fresh.table is None:
        known_age = [_from_lineage(row, limit) for row in habit]
    rows = [row for row in known_age if row["is_stale"]] if limit_hours(question) else known_age
    if not known_age:
        return await unknown(question, sources, asked, receipts(fresh, habit, domains, known))
    state = conditions(map(_as_health, rows), habit, asked.end)
    listed = [row["table_full_name"] for row in rows if row["is_stale"] or state[row["table_full_name"]].state in ("bad", "late")]
    last = end.date()
    wrote = await attempt("Writers", writers(house, listed[: 5 * SHOWN], learned(asked), last))
    facts = Facts(asked, limit, len(known_age), rows, state, wrote, (fresh, habit, domains, known, wrote))
    return replace(_report(question, facts, domains, last_time(known)), links=dashboard(sources, asked))


def _from_lineage(row: dict[str, Any], limit: int) -> dict[str, Any]:
    """A row of `rhythm` in place of one of get_table_freshness, where there is no monitoring."""
    return {
        "table_full_name": row["node"], "last_update_time": row["last_write"], "hours_since_update": row["hours_since"],
        "is_stale": row["hours_since"] > limit, "updated_by": None, "monitored_status": None,
    }  # fmt: skip


def _as_health(row: dict[str, Any]) -> dict[str, Any]:
    """A row of get_table_freshness as a result of monitoring, of which it holds the freshness."""
    status = row["monitored_status"] or ""
    return {
        "table_full_name": row["table_full_name"], "status": status, "freshness_status": status, "completeness_status": "",
        "last_commit_time": row["last_update_time"], "impact_level": 0, "upstream_jobs_json": None,
    }  # fmt: skip


def _report(question: Question, facts: Facts, domains: Attempt, as_of: Any) -> Answer:
    worst = next(iter((*facts.of("bad"), *facts.of("late"), *facts.older)), "")
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_headline(facts, limit_hours(question) is not None),
        summary=(
            f"{many(facts.total, 'table')} changed in {REACH_DAYS} days, {len(facts.older)} of them longer than "
            f"{age(facts.limit)} ago. "
            "Late means: by monitoring's own forecast, or (where a table is not monitored) more than 1.5 times the pause that "
            "95% of its own pauses keep to. A table that is written once a month is not late after a week."
        ),
        findings=tuple(_findings(facts)),
        recommendations=_advice(facts),
        tables=_grids(facts, domains, question.entities.top_n or SHOWN),
        followups=(
            *((f"Why is {worst} not updated?", f"What breaks if {worst} is wrong?") if worst else ()),
            "Which jobs failed in the last 7 days?",
            "Which tables are unused?",
        ),
        evidence=receipts(*facts.read),
        as_of=as_of,
        baseline="monitoring's forecast of the next commit; each table's own pauses between writes in 60 days",
        partial=(*whole_account(question), *gaps(*facts.read)),
    )


def _headline(facts: Facts, has_limit: bool) -> str:
    bad, late = facts.of("bad"), facts.of("late")
    if has_limit:
        oldest = f", the longest {facts.older[0]} ({age(facts.rows[0]['hours_since_update'])})" if facts.older else ""
        return f"{many(len(facts.older), 'table')} have not changed for {age(facts.limit)} or more{oldest}."
    if not bad and not late:
        return f"No table is late: all {many(facts.total, 'table')} changed when they usually do."
    named = some((*bad, *late), 3)
    watched = f", {len(bad)} of them by monitoring" if bad else ""
    return f"{many(len(bad) + len(late), 'table')} of {facts.total} are late{watched}: {named}."


def _findings(facts: Facts) -> list[Finding]:
    ids, bad, late = facts.ids, facts.of("bad"), facts.of("late")
    found = [
        Finding("high", f"{node} fails its freshness check: {facts.state[node].against}.", "quality", ids) for node in bad[:5]
    ]
    production = [node for node in late if node.startswith("prod")]
    found += [Finding("medium", f"{node} is late: {facts.state[node].against}.", "quality", ids) for node in production[:4]]
    rest = [node for node in late if node not in production[:4]]
    if rest:
        told = some(f"{node} ({age(facts.state[node].hours)})" for node in rest)
        found.append(Finding("low", f"Late too: {told}.", "quality", ids))
    only_old = [node for node in facts.older if facts.state[node].state not in ("bad", "late")]
    if only_old:
        told = f"Older than {age(facts.limit)}, but not late for them: {some(only_old)}."
        found.append(Finding("info", told, "quality", ids))
    if not bad and not late and not only_old:
        found.append(Finding("good", "No table is late.", "quality", ids))
    return found


def _advice(facts: Facts) -> tuple[str, ...]:
    said = []
    for node in (*facts.of("bad"), *facts.of("late"))[:3]:
        by = facts.writer(node)
        if by and not facts.state[node].is_overdue:
            said.append(f"Look at what {node} is made from: {by['entity_name']} still writes it, but its check fails.")
        elif by:
            whom = f"Ask {by['last_user']}" if by["last_user"] else "Find out"
            said.append(f"{whom} why {by['entity_name']} ({by['workspace_name']}) no longer writes {node}.")
        else:
            said.append(f"Find out what should write {node}: no writer is recorded in 60 days.")
    return tuple(said)


def _grids(facts: Facts, domains: Attempt, most: int) -> tuple[Grid, ...]:
    order = {"bad": 0, "late": 1}
    listed = [row for row in facts.rows if row["is_stale"] or facts.state[row["table_full_name"]].state in order]
    listed.sort(key=lambda row: order.get(facts.state[row["table_full_name"]].state, 2))
    rows = []
    for row in listed[:most]:
        own, by = facts.state[row["table_full_name"]], facts.writer(row["table_full_name"])
        usual = age(own.usual_hours) if own.usual_hours else "–"
        writer = by["entity_name"] if by else "–"
        rows.append((row["table_full_name"], own.word, age(own.hours), usual, own.changed, writer, row["updated_by"] or "–"))
    names = ("table", "state", "changed ago", "usually every", "last change", "written by", "as")
    late = Grid("Late and old tables", names, tuple(rows), ("text",) * 7, facts.ids)
    schemas = Grid(
        "By schema",
        ("schema", "tables", f"older than {age(facts.limit)}", "fresh", "median age", "oldest", "its age"),
        tuple(
            (
                row["domain"], row["tables"], row["stale_tables"], (row["fresh_pct"] or 0) / 100,
                age(row["median_hours_since_update"]), row["stalest_table"], age(row["stalest_hours"]),
            )
            for row in list(domains)[:15]
        ),
        ("text", "number", "number", "percent", "text", "text", "text"),
        domains.ids,
    )  # fmt: skip
    return tuple(grid for grid in (late, schemas) if grid.rows)
