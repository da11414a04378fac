"""Statements: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.tools.gold.statements import END, HISTORY, SECRETS, START, at, opened_on, ran
from tools.errors import BadRequestError
from tools.metric import metric
from tools.performance import (
    get_failed_queries,
    get_high_spill_queries,
    get_query_efficiency,
    get_query_latency_percentiles,
    get_query_regressions,
    get_query_volume_trends,
    get_slow_queries,
    get_user_query_summary,
)
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    opened = opened_on(tmp_path_factory.mktemp("queries") / "account.duckdb", HISTORY)
    yield opened
    asyncio.run(opened.close())


async def test_slow_statements_are_finished_ones_outside_the_result_cache(warehouse: EmbeddedWarehouse) -> None:
    table = await get_slow_queries(warehouse, 300, START, END)
    assert table.column("statement_id") == ["slow", "queued", "other", "last"]
    assert table.column("rank") == [1, 2, 3, 4]
    assert table.column("duration_seconds") == [1200.0, 600.0, 500.0, 400.0]
    assert table.column("warehouse_name") == ["bi", "bi", "adhoc", "bi"]  # the newest name, within its workspace
    assert table.column("main_cause") == ["SPILLING", "QUEUED", "COMPILING", "FULL_SCAN"]
    assert table.column("source_kind") == ["DASHBOARD", "JOB", "OTHER", "OTHER"]
    assert len(await get_slow_queries(warehouse, 400, START, END)) == 4  # at least the threshold
    assert (await get_slow_queries(warehouse, 300, START, END, top_n=1)).column("statement_id") == ["slow"]


async def test_texts_come_without_anything_that_could_be_a_secret(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_slow_queries(warehouse, 1000, START, END))
    assert row["statement_shape"] == (
        "SELECT `name`, ? FROM prod.crm.people_v2 ? WHERE ssn IN (?) AND card = ? "
        "AND path = ? AND key = ? AND mail = ? AND last = ?"
    )
    assert len(row["statement_hash"]) == 16
    assert "statement_text" not in row


@pytest.mark.parametrize(
    "text",
    [
        "SET x = hunter2",
        "SELECT 'it\\'s' , hunter2",
        "COPY INTO t FROM x WITH (CREDENTIAL hunter2)",
        "CREATE VIEW v AS $$ hunter2 $$",
        "ALTER USER a IDENTIFIED BY hunter2",
    ],
)
async def test_a_text_that_cannot_be_cleaned_safely_gives_only_its_hash(tmp_path: Path, text: str) -> None:
    opened = opened_on(tmp_path / "account.duckdb", [ran(60, at(9), text=text) | {"statement_type": text.split()[0]}])
    (row,) = list(await get_slow_queries(opened, 1, START, END))
    assert row["statement_shape"] is None
    assert row["statement_hash"]
    await opened.close()


async def test_failures_are_newest_first_with_a_class_and_no_message(warehouse: EmbeddedWarehouse) -> None:
    table = await get_failed_queries(warehouse, START, END)
    assert table.column("statement_id") == ["failed2", "failed"]
    assert table.column("error_class") == ["TABLE_OR_VIEW_NOT_FOUND", "DIVIDE_BY_ZERO"]
    assert not any(secret in str(table.rows) for secret in SECRETS[:1])


async def test_spills_of_one_text_are_added_up(warehouse: EmbeddedWarehouse) -> None:
    first, second = list(await get_high_spill_queries(warehouse, START, END, 1.0))
    assert (first["run_count"], first["total_spilled_gb"], first["max_spilled_gb"]) == (3, 6.0, 2.0)
    assert (first["spill_to_read_ratio"], first["statement_shape"]) == (0.5, "SELECT spilling")
    assert (second["last_statement_id"], second["total_spilled_gb"]) == ("slow", 3.0)
    assert len(await get_high_spill_queries(warehouse, START, END, 2.5)) == 1
    assert len(await get_high_spill_queries(warehouse, START, END, 0.0)) == 2


async def test_efficiency_score_subtracts_each_flaw(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["statement_id"]: r for r in await get_query_efficiency(warehouse, START, END)}
    assert {name: row["efficiency_score"] for name, row in rows.items()} == {
        "slow": 70,
        "queued": 75,
        "last": 70,
        "other": 85,
    }
    assert (rows["last"]["has_poor_pruning"], rows["last"]["has_cold_cache"]) == (True, True)


async def test_percentiles_leave_out_cached_failed_and_cancelled(warehouse: EmbeddedWarehouse) -> None:
    rows = {(r["workspace_name"], r["warehouse_name"]): r for r in await get_query_latency_percentiles(warehouse, START, END)}
    bi = rows["prod", "bi"]
    assert (bi["query_count"], bi["timed_count"]) == (10, 6)
    # 10, 10, 10, 400, 600, 1200: the median lies between 10 and 400
    assert (bi["p50_seconds"], bi["p75_seconds"], bi["max_seconds"]) == (205.0, 550.0, 1200.0)
    assert bi["p95_seconds"] == pytest.approx(600 + 0.75 * 600)
    assert bi["p95_queue_seconds"] == pytest.approx(0.75 * 400)
    assert rows["2", "adhoc"]["query_count"] == 1
    assert rows["prod", "serverless_compute"]["warehouse_id"] is None


async def test_volume_by_day_and_hour_and_week(warehouse: EmbeddedWarehouse) -> None:
    days = list(await get_query_volume_trends(warehouse, 2, "DAY", END))
    assert [(r["period_start"].date(), r["query_count"]) for r in days] == [(START, 11), (END, 1)]
    assert (days[0]["failed_count"], days[0]["cached_count"], days[0]["unique_users"]) == (2, 1, 3)
    assert days[1]["query_change_pct"] == pytest.approx(100 * (1 / 11 - 1))
    hours = await get_query_volume_trends(warehouse, 2, "hour", END)
    assert [r["query_count"] for r in hours if r["period_start"].hour == 9] == [2]
    weeks = list(await get_query_volume_trends(warehouse, 30, "WEEK", END))
    assert [r["query_count"] for r in weeks] == [1, 12]
    assert weeks[1]["period_start"] == datetime(2026, 11, 2, tzinfo=UTC)


async def test_people_by_compute_time(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["executed_by"]: r for r in await get_user_query_summary(warehouse, START, END)}
    total = 1200 + 600 + 2000 + 900 + 30 + 700 + 400 + 500 + 4 + 30
    assert rows["eve@x.com"]["share_of_task_pct"] == pytest.approx(100 * 500 / total)
    assert (rows["bob@x.com"]["query_count"], rows["bob@x.com"]["failed_pct"]) == (2, 50.0)
    assert rows["ann@x.com"]["total_duration_hours"] == pytest.approx((total - 430 - 500) / 3600)
    assert rows["ann@x.com"]["rank"] == 1


async def test_regressions_compare_the_same_text_with_the_period_before(tmp_path: Path) -> None:
    def runs(day: int, seconds: float, **more: Any) -> list[dict[str, Any]]:
        return [ran(seconds, at(8, n, day=day), text="SELECT a", **more) for n in range(5)]

    other_days = [ran(999, datetime(2026, 10, 30), text="SELECT a"), ran(1, at(1), text="SELECT rare")]
    history = [
        *runs(1, 10),
        *runs(2, 25, queue=15),
        *runs(1, 10, workspace="2"),
        *runs(2, 10, workspace="2"),
        # another warehouse of the same name
        *runs(1, 40, warehouse="v"),
        *runs(2, 40, warehouse="v"),
        *other_days,
    ]
    opened = opened_on(tmp_path / "account.duckdb", history)
    table = list(await get_query_regressions(opened, START, START))
    assert [(r["workspace_name"], r["p50_seconds"], r["prior_p50_seconds"]) for r in table] == [
        ("prod", 25.0, 10.0),
        ("2", 10.0, 10.0),
        ("prod", 40.0, 40.0),
    ]
    worst = table[0]
    assert (worst["run_count"], worst["prior_run_count"], worst["change_pct"]) == (5, 5, 150.0)
    assert (worst["extra_seconds"], worst["avg_queue_seconds"], worst["prior_avg_queue_seconds"]) == (75.0, 15.0, 0.0)
    await opened.close()


async def test_metric_view(warehouse: EmbeddedWarehouse) -> None:
    measures = ["total_queries", "failed_queries", "canceled_queries", "cached_queries", "p50_duration_seconds"]
    table = await metric(
        warehouse,
        "query_performance",
        measures,
        by=["warehouse_name"],
        where={"workspace_id": "1"},
        period=(START, END),
    )
    assert table.rows == (("bi", 10, 2, 1, 1, 205.0), ("serverless_compute", 1, 0, 0, 0, 4.0))
    tiers = await metric(warehouse, "query_performance", ["unique_warehouses"], by=["warehouse_tier"])
    assert dict(tiers.rows) == {"LARGE": 1, "UNKNOWN": 1}
    recent = await metric(warehouse, "query_performance", ["queries_today", "queries_last_7_days", "spill_rate"])
    assert recent.rows[0][:2] == (1, 13)
    assert recent.rows[0][2] == pytest.approx(100 * 4 / 14)


async def test_the_fact_keeps_one_row_per_statement(warehouse: EmbeddedWarehouse) -> None:
    table = await warehouse.query(Statement("test", "SELECT COUNT(*), COUNT(DISTINCT statement_id) FROM query_history_named"))
    assert table.rows == ((len(HISTORY), len(HISTORY)),)


@pytest.mark.parametrize(
    "asked",
    [
        lambda w: get_slow_queries(w, -1, START, END),
        lambda w: get_slow_queries(w, 60, END, START),
        lambda w: get_slow_queries(w, 60, START, END, top_n=0),
        lambda w: get_high_spill_queries(w, START, END, -0.1),
        lambda w: get_query_volume_trends(w, 7, "MINUTE'; --", END),
        lambda w: get_query_volume_trends(w, -7, "DAY", END),
        lambda w: metric(w, "query_performance", ["total_queries"], by=["statement_text"]),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse, asked: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        await asked(warehouse)
    assert refused.value.do
