"""Which job runs fail, why, and how long it takes to recover."""

from datetime import date, datetime

from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_failed_jobs(warehouse: Warehouse, start_date: date, end_date: date, workspace_id: str = "ALL") -> Table:
    """Runs that failed or timed out, newest first; runs that a person cancelled are not among them.

    Columns: workspace_id, workspace_name, job_id, job_name, run_id, result_state, termination_code, run_as,
    trigger_type, start_time, end_time, duration_minutes.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_failed_jobs",
        order_by="end_time DESC, run_id",
        start_date=start_date,
        end_date=end_date,
        workspace_id=workspace_id,
    )


async def get_failure_reasons(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Failed runs by state and termination code, most frequent first.

    Columns: result_state, termination_code, failed_runs, pct_of_failures, failing_jobs, worst_job_name, first_seen,
    last_seen.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_failure_reasons",
        order_by="failed_runs DESC, termination_code",
        start_date=start_date,
        end_date=end_date,
    )


async def get_job_success_rate(warehouse: Warehouse, start_date: date, end_date: date, min_runs: int = 5) -> Table:
    """Success rate per job, worst first; cancelled and running runs count neither way.

    Columns: workspace_id, workspace_name, job_id, job_name, total_runs, successful_runs, failed_runs, cancelled_runs,
    running_runs, success_rate_pct, avg_duration_minutes, p95_duration_minutes, last_failure_time.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_success_rate",
        order_by="success_rate_pct NULLS LAST, failed_runs DESC, workspace_id, job_id",
        start_date=start_date,
        end_date=end_date,
        min_runs=min_runs,
    )


async def get_job_failure_trends(warehouse: Warehouse, days_back: int = 30, as_of: date | None = None) -> Table:
    """Failures per day, oldest first.

    Columns: run_date, total_runs, successful_runs, failed_runs, cancelled_runs, failure_rate_pct, failing_jobs,
    failure_rate_7d_pct.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_failure_trends",
        order_by="run_date",
        days_back=days_back,
        as_of=as_of,
    )


async def get_job_incidents(warehouse: Warehouse, start_date: date, end_date: date, as_of: datetime | None = None) -> Table:
    """Streaks of failed runs per job, open ones first, then the longest; `as_of` is an instant.

    Columns: workspace_id, workspace_name, job_id, job_name, run_as, first_failure_time, recovered_time, failed_runs,
    is_open, duration_minutes, last_termination_code, last_failed_run_id.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_incidents",
        order_by="is_open DESC, duration_minutes DESC, workspace_id, job_id",
        start_date=start_date,
        end_date=end_date,
        as_of=as_of,
    )


async def get_job_mttr(warehouse: Warehouse, start_date: date, end_date: date, as_of: datetime | None = None) -> Table:
    """Mean time to recovery per job, jobs that still fail first; `as_of` is an instant.

    Columns: workspace_id, workspace_name, job_id, job_name, incidents, failed_runs, mttr_minutes, longest_minutes,
    is_open, open_minutes.
    Source: system.lakeflow.job_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_mttr",
        order_by="is_open DESC, longest_minutes DESC, workspace_id, job_id",
        start_date=start_date,
        end_date=end_date,
        as_of=as_of,
    )


async def get_job_retry_analysis(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Retries and repairs per job, most time first, and whether they helped.

    Columns: workspace_id, workspace_name, job_id, job_name, runs, retried_runs, retry_attempts, recovered_runs,
    eventual_success_pct, retry_minutes, retry_time_pct, most_retried_task.
    Source: system.billing.list_prices, system.billing.usage, system.lakeflow.job_run_timeline,
    system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_retry_analysis",
        order_by="retry_minutes DESC, workspace_id, job_id",
        start_date=start_date,
        end_date=end_date,
    )


async def get_failed_tasks(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Tasks that fail most.

    Columns: rank, workspace_id, workspace_name, job_id, job_name, task_key, attempts, failed_attempts,
    failure_rate_pct, last_termination_code, last_failure_time.
    Source: system.lakeflow.job_run_timeline, system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_failed_tasks",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_job_run_details(
    warehouse: Warehouse, job_id_filter: str, days_back: int = 7, workspace_id: str = "ALL", as_of: date | None = None
) -> Table:
    """Run history of one job (`job_id_filter`), newest first.

    Columns: workspace_id, workspace_name, job_id, job_name, run_id, trigger_type, run_type, outcome, result_state,
    termination_code, start_time, end_time, duration_minutes, tasks, failed_attempts, retry_attempts, first_failed_task.
    Source: system.lakeflow.job_run_timeline, system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_run_details",
        order_by="start_time DESC, run_id",
        job_id_filter=job_id_filter,
        days_back=days_back,
        workspace_id=workspace_id,
        as_of=as_of,
    )
