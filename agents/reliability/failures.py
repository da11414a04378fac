"""Which job runs failed, of what, whether they still do, what that cost, and what to do; one round of queries."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from agents.answer import Answer
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.question import Question
from agents.reliability import classes, drift, pipelines
from agents.reliability.failed import Facts, ended_in, group, kept
from agents.reliability.jobs import read_jobs
from agents.reliability.page import FEEDS_DAYS, RUNS, nothing, weeks_before
from agents.reliability.report import report
from agents.reliability.streaks import newest, read_streaks
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_feeds, job_owners
from tools.durations import get_pipeline_health
from tools.held import held
from tools.job_costs import get_job_failure_costs
from tools.period import Period
from tools.reliability import get_failed_jobs, get_failed_tasks, get_job_incidents
from tools.runs import LONGEST_RUN, job_outcomes, outcomes_by_day

_SILENT = re.compile(
    r"(haven'?t|hasn'?t|have not|has not|did ?n[o']?t|not) (re)?run\b|stopped running|missed (schedule|run)|no longer run",
    re.IGNORECASE,
)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days, against a week before; a run belongs to the period in which it ended."""
    if _SILENT.search(question.text):
        return await drift.investigate(question, sources)
    if question.entities.pipelines and not question.entities.jobs:
        return await pipelines.investigate(question, sources)
    asked = last_days(question, 7)
    usual = weeks_before(question, asked)
    await sources.progress(f"Reading the job runs of {asked}")
    read = await _read(question, sources, asked, usual)
    needed(read["outcomes"])
    jobs = read_jobs(read["outcomes"])
    if not any(job.asked.any or job.running or (question.entities.jobs and job.last_time) for job in jobs):
        return await nothing(question, sources, asked, receipts(*read.values()))
    known = {job.key: job for job in jobs}
    focus = None if question.entities.jobs else classes.asked(question.text)
    streaks = newest(read_streaks(read["incidents"], asked, read["feeds"]))
    facts = Facts(
        question,
        asked,
        usual,
        jobs,
        group(kept(ended_in(read["failed"], asked, known), focus), known, streaks, read, is_now=asked.end >= question.now),
        kept(ended_in(read["failed"], usual, known), focus),
        focus,
        read,
    )
    return replace(
        report(facts, sources),
        evidence=receipts(*read.values()),
        as_of=last_time(read["age"]),
        partial=(*_cut(facts), *gaps(*read.values())),
    )


async def _read(question: Question, sources: Sources, asked: Period, usual: Period) -> Mapping[str, Attempt]:
    """Whatever tools count in UTC days is asked for the days that the period touches."""
    warehouse, named, whole = sources.warehouse, question.entities, utc_days(asked)
    first, last = whole.first_day, whole.last_day
    started = utc_days(usual).first_day - LONGEST_RUN
    lineage = last - timedelta(days=FEEDS_DAYS - 1)
    narrow = {"jobs": named.jobs, "workspaces": named.workspaces}
    queries = {
        "outcomes": attempt("Job runs", job_outcomes(warehouse, asked, usual, now=question.now, **narrow)),
        "failed": attempt("Failed runs", get_failed_jobs(warehouse, min(started, first), last)),
        "incidents": attempt("Recoveries", get_job_incidents(warehouse, first, last, min(question.now, asked.end))),
        "costs": attempt("Costs of failures", get_job_failure_costs(warehouse, first, last, 1000)),
        "owners": attempt("Owners", job_owners(warehouse, lineage, last)),
        "tasks": attempt("Failed tasks", get_failed_tasks(warehouse, first, last, 1000)),
        "feeds": attempt("Jobs upstream", job_feeds(warehouse, lineage, last)),
        "days": attempt("Failures per day", outcomes_by_day(warehouse, asked, **narrow)),
        "pipelines": attempt("Pipeline updates", get_pipeline_health(warehouse, first, last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


def _cut(facts: Facts) -> tuple[str, ...]:
    failed, text = facts.read["failed"].table, facts.question.text
    told = []
    if failed is not None and failed.truncated:
        told.append(f"Only the newest {len(failed):,} failed runs were read; counts of jobs are of all.")
    if facts.focus == "memory":
        told.append("Out of memory has no termination code of its own: shown are stopped drivers and errors in jobs' own code.")
    if re.search(r"error (message|text)|stack ?trace|\blogs?\b", text, re.IGNORECASE):
        told.append("System tables hold the code of an error, not its text: that stands in the run itself.")
    return tuple(told)
