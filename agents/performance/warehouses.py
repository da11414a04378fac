"""Do queries wait on SQL warehouses, when, and is the size right? By hour of the day, beside the period before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Severity
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.counts import many
from agents.figures import number, percent
from agents.performance.house import PER_CLUSTER, House, by_hour, by_warehouse, clock, efficiencies, waits
from agents.performance.page import HISTORY, QUERIES, nothing
from agents.question import Question
from agents.spans import before, last_days, name, utc_days
from agents.specialist import Sources
from tools.compute import get_query_efficiency_analysis, get_warehouse_utilization
from tools.held import held
from tools.period import Period
from tools.statements import warehouse_hours


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named warehouses, or all, in the last 7 days."""
    asked = last_days(question, 7)
    usual, whole, named = before(question, asked), utc_days(asked), question.entities
    hours_back = max(1, round((asked.end - asked.start).total_seconds() / 3600))
    narrowed: dict[str, Sequence[str]] = {"warehouses": named.warehouses, "workspaces": named.workspaces}
    await sources.progress("Reading queues and load of the SQL warehouses")
    table, sizing, efficiency, age = await asyncio.gather(
        warehouse_hours(sources.warehouse, asked, usual, narrowed),
        attempt("Concurrency and sizes", get_warehouse_utilization(sources.warehouse, whole.first_day, whole.last_day)),
        attempt("Efficiency", get_query_efficiency_analysis(sources.warehouse, hours_back, as_of=asked.end)),
        held(sources.warehouse, HISTORY, question.now),
    )
    read = (table, sizing, efficiency, age)
    houses = _houses(list(table), sizing)
    if not houses:
        return await nothing(question, sources, asked, HISTORY, receipts(*read))
    answer = _report(question, asked, houses, efficiency, (table.receipt.id, *sizing.ids))
    return replace(
        answer,
        links=sources.dashboard(QUERIES, asked),
        evidence=receipts(*read),
        as_of=last_time(age),
        baseline=str(usual),
        partial=gaps(*read),
    )


def _houses(rows: Sequence[Mapping[str, Any]], sizing: Attempt) -> tuple[House, ...]:
    sizes = {(row["workspace_id"], row["warehouse_id"]): row for row in sizing}
    keys = dict.fromkeys((row["workspace_id"], row["warehouse_id"], row["workspace_name"], row["warehouse_name"]) for row in rows)
    houses = []
    for workspace_id, warehouse_id, workspace, warehouse in keys:
        own = [row for row in rows if (row["workspace_id"], row["warehouse_id"]) == (workspace_id, warehouse_id)]
        now, usual = (tuple(row for row in own if row["is_asked"] is flag) for flag in (True, False))
        if now:
            houses.append(House(workspace, warehouse, now, usual, sizes.get((workspace_id, warehouse_id), {})))
    waited = {id(one): one.queued * one.mean_wait for one in houses}
    return tuple(sorted(houses, key=lambda one: (not one.is_waiting, -waited[id(one)], one.workspace, one.warehouse)))


def _report(question: Question, asked: Period, houses: Sequence[House], efficiency: Attempt, ids: tuple[str, ...]) -> Answer:
    waiting = [one for one in houses if one.is_waiting]
    return Answer(
        question=replace(question, period=asked),
        agents=("performance",),
        headline=_headline(houses, waiting, name(asked, question), asked.tz),
        summary=_summary(waiting or list(houses[:1])),
        findings=tuple(_findings(houses, waiting, asked.tz, ids)),
        recommendations=_advice(houses, waiting, asked.tz),
        tables=tuple(
            grid
            for grid in (
                by_warehouse(houses, ids),
                by_hour(houses[0], asked.tz, ids),
                efficiencies(efficiency, question.entities.warehouses),
            )
            if grid.rows
        ),
        charts=waits(waiting or list(houses[:1]), asked.tz),
        followups=(
            f"Which queries are slow on {houses[0].warehouse}?",
            f"How slow will queries be on {houses[0].warehouse} tomorrow?",
            f"What did {houses[0].warehouse} cost last week?",
        ),
    )


