"""Statement texts: what makes one slow, what to do about it, and the tables of a query answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.answer import Grid
from agents.question import Question

WHO = re.compile(r"\bwho('s|se)?\b|which users|hog", re.IGNORECASE)
SLOW_SECONDS = 60.0
Rows = Sequence[Mapping[str, Any]]
ADVICE = {
    "spill": ("{who}: filter or pre-aggregate before the join, drop the cross join, or use a larger warehouse size for {what}"),
    "queue": "Raise the maximum clusters of {warehouse}, or move {what} out of the rush",
    "startup": "Use a serverless warehouse, or a longer auto-stop on {warehouse}: {what} waits for it to start",
    "compile": "Refresh the statistics and split {what}: most of its time is planning",
    "scan": "Cluster or partition the tables of {what} by the columns it filters on: it prunes few files",
    "cold cache": "Send {what} to a warehouse that is already warm: it reads from storage each time",
    "execution": "Look at the query profile of {what}: its time is plain execution",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One statement text on one warehouse; seconds, GB."""

    row: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.row[name]

    @property
    def cause(self) -> str:
        """What most of its time goes to, or what makes it slow."""
        row, total = self.row, max(float(self.row["total_seconds"]), 0.001)
        if row["max_spilled_gb"] > 1:
            return "spill"
        for kind in ("queue", "startup", "compile"):
            if row[f"{kind}_seconds"] > 0.5 * total:
                return kind
        if row["read_gb"] > 10 * max(row["runs"], 1) and row["pruned_files"] < row["read_files"]:
            return "scan"
        if row["read_gb"] > max(row["runs"], 1) and (row["io_cache_pct"] or 0) < 20:
            return "cold cache"
        return "execution"

    @property
    def who(self) -> str:
        """Whom to ask: the one person who runs it, or how many do and who had the slowest run."""
        row = self.row
        return str(row["executed_by"]) if row["people"] < 2 else f"{row['people']} people (slowest run: {row['executed_by']})"

    @property
    def what(self) -> str:
        return f"statement {str(self.row['slowest_id'])[:16]}"

    def advice(self) -> str:
        who = f"Ask {self.row['executed_by']}"
        return ADVICE[self.cause].format(who=who, what=self.what, warehouse=self.row["warehouse_name"]) + "."

    @property
    def is_slower(self) -> bool:
        row = self.row
        return bool(row["runs"] >= 5 and row["runs_before"] >= 5 and row["p50_seconds"] > 1.3 * row["p50_before"])


def tables(
    ranked: Sequence[Text], single: Rows, latency: Rows, people: Rows, question: Question, ids: Mapping[str, tuple[str, ...]]
) -> tuple[Grid, ...]:
    """Texts, single statements, warehouses and people, each with its receipts; those without rows are left out."""
    most = min(question.entities.top_n or 8, 50)
    grids = (
        _texts(ranked[:most], ids["texts"]),
        _single(single[:10], ids["single"]),
        _latency(latency[:12], ids["latency"]),
        _people(people[:10], ids["people"], is_asked=bool(WHO.search(question.text))),
    )
    return tuple(grid for grid in grids if grid.rows)


def _texts(ranked: Sequence[Text], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Statements by text (literals removed)",
        ("statement", "by", "warehouse", "runs", "median s", "95% s", "before s", "spilled GB", "held up by"),
        tuple(
            (
                text["statement_shape"] or text["statement_type"],
                text.who,
                text["warehouse_name"],
                text["runs"],
                text["p50_seconds"],
                text["p95_seconds"],
                text["p50_before"],
                round(text["spilled_gb"], 1),
                text.cause,
            )
            for text in ranked
        ),
        ("text", "text", "text", *["number"] * 5, "text"),
        ids,
    )


def _single(single: Rows, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Slowest single statements (UTC days)",
        ("statement id", "by", "warehouse", "seconds", "queue s", "spilled GB", "started", "cause"),
        tuple(
            (
                row["statement_id"],
                row["executed_by"],
                row["warehouse_name"],
                row["duration_seconds"],
                row["queue_seconds"],
                round(row["spilled_gb"], 1),
                row["start_time"],
                row["main_cause"].lower(),
            )
            for row in single
        ),
        ("text", "text", "text", "number", "number", "number", "text", "text"),
        ids,
        detail=True,
    )


def _latency(latency: Rows, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Latency by warehouse (UTC days)",
        ("warehouse", "workspace", "statements", "median s", "95% s", "99% s", "95% queue s"),
        tuple(
            (
                row["warehouse_name"],
                row["workspace_name"],
                row["query_count"],
                row["p50_seconds"],
                row["p95_seconds"],
                row["p99_seconds"],
                row["p95_queue_seconds"],
            )
            for row in latency
        ),
        ("text", "text", *["number"] * 5),
        ids,
        detail=True,
    )


def _people(people: Rows, ids: tuple[str, ...], *, is_asked: bool) -> Grid:
    return Grid(
        "Compute time by person (UTC days)",
        ("identity", "statements", "share", "hours", "95% s", "spilled GB"),
        tuple(
            (
                row["executed_by"],
                row["query_count"],
                (row["share_of_task_pct"] or 0) / 100,
                row["total_duration_hours"],
                row["p95_duration_seconds"],
                round(row["total_spilled_gb"], 1),
            )
            for row in people
        ),
        ("text", "number", "percent", "number", "number", "number"),
        ids,
        detail=not is_asked,
    )
