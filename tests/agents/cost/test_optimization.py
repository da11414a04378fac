"""Savings: each figure against the raw rows, no dollar twice, nothing invented where nothing is wasted."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agents.answer import Answer, Grid
from agents.cost import SPECIALIST
from agents.cost.pots import Claim, Pot, take
from agents.figures import money
from tests.account import write_account
from tests.agents.ask import CountingWarehouse, answered, days, opened, question
from tests.agents.cost.raw import CENT, Priced
from tools.sample.stories import Story

MONTH = days("2026-10-25", "2026-11-23")


async def saved(warehouse: CountingWarehouse, now: datetime, text: str = "how can we save money", **entities: Any) -> Answer:
    return await answered(SPECIALIST, question(text, "cost.optimization", now, period=MONTH, **entities), warehouse)


def table(answer: Answer, title: str) -> Grid:
    return next(grid for grid in answer.tables if grid.title == title)


async def test_kinds_add_up_and_no_resource_saves_more_than_it_cost(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await saved(warehouse, now)
    *kinds, total = table(answer, "Savings by kind").rows
    items = table(answer, "All savings").rows
    assert sum(row[2] for row in kinds) == total[2] == sum(row[4] for row in items) and total[1] == len(items)
    by_resource: dict[tuple[str, str, Decimal], Decimal] = defaultdict(Decimal)
    for row in items:
        by_resource[row[0], row[1], row[3]] += row[4]
    assert all(saves <= cost for (_, _, cost), saves in by_resource.items())
    assert all(row[3] for row in kinds) and money(total[2]) in answer.summary
    assert any("no team tag" in finding.text and "not in the total" in finding.text for finding in answer.findings)
    assert len(warehouse.rounds) == 2


async def test_idle_hours_are_those_of_the_raw_samples(
    warehouse: CountingWarehouse, told: dict[str, Story], raw: Priced, now: datetime
) -> None:
    answer = await saved(warehouse, now, "idle clusters wasting money")
    story = told["left-on"]
    ((idle,),) = raw.rows(
        "WITH n AS (SELECT workspace_id, cluster_id, date_trunc('hour', start_time) AS h,"
        " avg(cpu_user_percent + cpu_system_percent) AS cpu FROM file.system_compute.node_timeline GROUP BY ALL HAVING cpu < 5)"
        " SELECT sum(p.usd) FROM priced AS p JOIN n ON p.workspace_id = n.workspace_id"
        " AND p.usage_metadata.cluster_id = n.cluster_id"
        " AND date_trunc('hour', p.usage_start_time) = n.h WHERE p.usage_date BETWEEN '2026-10-25' AND '2026-11-23'"
    )
    (item,) = table(answer, "Largest savings").rows
    assert item[0] == story.causes[0]["cluster"] and item[-1] == story.owner
    assert item[4] == idle.quantize(CENT) and money(item[4]) in answer.headline
    assert "auto-termination" in answer.recommendations[0]


async def test_warehouses_that_stop_late_cost_their_hours_without_statements(
    warehouse: CountingWarehouse, raw: Priced, now: datetime
) -> None:
    answer = await saved(warehouse, now, "which warehouses have no auto-stop and cost us money")
    quiet = raw.rows(
        "WITH q AS (SELECT DISTINCT workspace_id, compute.warehouse_id AS w,"
        " unnest(generate_series(date_trunc('hour', start_time), end_time, INTERVAL 1 HOUR)) AS h FROM file.system_query.history)"
        " SELECT p.workspace_name, sum(p.usd) FROM priced AS p LEFT JOIN q ON p.workspace_id = q.workspace_id"
        " AND p.usage_metadata.warehouse_id = q.w AND date_trunc('hour', p.usage_start_time) = q.h"
        " WHERE p.usage_metadata.warehouse_id IS NOT NULL AND q.h IS NULL"
        " AND p.usage_date BETWEEN '2026-10-25' AND '2026-11-23' GROUP BY 1"
    )
    by_place = dict(quiet)
    rows = table(answer, "Largest savings").rows
    alone = {row[1]: row[4] for row in rows if row[1] in ("staging-us", "finance-reporting", "prod-ml", "dev-sandbox")}
    assert len(alone) == 4 and alone == {place: by_place[place].quantize(CENT) for place in alone}
    assert any("never stops by itself" in row[5] for row in rows) and {row[2] for row in rows} == {rows[0][2]}


async def test_failed_attempts_of_the_spike_lead(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await saved(warehouse, now, "how much do retries waste")
    first = table(answer, "Largest savings").rows[0]
    assert first[0] == told["spike"].causes[0]["job"] and first[-1] == told["spike"].owner and "RUN_EXECUTION_ERROR" in first[6]
    assert Decimal(4000) < first[4] < Decimal(5000)


async def test_unread_tables_are_to_be_asked_about(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await saved(warehouse, now, "tables nobody uses that cost us storage")
    read = {node for (node,) in raw.rows("SELECT DISTINCT lower(source_table_full_name) FROM file.system_access.table_lineage"
                                         " WHERE event_date >= DATE '2026-09-25'")}  # fmt: skip
    rows = table(answer, "Largest savings").rows
    assert rows and all(row[5].split("nobody read ")[1].split(" ")[0] not in read for row in rows)
    assert any("storage of single tables" in gap for gap in answer.partial) and "stopping jobs" in answer.headline


async def test_serverless_for_a_job_is_a_break_even(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await saved(warehouse, now, "would serverless be cheaper for ledger_matching", jobs=("ledger_matching",))
    of = "usage_metadata.job_id IN (SELECT job_id FROM file.system_lakeflow.jobs WHERE name = 'ledger_matching')"
    assert money(raw.cost(MONTH, of)) in answer.headline and "It is cheaper if serverless needs less than" in answer.headline


async def test_nothing_of_a_kind_is_said(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await saved(warehouse, now, "which jobs run on all-purpose compute and what would job clusters save")
    assert answer.headline.startswith("Found no jobs on all-purpose compute") and answer.findings[0].severity == "good"


async def test_a_workspace_and_an_unknown_one(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await saved(warehouse, now, workspaces=("prod-ml",))
    assert {row[1] for row in table(answer, "Largest savings").rows} == {"prod-ml"}
    assert money(raw.cost(MONTH, "workspace_name = 'prod-ml'")) in answer.headline
    assert (await saved(warehouse, now, workspaces=("nowhere",))).headline.startswith("There is no usage for nowhere")


def job_on_all_purpose(path: Path, *leave_out: str) -> Path:
    """Ten hours of a cluster at $1 a DBU, a job's task in four of them, one hour idle; jobs compute costs half."""
    start = datetime(2026, 11, 20, 8, tzinfo=UTC)
    hours = [start + timedelta(hours=n) for n in range(10)]
    unit = {"cloud": "AWS", "usage_unit": "DBU"}
    usage = [
        unit | {"sku_name": "PREMIUM_ALL_PURPOSE_COMPUTE", "workspace_id": "1", "billing_origin_product": "ALL_PURPOSE",
                "usage_start_time": hour, "usage_end_time": hour + timedelta(hours=1), "usage_date": hour.date(),
                "usage_quantity": Decimal(10), "record_type": "ORIGINAL", "usage_metadata": {"cluster_id": "c"}}
        for hour in hours
    ]  # fmt: skip
    price = unit | {"currency_code": "USD", "price_start_time": datetime(2020, 1, 1)}
    prices = [
        price | {"sku_name": name, "pricing": {"default": Decimal(amount)}}
        for name, amount in (("PREMIUM_ALL_PURPOSE_COMPUTE", "1.0"), ("PREMIUM_JOBS_COMPUTE", "0.5"))
    ]
    task = {"workspace_id": "1", "job_id": "7", "compute_ids": ["c"], "result_state": "SUCCEEDED"}
    rows = {
        "system.billing.usage": usage,
        "system.billing.list_prices": prices,
        "system.compute.clusters": [
            {"workspace_id": "1", "cluster_id": "c", "cluster_name": "shared", "cluster_source": "UI", "change_time": start}
        ],
        "system.lakeflow.job_task_run_timeline": [
            task | {"run_id": str(n), "period_start_time": hour, "period_end_time": hour + timedelta(minutes=30)}
            for n, hour in enumerate(hours[:4])
        ],
        "system.compute.node_timeline": [
            {"workspace_id": "1", "cluster_id": "c", "instance_id": "i", "driver": True, "start_time": hour,
             "end_time": hour + timedelta(hours=1), "cpu_user_percent": 1.0 if n == 9 else 60.0, "cpu_system_percent": 0.0,
             "cpu_wait_percent": 0.0, "mem_used_percent": 60.0, "mem_swap_percent": 0.0}
            for n, hour in enumerate(hours)
        ],
    }  # fmt: skip
    return write_account(path, rows, leave_out)