def _headline(houses: Sequence[House], waiting: Sequence[House], when: str, tz: str) -> str:
    if not waiting:
        most = max(houses, key=lambda one: one.queued_share)
        who = most.warehouse if len(houses) == 1 else f"{most.warehouse} waits most:"
        rest = (
            f"{percent(most.queued_share)} of its statements waited"
            if len(houses) > 1
            else f"has no queue worth naming: {percent(most.queued_share)} of its statements waited"
        )
        return f"No warehouse is overloaded in {when}; {who} {rest}." if len(houses) > 1 else f"{who} {rest} in {when}."
    top = waiting[0]
    at = f" at {clock(top.rush)} {tz}" if top.rush else ""
    more = f"; {len(waiting) - 1} more wait" if len(waiting) > 1 else ""
    return (
        f"Queries queue on {top.warehouse} in {top.workspace}{at}: {number(top.queued)} of {number(top.statements)} waited "
        f"{top.mean_wait:.0f} s on average in {when} (before: {percent(top.usual_share)} "
        f"waited, now {percent(top.queued_share)}){more}."
    )


def _summary(houses: Sequence[House]) -> str:
    top = houses[0]
    size = top.sizing.get("warehouse_size")
    if not size:
        return "Its size and limits are not known here."
    peak = top.sizing.get("peak_concurrency")
    runs = f", up to {peak} statements at once" if peak else ""
    limit = int(top.clusters or 1)
    heavy = (
        " That is fewer than its clusters take at once: heavy statements fill it, so look at those too."
        if peak and top.is_waiting and peak < PER_CLUSTER * limit
        else ""
    )
    return (
        f"{top.warehouse} is a {size} warehouse of at most {many(limit, 'cluster')}{runs} (whole UTC days); "
        f"a cluster takes about {PER_CLUSTER} statements at a time.{heavy}"
    )


def _findings(houses: Sequence[House], waiting: Sequence[House], tz: str, ids: tuple[str, ...]) -> list[Finding]:
    found = []
    for one in waiting[:4]:
        severity: Severity = "high" if one.mean_wait >= 30 and one.queued >= 20 else "medium"
        at = f" between {clock(one.rush)} {tz}" if one.rush else ""
        found.append(
            Finding(
                severity,
                (
                    f"{one.warehouse}: {percent(one.queued_share)} of statements wait{at}, {one.mean_wait:.0f} s "
                    f"each; longest {max(row['longest_queue'] for row in one.now):.0f} s."
                ),
                "performance",
                ids,
            )
        )
    for one in houses:
        advice, idle = one.sizing.get("advice"), one.sizing.get("idle_pct")
        if advice == "LARGER_SIZE":
            found.append(
                Finding(
                    "medium",
                    (
                        f"{one.warehouse} spilled {one.sizing['spilled_gb']:.0f} GB to disk: its "
                        "size is too small for some statements."
                    ),
                    "performance",
                    ids,
                )
            )
        elif advice == "SHORTEN_AUTO_STOP" and idle is not None:
            found.append(
                Finding(
                    "low",
                    (
                        f"{one.warehouse} runs idle {idle:.0f}% of its {one.sizing['running_hours']:.0f} running "
                        f"hours; auto-stop is {one.sizing['auto_stop_minutes']} minutes."
                    ),
                    "performance",
                    ids,
                )
            )
    if not found:
        found.append(
            Finding("good", "No hour of the day has a queue, nothing spills much, nothing runs mostly idle.", "performance", ids)
        )
    return found[:7]


def _advice(houses: Sequence[House], waiting: Sequence[House], tz: str) -> tuple[str, ...]:
    lines = []
    for one in waiting[:2]:
        to = max(one.needed or 0, (one.clusters or 1) + 1)
        at = f" for {clock(one.rush)} {tz}" if one.rush else ""
        lines.append(
            f"Raise the maximum clusters of {one.warehouse} from {one.clusters or 'its limit'} to {to}, or move "
            f"dashboard refreshes out of {clock(one.rush) if one.rush else 'the rush'}{'' if not at else ' ' + tz}."
        )
    for one in houses:
        if one.sizing.get("advice") == "LARGER_SIZE":
            lines.append(
                f"Try {one.warehouse} one size larger than {one.sizing['warehouse_size']}, "
                "or fix the statements that spill first."
            )
        if one.sizing.get("advice") == "SHORTEN_AUTO_STOP":
            lines.append(f"Set the auto-stop of {one.warehouse} to 10 minutes or less.")
    return tuple(lines[:5])
