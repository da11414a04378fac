"""Why do jobs take longer? Durations against the period and the month before, then the bottleneck; two rounds."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from agents.answer import Answer
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.performance.bottleneck import Diagnosis, Signs, diagnose
from agents.performance.durations import Facts
from agents.performance.pace import Pace, read_paces
from agents.performance.page import RUNS, nothing
from agents.performance.slower import report
from agents.question import Question
from agents.spans import before, this_week, utc_days
from agents.specialist import Sources
from tools.durations import get_job_duration_trends
from tools.held import held
from tools.period import Period
from tools.signs import job_bills, job_clusters, job_load, job_nodes, job_statements, job_tasks
from tools.slowdown import job_durations

_ETL = re.compile(r"\betl\b", re.IGNORECASE)
MONTH = timedelta(days=30)
TREND_DAYS = 30
LOOKED_AT = 3


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or this week, against the 7 days before and the 30 before those."""
    asked = this_week(question)
    usual = before(question, asked, days=7)
    month = Period(usual.start - MONTH, usual.start, asked.tz)
    named = question.entities
    await sources.progress(f"Comparing the durations of job runs with {usual}")
    table, age = await asyncio.gather(
        job_durations(
            sources.warehouse,
            asked,
            usual,
            month,
            now=question.now,
            jobs=(*named.jobs, *named.pipelines),
            workspaces=named.workspaces,
        ),
        held(sources.warehouse, RUNS, question.now),
    )
    paces = read_paces(list(table))
    running = asked.end >= question.now and any(pace.running for pace in paces)
    if not running and not any(pace.runs or pace.usual_runs for pace in paces):
        return await nothing(question, sources, asked, RUNS, receipts(table, age))
    chosen = _chosen(paces, question)
    await sources.progress("Looking for the bottleneck")
    signs, read = await _signs(sources, asked, usual, chosen)
    diagnoses = {pace.key: _diagnosed(pace, signs[pace.key], asked) for pace in chosen}
    facts = Facts(question, asked, usual, month, paces, chosen, signs, diagnoses, table.receipt.id, read)
    return replace(
        report(facts, sources),
        evidence=receipts(table, *read.values(), age),
        as_of=last_time(age),
        partial=gaps(table, *read.values()),
    )


def _chosen(paces: Sequence[Pace], question: Question) -> tuple[Pace, ...]:
    """What deserves the second round: the jobs that lost most time, those of the asked kind first."""
    slower = sorted((pace for pace in paces if pace.is_slower), key=lambda pace: (-pace.extra, pace.key))
    if _ETL.search(question.text):
        slower.sort(key=lambda pace: not _ETL.search(pace.job.replace("_", " ").replace("-", " ")))
    if not slower and (question.entities.jobs or question.entities.pipelines):
        slower = sorted((pace for pace in paces if pace.is_comparable), key=lambda pace: -abs(pace.extra))
    return tuple(slower[:LOOKED_AT])


def _diagnosed(pace: Pace, signs: Signs, asked: Period) -> Diagnosis:
    return diagnose(pace, signs, asked.start, asked.tz)


async def _signs(
    sources: Sources, asked: Period, usual: Period, chosen: Sequence[Pace]
) -> tuple[dict[str, Signs], dict[str, Attempt]]:
    """What the other tables say of the chosen jobs, by key; and the tables themselves, by name."""
    if not chosen:
        return {}, {}
    keys, warehouse = [pace.key for pace in chosen], sources.warehouse
    trend = get_job_duration_trends(warehouse, chosen[0].job, TREND_DAYS, utc_days(asked).last_day)
    queries = {
        "tasks": attempt("Tasks", job_tasks(warehouse, asked, usual, keys)),
        "clusters": attempt("Cluster definitions", job_clusters(warehouse, asked, usual, keys)),
        "nodes": attempt("CPU and memory", job_nodes(warehouse, asked, usual, keys)),
        "statements": attempt("SQL steps", job_statements(warehouse, asked, usual, keys)),
        "load": attempt("Concurrent runs", job_load(warehouse, asked, usual, keys)),
        "bill": attempt("Costs", job_bills(warehouse, asked, usual, keys)),
        "trend": attempt("Daily durations", trend),
    }
    read = dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))
    return {pace.key: _of(pace, read) for pace in chosen}, read


def _of(pace: Pace, read: dict[str, Attempt]) -> Signs:
    own = {
        name: tuple(row for row in table if (row["workspace_id"], row["job_id"]) == (pace.workspace_id, pace.job_id))
        for name, table in read.items()
        if name != "trend"
    }
    bill = own.pop("bill")
    return Signs(**own, bill=bill[0] if bill else None)
