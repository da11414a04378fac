"""What the models learn from, read from the gold layer on any engine, a week at a time so that no answer is cut."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.errors import OperatorError
from tools.ml.failure import Job, Run
from tools.ml.threat import Event
from tools.warehouse import Statement, Warehouse

MOST_ROWS = 500_000
CHUNK = timedelta(days=7)
SAMPLES = 10  # statements below which a day's quantile means little

COST = """
SELECT usage_date AS day, CAST(SUM(cost) AS DOUBLE) AS cost, workspace_id
FROM usage_cost WHERE usage_date >= :first AND usage_date < :until
GROUP BY usage_date, workspace_id ORDER BY workspace_id, day"""

RUNS = """
SELECT r.workspace_id, r.job_id, r.run_id, r.start_time, r.end_time, r.result_state, t.compute_id, t.retries
FROM job_runs(start_date => :first, end_date => :last) AS r
LEFT JOIN (
  SELECT workspace_id, job_run_id, MAX(compute_ids[0]) AS compute_id, COUNT(DISTINCT run_id) - COUNT(DISTINCT task_key) AS retries
  FROM system.lakeflow.job_task_run_timeline
  WHERE period_start_time >= CAST(:first AS TIMESTAMP) AND period_start_time < CAST(date_add(:last, 31) AS TIMESTAMP)
  GROUP BY workspace_id, job_run_id
) AS t ON r.workspace_id = t.workspace_id AND r.run_id = t.job_run_id
WHERE r.result_state IS NOT NULL ORDER BY r.start_time, r.run_id"""

READERS = """
SELECT DISTINCT r.workspace_id, r.entity_id AS job_id, w.workspace_id AS source_workspace_id, w.entity_id AS source_job_id
FROM system.access.table_lineage AS r
JOIN system.access.table_lineage AS w ON r.source_table_full_name = w.target_table_full_name
WHERE r.entity_type = 'JOB' AND w.entity_type = 'JOB'
  AND r.event_date >= :first AND r.event_date < :until AND w.event_date >= :first AND w.event_date < :until
  AND (r.workspace_id <> w.workspace_id OR r.entity_id <> w.entity_id)"""

EVENTS = """
SELECT user_email, event_time, action_name, action_category, source_ip_address, is_failed_action, is_export,
  CASE WHEN action_category = 'PERMISSION' THEN to_json(request_params)
    ELSE COALESCE(request_params['table_full_name'], request_params['full_name_arg'], '') END AS target
FROM fact_audit_logs
WHERE event_date >= :first AND event_date < :until AND user_type IN ('HUMAN_USER', 'SERVICE_PRINCIPAL')
ORDER BY event_time, user_email"""

LATENCY = """
SELECT compute_warehouse_id, query_date AS day, approx_percentile(duration_seconds, 0.95) AS p95_seconds,
  approx_percentile(duration_seconds, 0.5) AS p50_seconds
FROM fact_query_history
WHERE is_timed AND compute_warehouse_id IS NOT NULL
  AND start_time >= CAST(:first AS TIMESTAMP) AND start_time < CAST(:until AS TIMESTAMP)
GROUP BY compute_warehouse_id, query_date HAVING COUNT(*) >= :samples ORDER BY compute_warehouse_id, day"""


STATEMENTS = """
SELECT statement_hash, compute_warehouse_id, start_time, duration_seconds
FROM fact_query_history
WHERE is_timed AND compute_warehouse_id IS NOT NULL AND statement_hash IS NOT NULL
  AND start_time >= CAST(:first AS TIMESTAMP) AND start_time < CAST(:until AS TIMESTAMP)
