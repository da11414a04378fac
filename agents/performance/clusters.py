"""How busy are clusters, which are too large or too small, and what would the right size save?"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.counts import many
from agents.figures import money
from agents.performance.page import NODES, QUERIES, nothing
from agents.question import Question
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.compute import get_cluster_right_sizing_recommendations, get_cluster_utilization, get_underutilized_clusters
from tools.held import held
from tools.period import Period
from tools.slowdown import clusters_of
from tools.table import Table

MIN_HOURS = 1
ACTIONS = {
    "SMALLER_NODE": "use the next smaller node type than {node}",
    "FEWER_WORKERS": "run {workers} workers instead of {now:.0f}",
    "ADD_WORKERS": "add workers: CPU is at its limit",
    "STOP_WHEN_IDLE": ("stop it when idle (auto-stop after 20 minutes): its CPU is hardly used, and no smaller node would do"),
    "MORE_MEMORY": "use a node type with more memory than {node}",
}
TIGHT = ("UNDERPROVISIONED",)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named clusters, or those of the named jobs, or all, in the last 7 days (whole UTC days)."""
    asked = last_days(question, 7)
    whole, warehouse = utc_days(asked), sources.warehouse
    days, last, named = len(whole.days), whole.last_day, question.entities
    await sources.progress("Reading CPU and memory of the clusters")
    used, sized, idle, of_jobs, age = await asyncio.gather(
        get_cluster_utilization(warehouse, whole.first_day, last, MIN_HOURS),
        attempt("Right sizes", get_cluster_right_sizing_recommendations(warehouse, days, MIN_HOURS, last)),
        attempt("Idle shares", get_underutilized_clusters(warehouse, days, 30.0, MIN_HOURS, last)),
        _of_jobs(sources, whole, (*named.jobs, *named.pipelines)),
        held(warehouse, NODES, question.now),
    )
    read: list[Table | Attempt] = [used, sized, idle, *([of_jobs] if of_jobs else []), age]
    keys = {row["cluster_id"] for row in of_jobs} if of_jobs else None
    rows = [row for row in used if _fits(row, question, keys)]
    if not rows:
        return await nothing(question, sources, whole, NODES, receipts(*read))
    ids = {row["cluster_id"] for row in rows}
    advised = [row for row in sized if row["cluster_id"] in ids and row["recommended_action"] != "KEEP"]
    unused = [row for row in idle if row["cluster_id"] in ids]
    return Answer(
        question=replace(question, period=whole),
        agents=("performance",),
        headline=_headline(rows, advised, question, whole),
        summary=_summary(rows),
        findings=tuple(_findings(rows, advised, unused, (used.receipt.id, *sized.ids, *idle.ids))),
        recommendations=tuple(_told(row) for row in advised[:5]),
        tables=tuple(
            grid
            for grid in (_sizes(advised, question, sized.ids), _use(rows, question, (used.receipt.id,)), _idle(unused, idle.ids))
            if grid.rows
        ),
        links=sources.dashboard(QUERIES, whole),
        followups=(
            "Why are jobs slower this week?",
            "What could we save on idle clusters?",
            "Which all-purpose clusters cost most last week?",
        ),
        evidence=receipts(*read),
        as_of=last_time(age),
        baseline="80% of CPU and memory at the 95th percentile of worker samples",
        partial=gaps(*read),
    )


async def _of_jobs(sources: Sources, whole: Period, jobs: Sequence[str]) -> Attempt | None:
    return await attempt("Clusters of the jobs", clusters_of(sources.warehouse, whole, jobs)) if jobs else None


def _fits(row: Mapping[str, Any], question: Question, keys: set[str] | None) -> bool:
    named = question.entities
    if keys is not None and row["cluster_id"] not in keys:
        return False
    if named.clusters and row["cluster_name"] not in named.clusters and row["cluster_id"] not in named.clusters:
        return False
    return not named.workspaces or row["workspace_name"] in named.workspaces


def _headline(rows: Sequence[Mapping[str, Any]], advised: Sequence[Mapping[str, Any]], question: Question, when: Period) -> str:
    saving = sum((Decimal(str(row["estimated_savings_usd"] or 0)) for row in advised), Decimal(0))
    tight = [row for row in rows if row["utilization_status"] in TIGHT]
    if len(rows) == 1:
        row = rows[0]
        size = {
            "OVERPROVISIONED": "far too large",
            "UNDERUTILIZED": "larger than it needs to be",
            "UNDERPROVISIONED": "too small",
        }.get(row["utilization_status"], "sized right")
        act = f" {_told(advised[0])}" if advised else ""
        of = f" of {question.entities.jobs[0]}" if question.entities.jobs else ""
        return (
            f"{'The cluster' if of else row['cluster_name']}{of} is {size}: workers at {row['worker_cpu_pct']:.0f}% "
            f"CPU and {row['worker_memory_pct']:.0f}% memory on average in {when}.{act}"
        )
    save = f" The right sizes would have saved {money(saving)} at list price." if saving else ""
    large = sum(row["utilization_status"] in ("OVERPROVISIONED", "UNDERUTILIZED") for row in rows)
    return f"{large} of {many(len(rows), 'cluster')} are larger than their load needs and {len(tight)} too small in {when}.{save}"


