"""How long job runs take, and how pipelines do."""

from datetime import date

from tools.limits import within
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_job_sla_compliance(warehouse: Warehouse, sla_minutes: float, start_date: date, end_date: date) -> Table:
    """Share of runs that finish within `sla_minutes`, per job, worst first.

    Columns: workspace_id, workspace_name, job_id, job_name, total_runs, runs_within_sla, runs_over_sla, failed_runs,
    running_over_sla, sla_compliance_pct, on_time_success_pct, avg_duration_minutes, p95_duration_minutes,
    max_duration_minutes.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_sla_compliance",
        order_by="on_time_success_pct NULLS LAST, runs_over_sla DESC, workspace_id, job_id",
        sla_minutes=sla_minutes,
        start_date=start_date,
        end_date=end_date,
    )


async def get_job_duration_trends(warehouse: Warehouse, job_name: str, days_back: int = 30, as_of: date | None = None) -> Table:
    """Durations of successful runs per day, oldest first, for one job name or 'ALL'.

    Columns: run_date, workspace_id, job_id, job_name, run_count, avg_duration_minutes, p50_duration_minutes,
    p95_duration_minutes, min_duration_minutes, max_duration_minutes, baseline_minutes, pct_vs_baseline, trend.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_duration_trends",
        order_by="run_date, workspace_id, job_id",
        job_name=job_name,
        days_back=days_back,
        as_of=as_of,
    )


async def get_job_duration_percentiles(
    warehouse: Warehouse, days_back: int = 30, job_name_filter: str = "ALL", as_of: date | None = None
) -> Table:
    """Spread of the durations of successful runs per job, longest first.

    Columns: workspace_id, job_id, job_name, run_count, avg_duration_minutes, p50_duration_minutes,
    p75_duration_minutes, p90_duration_minutes, p99_duration_minutes, max_duration_minutes, duration_cv.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_duration_percentiles",
        order_by="p50_duration_minutes DESC, workspace_id, job_id",
        days_back=days_back,
        job_name_filter=job_name_filter,
        as_of=as_of,
    )


async def get_job_run_duration_analysis(
    warehouse: Warehouse, days_back: int = 30, min_runs: int = 5, top_n: int = 100, as_of: date | None = None
) -> Table:
    """Where job time goes: jobs by total minutes of their finished runs.

    Columns: rank, workspace_id, job_id, job_name, run_count, total_duration_minutes, avg_duration_minutes,
    p50_duration_minutes, p95_duration_minutes, max_duration_minutes, failed_duration_minutes.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_run_duration_analysis",
        order_by="rank",
        days_back=days_back,
        min_runs=min_runs,
        top_n=top_n,
        as_of=as_of,
    )


async def get_job_outlier_runs(
    warehouse: Warehouse,
    days_back: int = 30,
    deviation_threshold: float = 1.5,
    min_baseline_runs: int = 5,
    as_of: date | None = None,
) -> Table:
    """Runs far longer than their job usually takes, most extreme first.

    Columns: workspace_id, workspace_name, job_id, job_name, run_id, outcome, start_time, duration_minutes,
    baseline_p90_minutes, baseline_runs, times_baseline.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call; BadRequestError out of range.
    """
    within("get_job_outlier_runs", "deviation_threshold", deviation_threshold, 1, 1000)
    return await call(
        warehouse,
        "get_job_outlier_runs",
        order_by="times_baseline DESC, run_id",
        days_back=days_back,
        deviation_threshold=deviation_threshold,
        min_baseline_runs=min_baseline_runs,
        as_of=as_of,
    )


async def get_pipeline_health(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Updates per pipeline, worst first.

    Columns: workspace_id, workspace_name, pipeline_id, pipeline_name, run_as, updates, completed_updates,
    failed_updates, cancelled_updates, running_updates, success_rate_pct, retried_requests, avg_duration_minutes,
    last_result_state, last_failure_time.
    Source: system.lakeflow.pipeline_update_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_pipeline_health",
        order_by="success_rate_pct NULLS LAST, failed_updates DESC, workspace_id, pipeline_id",
        start_date=start_date,
        end_date=end_date,
    )
