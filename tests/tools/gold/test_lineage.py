"""Lineage with nulls, repeats, paths and a cycle."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from tests.tools.gold.accounts import JOBS, job, opened
from tools.errors import BadRequestError
from tools.lineage import (
    get_column_lineage,
    get_downstream_tables,
    get_pipeline_data_lineage,
    get_table_activity_status,
    get_table_consumers,
    get_upstream_tables,
)
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

TABLES = "system.access.table_lineage"
COLUMNS = "system.access.column_lineage"
TODAY = date(2026, 11, 20)
PATH = "s3://Landing/Orders"


def edge(source: str | None, target: str | None, hour: int = 1, day: int = 20, **more: Any) -> dict[str, Any]:
    job_id = more.pop("job_id", None)
    return {
        "workspace_id": "1",
        "source_table_full_name": source,
        "target_table_full_name": target,
        "source_type": "TABLE",
        "target_type": "TABLE",
        "entity_type": "JOB" if job_id else None,
        "entity_metadata": {"job_info": {"job_id": job_id, "job_run_id": None}},
        "created_by": "ann@x.com",
        "event_time": datetime(2026, 11, day, hour),
        "event_date": date(2026, 11, day),
        **more,
    }


def column(source: str, target: str) -> dict[str, Any]:
    (source_table, source_column), (target_table, target_column) = source.rsplit(".", 1), target.rsplit(".", 1)
    return {
        "source_table_full_name": source_table,
        "source_column_name": source_column,
        "target_table_full_name": target_table,
        "target_column_name": target_column,
        "event_time": datetime(2026, 11, 20, 1),
        "event_date": TODAY,
    }


# path -> a -> b -> c -> a is a cycle; c -> d, a -> d, b -> b; e is only written, a dashboard reads b.
ROWS = {
    JOBS: [job("1", "silver_load"), job("1", "namesake", workspace="2")],
    TABLES: [
        edge(None, "p.s.a", source_path=PATH, source_type="PATH"),
        edge("p.s.A", "p.s.b", 2, job_id="1"),
        edge("p.s.a", "p.s.b", 5, job_id="1", created_by="bob@x.com"),
        edge("p.s.b", "p.s.c"),
        edge("p.s.c", "p.s.a"),
        edge("p.s.c", "p.s.d"),
        edge("p.s.a", "p.s.d"),
        edge("p.s.b", "p.s.b"),
        edge(None, "p.s.e"),
        edge("p.s.b", None, entity_type="DASHBOARD_V3", entity_id="dash", created_by="eve@x.com"),
        edge("p.s.old", "p.s.a", day=1),
    ],
    COLUMNS: [
        column("p.s.a.ID", "p.s.b.id"),
        column("p.s.b.id", "p.s.c.key"),
        column("p.s.c.key", "p.s.a.id"),
        column("p.s.c.key", "p.s.d.key"),
        column("p.s.b.id", "p.s.b.id"),
    ],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("lineage"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_upstream_is_nearest_first_ends_a_cycle_and_knows_paths(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_upstream_tables(warehouse, "P.S.B", 10, as_of=TODAY))
    assert [(r["depth"], r["table_full_name"], r["table_type"]) for r in rows] == [
        (1, "p.s.a", "TABLE"), (2, "p.s.c", "TABLE"), (2, PATH, "PATH"),
    ]  # fmt: skip
    assert (rows[0]["events"], rows[0]["last_entity"], rows[0]["last_user"]) == (2, "JOB 1", "bob@x.com")


async def test_downstream_takes_the_shortest_way_and_not_the_reader(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_downstream_tables(warehouse, "p.s.a", 10, as_of=TODAY))
    assert [(r["depth"], r["table_full_name"], r["via"]) for r in rows] == [
        (1, "p.s.b", "p.s.a"), (1, "p.s.d", "p.s.a"), (2, "p.s.c", "p.s.b"),
    ]  # fmt: skip
    assert [r["depth"] for r in await get_downstream_tables(warehouse, PATH, 10, as_of=TODAY)] == [1, 2, 2, 3]


async def test_depth_and_days_are_limits(warehouse: EmbeddedWarehouse) -> None:
    near = await get_downstream_tables(warehouse, "p.s.a", 10, 1, TODAY)
    assert near.column("table_full_name") == ["p.s.b", "p.s.d"]
    assert "p.s.old" not in (await get_upstream_tables(warehouse, "p.s.b", 10, as_of=TODAY)).column("table_full_name")
    assert "p.s.old" in (await get_upstream_tables(warehouse, "p.s.b", 30, as_of=TODAY)).column("table_full_name")
    assert len(await get_upstream_tables(warehouse, "p.s.b", 30, as_of=date(2026, 10, 1))) == 0
    with pytest.raises(BadRequestError, match="max_depth = 7"):
        await get_upstream_tables(warehouse, "p.s.b", 30, 7)


async def test_columns_in_both_directions(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_column_lineage(warehouse, "p.s.b", "ID", 10, TODAY))
    assert [(r["direction"], r["depth"], r["column_full_name"]) for r in rows] == [
        ("DOWNSTREAM", 1, "p.s.c.key"), ("DOWNSTREAM", 2, "p.s.a.id"), ("DOWNSTREAM", 2, "p.s.d.key"),
        ("UPSTREAM", 1, "p.s.a.id"), ("UPSTREAM", 2, "p.s.c.key"),
    ]  # fmt: skip
    every = await get_column_lineage(warehouse, "p.s.b", as_of=TODAY)
    assert "p.s.b.id" not in every.column("column_full_name")


async def test_consumers_hold_readers_that_write_nothing(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["entity_type"]: r for r in await get_table_consumers(warehouse, "P.s.b", 10, TODAY)}
    assert (rows["DASHBOARD_V3"]["entity_id"], rows["DASHBOARD_V3"]["tables_written"]) == ("dash", 0)
    assert (rows["QUERY"]["entity_id"], rows["QUERY"]["read_events"]) == ("ann@x.com", 2)
    (loader,) = list(await get_table_consumers(warehouse, "p.s.a", 10, TODAY))[:1]
    assert (loader["entity_name"], loader["read_events"], loader["tables_written"]) == ("silver_load", 2, 1)


async def test_what_a_job_reads_and_writes(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_pipeline_data_lineage(warehouse, 10, "silver_load", TODAY))
    assert (row["source_table_list"], row["target_table_list"], row["events"]) == ("p.s.a", "p.s.b", 2)
    assert len(await get_pipeline_data_lineage(warehouse, 10, "namesake", TODAY)) == 0


async def test_activity_knows_written_but_never_read(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["table_full_name"]: r for r in await get_table_activity_status(warehouse, 30, 14, TODAY)}
    assert (rows["p.s.e"]["status"], rows["p.s.d"]["status"], rows["p.s.b"]["status"]) == (
        "ORPHANED", "ORPHANED", "ACTIVE",
    )  # fmt: skip
    assert (rows["p.s.old"]["status"], rows["p.s.old"]["days_since_last_event"]) == ("INACTIVE", 19)
    assert rows["p.s.b"]["readers"] == 2


async def test_an_edge_comes_once_and_not_from_a_table_to_itself(warehouse: EmbeddedWarehouse) -> None:
    sql = "SELECT source, target, events FROM table_edges(:first, :last)"
    edges = await warehouse.query(Statement("test", sql, {"first": TODAY, "last": TODAY}))
    assert {(r["source"], r["target"]): r["events"] for r in edges} == {
        (PATH, "p.s.a"): 1, ("p.s.a", "p.s.b"): 2, ("p.s.b", "p.s.c"): 1, ("p.s.c", "p.s.a"): 1,
        ("p.s.c", "p.s.d"): 1, ("p.s.a", "p.s.d"): 1,
    }  # fmt: skip