ORDER BY statement_hash, compute_warehouse_id, start_time"""


async def daily_cost(warehouse: Warehouse, first: date, until: date) -> dict[str, list[tuple[date, float]]]:
    """Cost (USD) of each workspace and UTC day; the key "" is the whole account."""
    series: dict[str, dict[date, float]] = defaultdict(dict)
    for row in await _read(warehouse, "daily_cost", COST, first, until):
        series[row["workspace_id"]][row["day"]] = float(row["cost"])
        series[""][row["day"]] = series[""].get(row["day"], 0.0) + float(row["cost"])
    return {name: sorted(days.items()) for name, days in series.items()}


async def ended_runs(warehouse: Warehouse, first: date, until: date) -> list[Run]:
    """Runs that started from `first` on and before `until`, and have ended."""
    rows = await _read(warehouse, "ended_runs", RUNS, first, until)
    return [
        Run(
            (row["workspace_id"], row["job_id"]),
            _utc(row["start_time"]),
            _utc(row["end_time"]),
            row["result_state"],
            row["compute_id"] or "",
            int(row["retries"] or 0),
        )
        for row in rows
    ]


async def upstream_jobs(warehouse: Warehouse, first: date, until: date) -> dict[Job, tuple[Job, ...]]:
    """For each job those that wrote, in that time, a table that it read."""
    rows = await _read(warehouse, "upstream_jobs", READERS, first, until, whole=True)
    found: dict[Job, list[Job]] = defaultdict(list)
    for row in rows:
        found[(row["workspace_id"], row["job_id"])].append((row["source_workspace_id"], row["source_job_id"]))
    return {job: tuple(sorted(sources)) for job, sources in found.items()}


async def audit_events(warehouse: Warehouse, first: date, until: date) -> list[Event]:
    """What people and service principals did."""
    return [
        Event(
            row["user_email"],
            _utc(row["event_time"]),
            row["action_name"],
            row["action_category"],
            row["source_ip_address"] or "",
            bool(row["is_failed_action"]),
            bool(row["is_export"]),
            row["target"] or "",
        )
        for row in await _read(warehouse, "audit_events", EVENTS, first, until)
    ]


async def warehouse_latency(warehouse: Warehouse, first: date, until: date) -> dict[tuple[str, str], dict[date, float]]:
    """Median and 95th percentile (seconds) of each SQL warehouse and UTC day, by (warehouse id, "p50" or "p95")."""
    series: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for row in await _read(warehouse, "warehouse_latency", LATENCY, first, until, samples=SAMPLES):
        for name in ("p50", "p95"):
            series[row["compute_warehouse_id"], name][row["day"]] = float(row[f"{name}_seconds"])
    return dict(series)


async def statement_runs(warehouse: Warehouse, first: date, until: date) -> list[list[tuple[datetime, float]]]:
    """Start and seconds of the runs of each statement on a SQL warehouse, oldest first."""
    runs: dict[tuple[str, str], list[tuple[datetime, float]]] = defaultdict(list)
    for row in await _read(warehouse, "statement_runs", STATEMENTS, first, until):
        runs[row["statement_hash"], row["compute_warehouse_id"]].append((_utc(row["start_time"]), float(row["duration_seconds"])))
    return [runs[each] for each in sorted(runs)]


async def _read(
    warehouse: Warehouse, tool: str, sql: str, first: date, until: date, *, whole: bool = False, **others: Any
) -> list[Mapping[str, Any]]:
    """All rows, in order; raises OperatorError where even a few days are too many to be sent."""
    spans: list[tuple[date, date]] = [(first, until)] if whole else []
    while not whole and (start := spans[-1][1] if spans else first) < until:
        spans.append((start, min(until, start + CHUNK)))
    tables = await asyncio.gather(*(warehouse.query(_statement(tool, sql, *span, others)) for span in spans))
    if any(table.truncated for table in tables):
        raise OperatorError(f"{tool} found more rows in {CHUNK.days} days than one answer may hold.")
    return [row for table in tables for row in table]


def _statement(tool: str, sql: str, start: date, end: date, others: Mapping[str, Any]) -> Statement:
    days = {"first": start, "until": end, "last": end - timedelta(days=1), **others}
    named: Sequence[str] = [name for name in days if f":{name}" in sql]
    return Statement(tool, sql, {name: days[name] for name in named}, MOST_ROWS, 120.0)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
