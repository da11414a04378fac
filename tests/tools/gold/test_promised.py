"""The assets that are promised by name, each with its parameters in order; and a test for every trap."""

import re
from pathlib import Path

import pytest

from tests.parity.questions import parameters
from tools.gold import assets
from tools.warehouse.metrics import metric_views

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = {
    "get_top_cost_contributors": ("start_date", "end_date", "top_n"),
    "get_cost_trend_by_sku": ("start_date", "end_date", "sku_name"),
    "get_budget_variance": ("budget", "start_date", "end_date"),
    "get_access_anomalies": ("start_date", "end_date", "threshold"),
    "get_user_activity_summary": ("user_email", "days_back"),
    "get_failed_jobs": ("start_date", "end_date", "workspace_id"),
    "get_slow_queries": ("min_duration", "start_date", "end_date"),
    "get_job_duration_trends": ("job_name", "days_back"),
    "get_job_sla_compliance": ("sla_minutes", "start_date", "end_date"),
}
METRIC_VIEWS = {
    "cost_analytics", "security_events", "job_performance", "query_performance", "cluster_utilization", "ml_experiment_metrics",
}  # fmt: skip
TABLES = {
    "fact_job_run_drift_metrics", "fact_table_lineage", "fact_column_lineage", "fact_data_quality_monitoring_table_results",
    "fact_data_classification_results", "fact_mlflow_runs", "fact_mlflow_run_metrics_history", "fact_endpoint_usage",
}  # fmt: skip
TRAPS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "traps.md").read_text())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_its_name_and_its_parameters_in_order(name: str) -> None:
    (asset,) = (asset for asset in assets() if asset.name == name)
    promised = FUNCTIONS[name]
    assert tuple(parameter.name for parameter in parameters(asset))[: len(promised)] == promised


def test_metric_views_and_tables_have_their_names() -> None:
    assert set(metric_views()) >= METRIC_VIEWS
    assert {asset.name for asset in assets() if asset.kind == "VIEW"} >= TABLES


@pytest.mark.parametrize(("file", "name"), TRAPS)
def test_the_test_of_a_trap_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE)
