"""Which tables fail their checks, how severe that is, and the job to which the failures trace."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, needed, receipts
from agents.counts import many
from agents.figures import moment
from agents.quality import checks
from agents.quality.condition import Job, blamed
from agents.quality.page import age, bounds, dashboard, last_instant, some, when, whole_account
from agents.question import Question
from agents.spans import before, last_days, name
from agents.specialist import Sources
from tools.period import Period
from tools.quality import get_data_quality_summary, get_tables_failing_quality
from tools.upkeep import failures_in

DAYS, AGE_HOURS = 7, 24
RANKS: Mapping[str, Severity] = {"CRITICAL": "critical", "HIGH": "high", "MEDIUM": "low"}


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    past: Period
    failing: Attempt
    during: Attempt
    earlier: Attempt
    schemas: Attempt

    @property
    def read(self) -> tuple[Attempt, ...]:
        return (self.failing, self.during, self.earlier, self.schemas)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    @property
    def unhealthy(self) -> list[dict[str, Any]]:
        """Tables that fail a check at the end of the period, most severe first."""
        return [row for row in self.failing if row["severity"] != "MEDIUM"]

    @property
    def monitored(self) -> int:
        return len(list(self.during))

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Tables that failed at any time in the period."""
        return [row for row in self.during if row["failed"]]


async def investigate(question: Question, sources: Sources) -> Answer:
    """One named table: its checks; else all monitored tables, 7 days, against the days before."""
    if question.entities.tables:
        return await checks.investigate(question, sources)
    asked = last_days(question, DAYS)
    past = before(question, asked, days=len(asked.days))
    await sources.progress("Reading the results of quality monitoring")
    house, (_, last, days) = sources.warehouse, bounds(asked)
    failing, during, earlier, schemas = await asyncio.gather(
        attempt("Failing tables", get_tables_failing_quality(house, AGE_HOURS, max(days, DAYS), last_instant(asked))),
        attempt("Results of the period", failures_in(house, asked)),
        attempt("Results of the time before", failures_in(house, past)),
        attempt("Totals by schema", get_data_quality_summary(house, max(days, DAYS), last)),
    )
    needed(failing, during)
    facts = Facts(asked, past, failing, during, earlier, schemas)
    if during.table is not None and not facts.monitored:
        return await checks.nothing(question, sources, asked, receipts(*facts.read))
    return replace(_report(question, facts), links=dashboard(sources, asked))


def _report(question: Question, facts: Facts) -> Answer:
    jobs = causes(facts.unhealthy)
    worst = facts.unhealthy[0]["table_full_name"] if facts.unhealthy else None
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=checks.answerable(question, _headline(question, facts, jobs)),
        summary=_summary(question, facts),
        findings=tuple(_findings(facts)),
        recommendations=_advice(facts, jobs),
        tables=_grids(facts),
        followups=(
            *((f"What's the data lineage for {worst}?", f"What breaks if {worst} is wrong?") if worst else ()),
            "Which tables are stale?",
            "Which jobs failed in the last 7 days?",
        ),
        evidence=receipts(*facts.read),
        as_of=max((row["last_result"] for row in facts.during), default=None),
        baseline=f"{name(facts.past, question)}; expected ranges are those of Databricks' own monitoring",
        partial=(*checks.lacking(question), *whole_account(question), *gaps(*facts.read)),
    )


def causes(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Job, int]]:
    """The jobs that monitoring names, with the number of failing tables that trace to each, most first."""
    named = [job for row in rows for job in dict.fromkeys(blamed(row["upstream_jobs_json"]))]
    return Counter(named).most_common()


def _headline(question: Question, facts: Facts, jobs: Sequence[tuple[Job, int]]) -> str:
    bad, total, asked_for = len(facts.unhealthy), facts.monitored, when(question, facts.asked)
    past = f" at the end of {asked_for}" if facts.asked.end < question.now else ""
    if not bad:
        recovered = f"; {many(len(facts.failed), 'table')} failed for a time and recovered" if facts.failed else ""
        return f"All {many(total, 'monitored table')} pass their checks in {asked_for}{recovered}."
    critical = sum(row["severity"] == "CRITICAL" for row in facts.unhealthy)
    grave = f", {critical} of them critical" if critical else ""
    traced = ""
    if jobs:
        job, count = jobs[0]
        which = "it traces" if bad == 1 else f"{'all' if count == bad else f'{count} of them'} trace"
        traced = f"; {which} to job {job.name} (last run {job.status or 'not recorded'})"
    fail = (
        ("failed its checks" if bad == 1 else "failed their checks")
        if past
        else ("fails its checks" if bad == 1 else "fail their checks")
    )
    return f"{bad} of {many(total, 'monitored table')} {fail}{past}{grave}{traced}."


