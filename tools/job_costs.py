"""What jobs and their failures cost, and what they run on. Money is USD at the price of usage."""

from datetime import date

from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_most_expensive_jobs(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 25) -> Table:
    """Jobs by cost, dearest first.

    Columns: rank, workspace_id, workspace_name, job_id, job_name, run_as, runs, total_cost_usd, avg_cost_per_run_usd,
    max_run_cost_usd, pct_of_job_cost.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_most_expensive_jobs",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_job_failure_costs(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """What failed runs cost, per job, dearest first.

    Columns: rank, workspace_id, workspace_name, job_id, job_name, run_as, total_runs, failed_runs, failure_rate_pct,
    failure_cost_usd, total_cost_usd, failure_cost_pct, last_termination_code.
    Source: system.billing.list_prices, system.billing.usage, system.lakeflow.job_run_timeline. Errors as in
    tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_failure_costs",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_job_repair_costs(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 20) -> Table:
    """What retries and repairs cost, per job, dearest first; `retry_cost_usd` is an estimate by task time.

    Columns: rank, workspace_id, workspace_name, job_id, job_name, repaired_runs, retry_attempts, recovered_runs,
    retry_minutes, repaired_runs_cost_usd, retry_cost_usd.
    Source: system.billing.list_prices, system.billing.usage, system.lakeflow.job_run_timeline,
    system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_repair_costs",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_job_spend_trend_analysis(
    warehouse: Warehouse, days_back: int = 30, top_n: int = 50, as_of: date | None = None
) -> Table:
    """Jobs whose spend changed most against the span before.

    Columns: rank, workspace_id, workspace_name, job_id, job_name, current_cost_usd, previous_cost_usd, change_usd,
    change_pct, current_runs, previous_runs, current_cost_per_run_usd, previous_cost_per_run_usd.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_spend_trend_analysis",
        order_by="rank",
        days_back=days_back,
        top_n=top_n,
        as_of=as_of,
    )


async def get_jobs_on_legacy_dbr(
    warehouse: Warehouse, days_back: int = 30, oldest_supported: int = 13, as_of: date | None = None
) -> Table:
    """Jobs that ran on a Databricks Runtime below `oldest_supported`, oldest first.

    Columns: workspace_id, workspace_name, job_id, job_name, run_as, dbr_version, dbr_major, runs, last_run_time.
    Source: system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_jobs_on_legacy_dbr",
        order_by="dbr_major, runs DESC, workspace_id, job_id",
        days_back=days_back,
        oldest_supported=oldest_supported,
        as_of=as_of,
    )


async def get_jobs_without_autoscaling(warehouse: Warehouse, days_back: int = 30, as_of: date | None = None) -> Table:
    """Jobs on clusters of a fixed size, most task time first.

    Columns: workspace_id, workspace_name, job_id, job_name, run_as, max_workers, runs, total_task_hours, duration_cv.
    Source: system.lakeflow.job_task_run_timeline. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_jobs_without_autoscaling",
        order_by="total_task_hours DESC, workspace_id, job_id",
        days_back=days_back,
        as_of=as_of,
    )
