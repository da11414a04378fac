"""Statements by their text, and warehouses by hour, at exact instants and beside another period. From query history."""

from collections.abc import Sequence
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

# One name or several, one a line; '' = all.
_FILTERS = {
    "warehouses": "array_contains(split(:warehouses, '\\n'), q.warehouse_name)",
    "workspaces": "array_contains(split(:workspaces, '\\n'), q.workspace_name)",
    "users": "array_contains(split(:users, '\\n'), lower(q.executed_by))",
    "tables": "EXISTS (SELECT 1 FROM (SELECT explode(split(:tables, '\\n')) AS name) AS n"
    " WHERE contains(lower(q.statement_text), n.name))",
    "sources": "array_contains(split(:sources, '\\n'), q.source_kind)",
}
_IN = "q.start_time >= :{name}_start AND q.start_time < :{name}_end"
_BY_TEXT = """
WITH found AS (
  SELECT
    q.statement_hash, q.statement_id, q.statement_type, q.workspace_name, q.workspace_id, q.warehouse_name,
    q.compute_warehouse_id, q.executed_by, q.start_time, q.duration_seconds, q.queue_seconds, q.startup_seconds,
    q.compile_seconds, q.execution_seconds, q.read_gb, q.spilled_gb, q.is_timed, q.is_from_cache, q.execution_status,
    q.source_kind, q.statement_shape, q.read_io_cache_percent, COALESCE(q.pruned_files, 0) AS pruned,
    COALESCE(q.read_files, 0) AS files, {asked} AS is_asked
  FROM query_history_named AS q
  WHERE (({asked}) OR ({before})){filters}
)
SELECT
  COALESCE(statement_hash, statement_id) AS text_key, MAX(statement_type) AS statement_type,
  workspace_name, warehouse_name, MAX(compute_warehouse_id) AS warehouse_id, MAX(workspace_id) AS workspace_id,
  COUNT_IF(is_asked AND is_timed) AS runs,
  COUNT_IF(NOT is_asked AND is_timed) AS runs_before,
  percentile(CASE WHEN is_asked AND is_timed THEN duration_seconds END, 0.5) AS p50_seconds,
  percentile(CASE WHEN is_asked AND is_timed THEN duration_seconds END, 0.95) AS p95_seconds,
  MAX(CASE WHEN is_asked AND is_timed THEN duration_seconds END) AS max_seconds,
  SUM(CASE WHEN is_asked AND is_timed THEN duration_seconds ELSE 0 END) AS total_seconds,
  SUM(CASE WHEN is_asked AND is_timed THEN queue_seconds ELSE 0 END) AS queue_seconds,
  SUM(CASE WHEN is_asked AND is_timed THEN startup_seconds ELSE 0 END) AS startup_seconds,
  SUM(CASE WHEN is_asked AND is_timed THEN compile_seconds ELSE 0 END) AS compile_seconds,
  SUM(CASE WHEN is_asked AND is_timed THEN read_gb ELSE 0 END) AS read_gb,
  SUM(CASE WHEN is_asked THEN spilled_gb ELSE 0 END) AS spilled_gb,
  MAX(CASE WHEN is_asked THEN spilled_gb ELSE 0 END) AS max_spilled_gb,
  SUM(CASE WHEN is_asked AND is_timed THEN pruned ELSE 0 END) AS pruned_files,
  SUM(CASE WHEN is_asked AND is_timed THEN files ELSE 0 END) AS read_files,
  AVG(CASE WHEN is_asked AND is_timed THEN read_io_cache_percent END) AS io_cache_pct,
  COUNT_IF(is_asked AND is_from_cache) AS cached,
  COUNT_IF(is_asked AND execution_status = 'FAILED') AS failed,
  percentile(CASE WHEN NOT is_asked AND is_timed THEN duration_seconds END, 0.5) AS p50_before,
  max_by(executed_by, CASE WHEN is_asked AND is_timed THEN duration_seconds END) AS executed_by,
  max_by(statement_id, CASE WHEN is_asked AND is_timed THEN duration_seconds END) AS slowest_id,
  MAX(CASE WHEN is_asked THEN start_time END) AS last_time,
  COUNT(DISTINCT CASE WHEN is_asked THEN executed_by END) AS people,
  MAX(source_kind) AS source_kind, MAX(statement_shape) AS statement_shape
FROM found
GROUP BY COALESCE(statement_hash, statement_id), workspace_name, warehouse_name
HAVING COUNT_IF(is_asked) > 0
ORDER BY total_seconds DESC, text_key, workspace_name, warehouse_name
"""