def _summary(question: Question, facts: Facts) -> str:
    then = sum(bool(row["failed"]) for row in facts.earlier)
    now = len(facts.failed)
    if facts.earlier.table is None or not list(facts.earlier):
        against = "there is nothing to compare with before"
    else:
        against = f"{many(then, 'table')} failed in {name(facts.past, question)}"
    return f"{many(now, 'table')} failed at least once in the period; {against}."


def _findings(facts: Facts) -> list[Finding]:
    ids = facts.ids
    found = [Finding(RANKS[row["severity"]], _told(row, facts.asked.tz), "quality", ids) for row in facts.unhealthy[:6]]
    recovered = [row["node"] for row in facts.failed if row["status"] == "HEALTHY"]
    if recovered:
        found.append(Finding("low", f"Failed for a time and healthy again: {some(recovered)}.", "quality", ids))
    old = [row["table_full_name"] for row in facts.failing if row["severity"] == "MEDIUM"]
    if old:
        told = f"Not monitored and unchanged for more than {AGE_HOURS} h: {some(old)}."
        found.append(Finding("low", told, "quality", ids))
    if not facts.unhealthy and facts.during.table is not None:
        found.append(Finding("good", "No monitored table fails a check now.", "quality", ids))
    return found


def _told(row: Mapping[str, Any], tz: str) -> str:
    since = f" since {moment(row['unhealthy_since'], tz)}" if row["unhealthy_since"] else ""
    checks_failed = [reason for reason in str(row["reasons"] or "").split(", ") if reason not in ("age", "")]
    rows = ""
    if "completeness" in checks_failed and row["daily_row_count"] is not None:
        rows = f" ({row['daily_row_count']:,} rows a day, at least {row['daily_row_count_min'] or 0:,} expected)"
    is_old = "freshness" in checks_failed and row["hours_since_update"] > AGE_HOURS
    changed = f"; unchanged for {age(row['hours_since_update'])}" if is_old else ""
    hit = (
        f"; {row['downstream_tables']} tables and {row['queries_30d']} queries in 30 days depend on it"
        if row["queries_30d"]
        else ""
    )
    return f"{row['table_full_name']} fails {' and '.join(checks_failed) or 'its checks'}{rows}{since}{changed}{hit}."


def _advice(facts: Facts, jobs: Sequence[tuple[Job, int]]) -> tuple[str, ...]:
    said = [
        f"Get job {job.name} running again ({job.status or 'no status'}): {many(count, 'failing table')} trace to it."
        for job, count in jobs[:2]
    ]
    alone = [row for row in facts.unhealthy if not blamed(row["upstream_jobs_json"])]
    said += [f"Look at what writes {row['table_full_name']}: monitoring names no job for it." for row in alone[:2]]
    return tuple(said)


def _grids(facts: Facts) -> tuple[Grid, ...]:
    shown = [*facts.unhealthy, *(row for row in facts.failing if row["severity"] == "MEDIUM")]
    rows = tuple(
        (
            row["table_full_name"], row["severity"].lower(), row["reasons"], row["unhealthy_since"],
            age(row["hours_since_update"]), row["downstream_tables"],
            ", ".join(job.name for job in blamed(row["upstream_jobs_json"])) or "–",
        )
        for row in shown[:20]
    )  # fmt: skip
    names = ("table", "severity", "fails", "since", "changed ago", "tables below", "traces to job")
    failing = Grid(
        "Tables that fail or are old", names, rows, ("text", "text", "text", "text", "text", "number", "text"), facts.ids
    )
    schemas = tuple(
        (
            f"{row['catalog_name']}.{row['schema_name']}", row["monitored_tables"], row["unhealthy_tables"], row["stale_tables"],
            row["incomplete_tables"], (row["healthy_pct"] or 0) / 100,
        )
        for row in facts.schemas
    )  # fmt: skip
    kinds = ("text", "number", "number", "number", "number", "percent")
    by_schema = Grid(
        "By schema",
        ("schema", "monitored", "failing", "stale", "incomplete", "healthy"),
        schemas[:15],
        kinds,
        facts.ids,
        detail=bool(rows),
    )
    return tuple(grid for grid in (failing, by_schema) if grid.rows)
