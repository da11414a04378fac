"""Experiments and their metrics: rows that would show each mistake, and figures computed by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.tools.gold.accounts import opened
from tools.errors import BadRequestError
from tools.metric import metric
from tools.mlops import get_best_runs, get_experiment_metric_trend, get_experiment_summary, get_run_metric_history
from tools.warehouse.embedded import EmbeddedWarehouse

EXPERIMENTS = "system.mlflow.experiments_latest"
MLRUNS = "system.mlflow.runs_latest"
HISTORY = "system.mlflow.run_metrics_history"
TODAY = date(2026, 11, 20)
NAN = float("nan")


def experiment(number: str, name: str, workspace: str = "1", **more: Any) -> dict[str, Any]:
    return {"workspace_id": workspace, "experiment_id": number, "name": name, **more}


def ml_run(name: str, day: int, metrics: dict[str, tuple[float, float, float]], **more: Any) -> dict[str, Any]:
    """`metrics` is the lowest, highest and last value by name."""
    start = datetime(2026, 11, day, 8)
    return {
        "workspace_id": "1",
        "experiment_id": "7",
        "run_id": name,
        "run_name": name,
        "created_by": "ann@x.com",
        "status": "FINISHED",
        "start_time": start,
        "end_time": start + timedelta(minutes=30),
        "tags": {},
        "aggregated_metrics": [
            {"metric_name": k, "min_value": low, "max_value": high, "latest_value": last}
            for k, (low, high, last) in metrics.items()
        ],
        **more,
    }


def step(number: int, value: float, name: str = "auc") -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "run_id": "r1",
        "metric_name": name,
        "metric_step": number,
        "metric_value": value,
        "metric_time": datetime(2026, 11, 19, 8, number),
    }


ROWS = {
    EXPERIMENTS: [
        experiment("7", "/Shared/fraud"),
        experiment("7", "/Shared/other", "2"),
        experiment("8", "/Shared/gone", delete_time=datetime(2026, 11, 1)),
    ],
    MLRUNS: [
        ml_run("r1", 19, {"auc": (0.5, 0.95, 0.7), "loss": (0.1, 0.9, 0.4)}),
        ml_run("r2", 20, {"auc": (0.5, 0.8, 0.8), "loss": (0.3, 0.9, 0.3)}, created_by="bob@x.com"),
        ml_run("r3", 20, {"auc": (NAN, NAN, NAN)}, tags={"mlflow.parentRunId": "r2"}),
        ml_run("r4", 20, {}, status="FAILED", end_time=datetime(2026, 11, 20, 10)),
        ml_run("r5", 20, {}, status="RUNNING", end_time=None),
        ml_run("r6", 20, {"auc": (1, 1, 1)}, delete_time=datetime(2026, 11, 20)),
        ml_run("r1", 20, {"auc": (0.1, 0.1, 0.1)}, workspace_id="2"),
        ml_run("r7", 20, {"auc": (1, 1, 1)}, experiment_id="8"),
    ],
    HISTORY: [
        step(1, 0.5), step(2, 0.95), step(3, 0.95), step(4, 0.7), step(5, NAN, "loss"), step(6, 0.2, "loss"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("mlops"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_an_experiment_counts_its_live_runs_within_its_workspace(warehouse: EmbeddedWarehouse) -> None:
    fraud, other = list(await get_experiment_summary(warehouse, date(2026, 11, 19), TODAY))
    assert (fraud["experiment_name"], fraud["run_count"], fraud["nested_runs"], fraud["users"]) == (
        "/Shared/fraud", 5, 1, 2,
    )  # fmt: skip
    assert (fraud["finished_runs"], fraud["failed_runs"], fraud["running_runs"]) == (3, 1, 1)
    assert (fraud["success_rate_pct"], fraud["avg_duration_minutes"], fraud["max_duration_minutes"]) == (75, 30, 120)
    assert (other["experiment_name"], other["run_count"]) == ("/Shared/other", 1)
    assert len(await get_experiment_summary(warehouse, date(2026, 11, 19), TODAY, "FRAUD")) == 1


async def test_the_last_value_ranks_and_the_best_stands_beside_it(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_best_runs(warehouse, "auc", date(2026, 11, 19), TODAY, "fraud"))
    assert [(r["run_id"], r["latest_value"], r["best_value"]) for r in rows] == [("r2", 0.8, 0.8), ("r1", 0.7, 0.95)]
    losses = list(await get_best_runs(warehouse, "loss", date(2026, 11, 19), TODAY, higher_is_better=False))
    assert [(r["run_id"], r["best_value"]) for r in losses] == [("r2", 0.3), ("r1", 0.1)]


async def test_trend_of_a_metric_against_the_days_before(warehouse: EmbeddedWarehouse) -> None:
    rows = [r for r in await get_experiment_metric_trend(warehouse, "auc", 5, as_of=TODAY) if r["workspace_id"] == "1"]
    assert [(r["run_date"].day, r["runs"], r["nan_runs"], r["avg_latest_value"]) for r in rows] == [
        (19, 1, 0, 0.7), (20, 2, 1, 0.8),
    ]  # fmt: skip
    assert rows[1]["baseline_value"] == 0.7
    assert rows[1]["change_vs_baseline_pct"] == pytest.approx(100 / 7)


async def test_history_tells_the_last_step_from_the_best(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_run_metric_history(warehouse, "r1", "auc", 30, TODAY))
    assert [(r["metric_step"], r["is_last"], r["is_highest"]) for r in rows] == [
        (1, False, False), (2, False, True), (3, False, False), (4, True, False),
    ]  # fmt: skip
    losses = [r for r in await get_run_metric_history(warehouse, "r1", "loss", 30, TODAY) if r["is_lowest"]]
    assert [r["metric_step"] for r in losses] == [6]


async def test_metric_view_counts_runs_once_and_averages_numbers(warehouse: EmbeddedWarehouse) -> None:
    period = (date(2026, 11, 19), TODAY)
    (row,) = list(
        await metric(
            warehouse, "ml_experiment_metrics", ["run_count", "finished_runs", "failed_runs", "unique_metrics"],
            by=["experiment_name"], where={"workspace_id": "1"}, period=period,
        )
    )  # fmt: skip
    assert [row[m] for m in ("run_count", "finished_runs", "failed_runs", "unique_metrics")] == [5, 3, 1, 2]
    rows = await metric(
        warehouse, "ml_experiment_metrics", ["avg_metrics", "highest_metric", "nan_runs"], by=["user_name"],
        where={"metric_name": "auc", "workspace_id": "1"}, period=period,
    )  # fmt: skip
    assert rows.rows == (("ann@x.com", 0.7, 0.95, 1), ("bob@x.com", 0.8, 0.8, 0))


async def test_bad_input_is_named(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="ends before it starts"):
        await get_best_runs(warehouse, "auc", TODAY, date(2026, 11, 1))
    with pytest.raises(BadRequestError, match="has no measure 'beauty'"):
        await metric(warehouse, "ml_experiment_metrics", ["beauty"])
    assert len(await get_best_runs(warehouse, "auc' --", TODAY, TODAY)) == 0
