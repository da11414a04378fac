"""When will this job finish, or how long will it take?"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agents.answer import Answer, Finding, Grid, Link
from agents.attempt import gaps, last_time, receipts
from agents.counts import many, span
from agents.figures import moment
from agents.performance.pace import Pace, read_paces
from agents.performance.page import JOBS, RUNS, nothing
from agents.question import Question
from agents.specialist import Sources
from tools.held import held
from tools.period import Period
from tools.slowdown import job_durations


async def finish(question: Question, sources: Sources) -> Answer:
    """When the running run ends, or how long the next one takes: median and 90% of the last runs."""
    now, tz = question.now, question.asker.tz
    recent = Period(now - timedelta(days=7), now, tz)
    usual = Period(recent.start - timedelta(days=30), recent.start, tz)
    await sources.progress("Reading the durations of past runs")
    table, age = await asyncio.gather(
        job_durations(
            sources.warehouse,
            recent,
            usual,
            Period(usual.start, usual.start, tz),
            now=now,
            jobs=(*question.entities.jobs, *question.entities.pipelines),
        ),
        held(sources.warehouse, RUNS, now),
    )
    paces = [pace for pace in read_paces(list(table)) if pace.runs or pace.usual_runs or pace.running]
    if not paces:
        return await nothing(question, sources, usual, RUNS, receipts(table, age))
    rows = {(row["workspace_id"], row["job_id"]): row for row in table}
    top, ids = paces[0], (table.receipt.id,)
    median, late, runs = _expect(top, rows[(top.workspace_id, top.job_id)])
    return Answer(
        question=replace(question, period=recent),
        agents=("performance",),
        headline=_ends(top, median, late, runs, now, tz),
        summary=(
            "From "
            f"{many(runs, 'successful run')}{' of the last 7 days' if top.runs >= 3 else ' of the last 37 days'}; "
            f"90% took at most {span(late)}. A run with more data than usual takes longer."
        ),
        findings=(Finding("medium" if top.is_slower else "good", _pace_words(top), "performance", ids),),
        tables=(
            Grid(
                "Expected durations",
                ("job", "workspace", "median minutes", "90% within", "running since"),
                tuple(
                    (
                        pace.job,
                        pace.workspace,
                        *(round(value, 1) for value in _expect(pace, rows[(pace.workspace_id, pace.job_id)])[:2]),
                        pace.running_since,
                    )
                    for pace in paces[:10]
                ),
                ("text", "text", "number", "number", "text"),
                ids,
            ),
        ),
        links=(*([Link(f"Job {top.job}", top.url)] if top.url else []), *sources.dashboard(JOBS, recent)),
        followups=(f"Why is {top.job} slow?", (f"Did {top.job} fail in the last 7 days?"), f"What did {top.job} cost last week?"),
        evidence=receipts(table, age),
        as_of=last_time(age),
        baseline=str(usual),
        partial=gaps(table),
    )


def _expect(pace: Pace, row: Mapping[str, Any]) -> tuple[float, float, int]:
    """Median, 90th percentile and number of runs: of the last week where it has three, else with the month before."""
    if pace.runs >= 3 or not pace.usual_runs:
        return pace.median, float(row["p90_asked"] or pace.median), pace.runs
    return pace.usual, pace.usual_p90, pace.usual_runs + pace.runs


def _ends(pace: Pace, median: float, late: float, runs: int, now: datetime, tz: str) -> str:
    if not runs:
        return f"{pace.job} in {pace.workspace} has no successful run in the last 37 days to judge by."
    if pace.running_since is None:
        return (
            f"{pace.job} in {pace.workspace} is not running now; its next run is expected to "
            f"take {span(median)} (90% within {span(late)})."
        )
    end, latest = (pace.running_since + timedelta(minutes=minutes) for minutes in (median, late))
    if end > now:
        return (
            f"{pace.job} in {pace.workspace} should finish about {moment(end, tz)}, by {moment(latest, tz)} "
            f"in 90% of cases: it runs since {moment(pace.running_since, tz)}."
        )
    over = (now - end).total_seconds() / 60
    return (
        f"{pace.job} in {pace.workspace} is {span(over)} over its usual {span(median)}: "
        f"it runs since {moment(pace.running_since, tz)}."
    )


def _pace_words(pace: Pace) -> str:
    if not pace.runs or not pace.usual_runs:
        return f"{many(pace.runs, 'run')} in the last 7 days, {pace.usual_runs} in the 30 days before."
    return (
        f"The last 7 days: {span(pace.median)} in the middle of {many(pace.runs, 'run')}; the 30 days before: {span(pace.usual)}."
    )
