"""SQL warehouses: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tools.gold.statements import END, HISTORY, START, WAREHOUSE_EVENTS, opened_on
from tools.compute import get_query_efficiency_analysis, get_warehouse_utilization
from tools.errors import BadRequestError
from tools.warehouse.embedded import EmbeddedWarehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    opened = opened_on(tmp_path_factory.mktemp("warehouses") / "account.duckdb", HISTORY)
    yield opened
    asyncio.run(opened.close())


async def test_warehouse_load_and_running_time(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["workspace_id"]: r for r in await get_warehouse_utilization(warehouse, START, END)}
    bi = rows["1"]
    assert (bi["warehouse_name"], bi["query_count"], bi["unique_users"]) == ("bi", 10, 2)
    assert bi["queued_pct"] == 10.0
    # 09:00–09:20 and 09:10–09:20 overlap; the cached one does not run
    assert bi["peak_concurrency"] == 2
    busy = 1200 + 900 + 30 + 700 + 400 + 30
    assert bi["busy_hours"] == pytest.approx(busy / 3600)
    assert bi["avg_concurrency"] == pytest.approx((busy + 600) / busy)
    # 00:00–06:00 with one cluster, 06:00–10:00 with two, the next day 20:00 until now at 23:00 with one
    assert (bi["running_hours"], bi["cluster_hours"]) == (13.0, 17.0)
    assert bi["idle_pct"] == pytest.approx(100 * (1 - busy / 3600 / 13))
    assert bi["advice"] == "SHORTEN_AUTO_STOP"
    assert (rows["2"]["warehouse_name"], rows["2"]["query_count"]) == ("adhoc", 1)
    assert rows["2"]["idle_pct"] is None


async def test_without_events_the_load_stands_and_running_time_is_not_known(tmp_path: Path) -> None:
    opened = opened_on(tmp_path / "account.duckdb", HISTORY, leave_out=(WAREHOUSE_EVENTS,))
    table = await get_warehouse_utilization(opened, START, END)
    await opened.close()
    (bi,) = (row for row in table if row["workspace_id"] == "1")
    assert (bi["query_count"], bi["peak_concurrency"], bi["advice"]) == (10, 2, "KEEP")
    assert (bi["running_hours"], bi["cluster_hours"], bi["idle_pct"]) == (None, None, None)
    assert table.notes == (f"{WAREHOUSE_EVENTS} is not available",)


async def test_efficiency_of_the_last_hours_and_one_warehouse(warehouse: EmbeddedWarehouse) -> None:
    as_of = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)
    (bi,) = list(await get_query_efficiency_analysis(warehouse, 2, "bi", as_of))
    assert (bi["query_count"], bi["high_spill_count"], bi["high_queue_count"]) == (2, 1, 1)
    assert (bi["efficient_pct"], bi["scaling_hint"]) == (0.0, "SCALE_OUT")
    both = await get_query_efficiency_analysis(warehouse, 2, "w", as_of)
    assert len(both) == 2
    assert len(await get_query_efficiency_analysis(warehouse, 1, "nobody's", as_of)) == 0


async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="hours_back = 0"):
        await get_query_efficiency_analysis(warehouse, 0)
    with pytest.raises(BadRequestError, match="ends before it starts"):
        await get_warehouse_utilization(warehouse, END, START)
