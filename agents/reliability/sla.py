"""Do jobs keep their promised times? On-time rate, who breaches, when, and who is next."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from agents.answer import Answer
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.question import Question
from agents.reliability.page import FEEDS_DAYS, RUNS, nothing, weeks_before
from agents.reliability.predictor import Outlook, read_outlooks
from agents.reliability.promises import Facts, Promise, read_promises
from agents.reliability.sla_report import report
from agents.spans import this_week, utc_days
from agents.specialist import Sources
from tools.blast import job_feeds, job_owners
from tools.held import held
from tools.period import Period
from tools.promises import kept_by_hour, kept_by_job
from tools.recent import recent_runs

STAND_IN = 60.0  # minutes, where no job has a target


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or this week, against a week before; the target is the question's, else each job's tag.

    Where no job has a target a second round measures them against a stand-in, which the answer says.
    """
    asked = this_week(question)
    usual = weeks_before(question, asked)
    target = float(question.entities.sla_minutes) if question.entities.sla_minutes else None
    await sources.progress(f"Comparing the runs of {asked} with their targets")
    read = await _read(question, sources, asked, usual, target)
    needed(read["jobs"])
    promises, stand_in = read_promises(read["jobs"]), False
    if not promises and target is None:
        stand_in = True
        read = {**read, **await _kept(question, sources, asked, usual, STAND_IN)}
        promises = read_promises(read["jobs"])
    if not promises or (stand_in and not any(one.asked.runs or one.running_late for one in promises)):
        return await nothing(question, sources, asked, receipts(*read.values()))
    facts = Facts(question, asked, usual, promises, target, stand_in, _next(question, asked, promises, read, stand_in), read)
    return replace(
        report(facts, sources), evidence=receipts(*read.values()), as_of=last_time(read["age"]), partial=gaps(*read.values())
    )


async def _read(
    question: Question, sources: Sources, asked: Period, usual: Period, target: float | None
) -> Mapping[str, Attempt]:
    warehouse, last = sources.warehouse, utc_days(asked).last_day
    lineage = last - timedelta(days=FEEDS_DAYS - 1)
    others = {
        "owners": attempt("Owners", job_owners(warehouse, lineage, last)),
        "recent": attempt("Predictions", recent_runs(warehouse, question.now)),
        "feeds": attempt("Jobs upstream", job_feeds(warehouse, lineage, last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    kept, rest = await asyncio.gather(_kept(question, sources, asked, usual, target), asyncio.gather(*others.values()))
    return {**kept, **dict(zip(others, rest, strict=True))}


async def _kept(question: Question, sources: Sources, asked: Period, usual: Period, target: float | None) -> dict[str, Attempt]:
    named, warehouse, now = question.entities, sources.warehouse, question.now
    jobs, hours = await asyncio.gather(
        attempt(
            "Targets",
            kept_by_job(warehouse, asked, usual, now=now, sla_minutes=target, jobs=named.jobs, workspaces=named.workspaces),
        ),
        attempt(
            "Breaches by hour",
            kept_by_hour(warehouse, asked, now=now, sla_minutes=target, jobs=named.jobs, workspaces=named.workspaces),
        ),
    )
    return {"jobs": jobs, "hours": hours}


def _next(
    question: Question, asked: Period, promises: tuple[Promise, ...], read: Mapping[str, Attempt], stand_in: bool
) -> tuple[Outlook, ...]:
    """What threatens the next runs; only where the period ends now and each job has a target of its own to miss."""
    if stand_in or asked.end < question.now:
        return ()
    targets = {one.key: one.target for one in promises if not one.is_hopeless}
    found = read_outlooks(read["recent"], read["feeds"], question.now, targets, frozenset(targets))
    return tuple(one for one in found if one.is_risky)
