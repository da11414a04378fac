"""How often runs are tried again, whether that helps, and what it costs; one round of queries."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many, span
from agents.figures import money, percent
from agents.question import Question
from agents.reliability.failed import COSTLY_USD
from agents.reliability.jobs import owners, person, read_jobs
from agents.reliability.page import AGENT, FEEDS_DAYS, RUNS, dashboard, during, job_links, key, nothing
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_owners
from tools.held import held
from tools.job_costs import get_job_repair_costs
from tools.period import Period
from tools.reliability import get_job_retry_analysis
from tools.runs import job_outcomes

HELPFUL = 0.5  # share of the retried runs that end well, from which retries earn their cost
MOST = 10


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days, as the UTC days it touches, against as many before."""
    asked = utc_days(last_days(question, 7))
    length = timedelta(days=len(asked.days))
    usual = utc_days(question.compare) if question.compare else Period(asked.start - length, asked.start)
    read = await _read(question, sources, asked, usual)
    needed(read["retries"])
    jobs = [job for job in read_jobs(read["outcomes"]) if job.asked.any]
    rows, before = (_kept(read[name], question) for name in ("retries", "earlier"))
    if not rows and not jobs:
        return await nothing(question, sources, asked, receipts(*read.values()))
    costs = {key(row): float(row["retry_cost_usd"] or 0) for row in read["costs"]}
    rows.sort(key=lambda row: (-costs.get(key(row), 0), -row["retry_attempts"], key(row)))
    ended, earlier = sum(job.asked.any for job in jobs), sum(job.usual.any for job in jobs)
    return Answer(
        question=replace(question, period=asked),
        headline=_headline(rows, before, costs, during(asked, question), (ended, earlier)),
        summary=_summary(rows, asked, question),
        agents=(AGENT,),
        findings=tuple(_findings(rows, costs, (*read["retries"].ids, *read["costs"].ids), asked)),
        recommendations=tuple(_advice(rows, costs, owners(read["owners"]))),
        tables=(_grid(rows[: question.entities.top_n or MOST], costs, owners(read["owners"]), read),) if rows else (),
        links=(*job_links(job.address for job in jobs if rows and job.key == key(rows[0])), *dashboard(sources, asked)),
        followups=("Which jobs are flaky?", "Which jobs failed this week?", "Which jobs got slower this week?"),
        evidence=receipts(*read.values()),
        as_of=last_time(read["age"]),
        baseline=f"{usual}: {many(_sum(before, 'retry_attempts'), 'retry')} in {many(_sum(before, 'retried_runs'), 'run')}",
        partial=gaps(*read.values()),
    )


async def _read(question: Question, sources: Sources, asked: Period, usual: Period) -> Mapping[str, Attempt]:
    warehouse, named, first, last = sources.warehouse, question.entities, asked.first_day, asked.last_day
    outcomes = job_outcomes(warehouse, asked, usual, now=question.now, jobs=named.jobs, workspaces=named.workspaces)
    queries = {
        "retries": attempt("Retries", get_job_retry_analysis(warehouse, first, last)),
        "earlier": attempt("Earlier retries", get_job_retry_analysis(warehouse, usual.first_day, usual.last_day)),
        "costs": attempt("Costs of retries", get_job_repair_costs(warehouse, first, last, 1000)),
        "outcomes": attempt("Job runs", outcomes),
        "owners": attempt("Owners", job_owners(warehouse, last - timedelta(days=FEEDS_DAYS - 1), last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


def _kept(rows: Attempt, question: Question) -> list[Mapping[str, Any]]:
    return [row for row in rows if question.entities.holds_job(row)]


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return int(sum(row[name] for row in rows))


def _headline(
    rows: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    costs: Mapping[str, float],
    when: str,
    ended: tuple[int, int],
) -> str:
    if not rows:
        return f"No task was tried again {when}: none of {many(ended[0], 'run')} needed a retry or a repair."
    runs, tries, helped = (_sum(rows, name) for name in ("retried_runs", "retry_attempts", "recovered_runs"))
    cost = sum(costs.get(key(row), 0) for row in rows)
    was = f", against {percent(_sum(before, 'retried_runs') / ended[1])} before" if ended[1] else ""
    share = f" ({percent(runs / ended[0])}{was})" if ended[0] else ""
    return (
        f"{many(tries, 'retry')} in {runs:,} of {ended[0]:,} runs{share} {when}: "
        f"{percent(helped / max(runs, 1))} of the retried runs ended well, and the retries cost about {money(cost)}."
    )


def _summary(rows: Sequence[Mapping[str, Any]], asked: Period, question: Question) -> str:
    days = "" if question.asker.tz == "UTC" else f" Whole UTC days ({asked}), not {question.asker.tz}."
    if not rows:
        return f"A retry is an attempt at a task after an earlier one of the same run failed.{days}"
    minutes = sum(float(row["retry_minutes"] or 0) for row in rows)
    return f"They took {span(minutes)} of task time in {many(len(rows), 'job')}; a cost is a share of the run by task time.{days}"


def _findings(
    rows: Sequence[Mapping[str, Any]], costs: Mapping[str, float], ids: tuple[str, ...], asked: Period
) -> Iterator[Finding]:
    if not rows:
        yield Finding("good", f"No retry or repair in {asked}.", AGENT, ids)
    for row in rows[:5]:
        cost, share = costs.get(key(row), 0), (row["eventual_success_pct"] or 0) / 100
        severity: Severity = "high" if cost >= COSTLY_USD and share < HELPFUL else "medium" if share < HELPFUL else "low"
        text = (
            f"{row['job_name']} in {row['workspace_name']}: {many(row['retry_attempts'], 'retry')} in {row['retried_runs']} of "
            f"{many(row['runs'], 'run')}, {percent(share)} of them ended well; most often task {row['most_retried_task']}, "
            f"about {money(cost)}."
        )
        yield Finding(severity, text, AGENT, ids)


def _advice(rows: Sequence[Mapping[str, Any]], costs: Mapping[str, float], who: Mapping[str, str]) -> Iterator[str]:
    for row in rows[:3]:
        job, owner, share = row["job_name"], person(who.get(key(row))), (row["eventual_success_pct"] or 0) / 100
        if share < HELPFUL:
            cost = f" (about {money(costs[key(row)])})" if costs.get(key(row)) else ""
            limit = "limit max_retries to 1–2 with a minimum interval"
            yield f"{job}: retries rarely help{cost}; {limit}, and ask {owner} to mend the cause."
        else:
            yield f"{job}: retries mostly help, so the cause passes; ask {owner} what task {row['most_retried_task']} waits for."


def _grid(
    rows: Sequence[Mapping[str, Any]], costs: Mapping[str, float], who: Mapping[str, str], read: Mapping[str, Attempt]
) -> Grid:
    cells = tuple(
        (
            row["job_name"],
            row["workspace_name"],
            row["runs"],
            row["retried_runs"],
            row["retry_attempts"],
            (row["eventual_success_pct"] or 0) / 100,
            round(float(row["retry_minutes"] or 0), 1),
            row["most_retried_task"],
            costs.get(key(row)),
            who.get(key(row)),
        )
        for row in rows
    )
    columns = ("job", "workspace", "runs", "retried", "retries", "ended well", "minutes", "task", "cost", "owner")
    kinds = ("text", "text", "number", "number", "number", "percent", "number", "text", "usd", "text")
    return Grid("Retries by job", columns, cells, kinds, (*read["retries"].ids, *read["costs"].ids, *read["owners"].ids))
