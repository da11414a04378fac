"""Which job runs failed, of what, whether they still do, what that cost, and what to do; one round of queries."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment, money
from agents.question import Question
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.held import held
from tools.job_costs import get_job_failure_costs
from tools.reliability import get_failed_jobs, get_job_incidents

COSTLY_USD = 100
RUNS = "system.lakeflow.job_run_timeline"
RUNBOOKS = Path(__file__).parent / "runbooks"
WORDS = {"TIMEOUT": "timeout", "TIMEDOUT": "timeout", "CLUSTER": "cluster", "DRIVER": "cluster", "CLOUD": "cluster"}
ACCESS = {"ACCESS": "access", "UNAUTHORIZED": "access", "PERMISSION": "access", "EXECUTION": "task_error"}


@dataclass(frozen=True, slots=True)
class Failing:
    """One job's failed runs, newest first."""

    runs: tuple[dict[str, Any], ...]
    is_open: bool
    cost: Any = None

    @property
    def newest(self) -> dict[str, Any]:
        return self.runs[0]

    @property
    def code(self) -> str:
        return str(Counter(row["termination_code"] or row["result_state"] for row in self.runs).most_common(1)[0][0])


def runbook(code: str) -> str:
    """What to do first, by the termination code."""
    name = next((name for word, name in {**WORDS, **ACCESS}.items() if word in code.upper()), "other")
    return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8").strip()


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days; the tools count whole UTC days."""
    asked = utc_days(last_days(question, 7))
    first, last = asked.first_day, asked.last_day
    failed, incidents, costs, age = await asyncio.gather(
        attempt("Failed runs", get_failed_jobs(sources.warehouse, first, last)),
        attempt("Recoveries", get_job_incidents(sources.warehouse, first, last, question.now)),
        attempt("Costs of failures", get_job_failure_costs(sources.warehouse, first, last, 1000)),
        attempt("Data ages", held(sources.warehouse, RUNS, question.now)),
    )
    needed(failed)
    jobs = _grouped(question, failed, incidents, costs)
    tz = question.asker.tz
    answer = _report(jobs, str(asked), tz, failed.ids)
    return replace(
        answer,
        question=replace(question, period=asked),
        evidence=receipts(failed, incidents, costs, age),
        as_of=last_time(age),
        partial=gaps(failed, incidents, costs, age),
    )


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["workspace_id"]), str(row["job_id"])


def _grouped(question: Question, failed: Attempt, incidents: Attempt, costs: Attempt) -> list[Failing]:
    named = question.entities
    still = {_key(row) for row in incidents if row["is_open"]}
    spent = {_key(row): row["failure_cost_usd"] for row in costs}
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in failed:
        is_job = not named.jobs or row["job_name"] in named.jobs
        if is_job and (not named.workspaces or row["workspace_name"] in named.workspaces):
            runs.setdefault(_key(row), []).append(row)
    jobs = [Failing(tuple(rows), key in still, spent.get(key)) for key, rows in runs.items()]
    return sorted(jobs, key=lambda job: (-float(job.cost or 0), not job.is_open, -len(job.runs), _key(job.newest)))


def _report(jobs: Sequence[Failing], period: str, tz: str, ids: tuple[str, ...]) -> Answer:
    empty = Question("")
    followups = ("Which jobs got slower this week?", "Why did our costs spike last week?")
    if not jobs:
        good = Finding("good", f"No failed run is recorded in {period}.", "reliability", ids)
        return Answer(empty, f"No job run failed in {period}.", agents=("reliability",), findings=(good,), followups=followups)
    total, still = sum(len(job.runs) for job in jobs), sum(job.is_open for job in jobs)
    codes = Counter(row["termination_code"] or row["result_state"] for job in jobs for row in job.runs)
    worst = jobs[0].newest
    return Answer(
        empty,
        f"{many(total, 'run')} of {many(len(jobs), 'job')} failed in {period}, {worst['job_name']} in {worst['workspace_name']} "
        f"the costliest; {many(still, 'job')} had not recovered by then.",
        summary=f"By termination code: {', '.join(f'{code} {count}' for code, count in codes.most_common(4))}.",
        agents=("reliability",),
        findings=tuple(_finding(job, tz, ids) for job in jobs[:5]),
        recommendations=tuple(f"{job.newest['job_name']}: {runbook(job.code)}" for job in jobs[:3]),
        tables=(_grid(jobs, ids),),
        followups=followups,
    )


def _finding(job: Failing, tz: str, ids: tuple[str, ...]) -> Finding:
    row = job.newest
    state = "not recovered in that time" if job.is_open else "recovered"
    cost = f", {money(job.cost)} spent on failed runs" if job.cost is not None else ""
    text = (
        f"{row['job_name']} in {row['workspace_name']}: {many(len(job.runs), 'failed run')} ({job.code}), last "
        f"{moment(row['end_time'], tz)}, {state}{cost}."
    )
    serious = float(job.cost or 0) >= COSTLY_USD
    return Finding("high" if serious else "medium" if job.is_open else "low", text, "reliability", ids)


def _grid(jobs: Sequence[Failing], ids: tuple[str, ...]) -> Grid:
    rows = tuple(
        (
            job.newest["job_name"],
            job.newest["workspace_name"],
            len(job.runs),
            job.code,
            min(row["end_time"] for row in job.runs),
            job.newest["end_time"],
            "no" if job.is_open else "yes",
            job.cost,
        )
        for job in jobs[:15]
    )
    columns = ("job", "workspace", "failed runs", "code", "first", "last", "recovered", "cost")
    return Grid("Failed jobs", columns, rows, ("text", "text", "number", *["text"] * 4, "usd"), ids)