async def statements_by_text(
    warehouse: Warehouse, asked: Period, before: Period, narrowed: dict[str, Sequence[str]] | None = None
) -> Table:
    """Equal texts on a warehouse together, most time first; timed = finished and not from the result cache.

    `narrowed` by display names: warehouses, workspaces, users, tables (full names in the text), sources (DASHBOARD …).
    Columns: text_key, statement_type, workspace_name, warehouse_name, warehouse_id, workspace_id, runs, runs_before,
    p50_seconds, p95_seconds, max_seconds, total_seconds, queue_seconds, startup_seconds, compile_seconds, read_gb,
    spilled_gb, max_spilled_gb, pruned_files, read_files, io_cache_pct, cached, failed, p50_before, executed_by and
    slowest_id (of the slowest run), last_time, people, source_kind, statement_shape (the text without literals).
    """
    filters, params = _narrow(narrowed)
    sql = _BY_TEXT.format(**_periods(), filters=filters)
    return await warehouse.query(Statement("statements_by_text", sql, _bounds(asked, before) | params, max_rows=5_000))


_BY_HOUR = """
SELECT
  q.workspace_id, q.workspace_name, q.compute_warehouse_id AS warehouse_id, q.warehouse_name,
  hour(from_utc_timestamp(q.start_time, :tz)) AS hour, {asked} AS is_asked,
  COUNT(*) AS statements, COUNT_IF(q.queue_seconds > 1) AS queued,
  SUM(q.queue_seconds) AS queue_seconds, MAX(q.queue_seconds) AS longest_queue,
  AVG(CASE WHEN q.queue_seconds > 1 THEN q.queue_seconds END) AS mean_queue,
  AVG(CASE WHEN q.startup_seconds > 1 THEN q.startup_seconds END) AS mean_startup,
  COUNT_IF(q.startup_seconds > 1) AS started,
  percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.95) AS p95_seconds,
  COUNT(DISTINCT CAST(from_utc_timestamp(q.start_time, :tz) AS DATE)) AS days
FROM query_history_named AS q
WHERE (({asked}) OR ({before})) AND q.compute_warehouse_id IS NOT NULL{filters}
GROUP BY q.workspace_id, q.workspace_name, q.compute_warehouse_id, q.warehouse_name,
  hour(from_utc_timestamp(q.start_time, :tz)), {asked}
ORDER BY q.workspace_name, q.warehouse_name, hour, is_asked
"""


async def warehouse_hours(
    warehouse: Warehouse, asked: Period, before: Period, narrowed: dict[str, Sequence[str]] | None = None
) -> Table:
    """Statements and waiting per warehouse and hour of the day (in the asked period's zone), in both periods.

    Columns: workspace_id, workspace_name, warehouse_id, warehouse_name, hour, is_asked, statements, queued (waited
    over a second because it was full), queue_seconds, longest_queue, mean_queue (of the queued), mean_startup, started,
    p95_seconds, days.
    """
    filters, params = _narrow(narrowed)
    sql = _BY_HOUR.format(**_periods(), filters=filters)
    return await warehouse.query(
        Statement("warehouse_hours", sql, _bounds(asked, before) | params | {"tz": asked.tz}, max_rows=50_000)
    )


_BY_DAY = """
SELECT
  q.workspace_name, q.warehouse_name, CAST(from_utc_timestamp(q.start_time, :tz) AS DATE) AS day,
  COUNT(*) AS statements,
  percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.5) AS p50_seconds,
  percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.95) AS p95_seconds,
  COUNT_IF(q.is_timed) AS timed
FROM query_history_named AS q
WHERE ({asked}) AND q.compute_warehouse_id IS NOT NULL{filters}
GROUP BY q.workspace_name, q.warehouse_name, CAST(from_utc_timestamp(q.start_time, :tz) AS DATE)
ORDER BY q.workspace_name, q.warehouse_name, day
"""


async def warehouse_days(warehouse: Warehouse, asked: Period, narrowed: dict[str, Sequence[str]] | None = None) -> Table:
    """Latency per warehouse and day in the period's zone, of finished statements not from the result cache.

    Columns: workspace_name, warehouse_name, day, statements, p50_seconds, p95_seconds, timed.
    """
    filters, params = _narrow(narrowed)
    sql = _BY_DAY.format(asked=_IN.format(name="asked"), filters=filters)
    bounds = {"asked_start": asked.start, "asked_end": asked.end, "tz": asked.tz}
    return await warehouse.query(Statement("warehouse_days", sql, bounds | params, max_rows=50_000))


def _periods() -> dict[str, str]:
    return {name: _IN.format(name=name) for name in ("asked", "before")}


def _bounds(asked: Period, before: Period) -> dict[str, Any]:
    return {
        "asked_start": asked.start,
        "asked_end": asked.end,
        "before_start": before.start,
        "before_end": before.end,
    }


def _narrow(narrowed: dict[str, Sequence[str]] | None) -> tuple[str, dict[str, str]]:
    given = {kind: names for kind, names in (narrowed or {}).items() if names}
    filters = "".join(f" AND {_FILTERS[kind]}" for kind in given)
    lower = ("users", "tables")
    return filters, {kind: "\n".join(name.lower() if kind in lower else name for name in names) for kind, names in given.items()}
