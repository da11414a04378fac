"""Clusters: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tools.compute import (
    get_cluster_resource_metrics,
    get_cluster_right_sizing_recommendations,
    get_cluster_utilization,
    get_underutilized_clusters,
)
from tools.errors import BadRequestError
from tools.metric import metric
from tools.warehouse.embedded import EmbeddedWarehouse

START, END = date(2026, 11, 2), date(2026, 11, 3)
MONDAY = datetime(2026, 11, 2, 8, 0)
NOW = datetime(2026, 11, 3, 23, 0, tzinfo=UTC)


def sample(cluster: str, node: str, minutes: float, cpu: float, memory: float, **more: Any) -> dict[str, Any]:
    start: datetime = more.get("start", MONDAY)
    return {
        "workspace_id": more.get("workspace", "1"),
        "cluster_id": cluster,
        "instance_id": node,
        "start_time": start,
        "end_time": start + timedelta(minutes=minutes),
        "driver": more.get("driver", False),
        "cpu_user_percent": cpu * 0.75,
        "cpu_system_percent": cpu * 0.25,
        "cpu_wait_percent": more.get("wait", 0.0),
        "mem_used_percent": memory,
        "mem_swap_percent": more.get("swap", 0.0),
        "network_sent_bytes": more.get("sent", 0),
        "network_received_bytes": 0,
        "node_type": more.get("kind", "big"),
    }


def hours(cluster: str, node: str, count: int, cpu: float, memory: float, **more: Any) -> list[dict[str, Any]]:
    start = more.pop("start", MONDAY)
    return [sample(cluster, node, 60, cpu, memory, start=start + timedelta(hours=n), **more) for n in range(count)]


NODES = [
    # a short-lived node at full load beside a long idle one: a plain mean says 55, the truth is 19
    sample("mixed", "d", 60, 80, 20, driver=True),
    sample("mixed", "w1", 54, 10, 20, wait=4.0, sent=3_000_000_000),
    sample("mixed", "w2", 6, 100, 20),
    # the same id in another workspace is another cluster
    *hours("mixed", "x", 2, 60, 60, workspace="2", driver=True),
    # four workers that need one
    *hours("wide", "d", 10, 5, 5, driver=True),
    *(row for n in range(4) for row in hours("wide", f"w{n}", 10, 10, 16)),
    # one node that is far too large, one that is full, one short of memory
    *hours("alone", "d", 12, 4, 18, driver=True, kind="huge"),
    *hours("full", "d", 12, 95, 40, driver=True),
    *hours("tight", "d", 12, 30, 92, driver=True, swap=6.0),
    sample("brief", "d", 30, 1, 1, driver=True),
    # after the period
    sample("mixed", "d", 60, 100, 100, driver=True, start=datetime(2026, 11, 4, 0, 0)),
]
CLUSTERS = [
    {"workspace_id": "1", "cluster_id": "mixed", "cluster_name": name, "owned_by": "ann@x.com", "change_time": when}
    for name, when in (("before", datetime(2026, 1, 1)), ("after", datetime(2026, 6, 1)))
] + [
    {
        "workspace_id": "1",
        "cluster_id": "alone",
        "cluster_name": "notebook",
        "owned_by": "bob@x.com",
        "driver_node_type": "huge",
        "auto_termination_minutes": 0,
        "change_time": datetime(2026, 1, 1),
        "delete_time": datetime(2026, 11, 3),
    }
]


def billed(cluster: str, quantity: str, workspace: str = "1", day: int = 2, kind: str = "ORIGINAL") -> dict[str, Any]:
    return {
        "workspace_id": workspace,
        "sku_name": "ALL_PURPOSE",
        "cloud": "AWS",
        "usage_unit": "DBU",
        "usage_date": date(2026, 11, day),
        "usage_start_time": datetime(2026, 11, day, 8),
        "usage_end_time": datetime(2026, 11, day, 9),
        "usage_quantity": Decimal(quantity),
        "record_type": kind,
        "usage_metadata": {"cluster_id": cluster},
    }


NODE_TYPES = "system.compute.node_types"
PRICES = [
    {
        "sku_name": "ALL_PURPOSE",
        "cloud": "AWS",
        "currency_code": "USD",
        "usage_unit": "DBU",
        "price_start_time": datetime(2026, 1, 1),
        "pricing": {"default": Decimal("0.5")},
    }
]


def account() -> dict[str, list[dict[str, Any]]]:
    return {
        "system.compute.node_timeline": NODES,
        "system.compute.clusters": CLUSTERS,
        NODE_TYPES: [
            {"node_type": "huge", "core_count": 32.0, "memory_mb": 131072},
            {"node_type": "big", "core_count": 8.0, "memory_mb": 32768},
        ],
        "system.access.workspaces_latest": [{"workspace_id": "1", "workspace_name": "prod"}],
        "system.billing.list_prices": PRICES,
        "system.billing.usage": [
            billed("mixed", "10"),
            billed("mixed", "-4", kind="RETRACTION"),
            billed("mixed", "100", workspace="2"),
            billed("alone", "200"),
            billed("gone", "5"),  # billed, but without a node sample
            billed("wide", "100"),
            billed("wide", "1000", day=4),
        ],
    }


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    opened = EmbeddedWarehouse(write_account(tmp_path_factory.mktemp("clusters") / "account.duckdb", account()), now=NOW)
    yield opened
    asyncio.run(opened.close())


async def test_use_is_weighted_by_time_and_workers_stand_apart(warehouse: EmbeddedWarehouse) -> None:
    rows = {(r["workspace_id"], r["cluster_id"]): r for r in await get_cluster_utilization(warehouse, START, END)}
    mixed = rows["1", "mixed"]
    assert mixed["worker_cpu_pct"] == pytest.approx((54 * 10 + 6 * 100) / 60)
    assert mixed["cpu_wait_pct"] == pytest.approx(54 * 4 / 60)
    assert mixed["driver_cpu_pct"] == pytest.approx(80.0)
    assert (mixed["up_hours"], mixed["node_hours"], mixed["avg_workers"]) == (1.0, 2.0, 1.0)
    assert mixed["p95_cpu_pct"] == pytest.approx(10 + 0.95 * 90)
    assert (mixed["cluster_name"], mixed["owned_by"]) == ("after", "ann@x.com")


async def test_a_cluster_is_known_by_workspace_and_id(warehouse: EmbeddedWarehouse) -> None:
    rows = {(r["workspace_id"], r["cluster_id"]): r for r in await get_cluster_utilization(warehouse, START, END)}
    other = rows["2", "mixed"]
    assert (other["cluster_name"], other["workspace_name"], other["owned_by"]) == ("mixed", "2", None)
    assert other["worker_cpu_pct"] == pytest.approx(60.0)  # a single node works itself
    assert rows["1", "mixed"]["list_cost_usd"] == Decimal("3.00")  # the correction is in, the other workspace is not
    assert other["list_cost_usd"] == Decimal("50.00")
    assert rows["1", "full"]["list_cost_usd"] is None


async def test_status_and_shortest_time(warehouse: EmbeddedWarehouse) -> None:
    table = await get_cluster_utilization(warehouse, START, END, min_hours=2)
    status = {(r["workspace_id"], r["cluster_id"]): r["utilization_status"] for r in table}
    assert status == {
        ("2", "mixed"): "OPTIMAL",
        ("1", "wide"): "OVERPROVISIONED",
        ("1", "alone"): "OVERPROVISIONED",
        ("1", "full"): "UNDERPROVISIONED",
        ("1", "tight"): "UNDERPROVISIONED",
    }
    assert len(await get_cluster_utilization(warehouse, START, END, min_hours=0)) == 7


async def test_resources_by_role(warehouse: EmbeddedWarehouse) -> None:
    table = await get_cluster_resource_metrics(warehouse, 2, as_of=END)
    rows = {(r["workspace_name"], r["cluster_id"], r["node_role"]): r for r in table}
    workers = rows["prod", "mixed", "WORKER"]
    assert (workers["node_count"], workers["peak_cpu_pct"], workers["network_sent_gb"]) == (2, 100.0, 3.0)
    assert workers["avg_cpu_pct"] == pytest.approx(19.0)
    assert rows["prod", "wide", "WORKER"]["rank"] == 1
    assert rows["prod", "tight", "DRIVER"]["avg_swap_pct"] == pytest.approx(6.0)
    assert len(await get_cluster_resource_metrics(warehouse, 2, top_n=3, as_of=END)) == 3


async def test_right_size_and_what_it_saves(warehouse: EmbeddedWarehouse) -> None:
    table = await get_cluster_right_sizing_recommendations(warehouse, 2, 10, END)
    rows = {r["cluster_id"]: r for r in table}
    assert table.column("cluster_id")[:2] == ["alone", "wide"]
    wide = rows["wide"]
    assert (wide["avg_workers"], wide["recommended_workers"], wide["recommended_action"]) == (4.0, 1, "FEWER_WORKERS")
    assert wide["needed_pct"] == pytest.approx(16 / 0.8)
    assert wide["estimated_savings_usd"] == Decimal("30.00")  # three of five nodes of 50 USD
    alone = rows["alone"]
    assert (alone["recommended_action"], alone["recommended_workers"]) == ("SMALLER_NODE", None)
    assert (alone["node_cores"], alone["node_memory_gb"]) == (32.0, 128.0)
    assert alone["estimated_savings_usd"] == Decimal("75.00")  # two sizes down from 100 USD
    assert rows["full"]["recommended_action"] == "ADD_WORKERS"
    assert rows["tight"]["recommended_action"] == "MORE_MEMORY"
    assert rows["tight"]["estimated_savings_usd"] == 0


async def test_without_node_types_the_advice_stands_and_the_size_is_not_known(
    warehouse: EmbeddedWarehouse, tmp_path: Path
) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=(NODE_TYPES,))
    opened = EmbeddedWarehouse(path, now=NOW)
    known, unknown = [await get_cluster_right_sizing_recommendations(w, 3, 0) for w in (warehouse, opened)]
    await opened.close()
    assert {row["cluster_id"] for row in unknown} == {row["cluster_id"] for row in known} and len(known) > 0
    assert set(unknown.column("node_cores")) == {None} != set(known.column("node_cores"))
    assert unknown.notes == (f"{NODE_TYPES} is not available",)


async def test_underutilized_clusters_and_the_idle_share(warehouse: EmbeddedWarehouse) -> None:
    table = await get_underutilized_clusters(warehouse, 2, 30.0, 10, END)
    assert table.column("cluster_id") == ["alone", "wide"]
    alone = next(iter(table))
    assert (alone["unused_cost_usd"], alone["auto_termination_minutes"]) == (Decimal("82.00"), 0)
    assert (alone["cluster_name"], alone["owned_by"]) == ("notebook", "bob@x.com")  # deleted since, still named


async def test_metric_view_is_weighted_too(warehouse: EmbeddedWarehouse) -> None:
    table = await metric(
        warehouse,
        "cluster_utilization",
        ["avg_cpu_utilization", "total_node_hours", "unique_nodes", "wasted_hours", "peak_cpu_utilization"],
        by=["is_driver"],
        where={"cluster_id": "mixed", "workspace_id": "1"},
        period=(START, END),
    )
    workers, driver = table.rows
    assert workers == (False, pytest.approx(19.0), 1.0, 2, 0.9, 100.0)
    assert driver == (True, pytest.approx(80.0), 1.0, 1, 0.0, 80.0)


@pytest.mark.parametrize(
    "asked",
    [
        lambda w: get_cluster_utilization(w, END, START),
        lambda w: get_cluster_resource_metrics(w, 7, 0),
        lambda w: get_underutilized_clusters(w, 7, 0),
        lambda w: get_underutilized_clusters(w, 0),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse, asked: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        await asked(warehouse)
    assert refused.value.do
