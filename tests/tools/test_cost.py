"""The billing traps, each with rows that would show the mistake."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tools.cost import (
    cost_by_day,
    cost_by_element,
    cost_complete_through,
    get_budget_variance,
    get_cost_trend_by_sku,
    get_top_cost_contributors,
    job_attempts,
)
from tools.errors import BadRequestError, MissingTableError
from tools.period import Period
from tools.scope import Scope
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

USAGE, LIST, CONTRACT = "system.billing.usage", "system.billing.list_prices", "system.billing.account_prices"
TASKS = "system.lakeflow.job_task_run_timeline"
DAY = date(2026, 11, 17)
TUESDAY = Period.of_days(DAY, DAY, "UTC")


def usage(quantity: str, hour: int = 5, day: date = DAY, **more: Any) -> dict[str, Any]:
    start = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
    return {
        "workspace_id": "1",
        "sku_name": "JOBS",
        "cloud": "AWS",
        "usage_unit": "DBU",
        "usage_quantity": quantity,
        "usage_start_time": start,
        "usage_end_time": start + timedelta(hours=1),
        "usage_date": start.date(),
        "record_type": "ORIGINAL",
        "billing_origin_product": "JOBS",
        **more,
    }


def price(amount: str, start: str = "2026-01-01", end: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "sku_name": "JOBS",
        "cloud": "AWS",
        "usage_unit": "DBU",
        "currency_code": "USD",
        "price_start_time": datetime.fromisoformat(start),
        "price_end_time": datetime.fromisoformat(end) if end else None,
        "pricing": {"default": amount},
        **more,
    }


Opened = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def build(rows: dict[str, Any], leave_out: tuple[str, ...] = ()) -> AsyncIterator[EmbeddedWarehouse]:
        warehouse = EmbeddedWarehouse(write_account(tmp_path / "account.duckdb", rows, leave_out))
        try:
            yield warehouse
        finally:
            await warehouse.close()

    return build


async def total(warehouse: EmbeddedWarehouse) -> Decimal:
    table = await cost_by_element(warehouse, TUESDAY, [], None, Scope())
    return sum((Decimal(str(row["cost_asked"] or 0)) for row in table), Decimal(0))


async def test_corrections_net_out(opened: Opened) -> None:
    rows = [usage("10"), usage("-10", record_type="RETRACTION"), usage("4", record_type="RESTATEMENT")]
    async with opened({USAGE: rows, LIST: [price("0.5")]}) as warehouse:
        assert await total(warehouse) == Decimal("2.0")


async def test_a_price_change_prices_each_hour_once(opened: Opened) -> None:
    prices = [price("0.5", end="2026-11-17T06:00:00"), price("1.0", start="2026-11-17T06:00:00")]
    async with opened({USAGE: [usage("10", 4), usage("10", 6)], LIST: prices}) as warehouse:
        assert await total(warehouse) == Decimal("15.0")


async def test_only_us_dollars_count(opened: Opened) -> None:
    prices = [price("0.5"), price("0.4", currency_code="EUR")]
    async with opened({USAGE: [usage("10")], LIST: prices}) as warehouse:
        assert await total(warehouse) == Decimal("5.0")


async def test_the_effective_price_goes_before_the_default(opened: Opened) -> None:
    discounted = price("0.5") | {"pricing": {"default": "0.5", "effective_list": {"default": "0.3"}}}
    async with opened({USAGE: [usage("10")], LIST: [discounted]}) as warehouse:
        assert await total(warehouse) == Decimal("3.0")


async def test_the_contract_goes_before_the_list(opened: Opened) -> None:
    async with opened({USAGE: [usage("10")], LIST: [price("0.5")], CONTRACT: [price("0.2")]}) as warehouse:
        assert await total(warehouse) == Decimal("2.0")


async def test_without_contract_prices_the_answer_stands_and_says_so(opened: Opened) -> None:
    async with opened({USAGE: [usage("10")], LIST: [price("0.5")]}, (CONTRACT,)) as warehouse:
        table = await cost_by_element(warehouse, TUESDAY, [], None, Scope())
        assert table.column("cost_asked") == [5.0]
        assert table.notes == (f"{CONTRACT} is not available",)


async def test_without_usage_the_table_and_its_grant_are_named(opened: Opened) -> None:
    async with opened({}, (USAGE,)) as warehouse:
        with pytest.raises(MissingTableError) as caught:
            await total(warehouse)
        assert USAGE in caught.value.what
        assert "GRANT USE SCHEMA, SELECT ON SCHEMA system.billing" in caught.value.do


async def test_usage_without_a_price_is_counted_not_dropped(opened: Opened) -> None:
    async with opened({USAGE: [usage("10"), usage("3", sku_name="NEW")], LIST: [price("0.5")]}) as warehouse:
        table = await cost_by_element(warehouse, TUESDAY, [], None, Scope())
        assert {row["sku_name"]: row["unpriced"] for row in table} == {"JOBS": 0, "NEW": 1}


async def test_a_day_is_the_askers_day(opened: Opened) -> None:
    rows = [usage("10", 23, date(2026, 11, 16)), usage("1", 22)]
    async with opened({USAGE: rows, LIST: [price("1")]}) as warehouse:
        berlin = Period.of_days(DAY, DAY, "Europe/Berlin")
        table = await cost_by_day(warehouse, berlin, Scope())
        assert table.rows == ((DAY, "JOBS", 11.0),)
        everything = Period.of_days(date(2026, 11, 15), date(2026, 11, 18), "Europe/Berlin")
        assert (await cost_by_day(warehouse, everything, Scope())).rows == ((DAY, "JOBS", 11.0),)


async def test_dbus_leave_other_units_out_and_cost_does_not(opened: Opened) -> None:
    rows = [usage("10"), usage("500", usage_unit="GB", sku_name="STORAGE")]
    prices = [price("1"), price("0.01", usage_unit="GB", sku_name="STORAGE")]
    async with opened({USAGE: rows, LIST: prices}) as warehouse:
        table = await get_top_cost_contributors(warehouse, DAY, DAY)
        assert [(r["sku_name"], r["total_dbu"], r["total_cost_usd"]) for r in table] == [
            ("JOBS", 10.0, Decimal("10.00")), ("STORAGE", 0.0, Decimal("5.00")),
        ]  # fmt: skip
        assert sum(table.column("pct_of_total")) == pytest.approx(100)


async def test_the_same_job_id_in_two_workspaces_is_two_jobs(opened: Opened) -> None:
    job = {"usage_metadata": {"job_id": "7"}}
    rows = {
        USAGE: [usage("1", **job), usage("2", workspace_id="2", **job)],
        LIST: [price("1")],
        "system.lakeflow.jobs": [
            {"workspace_id": "1", "job_id": "7", "name": "old", "change_time": datetime(2026, 1, 1)},
            {"workspace_id": "1", "job_id": "7", "name": "new", "change_time": datetime(2026, 2, 1)},
            {"workspace_id": "2", "job_id": "7", "name": "other", "change_time": datetime(2026, 1, 1)},
        ],
    }
    async with opened(rows) as warehouse:
        table = await cost_by_element(warehouse, TUESDAY, [], None, Scope())
        assert sorted((r["resource_name"], r["cost_asked"]) for r in table) == [("new", 1.0), ("other", 2.0)]
        scoped = await cost_by_element(warehouse, TUESDAY, [], None, Scope(jobs=("other",)))
        assert scoped.column("cost_asked") == [2.0]


async def test_team_tags_are_found_in_any_case(opened: Opened) -> None:
    rows = [usage("1", custom_tags={key: "risk"}) for key in ("team", "Team", "TEAM")]
    async with opened({USAGE: rows, LIST: [price("1")]}) as warehouse:
        table = await cost_by_element(warehouse, TUESDAY, [], None, Scope(teams=("risk",)))
        assert table.column("cost_asked") == [3.0]


@pytest.mark.parametrize("name", ["o'clock", "50%_", "'; DROP TABLE usage; --", "a\\b", "<!channel>"])
async def test_a_name_is_a_value_never_sql(opened: Opened, name: str) -> None:
    spaces = [{"workspace_id": "1", "workspace_name": name}, {"workspace_id": "2", "workspace_name": "plain"}]
    rows = {
        USAGE: [usage("1"), usage("2", workspace_id="2")],
        LIST: [price("1")],
        "system.access.workspaces_latest": spaces,
    }
    async with opened(rows) as warehouse:
        table = await cost_by_element(warehouse, TUESDAY, [], None, Scope(workspaces=(name,)))
        assert table.column("cost_asked") == [1.0]
        assert await total(warehouse) == Decimal(3)


async def test_usage_is_complete_up_to_the_last_hour_like_the_week_before(opened: Opened) -> None:
    week = [usage("1", hour, DAY - timedelta(days=7)) for hour in range(24) for _ in range(5)]
    today = [usage("1", hour) for hour in range(8) for _ in range(5)] + [usage("1", 8), usage("1", 9)]
    async with opened({USAGE: week + today, LIST: [price("1")]}) as warehouse:
        through, _ = await cost_complete_through(warehouse, datetime(2026, 11, 17, 12, tzinfo=UTC))
        assert through == datetime(2026, 11, 17, 8, tzinfo=UTC)


async def test_trend_has_a_running_total_and_the_change(opened: Opened) -> None:
    rows = [usage("10", day=DAY - timedelta(days=1)), usage("15")]
    async with opened({USAGE: rows, LIST: [price("1")]}) as warehouse:
        table = await get_cost_trend_by_sku(warehouse, DAY - timedelta(days=1), DAY, "JOBS")
        assert table.column("cumulative_cost_usd") == [Decimal("10.00"), Decimal("25.00")]
        assert table.column("pct_change_vs_prior") == [None, pytest.approx(50)]
        assert len(await get_cost_trend_by_sku(warehouse, DAY, DAY, "OTHER")) == 0


async def test_a_budget_gives_each_day_its_share_of_the_month(opened: Opened) -> None:
    async with opened({USAGE: [usage("60")], LIST: [price("10")]}) as warehouse:
        (row,) = await get_budget_variance(warehouse, 900.0, date(2026, 11, 1), DAY)
        assert (row["budget_usd"], row["actual_usd"], row["variance_usd"]) == (
            Decimal("510.00"), Decimal("600.00"), Decimal("90.00"))  # fmt: skip
        assert (row["days"], row["last_usage_date"]) == (17, DAY)


async def test_attempts_count_each_task_run_once_and_its_last_state(opened: Opened) -> None:
    start = datetime(2026, 11, 17, 1)
    slices = [
        {"workspace_id": "1", "job_id": "7", "job_run_id": "r", "run_id": key, "result_state": state,
         "termination_code": code, "period_start_time": start + timedelta(hours=n),
         "period_end_time": start + timedelta(hours=n + 1)}
        for n, (key, state, code) in enumerate([
            ("a", None, None), ("a", "FAILED", "RUN_EXECUTION_ERROR"), ("b", "SUCCEEDED", "SUCCESS"), ("c", None, None),
        ])
    ]  # fmt: skip
    async with opened({TASKS: slices}) as warehouse:
        (row,) = await job_attempts(warehouse, TUESDAY, [])
        assert (row["attempts"], row["failed_attempts"], row["failure"]) == (3, 1, "RUN_EXECUTION_ERROR")


@pytest.mark.parametrize(
    ("start", "end", "top_n"),
    [(DAY, DAY - timedelta(days=1), 5), (date(1, 1, 1), DAY, 5), (DAY, DAY, 0), (DAY, DAY, -3)],
)
async def test_senseless_arguments_are_refused(opened: Opened, start: date, end: date, top_n: int) -> None:
    async with opened({}) as warehouse:
        with pytest.raises(BadRequestError, match="get_top_cost_contributors was asked"):
            await get_top_cost_contributors(warehouse, start, end, top_n)


async def test_every_scan_of_usage_is_bounded_in_time(opened: Opened) -> None:
    async with opened({USAGE: [usage("1")], LIST: [price("1")]}) as warehouse:
        asked: list[Statement] = []

        class Listening:
            async def query(self, statement: Statement) -> Any:
                asked.append(statement)
                return await warehouse.query(statement)

            async def close(self) -> None: ...

        await cost_by_day(Listening(), TUESDAY, Scope())
        await cost_by_element(Listening(), TUESDAY, [], None, Scope())
        await cost_complete_through(Listening(), datetime(2026, 11, 17, 12, tzinfo=UTC))
        assert all("usage_date BETWEEN :first_date AND :last_date" in s.sql and "first_date" in s.params for s in asked)
