"""MLflow experiments, their runs and metrics."""

from datetime import date

from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_experiment_summary(warehouse: Warehouse, start_date: date, end_date: date, experiment_name: str = "ALL") -> Table:
    """Runs per MLflow experiment, busiest first.

    Columns: workspace_id, workspace_name, experiment_id, experiment_name, run_count, nested_runs, finished_runs,
    failed_runs, running_runs, success_rate_pct, avg_duration_minutes, max_duration_minutes, users, last_run_time,
    last_user.
    Source: system.mlflow.experiments_latest, system.mlflow.runs_latest. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_experiment_summary",
        order_by="run_count DESC, workspace_id, experiment_id",
        start_date=start_date,
        end_date=end_date,
        experiment_name=experiment_name,
    )


async def get_best_runs(
    warehouse: Warehouse,
    metric_name: str,
    start_date: date,
    end_date: date,
    experiment_name: str = "ALL",
    higher_is_better: bool = True,
    top_n: int = 20,
) -> Table:
    """Runs by the last value of one metric, best first within each experiment.

    Columns: rank, workspace_id, experiment_id, experiment_name, run_id, run_name, created_by, status, start_time,
    latest_value, best_value, duration_minutes.
    Source: system.mlflow.experiments_latest, system.mlflow.runs_latest. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_best_runs",
        order_by="workspace_id, experiment_id, rank",
        metric_name=metric_name,
        start_date=start_date,
        end_date=end_date,
        experiment_name=experiment_name,
        higher_is_better=higher_is_better,
        top_n=top_n,
    )


async def get_experiment_metric_trend(
    warehouse: Warehouse, metric_name: str, days_back: int = 30, experiment_name: str = "ALL", as_of: date | None = None
) -> Table:
    """Last values of a metric (or 'ALL') per experiment and day, oldest first.

    Columns: run_date, workspace_id, experiment_id, experiment_name, metric_name, runs, nan_runs, avg_latest_value,
    min_latest_value, max_latest_value, baseline_value, change_vs_baseline_pct.
    Source: system.mlflow.experiments_latest, system.mlflow.runs_latest. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_experiment_metric_trend",
        order_by="run_date, workspace_id, experiment_id, metric_name",
        metric_name=metric_name,
        days_back=days_back,
        experiment_name=experiment_name,
        as_of=as_of,
    )


async def get_run_metric_history(
    warehouse: Warehouse, run_id: str, metric_name: str = "ALL", days_back: int = 90, as_of: date | None = None
) -> Table:
    """Every step of the metrics of one run.

    Columns: metric_name, metric_step, metric_time, metric_value, is_last, is_highest, is_lowest.
    Source: system.mlflow.run_metrics_history. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_run_metric_history",
        order_by="metric_name, metric_step, metric_time",
        run_id=run_id,
        metric_name=metric_name,
        days_back=days_back,
        as_of=as_of,
    )
