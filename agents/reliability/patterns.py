"""Patterns in the failures of a month: repeat offenders, hours, companions, reasons, trend; one round of queries."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from agents.answer import Answer
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.question import Question
from agents.reliability.failed import ended_in
from agents.reliability.habits import Offender, offenders, pairs, peaks
from agents.reliability.jobs import read_jobs
from agents.reliability.page import FEEDS_DAYS, RUNS, nothing, weeks_before
from agents.reliability.pattern_report import Facts, report
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_owners
from tools.held import held
from tools.period import Period
from tools.reliability import get_failed_jobs, get_failure_reasons, get_job_incidents
from tools.runs import LONGEST_RUN, job_outcomes, outcomes_by_day, outcomes_by_hour

DAYS = 28
_FLAKY, _RATE = re.compile(r"flak", re.IGNORECASE), re.compile(r"reliable|\brate\b", re.IGNORECASE)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 28 days, against as many whole weeks before."""
    asked = last_days(question, DAYS)
    usual = weeks_before(question, asked)
    await sources.progress(f"Looking for patterns in the failures of {asked}")
    read = await _read(question, sources, asked, usual)
    needed(read["outcomes"])
    jobs = read_jobs(read["outcomes"])
    if not any(job.asked.any for job in jobs):
        return await nothing(question, sources, asked, receipts(*read.values()))
    known = {job.key: job for job in jobs}
    runs = ended_in(read["failed"], asked, known)
    facts = Facts(
        question,
        asked,
        usual,
        jobs,
        _ranked(offenders(jobs, read["incidents"], runs, asked.tz, len(asked.days)), question.text),
        peaks(read["hours"]),
        pairs(read["incidents"], {of: job.name for of, job in known.items()}),
        runs,
        read,
    )
    return replace(
        report(facts, sources), evidence=receipts(*read.values()), as_of=last_time(read["age"]), partial=gaps(*read.values())
    )


def _ranked(found: tuple[Offender, ...], text: str) -> tuple[Offender, ...]:
    """By what the question asks: the flaky ones by how often they begin to fail, the unreliable by rate, else by failures."""
    if _FLAKY.search(text):
        return tuple(sorted((one for one in found if one.is_flaky), key=lambda one: (-one.streaks, one.job.key)))
    return tuple(sorted(found, key=lambda one: -one.job.asked.rate)) if _RATE.search(text) else found


async def _read(question: Question, sources: Sources, asked: Period, usual: Period) -> Mapping[str, Attempt]:
    warehouse, whole, named = sources.warehouse, utc_days(asked), question.entities
    first, last = whole.first_day, whole.last_day
    narrow = {"jobs": named.jobs, "workspaces": named.workspaces}
    queries = {
        "outcomes": attempt("Job runs", job_outcomes(warehouse, asked, usual, now=question.now, **narrow)),
        "failed": attempt("Failed runs", get_failed_jobs(warehouse, first - LONGEST_RUN, last)),
        "incidents": attempt("Recoveries", get_job_incidents(warehouse, first, last, min(question.now, asked.end))),
        "reasons": attempt("Reasons", get_failure_reasons(warehouse, first, last)),
        "hours": attempt("Failures by hour", outcomes_by_hour(warehouse, asked, **narrow)),
        "days": attempt("Failures per day", outcomes_by_day(warehouse, asked, **narrow)),
        "owners": attempt("Owners", job_owners(warehouse, last - timedelta(days=FEEDS_DAYS - 1), last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))
