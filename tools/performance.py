"""Statements: what is slow, fails, spills or changed, and by whom. From query history; texts never come whole."""

from datetime import date

from tools.errors import BadRequestError
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse

GRANULARITIES = ("HOUR", "DAY", "WEEK")


async def get_slow_queries(warehouse: Warehouse, min_duration: float, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Finished statements that took at least `min_duration` seconds, slowest first, result cache left out.

    Columns: rank, statement_id, workspace_name, warehouse_id, warehouse_name, executed_by, statement_type,
    duration_seconds, queue_seconds, startup_seconds, compile_seconds, execution_seconds, read_gb, spilled_gb,
    rows_produced, start_time (UTC), main_cause, source_kind, statement_hash, statement_shape.
    """
    _not_negative("get_slow_queries", "min_duration", min_duration)
    return await call(
        warehouse,
        "get_slow_queries",
        order_by="rank",
        min_duration=float(min_duration),
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_failed_queries(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 100) -> Table:
    """Failed statements, newest first; cancelled ones are left out.

    Columns: rank, statement_id, workspace_name, warehouse_name, executed_by, statement_type, error_class,
    same_error_count, duration_seconds, start_time (UTC), source_kind, statement_hash, statement_shape.
    """
    return await call(warehouse, "get_failed_queries", order_by="rank", start_date=start_date, end_date=end_date, top_n=top_n)


async def get_high_spill_queries(
    warehouse: Warehouse, start_date: date, end_date: date, min_spill_gb: float = 1.0, top_n: int = 100
) -> Table:
    """Statements that spilled at least `min_spill_gb` in a run, equal texts together, most spilled first.

    Columns: rank, statement_hash, statement_type, warehouse_id, warehouse_name, warehouse_size, executed_by,
    run_count, total_spilled_gb, max_spilled_gb, avg_duration_seconds, avg_read_gb, spill_to_read_ratio,
    last_statement_id, last_start_time (UTC), statement_shape.
    """
    _not_negative("get_high_spill_queries", "min_spill_gb", min_spill_gb)
    return await call(
        warehouse,
        "get_high_spill_queries",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        min_spill_gb=float(min_spill_gb),
        top_n=top_n,
    )


async def get_query_efficiency(
    warehouse: Warehouse, start_date: date, end_date: date, min_duration_seconds: int = 60, top_n: int = 100
) -> Table:
    """What to tune in each finished statement of at least `min_duration_seconds`, least efficient first.

    Columns: rank, statement_id, warehouse_name, executed_by, statement_type, duration_seconds, efficiency_score
    (0 to 100), has_high_spill, has_high_queue, has_poor_pruning, has_slow_compilation, has_cold_cache, read_gb,
    spilled_gb, start_time (UTC), statement_hash, statement_shape.
    """
    _not_negative("get_query_efficiency", "min_duration_seconds", min_duration_seconds)
    return await call(
        warehouse,
        "get_query_efficiency",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        min_duration_seconds=min_duration_seconds,
        top_n=top_n,
    )


async def get_query_latency_percentiles(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """How long statements take on each warehouse, slowest 95th percentile first.

    Columns: workspace_name, warehouse_id, warehouse_name, query_count, timed_count, p50_seconds, p75_seconds,
    p90_seconds, p95_seconds, p99_seconds, max_seconds, p95_queue_seconds, p95_execution_seconds.
    """
    return await call(
        warehouse,
        "get_query_latency_percentiles",
        order_by="p95_seconds DESC NULLS LAST, workspace_name, warehouse_name, warehouse_id",
        start_date=start_date,
        end_date=end_date,
    )


async def get_query_volume_trends(
    warehouse: Warehouse, days_back: int = 14, granularity: str = "DAY", as_of: date | None = None
) -> Table:
    """Statements per HOUR, DAY or WEEK in the `days_back` UTC days up to `as_of` (default: today), oldest first.

    Columns: period_start (UTC), query_count, failed_count, cached_count, unique_users, avg_duration_seconds,
    p95_duration_seconds, avg_queue_seconds, total_read_gb, query_change_pct. BadRequestError for another granularity.
    """
    if granularity.upper() not in GRANULARITIES:
        raise BadRequestError(
            f"get_query_volume_trends was asked per “{granularity[:40]}”.", do=f"Known: {', '.join(GRANULARITIES)}."
        )
    return await call(
        warehouse,
        "get_query_volume_trends",
        order_by="period_start",
        days_back=days_back,
        granularity=granularity.upper(),
        as_of=as_of,
    )


async def get_user_query_summary(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Query use per person, most compute time first.

    Columns: rank, executed_by, query_count, failed_count, failed_pct, cached_pct, total_duration_hours, task_hours,
    share_of_task_pct, avg_duration_seconds, p95_duration_seconds, total_read_gb, total_spilled_gb, unique_warehouses.
    """
    return await call(warehouse, "get_user_query_summary", order_by="rank", start_date=start_date, end_date=end_date, top_n=top_n)


async def get_query_regressions(warehouse: Warehouse, start_date: date, end_date: date, min_runs: int = 5) -> Table:
    """The same text on the same warehouse against the equally long period before, most extra seconds first.

    Columns: statement_hash, statement_type, workspace_name, warehouse_name, source_kind, run_count, prior_run_count,
    p50_seconds, prior_p50_seconds, change_pct, extra_seconds, avg_queue_seconds, prior_avg_queue_seconds,
    avg_read_gb, prior_avg_read_gb, avg_spilled_gb, prior_avg_spilled_gb, executed_by, last_statement_id,
    statement_shape.
    """
    return await call(
        warehouse,
        "get_query_regressions",
        order_by="extra_seconds DESC, statement_hash, workspace_name, warehouse_name",
        start_date=start_date,
        end_date=end_date,
        min_runs=min_runs,
    )


def _not_negative(tool: str, name: str, value: float) -> None:
    if value < 0:
        raise BadRequestError(f"{tool} was asked with {name} = {value}.", do=f"{name} must not be negative.")
