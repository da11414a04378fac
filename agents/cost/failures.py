"""What runs that failed cost, and attempts after a failed one: money that bought nothing; one round of queries."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, needed, receipts
from agents.cost.elements import ZERO
from agents.cost.page import dashboard
from agents.cost.window import default_period, period_before
from agents.counts import many
from agents.figures import cents, change, money, percent
from agents.question import Question
from agents.spans import utc_days
from agents.specialist import Sources
from tools.cost import cost_by_day, cost_complete_through
from tools.job_costs import get_job_failure_costs, get_job_repair_costs
from tools.scope import Scope

MOST, ALL = 10, 1_000
COSTLY = Decimal(100)  # dollars from which the failures of a job are worth an interruption
_WASTE = r"(fail\w*|retr(y|ie)\w*|repair\w*|rerun\w*|error\w*)"
_MONEY = r"(cost\w*|spen[dt]\w*|burn\w*|pa(y|id)\w*|wast\w*|los[et]\w*|money|dollars|bill\w*|price)"
_ASKED = re.compile(rf"\b{_MONEY}\b(\W+\w+){{0,2}}?\W+(on|of|for|by|to|from|in|through)(\W+\w+){{0,3}}?\W+{_WASTE}\b"
                    rf"|\b{_WASTE}(\W+(jobs?|runs?|tasks?|attempts?))?(\W+\w+)?\W+{_MONEY}\b", re.I)  # fmt: skip


def is_about(question: Question) -> bool:
    """Whether the money that is asked about is that of failures: "what did failed runs cost", "spent on retries"."""
    return bool(_ASKED.search(question.text))


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 30 days, as the UTC days it touches, against as many before."""
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    asked = utc_days(default_period(question, 30).clipped(complete or question.now))
    usual = utc_days(question.compare or period_before(asked))
    await sources.progress(f"Adding up what failures cost in {asked}")
    warehouse, days = sources.warehouse, (asked.first_day, asked.last_day)
    failed, earlier, repairs, spent = await asyncio.gather(
        attempt("Costs of failed runs", get_job_failure_costs(warehouse, *days, ALL)),
        attempt("Costs of failed runs before", get_job_failure_costs(warehouse, usual.first_day, usual.last_day, ALL)),
        attempt("Costs of retries", get_job_repair_costs(warehouse, *days, ALL)),
        attempt("All spend", cost_by_day(warehouse, asked, Scope(workspaces=question.entities.workspaces))),
    )
    needed(failed)
    rows = sorted(_kept(failed, question), key=lambda row: -_usd(row, "failure_cost_usd"))
    again = sorted(_kept(repairs, question), key=lambda row: -_usd(row, "retry_cost_usd"))
    total, before = _sum(rows, "failure_cost_usd"), _sum(_kept(earlier, question), "failure_cost_usd")
    all_spend = sum((Decimal(str(row["cost_usd"] or 0)) for row in spent), ZERO)
    share = total / all_spend if all_spend and not question.entities.jobs else ZERO
    of_all = f", {percent(share)} of all spend" if share >= Decimal("0.001") else ""
    against = f"That is {change(total - before)} against {usual} ({money(before)})." if earlier.table is not None else ""
    runs = sum(row["failed_runs"] for row in rows)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=f"Failed job runs cost {money(total)} in {asked}{of_all}: {many(runs, 'run')} of {many(len(rows), 'job')}."
        if rows
        else f"No job run failed in {asked}, so failures cost nothing.",
        summary=" ".join(filter(None, (against if rows else "", _again(again)))),
        findings=tuple(_findings(rows, total, failed.ids)),
        recommendations=tuple(_advice(rows)),
        tables=(_grid(rows, failed.ids), *([_retries(again, repairs.ids)] if again else ())) if rows else (),
        links=dashboard(sources, asked),
        followups=("Which jobs failed in that period?", "Is there a pattern in our job failures?", "Where can we save money?"),
        evidence=(*receipts(failed, earlier, repairs, spent), arrival.receipt),
        as_of=complete,
        baseline=str(usual),
        partial=(*gaps(failed, earlier, repairs, spent), *_unnamed(rows)),
    )


def _kept(read: Attempt, question: Question) -> list[Mapping[str, Any]]:
    return [row for row in read if question.entities.holds_job(row)]


def _usd(row: Mapping[str, Any], column: str) -> Decimal:
    return Decimal(str(row[column] or 0))


def _sum(rows: Iterable[Mapping[str, Any]], column: str) -> Decimal:
    return cents(sum((_usd(row, column) for row in rows), ZERO))


def _again(rows: list[Mapping[str, Any]]) -> str:
    if not rows:
        return "No attempt was made again after a failed one."
    count = sum(row["retry_attempts"] for row in rows)
    return (
        f"Attempts after a failed one cost about {money(_sum(rows, 'retry_cost_usd'))} by their share of the runs' task time "
        f"({many(count, 'attempt')}); those in runs that failed in the end are counted above too."
    )


def _findings(rows: list[Mapping[str, Any]], total: Decimal, evidence: tuple[str, ...]) -> Iterable[Finding]:
    for row in rows[:3]:
        cost = _usd(row, "failure_cost_usd")
        if total and cost:
            text = (
                f"{row['job_name']} in {row['workspace_name']}: {money(cost)} on {row['failed_runs']} failed of "
                f"{many(row['total_runs'], 'run')} ({row['last_termination_code'] or 'no code'}), {percent(cost / total)} of it."
            )
            yield Finding("high" if cost >= max(COSTLY, total / 4) else "medium" if cost >= 1 else "low", text, "cost", evidence)


def _advice(rows: list[Mapping[str, Any]]) -> Iterable[str]:
    for row in [row for row in rows if row["failure_cost_usd"]][:2]:
        code = row["last_termination_code"] or "the failure"
        yield f"Ask {row['run_as'] or 'its owner'} to fix {code} in {row['job_name']}, and limit its retries to 1 or 2."


def _grid(rows: list[Mapping[str, Any]], evidence: tuple[str, ...]) -> Grid:
    columns = ("job", "workspace", "failed runs", "of", "cost of failed", "of its cost", "last code", "runs as")
    shown = tuple(
        (
            row["job_name"],
            row["workspace_name"],
            row["failed_runs"],
            row["total_runs"],
            None if row["failure_cost_usd"] is None else cents(_usd(row, "failure_cost_usd")),
            None if row["failure_cost_pct"] is None else row["failure_cost_pct"] / 100,
            row["last_termination_code"] or "",
            row["run_as"] or "",
        )
        for row in rows[:MOST]
    )
    return Grid(
        "Cost of failed runs", columns, shown, ("text", "text", "number", "number", "usd", "percent", "text", "text"), evidence
    )


def _retries(rows: list[Mapping[str, Any]], evidence: tuple[str, ...]) -> Grid:
    columns = ("job", "workspace", "retried runs", "attempts again", "ended well", "cost of attempts again")
    shown = tuple(
        (
            row["job_name"],
            row["workspace_name"],
            row["repaired_runs"],
            row["retry_attempts"],
            row["recovered_runs"],
            cents(_usd(row, "retry_cost_usd")),
        )
        for row in rows[:MOST]
    )
    kinds = ("text", "text", "number", "number", "number", "usd")
    return Grid("Cost of retries", columns, shown, kinds, evidence, detail=True)


def _unnamed(rows: list[Mapping[str, Any]]) -> tuple[str, ...]:
    count = sum(row["failure_cost_usd"] is None for row in rows)
    told = f"Of {many(count, 'job')} the usage names no run (all-purpose compute, warehouses): their failures have no cost here."
    return (told,) if count else ()
