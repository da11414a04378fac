"""Failures, recovery and what they cost: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.tools.gold.accounts import JOBS, PRICES, RUNS, TASKS, USAGE, job, opened, price, run, task, usage
from tools.errors import BadRequestError, MissingTableError
from tools.job_costs import (
    get_job_failure_costs,
    get_job_repair_costs,
    get_job_spend_trend_analysis,
    get_most_expensive_jobs,
)
from tools.metric import metric
from tools.reliability import (
    get_failed_jobs,
    get_failed_tasks,
    get_failure_reasons,
    get_job_failure_trends,
    get_job_incidents,
    get_job_mttr,
    get_job_retry_analysis,
    get_job_run_details,
    get_job_success_rate,
)
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, minute)


ROWS = {
    JOBS: [
        job("1", "old_name"),
        job("1", "nightly_etl", changed=datetime(2026, 6, 1)),
        job("1", "other_job", workspace="2"),
    ],
    RUNS: [
        *run("early", datetime(2026, 10, 31, 22), 180, "FAILED", termination_code="CLUSTER_ERROR"),
        *run("r1", at(23, day=1), 150, "FAILED", termination_code="DRIVER_ERROR"),
        *run("r2", at(3), 40, "SUCCEEDED", termination_code="SUCCESS"),
        *run("r3", at(5), 10, "CANCELLED", termination_code="USER_CANCELED"),
        *run("r4", at(6), 60, "TIMED_OUT", termination_code="RUN_EXECUTION_ERROR"),
        *run("r5", at(8), 90, None),
        *run("r6", at(9), 0, "SKIPPED"),
        *run("r1", at(10), 20, "SUCCEEDED", workspace="2"),
    ],
    TASKS: [
        task("r2", "a", "a1", at(3), 10, "FAILED", termination_code="DRIVER_ERROR"),
        task("r2", "a", "a2", at(3, 10), 20, "SUCCEEDED"),
        task("r2", "each", "e1", at(3), 10, "FAILED", termination_code="RUN_EXECUTION_ERROR"),
        task("r2", "each", "e2", at(3, 5), 10, "SUCCEEDED"),
        task("r1", "a", "x1", at(23, day=1), 60, None),
        task("r1", "a", "x1", at(0), 90, "FAILED", termination_code="DRIVER_ERROR"),
    ],
    PRICES: [price()],
    USAGE: [
        usage(at(23, day=1), 10, job_id="1", job_run_id="r1"),
        usage(at(1), 4, job_id="1", job_run_id="r1"),
        usage(at(1), -4, job_id="1", job_run_id="r1", record_type="RETRACTION"),
        usage(at(1), 5, job_id="1", job_run_id="r1", record_type="RESTATEMENT"),
        usage(at(3), 30, job_id="1", job_run_id="r2"),
        usage(at(10), 100, "2", job_id="1", job_run_id="r1"),
        usage(at(11), 7, job_id="1"),
        usage(at(12), 50, cluster_id="c"),
    ],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("reliability"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_a_run_cut_into_hours_is_one_row_with_its_last_state(warehouse: EmbeddedWarehouse) -> None:
    sql = "SELECT * FROM fact_job_run_timeline WHERE workspace_id = '1' AND run_id IN ('r1', 'r5') ORDER BY run_id"
    failed, running = list(await warehouse.query(Statement("test", sql)))
    assert (failed["run_date"], failed["run_duration_seconds"], failed["run_duration_minutes"]) == (FIRST, 9000, 150)
    assert (failed["result_state"], failed["termination_code"], failed["is_success"]) == (
        "FAILED", "DRIVER_ERROR", False,
    )  # fmt: skip
    assert (running["result_state"], running["is_success"], running["run_duration_minutes"]) == (None, False, 90)


async def test_tasks_too_are_one_row_per_attempt(warehouse: EmbeddedWarehouse) -> None:
    sql = "SELECT * FROM fact_job_task_run_timeline WHERE job_run_id = 'r1'"
    (attempt,) = list(await warehouse.query(Statement("test", sql)))
    assert (attempt["period_start_time"], attempt["period_end_time"], attempt["result_state"]) == (
        at(23, day=1).replace(tzinfo=UTC), at(1, 30).replace(tzinfo=UTC), "FAILED",
    )  # fmt: skip


async def test_failed_jobs_are_failures_and_timeouts_newest_first(warehouse: EmbeddedWarehouse) -> None:
    failed = await get_failed_jobs(warehouse, FIRST, SECOND)
    assert [(r["run_id"], r["result_state"], r["termination_code"], r["duration_minutes"]) for r in failed] == [
        ("r4", "TIMED_OUT", "RUN_EXECUTION_ERROR", 60),
        ("r1", "FAILED", "DRIVER_ERROR", 150),
    ]
    assert set(failed.column("job_name")) == {"nightly_etl"}
    assert failed.receipt.params == {"start_date": FIRST, "end_date": SECOND, "workspace_id": "ALL"}


async def test_failed_jobs_of_one_workspace(warehouse: EmbeddedWarehouse) -> None:
    assert len(await get_failed_jobs(warehouse, FIRST, SECOND, "1")) == 2
    assert len(await get_failed_jobs(warehouse, FIRST, SECOND, "2")) == 0
    assert len(await get_failed_jobs(warehouse, FIRST, SECOND, "1' OR '1'='1")) == 0


async def test_a_run_that_reaches_into_the_period_belongs_to_the_day_it_began(warehouse: EmbeddedWarehouse) -> None:
    assert (await get_failed_jobs(warehouse, FIRST, FIRST)).column("run_id") == ["r1"]
    before = await get_failed_jobs(warehouse, date(2026, 10, 31), date(2026, 10, 31))
    assert [(r["run_id"], r["duration_minutes"]) for r in before] == [("early", 180)]


async def test_success_rate_leaves_out_cancelled_running_and_skipped_runs(warehouse: EmbeddedWarehouse) -> None:
    bad, good = list(await get_job_success_rate(warehouse, FIRST, SECOND, min_runs=1))
    assert (bad["job_name"], bad["total_runs"], bad["successful_runs"], bad["failed_runs"]) == ("nightly_etl", 6, 1, 2)
    assert (bad["cancelled_runs"], bad["running_runs"], bad["avg_duration_minutes"]) == (1, 1, 40)
    assert bad["success_rate_pct"] == pytest.approx(100 / 3)
    assert (good["workspace_id"], good["job_name"], good["success_rate_pct"]) == ("2", "other_job", 100)
    assert [r["job_name"] for r in await get_job_success_rate(warehouse, FIRST, SECOND, min_runs=2)] == ["nightly_etl"]


async def test_failure_reasons_count_runs_and_jobs(warehouse: EmbeddedWarehouse) -> None:
    reasons = await get_failure_reasons(warehouse, FIRST, SECOND)
    assert [(r["termination_code"], r["failed_runs"], r["pct_of_failures"], r["failing_jobs"]) for r in reasons] == [
        ("DRIVER_ERROR", 1, 50, 1),
        ("RUN_EXECUTION_ERROR", 1, 50, 1),
    ]


async def test_failure_trend_pools_the_runs_of_seven_days(warehouse: EmbeddedWarehouse) -> None:
    days = list(await get_job_failure_trends(warehouse, 2, SECOND))
    assert [(d["run_date"], d["failed_runs"], d["failure_rate_pct"]) for d in days] == [
        (FIRST, 1, 100), (SECOND, 1, pytest.approx(100 / 3)),
    ]  # fmt: skip
    assert [d["failure_rate_7d_pct"] for d in days] == [100, pytest.approx(100 * 3 / 5)]


async def test_an_incident_lasts_from_the_first_failure_to_the_next_success(warehouse: EmbeddedWarehouse) -> None:
    open_one, ended = list(await get_job_incidents(warehouse, FIRST, SECOND, at(12).replace(tzinfo=UTC)))
    assert (open_one["is_open"], open_one["failed_runs"], open_one["duration_minutes"]) == (True, 1, 300)
    assert open_one["last_termination_code"] == "RUN_EXECUTION_ERROR"
    assert (ended["is_open"], ended["failed_runs"]) == (False, 2)
    assert ended["duration_minutes"] == 26 * 60 + 40  # from the end of the early run, 1 Nov 01:00, to 2 Nov 03:40


async def test_mttr_is_the_mean_over_ended_incidents(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_mttr(warehouse, FIRST, SECOND, at(12).replace(tzinfo=UTC)))
    assert (row["incidents"], row["mttr_minutes"], row["is_open"], row["open_minutes"]) == (2, 1600, True, 300)


async def test_a_retry_follows_a_failed_attempt_and_parallel_iterations_are_none(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_retry_analysis(warehouse, FIRST, SECOND))
    assert (row["runs"], row["retried_runs"], row["retry_attempts"], row["recovered_runs"]) == (2, 1, 1, 1)
    assert (row["retry_minutes"], row["most_retried_task"], row["eventual_success_pct"]) == (20, "a", 100)
    assert row["retry_time_pct"] == 100 * 20 / (10 + 20 + 10 + 10 + 150)


async def test_failed_tasks_are_counted_by_attempt(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_failed_tasks(warehouse, FIRST, SECOND))
    assert [(r["task_key"], r["attempts"], r["failed_attempts"]) for r in rows] == [("a", 3, 2), ("each", 2, 1)]
    assert len(await get_failed_tasks(warehouse, FIRST, SECOND, top_n=1)) == 1


async def test_run_details_of_one_job_in_one_workspace(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_job_run_details(warehouse, "1", 2, "1", SECOND))
    assert [r["run_id"] for r in rows] == ["r6", "r5", "r4", "r3", "r2", "r1"]
    second = rows[4]
    assert (second["tasks"], second["failed_attempts"], second["retry_attempts"]) == (2, 2, 1)
    assert [r["outcome"] for r in rows][:4] == ["OTHER", "RUNNING", "TIMEOUT", "CANCELLED"]
    assert len(await get_job_run_details(warehouse, "1", 2, as_of=SECOND)) == 7


async def test_failure_costs_net_corrections_out_and_keep_workspaces_apart(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_failure_costs(warehouse, FIRST, SECOND))
    assert (row["job_name"], row["failed_runs"], row["failure_cost_usd"]) == ("nightly_etl", 2, Decimal("15.00"))
    assert row["total_cost_usd"] == Decimal("45.00")  # of runs; the 7 dollars that name none are left out
    assert row["failure_cost_pct"] == pytest.approx(100 / 3)


async def test_repair_cost_is_the_retries_share_of_the_task_time(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_repair_costs(warehouse, FIRST, SECOND))
    assert (row["repaired_runs"], row["retry_attempts"], row["recovered_runs"]) == (1, 1, 1)
    assert (row["repaired_runs_cost_usd"], row["retry_cost_usd"]) == (Decimal("30.00"), Decimal("12.00"))


async def test_the_same_job_id_in_two_workspaces_is_two_jobs(warehouse: EmbeddedWarehouse) -> None:
    first, second = list(await get_most_expensive_jobs(warehouse, FIRST, SECOND))
    assert (first["job_name"], first["total_cost_usd"], first["runs"]) == ("other_job", Decimal("100.00"), 1)
    assert (second["job_name"], second["total_cost_usd"], second["runs"]) == ("nightly_etl", Decimal("52.00"), 2)
    assert (second["avg_cost_per_run_usd"], second["max_run_cost_usd"]) == (22.5, Decimal("30.00"))


async def test_spend_trend_compares_equal_spans(warehouse: EmbeddedWarehouse) -> None:
    first, second = list(await get_job_spend_trend_analysis(warehouse, 1, as_of=SECOND))
    assert (first["job_name"], first["change_usd"], first["change_pct"]) == ("other_job", Decimal("100.00"), None)
    assert (second["current_cost_usd"], second["previous_cost_usd"]) == (Decimal("42.00"), Decimal("10.00"))
    assert second["change_pct"] == 320


async def test_job_performance_counts_runs_not_slices(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(
        await metric(
            warehouse,
            "job_performance",
            ["total_runs", "successful_runs", "failed_runs", "timed_out_runs", "cancelled_runs", "running_runs",
             "success_rate", "failure_rate", "p95_duration_minutes", "unique_jobs"],
            where={"workspace_id": "1"},
            period=(FIRST, SECOND),
        )
    )  # fmt: skip
    assert [row[m] for m in ("total_runs", "successful_runs", "failed_runs", "timed_out_runs")] == [6, 1, 1, 1]
    assert [row[m] for m in ("cancelled_runs", "running_runs", "unique_jobs")] == [1, 1, 1]
    assert (row["success_rate"], row["failure_rate"]) == (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert row["p95_duration_minutes"] == pytest.approx(132)  # finished: 0, 10, 40, 60, 150; 60 + 0.8 x 90


async def test_bad_input_is_named(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match=r"2026-11-02 to 2026-11-01"):
        await get_failed_jobs(warehouse, SECOND, FIRST)
    with pytest.raises(BadRequestError, match="top_n = 0"):
        await get_job_failure_costs(warehouse, FIRST, SECOND, top_n=0)
    with pytest.raises(BadRequestError, match="days_back = -1"):
        await get_job_failure_trends(warehouse, -1)


def test_without_the_runs_the_table_is_named(tmp_path: Path) -> None:
    with opened(tmp_path, ROWS, leave_out=[RUNS]) as account, pytest.raises(MissingTableError, match=RUNS):
        asyncio.run(get_failed_jobs(account, FIRST, SECOND))


def test_without_the_names_ids_stand_and_a_note_says_so(tmp_path: Path) -> None:
    with opened(tmp_path, ROWS, leave_out=[JOBS]) as account:
        failed = asyncio.run(get_failed_jobs(account, FIRST, SECOND))
    assert set(failed.column("job_name")) == {"1"}
    assert failed.notes == (f"{JOBS} is not available",)
