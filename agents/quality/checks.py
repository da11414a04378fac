"""The checks of one table: what they say now, since when, and the rows that came against the range that was expected."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Chart, Finding, Grid
from agents.attempt import attempt, gaps, receipts
from agents.counts import many
from agents.figures import moment, number
from agents.quality.condition import blamed
from agents.quality.page import age, bounds, dashboard, short, when
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import writers
from tools.period import Period
from tools.quality import get_data_quality_results, get_data_quality_summary
from tools.table import Receipt

DAYS = 14
MONITORING = "system.data_quality_monitoring.table_results"
REACH_DAYS = 400
Rows = Sequence[dict[str, Any]]
_UNRECORDED = re.compile(
    r"null|duplicat|schema|distribut|drift|outlier|expectation|violation|rule|profile|statistic|garbage|weird", re.I
)
_NOT_RECORDED = (
    "System tables record freshness and row counts of monitored tables. Nulls, duplicates, distributions, expectations and "
    "schema changes are not recorded there: enable data profiling on the table, or look at the pipeline's event log."
)


def answerable(question: Question, headline: str) -> str:
    """The headline, after a word that what was asked for is not recorded."""
    return f"That is not recorded in system tables. What is: {headline}" if lacking(question) else headline


def lacking(question: Question) -> tuple[str, ...]:
    """What the question asks that no system table can know."""
    return (_NOT_RECORDED,) if _UNRECORDED.search(question.text) else ()


async def investigate(question: Question, sources: Sources) -> Answer:
    """The first named table, 14 days."""
    asked, table = last_days(question, DAYS), question.entities.tables[0]
    first, last, _ = bounds(asked)
    results, wrote = await asyncio.gather(
        get_data_quality_results(sources.warehouse, first, last, table),
        attempt("Writers", writers(sources.warehouse, (table.lower(),), first, last)),
    )
    rows = [row for row in results if asked.start <= row["event_time"] < asked.end]
    if not rows:
        return await nothing(question, sources, asked, receipts(results, wrote), table)
    report = _report(question, asked, table, rows, next(iter(wrote), None), results.receipt.id)
    return replace(
        report,
        links=dashboard(sources, asked),
        evidence=receipts(results, wrote),
        partial=(*lacking(question), *gaps(results, wrote)),
    )


def _report(question: Question, asked: Period, table: str, rows: Rows, by: dict[str, Any] | None, receipt: str) -> Answer:
    newest, ids = rows[0], (receipt,)
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=answerable(question, _headline(table, rows, asked)),
        summary=_summary(rows, when(question, asked)),
        findings=tuple(_findings(rows, ids, asked.tz)),
        recommendations=_advice(table, newest, by),
        tables=(_grid(rows, ids),),
        charts=_chart(table, rows, asked.tz),
        followups=(
            f"What's the data lineage for {table}?",
            f"What breaks if {table} is wrong?",
            f"Who accessed {table} in the last 30 days?",
        ),
        as_of=newest["event_time"],
        baseline="the ranges that Databricks' own monitoring predicted",
    )


def streak(rows: Rows) -> Rows:
    """The newest results that are all unhealthy, newest first."""
    bad = []
    for row in rows:
        if row["status"] != "UNHEALTHY":
            break
        bad.append(row)
    return bad


def _headline(table: str, rows: Rows, asked: Period) -> str:
    bad = streak(rows)
    if not bad:
        status, when = rows[0]["status"].lower(), moment(rows[0]["event_time"], asked.tz)
        if status != "healthy":
            return f"Whether {table} passes its checks is not known: monitoring says {status} as of {when}."
        return f"{table} passes its checks: healthy as of {when}."
    failed = [check for check in ("freshness", "completeness") if bad[0][f"{check}_status"] == "UNHEALTHY"]
    whole = len(bad) == len(rows)
    since = f"in all {many(len(rows), 'result')} of the period" if whole else f"since {moment(bad[-1]['event_time'], asked.tz)}"
    jobs = blamed(bad[0]["upstream_jobs_json"])
    cause = f"; monitoring names job {jobs[0].name} as the cause (last run {jobs[0].status})" if jobs else ""
    return f"{table} fails {' and '.join(failed) or 'its checks'} {since}{cause}."


def _summary(rows: Rows, asked_for: str) -> str:
    failed = sum(row["status"] == "UNHEALTHY" for row in rows)
    newest = rows[0]
    commit = newest["last_commit_time"]
    hours = age((newest["event_time"] - commit).total_seconds() / 3600) if commit else ""
    changed = f" Its last commit was {hours} old at the newest check." if commit else ""
    return f"{failed} of {many(len(rows), 'result')} in {asked_for} failed.{changed}{_rows_told(newest)}"


def _rows_told(row: dict[str, Any]) -> str:
    if row["daily_row_count"] is None:
        return ""
    low, high = row["daily_row_count_min"], row["daily_row_count_max"]
    expected = f" ({number(low)} to {number(high)} expected)" if low is not None and high is not None else ""
    return f" Rows of the last day: {number(row['daily_row_count'])}{expected}."


def _findings(rows: Rows, ids: tuple[str, ...], tz: str) -> list[Finding]:
    newest, found = rows[0], []
    if newest["freshness_status"] == "UNHEALTHY":
        by = (
            f", a commit was expected by {moment(newest['predicted_commit_time'], tz)}" if newest["predicted_commit_time"] else ""
        )
        last = moment(newest["last_commit_time"], tz) if newest["last_commit_time"] else "not recorded"
        found.append(Finding("high", f"Freshness: last commit {last}{by}.", "quality", ids))
    if newest["completeness_status"] == "UNHEALTHY":
        found.append(Finding("high", f"Completeness:{_rows_told(newest)}", "quality", ids))
    if newest["status"] == "UNHEALTHY" and newest["queries_30d"]:
        depend = f"{many(newest['downstream_tables'], 'table')} and {many(newest['queries_30d'], 'query')} in 30 days"
        found.append(Finding("medium", f"Depend on it, by monitoring: {depend}.", "quality", ids))
    past = [row for row in rows[len(streak(rows)) :] if row["status"] == "UNHEALTHY"]
    if past:
        found.append(Finding("low", f"Failed before too, last on {moment(past[0]['event_time'], tz)}.", "quality", ids))
    if newest["error_codes"]:
        found.append(Finding("low", f"A check could not run: {newest['error_codes']}.", "quality", ids))
    if not found:
        found.append(Finding("good", "Fresh and complete in every result.", "quality", ids))
    return found


def _advice(table: str, newest: dict[str, Any], by: dict[str, Any] | None) -> tuple[str, ...]:
    if newest["status"] != "UNHEALTHY":
        return ()
    jobs = blamed(newest["upstream_jobs_json"])
    said = [f"Get job {job.name} running again: its last run {job.status}." for job in jobs[:1]]
    if by:
        whom = f" and ask {by['last_user']}" if by["last_user"] else ""
        said.append(f"Then run {by['entity_name']} ({by['workspace_name']}), which writes {short(table)}{whom}.")
    return tuple(said)


def _grid(rows: Rows, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Results, newest first",
        ("checked", "status", "freshness", "last commit", "completeness", "rows of the day", "expected from", "to"),
        tuple(
            (
                row["event_time"], row["status"].lower(), row["freshness_status"].lower(), row["last_commit_time"],
                row["completeness_status"].lower(), row["daily_row_count"], row["daily_row_count_min"],
                row["daily_row_count_max"],
            )
            for row in rows[:14]
        ),
        ("text", "text", "text", "text", "text", "number", "number", "number"),
        ids,
    )  # fmt: skip


def _chart(table: str, rows: Rows, tz: str) -> tuple[Chart, ...]:
    counted = [row for row in reversed(rows[:21]) if None not in (row["daily_row_count"], row["daily_row_count_min"])]
    if len(counted) < 3:
        return ()
    x = tuple(Period(row["event_time"], row["event_time"], tz).first_day.isoformat() for row in counted)
    series = {
        "rows of the day": tuple(float(row["daily_row_count"]) for row in counted),
        "expected at least": tuple(float(row["daily_row_count_min"]) for row in counted),
    }
    alt = ", ".join(f"{day} {number(row['daily_row_count'])}" for day, row in zip(x[-7:], counted[-7:], strict=True))
    return (Chart(f"Rows of the day in {short(table)}", "line", x, series, "rows", f"{alt}.", x[-1]),)


async def nothing(question: Question, sources: Sources, asked: Period, evidence: tuple[Receipt, ...], table: str = "") -> Answer:
    """No result fits: says whether the table is monitored at all, and up to when there are results."""
    today = bounds(Period(question.now, question.now, "UTC"))[0]
    held = list(await get_data_quality_summary(sources.warehouse, REACH_DAYS, today))
    last = max((row["last_event_time"] for row in held), default=None)
    monitored = sum(row["monitored_tables"] for row in held)
    has = (
        f"{MONITORING} holds results of {many(monitored, 'table')}, the newest of {last:%a %-d %b %Y} (UTC)."
        if last
        else f"{MONITORING} holds no results at all: quality monitoring is not enabled on any schema."
    )
    enable = f" If {short(table)} is not among them, enable monitoring on its schema." if table and last else ""
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=f"There are no quality results{f' of {table}' if table else ''} in {when(question, asked)}.",
        summary=f"{has}{enable} That says nothing about whether the data is good.",
        evidence=evidence,
        as_of=last,
        links=dashboard(sources, asked),
        followups=(*((f"Is {table} fresh?",) if table else ()), "Which tables fail quality checks?"),
    )