async def test_a_job_on_all_purpose_compute_saves_the_price_difference(tmp_path: Path, now: datetime) -> None:
    async with opened(job_on_all_purpose(tmp_path / "shared.duckdb"), now) as warehouse:
        answer = await saved(warehouse, now)
    kinds = {row[0]: row[2] for row in table(answer, "Savings by kind").rows}
    assert kinds["Idle clusters"] == Decimal("10.00") and kinds["Jobs on all-purpose compute"] == Decimal("20.00")
    assert kinds["total"] == Decimal("30.00")


async def test_missing_tables_are_named_and_the_rest_stands(tmp_path: Path, now: datetime) -> None:
    gone = ("system.compute.node_timeline", "system.query.history", "system.access.table_lineage")
    async with opened(job_on_all_purpose(tmp_path / "bare.duckdb", *gone), now) as warehouse:
        answer = await saved(warehouse, now)
    assert all(any(name in gap for gap in answer.partial) for name in gone), answer.partial
    assert answer.headline.startswith("Found no waste")


def test_a_later_claim_draws_on_what_is_left() -> None:
    key = ("1", "cluster", "c")
    pots = {key: Pot(key, "c", "w", "", "", ("SKU",), Decimal(100), Decimal(1))}
    claims = [
        Claim(kind, key, Decimal(part), "", "")
        for kind, part in (("idle", "0.4"), ("oversized", "0.5"), ("idle", "2"), ("idle", "1"))
    ]
    assert [saving.usd for saving in take(pots, claims)] == [Decimal("40.00"), Decimal("30.00"), Decimal("30.00")]