def _summary(rows: Sequence[Mapping[str, Any]]) -> str:
    hours = sum(row["node_hours"] for row in rows)
    cpu = sum(row["worker_cpu_pct"] * row["node_hours"] for row in rows) / max(hours, 1e-9)
    memory = sum(row["worker_memory_pct"] * row["node_hours"] for row in rows) / max(hours, 1e-9)
    return (
        f"Over {hours:,.0f} node hours, workers were at {cpu:.0f}% CPU and {memory:.0f}% memory. "
        "Whole UTC days; SQL warehouses and serverless report no nodes."
    )


def _told(row: Mapping[str, Any]) -> str:
    act = ACTIONS.get(row["recommended_action"], row["recommended_action"].lower().replace("_", " ")).format(
        node=row["node_type"], workers=row["recommended_workers"], now=row["avg_workers"]
    )
    saving = f", which saves {money(row['estimated_savings_usd'])} in these days" if row["estimated_savings_usd"] else ""
    return f"{row['cluster_name']} ({row['workspace_name']}): {act}{saving}; ask {row['owned_by'] or 'its owner'}."


def _findings(
    rows: Sequence[Mapping[str, Any]],
    advised: Sequence[Mapping[str, Any]],
    unused: Sequence[Mapping[str, Any]],
    ids: tuple[str, ...],
) -> list[Finding]:
    found = []
    for row in [row for row in rows if row["utilization_status"] in TIGHT][:3]:
        text = (
            f"{row['cluster_name']} in {row['workspace_name']} is at its limit: 95th percentile CPU {row['p95_cpu_pct']:.0f}%, "
            f"memory {row['p95_memory_pct']:.0f}%; {row['owned_by']} owns it."
        )
        found.append(Finding("high", text, "performance", ids))
    for row in [row for row in advised if row["estimated_savings_usd"]][:3]:
        text = (
            f"{row['cluster_name']} in {row['workspace_name']} needs {row['needed_pct']:.0f}% of its capacity "
            f"(95th percentile CPU {row['p95_cpu_pct']:.0f}%, memory {row['p95_memory_pct']:.0f}%)."
        )
        found.append(Finding("medium", text, "performance", ids))
    never = [row for row in unused if not row["auto_termination_minutes"] and row["cluster_source"] in ("UI", "API")]
    if never:
        found.append(
            Finding(
                "medium", f"Never stop by themselves: {', '.join(row['cluster_name'] for row in never[:4])}.", "performance", ids
            )
        )
    cost = sum((Decimal(str(row["unused_cost_usd"] or 0)) for row in unused), Decimal(0))
    if cost:
        found.append(
            Finding(
                "low",
                f"The idle share of {many(len(unused), 'cluster')} below 30% CPU cost {money(cost)} at list price.",
                "performance",
                ids,
            )
        )
    if not found:
        found.append(Finding("good", "None is at its limit, and none is much larger than its load.", "performance", ids))
    return found


def _sizes(advised: Sequence[Mapping[str, Any]], question: Question, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Right sizes",
        ("cluster", "workspace", "owner", "node type", "95% CPU", "95% memory", "advice", "cost", "saving"),
        tuple(
            (
                row["cluster_name"],
                row["workspace_name"],
                row["owned_by"],
                row["node_type"],
                row["p95_cpu_pct"] / 100,
                row["p95_memory_pct"] / 100,
                row["recommended_action"].lower().replace("_", " "),
                row["list_cost_usd"],
                row["estimated_savings_usd"],
            )
            for row in advised[: min(question.entities.top_n or 10, 50)]
        ),
        ("text", "text", "text", "text", "percent", "percent", "text", "usd", "usd"),
        ids,
    )


def _use(rows: Sequence[Mapping[str, Any]], question: Question, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Use of clusters",
        ("cluster", "workspace", "hours up", "workers", "worker CPU", "worker memory", "driver CPU", "I/O wait", "swap"),
        tuple(
            (
                row["cluster_name"],
                row["workspace_name"],
                row["up_hours"],
                row["avg_workers"],
                *(
                    row[key] / 100 if row[key] is not None else None
                    for key in ("worker_cpu_pct", "worker_memory_pct", "driver_cpu_pct", "cpu_wait_pct", "swap_pct")
                ),
            )
            for row in rows[: min(question.entities.top_n or 12, 50)]
        ),
        ("text", "text", "number", "number", *["percent"] * 5),
        ids,
        detail=len(rows) > 1,
    )


def _idle(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Below 30% CPU",
        ("cluster", "workspace", "owner", "CPU", "memory", "auto-stop minutes", "cost", "idle share"),
        tuple(
            (
                row["cluster_name"],
                row["workspace_name"],
                row["owned_by"],
                row["worker_cpu_pct"] / 100,
                row["worker_memory_pct"] / 100,
                row["auto_termination_minutes"],
                row["list_cost_usd"],
                row["unused_cost_usd"],
            )
            for row in rows[:12]
        ),
        ("text", "text", "text", "percent", "percent", "number", "usd", "usd"),
        ids,
        detail=True,
    )
