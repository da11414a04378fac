"""How long runs take and what they run on: figures computed by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.tools.gold.accounts import JOBS, RUNS, TASKS, job, opened, run, task
from tools.durations import (
    get_job_duration_percentiles,
    get_job_duration_trends,
    get_job_outlier_runs,
    get_job_run_duration_analysis,
    get_job_sla_compliance,
    get_pipeline_health,
)
from tools.errors import BadRequestError
from tools.job_costs import get_jobs_on_legacy_dbr, get_jobs_without_autoscaling
from tools.warehouse.embedded import EmbeddedWarehouse

CLUSTERS = "system.compute.clusters"
UPDATES = "system.lakeflow.pipeline_update_timeline"
PIPELINES = "system.lakeflow.pipelines"
TODAY = date(2026, 11, 20)


def day(number: int, hour: int = 3) -> datetime:
    return datetime(2026, 11, number, hour)


def update(name: str, start: datetime, minutes: float, state: str | None, request: str) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "pipeline_id": "p",
        "update_id": name,
        "request_id": request,
        "result_state": state,
        "period_start_time": start,
        "period_end_time": start + timedelta(minutes=minutes),
    }


def cluster(name: str, version: str, changed: datetime, **more: Any) -> dict[str, Any]:
    return {"workspace_id": "1", "cluster_id": name, "dbr_version": version, "change_time": changed, **more}


# nightly_etl takes 100 minutes a day up to the 15th and 130 since; the run of the 18th takes 400, the 19th fails.
ETL = {n: 100 if n <= 15 else 130 for n in range(6, 21)} | {18: 400}
ROWS = {
    JOBS: [job("1", "nightly_etl"), job("2", "hourly_sync"), job("1", "nightly_etl", workspace="2")],
    RUNS: [
        *(part for n, minutes in ETL.items() for part in run(f"e{n}", day(n), minutes, "FAILED" if n == 19 else "SUCCEEDED")),
        *(part for n in range(6, 21) for part in run(f"w{n}", day(n), 10, "SUCCEEDED", workspace="2")),
        *(part for n, m in enumerate([1, 2, 3, 4, 50]) for part in run(f"h{n}", day(20, n), m, "SUCCEEDED", "2")),
        *run("hung", day(20, 8), 90, None, "2"),
    ],
    TASKS: [
        task("e19", "main", "t19", day(19), 60, "SUCCEEDED", compute_ids=["old", "new"]),
        task("e20", "main", "t20", day(20), 60, None, compute_ids=["old"]),
        task("e20", "main", "t20", day(20, 4), 60, "SUCCEEDED", compute_ids=["old"]),
    ],
    CLUSTERS: [
        cluster("old", "15.4.x-scala2.12", day(1)),
        cluster("old", "10.4.x-scala2.12", day(2), worker_count=4),
        cluster("new", "15.4.x-scala2.12", day(2), max_autoscale_workers=8, worker_count=2),
    ],
    PIPELINES: [
        {"workspace_id": "1", "pipeline_id": "p", "name": "orders_pipeline", "change_time": day(1)},
    ],
    UPDATES: [
        update("u1", day(18), 60, None, "q1"),
        update("u1", day(18, 4), 30, "FAILED", "q1"),
        update("u2", day(18, 5), 30, "COMPLETED", "q1"),
        update("u3", day(19), 10, "CANCELED", "q2"),
        update("u4", day(20), 10, None, "q3"),
    ],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("durations"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_sla_takes_its_minutes_and_keeps_failed_and_late_runs_apart(warehouse: EmbeddedWarehouse) -> None:
    rows = {(r["workspace_id"], r["job_name"]): r for r in await get_job_sla_compliance(warehouse, 120, date(2026, 11, 6), TODAY)}
    etl = rows["1", "nightly_etl"]
    assert (etl["total_runs"], etl["runs_within_sla"], etl["runs_over_sla"], etl["failed_runs"]) == (14, 10, 4, 1)
    assert etl["sla_compliance_pct"] == pytest.approx(1000 / 14)
    assert etl["on_time_success_pct"] == pytest.approx(1000 / 15)
    assert etl["max_duration_minutes"] == 400
    assert rows["2", "nightly_etl"]["sla_compliance_pct"] == 100
    strict = {r["job_name"]: r for r in await get_job_sla_compliance(warehouse, 60, TODAY, TODAY)}
    assert (strict["hourly_sync"]["runs_within_sla"], strict["hourly_sync"]["running_over_sla"]) == (5, 1)


async def test_duration_trend_of_one_job_name(warehouse: EmbeddedWarehouse) -> None:
    rows = [r for r in await get_job_duration_trends(warehouse, "NIGHTLY_etl", 10, TODAY) if r["workspace_id"] == "1"]
    assert [r["run_date"].day for r in rows] == [11, 12, 13, 14, 15, 16, 17, 18, 20]
    assert {r["trend"] for r in rows} == {"INCREASING"}
    sixteenth = rows[5]
    assert (sixteenth["avg_duration_minutes"], sixteenth["baseline_minutes"]) == (130, 100)
    assert sixteenth["pct_vs_baseline"] == pytest.approx(30)
    flat = [r for r in await get_job_duration_trends(warehouse, "nightly_etl", 10, TODAY) if r["workspace_id"] == "2"]
    assert {r["trend"] for r in flat} == {"STABLE"}
    assert len(await get_job_duration_trends(warehouse, "nightly", 10, TODAY)) == 0


async def test_duration_percentiles_are_exact(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_duration_percentiles(warehouse, 30, "SYNC", TODAY))
    assert [row[f"p{p}_duration_minutes"] for p in (50, 75)] == [3, 4]
    assert row["p90_duration_minutes"] == pytest.approx(4 + 0.6 * 46)
    assert (row["run_count"], row["avg_duration_minutes"], row["max_duration_minutes"]) == (5, 12, 50)
    assert row["duration_cv"] == pytest.approx((1810 / 4) ** 0.5 / 12)


async def test_run_time_is_ranked_by_its_total_and_counts_failed_runs(warehouse: EmbeddedWarehouse) -> None:
    first, second = list(await get_job_run_duration_analysis(warehouse, 30, 6, 5, TODAY))
    assert (first["workspace_id"], first["total_duration_minutes"]) == ("1", 1000 + 4 * 130 + 400)
    assert (first["run_count"], first["failed_duration_minutes"]) == (15, 130)
    assert (second["workspace_id"], second["total_duration_minutes"]) == ("2", 150)


async def test_an_outlier_does_not_hide_itself(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_job_outlier_runs(warehouse, 30, 1.5, 4, TODAY))
    assert [(r["run_id"], r["outcome"]) for r in rows] == [("hung", "RUNNING"), ("h4", "SUCCESS"), ("e18", "SUCCESS")]
    assert rows[2]["baseline_p90_minutes"] == 130
    assert rows[2]["times_baseline"] == pytest.approx(400 / 130)
    assert [r["run_id"] for r in await get_job_outlier_runs(warehouse, 30, 1.5, 5, TODAY)] == ["e18"]


async def test_legacy_runtimes_come_from_the_latest_cluster_definition(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_jobs_on_legacy_dbr(warehouse, 30, as_of=TODAY))
    assert (row["job_name"], row["dbr_version"], row["dbr_major"], row["runs"]) == (
        "nightly_etl", "10.4.x-scala2.12", 10, 2,
    )  # fmt: skip
    assert len(await get_jobs_on_legacy_dbr(warehouse, 30, 10, TODAY)) == 0


async def test_fixed_size_clusters_count_their_task_time_once(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_jobs_without_autoscaling(warehouse, 30, TODAY))
    assert (row["job_name"], row["max_workers"], row["runs"], row["total_task_hours"]) == ("nightly_etl", 4, 2, 3)


async def test_pipeline_updates_are_counted_once_and_retries_by_request(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_pipeline_health(warehouse, date(2026, 11, 18), TODAY))
    assert (row["pipeline_name"], row["updates"], row["completed_updates"], row["failed_updates"]) == (
        "orders_pipeline", 4, 1, 1,
    )  # fmt: skip
    assert (row["cancelled_updates"], row["running_updates"], row["retried_requests"]) == (1, 1, 1)
    assert (row["success_rate_pct"], row["avg_duration_minutes"], row["last_result_state"]) == (50, 30, "CANCELED")


async def test_bad_input_is_named(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="sla_minutes = 0"):
        await get_job_sla_compliance(warehouse, 0, TODAY, TODAY)
    with pytest.raises(BadRequestError, match="deviation_threshold = 0"):
        await get_job_outlier_runs(warehouse, deviation_threshold=0)
    with pytest.raises(BadRequestError, match="days_back = 0"):
        await get_job_duration_trends(warehouse, "nightly_etl", 0)
