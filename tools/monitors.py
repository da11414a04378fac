"""Drift of job runs, data quality and model traffic: from Lakehouse Monitoring where it is set up, else computed."""

import re
from datetime import date

from tools.errors import MisconfiguredError
from tools.limits import one_of, within
from tools.table import Table
from tools.tool import call, check
from tools.warehouse import Statement, Warehouse

RUN_SLICES = ("ALL", "workspace_id", "job_id", "trigger_type", "run_type")
QUALITY_SLICES = ("ALL", "catalog_name", "schema_name")


async def get_job_run_drift(
    warehouse: Warehouse, start_date: date, end_date: date, window_days: int = 7, slice_key: str = "ALL"
) -> Table:
    """Job runs of each window against the window before, newest first; windows are laid back from `end_date`.

    Columns: window_start, window_end, window_cmp_start, window_cmp_end, slice_key, slice_value, slice_name, total_runs,
    success_count, failure_count, cancelled_count, long_running_count (over 60 minutes), success_rate (percent), avg_,
    p50_, p90_, p99_duration_minutes (successful runs), duration_cv, count_delta, run_count_drift_pct,
    success_rate_drift (percentage points), failure_count_drift, duration_drift_pct, p50_, p90_,
    p99_duration_drift_pct, duration_cv_drift, long_running_drift, population_stability_index, js_distance, ks_test,
    ks_p_value, drift_level. Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call; BadRequestError
    for another slice or a window outside 1 to 92 days.
    """
    within("get_job_run_drift", "window_days", window_days, 1, 92)
    return await call(
        warehouse,
        "get_job_run_drift",
        order_by="window_end DESC, failure_count_drift DESC NULLS LAST, slice_value",
        start_date=start_date,
        end_date=end_date,
        window_days=window_days,
        slice_key=one_of("get_job_run_drift", "slice_key", slice_key, RUN_SLICES),
    )


async def get_data_quality_profile(warehouse: Warehouse, start_date: date, end_date: date, slice_key: str = "ALL") -> Table:
    """Data quality per day, oldest first, with the change against the previous day that has results.

    Columns: window_start (day), slice_key, slice_value, total_evaluations, distinct_tables, healthy_tables,
    unhealthy_tables, stale_tables, incomplete_tables, critical_tables, healthy_rate (percent), healthy_rate_drift
    (percentage points), unhealthy_tables_drift, tables_evaluated_drift_pct. Source:
    system.data_quality_monitoring.table_results. Errors as in tools.tool.call; BadRequestError for another slice.
    """
    return await call(
        warehouse,
        "get_data_quality_profile",
        order_by="window_start, slice_value",
        start_date=start_date,
        end_date=end_date,
        slice_key=one_of("get_data_quality_profile", "slice_key", slice_key, QUALITY_SLICES),
    )


async def get_inference_drift(
    warehouse: Warehouse, start_date: date, end_date: date, endpoint_name: str = "ALL", baseline_days: int = 7
) -> Table:
    """Inputs and predictions of served models against the `baseline_days` before `start_date`, strongest drift first.

    Columns: workspace_id, endpoint_name, kind, field, field_type, current_count, baseline_count, current_null_pct,
    baseline_null_pct, current_mean, baseline_mean, baseline_stddev, mean_shift_sd, population_stability_index,
    js_distance, ks_test, ks_p_value, drift_level. Values themselves are never returned. Source:
    system.__internal_logging.payload_logs. Errors as in tools.tool.call; BadRequestError for a baseline outside 1 to
    92 days.
    """
    within("get_inference_drift", "baseline_days", baseline_days, 1, 92)
    return await call(
        warehouse,
        "get_inference_drift",
        order_by="population_stability_index DESC NULLS LAST, workspace_id, endpoint_name, kind, field",
        start_date=start_date,
        end_date=end_date,
        endpoint_name=endpoint_name,
        baseline_days=baseline_days,
    )


async def monitored_job_run_drift(
    warehouse: Warehouse, monitoring_schema: str, start_date: date, end_date: date, slice_key: str = "ALL"
) -> Table:
    """The same drift as Lakehouse Monitoring wrote it for fact_job_run_timeline, consecutive windows, newest first.

    `monitoring_schema` is catalog.schema from the settings. Columns: window_start, window_end, slice_key, slice_value,
    granularity, success_rate_drift (percentage points), failure_count_drift, run_count_drift_pct, duration_drift_pct,
    p90_duration_drift_pct, p99_duration_drift_pct, duration_cv_drift, long_running_drift. Windows that start in the
    period. BadRequestError as in get_job_run_drift, MisconfiguredError for a schema that is no name, and what the
    warehouse raises where the table is absent: use get_job_run_drift then.
    """
    check("monitored_job_run_drift", {"start_date": start_date, "end_date": end_date})
    if not re.fullmatch(r"\w+(\.\w+)?", monitoring_schema):
        raise MisconfiguredError(f"{monitoring_schema[:60]!r} is not a schema.", do="Set it as catalog.schema.")
    sql = f"""
        SELECT
          d.window.start AS window_start, d.window.end AS window_end, d.slice_key, d.slice_value, d.granularity,
          d.success_rate_drift, d.failure_count_drift, d.run_count_drift_pct, d.duration_drift_pct,
          d.p90_duration_drift_pct, d.p99_duration_drift_pct, d.duration_cv_drift, d.long_running_drift
        FROM {monitoring_schema}.fact_job_run_timeline_drift_metrics AS d
        WHERE d.column_name = ':table' AND d.drift_type = 'CONSECUTIVE'
          AND d.window.start >= CAST(:start_date AS TIMESTAMP)
          AND d.window.start < CAST(date_add(CAST(:end_date AS DATE), 1) AS TIMESTAMP)
          AND ((:slice_key = 'ALL' AND d.slice_key IS NULL) OR d.slice_key = :slice_key)
        ORDER BY d.window.start DESC, d.granularity, d.slice_value
    """  # noqa: S608 - the schema is checked above and comes from the settings; values are bound
    params = {
        "start_date": start_date,
        "end_date": end_date,
        "slice_key": one_of("monitored_job_run_drift", "slice_key", slice_key, RUN_SLICES),
    }
    return await warehouse.query(Statement("monitored_job_run_drift", sql, params))
