"""Failures grouped into incidents: since when, how grave, what they broke below, what they cost, how long to recover."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from agents.answer import Answer
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.question import Question
from agents.reliability.groups import Incident, group
from agents.reliability.incident_report import Facts, Impact, report
from agents.reliability.jobs import read_jobs
from agents.reliability.page import FEEDS_DAYS, RUNS, nothing, weeks_before
from agents.reliability.streaks import read_streaks
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_feeds, job_owners, tables_below
from tools.held import held
from tools.job_costs import get_job_failure_costs
from tools.period import Period
from tools.reliability import get_job_incidents, get_job_mttr
from tools.runs import job_outcomes

_OPEN = re.compile(r"\bopen\b|\bongoing|still|right now|active", re.IGNORECASE)
MOST_TRACED = 40  # jobs whose tables are followed


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days, against a week before; what hangs on the failing jobs is a second round."""
    asked = last_days(question, 7)
    usual = weeks_before(question, asked)
    await sources.progress(f"Grouping the failures of {asked}")
    read = await _read(question, sources, asked, usual)
    needed(read["incidents"])
    jobs = read_jobs(read["outcomes"])
    if not any(job.asked.any or job.running for job in jobs) and not len(list(read["incidents"])):
        return await nothing(question, sources, asked, receipts(*read.values()))
    chosen = _chosen(group(read_streaks(read["incidents"], asked, read["feeds"])), question)
    weightiest = sorted(chosen, key=lambda one: (not one.is_open, -one.failed, one.start))
    traced = list(dict.fromkeys(key for one in weightiest for key in one.keys))[:MOST_TRACED]
    await sources.progress("Following the tables below")
    read |= {"below": await _below(sources, asked, traced)}
    impacts = _impacts(chosen, read, min(question.now, asked.end))
    facts = Facts(question, asked, usual, impacts, bool(_OPEN.search(question.text)), {job.key: job for job in jobs}, read)
    return replace(
        report(facts, sources), evidence=receipts(*read.values()), as_of=last_time(read["age"]), partial=gaps(*read.values())
    )


async def _read(question: Question, sources: Sources, asked: Period, usual: Period) -> dict[str, Attempt]:
    warehouse, whole, earlier, named = sources.warehouse, utc_days(asked), utc_days(usual), question.entities
    first, last, now = whole.first_day, whole.last_day, min(question.now, asked.end)
    lineage = last - timedelta(days=FEEDS_DAYS - 1)
    outcomes = job_outcomes(warehouse, asked, usual, now=question.now, jobs=named.jobs, workspaces=named.workspaces)
    queries = {
        "incidents": attempt("Incidents", get_job_incidents(warehouse, first, last, now)),
        "earlier": attempt("Earlier incidents", get_job_incidents(warehouse, earlier.first_day, earlier.last_day, usual.end)),
        "mttr": attempt("Recovery times per job", get_job_mttr(warehouse, first, last, now)),
        "outcomes": attempt("Job runs", outcomes),
        "costs": attempt("Costs of failures", get_job_failure_costs(warehouse, first, last, 1000)),
        "owners": attempt("Owners", job_owners(warehouse, lineage, last)),
        "feeds": attempt("Jobs upstream", job_feeds(warehouse, lineage, last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


async def _below(sources: Sources, asked: Period, traced: Sequence[str]) -> Attempt:
    last = utc_days(asked).last_day
    if not traced:
        return Attempt(None)
    days = timedelta(days=FEEDS_DAYS - 1)
    return await attempt("Tables downstream", tables_below(sources.warehouse, last - days, last, traced))


def _chosen(found: Sequence[Incident], question: Question) -> tuple[Incident, ...]:
    """Those that touch what the question names; single failures only where a job is named."""
    named, kept = question.entities, []
    for one in found:
        is_job = not named.jobs or any(job in named.jobs for job in one.jobs)
        is_place = not named.workspaces or any(streak.workspace in named.workspaces for streak in one.streaks)
        if is_job and is_place:
            kept.append(one)
    return tuple(kept)


def _impacts(chosen: Sequence[Incident], read: Mapping[str, Attempt], now: datetime) -> tuple[Impact, ...]:
    """A job's cost is shared among its incidents by their failed runs."""
    costs = {f"{row['workspace_id']}/{row['job_id']}": float(row["failure_cost_usd"] or 0) for row in read["costs"]}
    runs: dict[str, int] = defaultdict(int)
    for one in chosen:
        for streak in one.streaks:
            runs[streak.key] += streak.failed
    below: dict[str, dict[str, int]] = defaultdict(dict)
    for row in read["below"]:
        below[row["job_key"]][row["table_full_name"]] = row["depth"]
    return tuple(
        sorted(
            (
                Impact(
                    one,
                    _tables(one, below),
                    sum(costs.get(streak.key, 0) * streak.failed / runs[streak.key] for streak in one.streaks),
                    one.minutes(now),
                )
                for one in chosen
            ),
            key=lambda impact: impact.place,
        )
    )


def _tables(one: Incident, below: Mapping[str, Mapping[str, int]]) -> tuple[tuple[str, int], ...]:
    """The tables that hang on its jobs, with the fewest steps from one of them; 0 = written by it."""
    found: dict[str, int] = {}
    for key in one.keys:
        for table, depth in below.get(key, {}).items():
            found[table] = min(depth, found.get(table, depth))
    return tuple(sorted(found.items(), key=lambda item: (item[1], item[0])))
