"""What moves data, how tables are kept and what Unity Catalog says of them, on accounts of which every row is known."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.account import Rows, write_account
from tests.agents.quality.edges import CLASSES, COLUMNS, NOW, RESULTS, TABLES, column, edge, found, result
from tools.errors import MissingTableError
from tools.flows import MOST_NODES, edges_between, hubs, named, readers, tables_with_column, writers
from tools.governance import copied_columns, declared_tables, last_seen, masked, unclassified_copies
from tools.links import table_url
from tools.period import Period
from tools.upkeep import failures_in, health_of, rhythm
from tools.warehouse.embedded import EmbeddedWarehouse

FIRST, LAST = date(2026, 2, 9), date(2026, 3, 10)
JOB = {"workspace_id": "1", "job_id": "7", "name": "silver_load", "change_time": "2026-01-01"}
ROWS: Rows = {
    TABLES: [
        edge("a.b.raw", "A.b.clean", days_ago=3),
        edge("a.b.raw", "a.b.clean", days_ago=1, by="bob@example.com"),
        edge("a.b.clean", "a.b.gold"),
        edge("a.b.gold", None, kind="DASHBOARD_V3", key="d1"),
        edge(None, "a.b.gold", kind="NOTEBOOK", key="n1"),
        edge("a.b.raw", "a.b.old", days_ago=60),
    ],
    COLUMNS: [column("a.b.raw.ssn", "a.b.clean.ssn"), column("a.b.clean.ssn", "a.b.gold.number")],
    "system.lakeflow.jobs": [JOB, {**JOB, "workspace_id": "2", "name": "namesake"}],
    CLASSES: [found("a.b.raw", "ssn"), found("a.b.clean", "ssn")],
    RESULTS: [
        result("a.b.gold", "Unhealthy", days_ago=3),
        result("a.b.gold", "Healthy", days_ago=1),
        result("a.b.raw", "UNHEALTHY", days_ago=1, failed="completeness", impact=2),
    ],
}  # fmt: skip


@asynccontextmanager
async def opened(tmp_path: Path, rows: Rows = ROWS) -> AsyncIterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(write_account(tmp_path / "account.duckdb", rows), now=NOW)
    try:
        yield warehouse
    finally:
        await warehouse.close()


async def test_edges_are_those_between_the_named_nodes_with_the_job_of_that_workspace(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        table = await edges_between(warehouse, ("a.b.raw", "a.b.clean"), FIRST, LAST)
    (row,) = list(table)
    assert (row["source"], row["target"], row["events"]) == ("a.b.raw", "a.b.clean", 2)
    assert (row["entity_name"], row["last_user"]) == ("silver_load", "bob@example.com")


async def test_writers_and_readers_are_named_and_counted_once_a_moment(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        wrote = list(await writers(warehouse, ("a.b.clean", "a.b.gold"), FIRST, LAST))
        used = list(await readers(warehouse, ("a.b.gold",), FIRST, LAST))
        every = list(await writers(warehouse, None, FIRST, LAST))
        nothing = list(await writers(warehouse, (), FIRST, LAST))
    assert [(row["node"], row["entity_type"], row["entity_name"], row["events"]) for row in wrote] == [
        ("a.b.clean", "JOB", "silver_load", 2),
        ("a.b.gold", "JOB", "silver_load", 1),
        ("a.b.gold", "NOTEBOOK", "n1", 1),
    ]
    assert wrote[0]["last_user"] == "bob@example.com"
    assert [(row["entity_type"], row["entity_id"]) for row in used] == [("DASHBOARD_V3", "d1")]
    assert {row["node"] for row in every} == {"a.b.clean", "a.b.gold"} and not nothing


async def test_hubs_and_columns_are_found(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        ranked = [(row["node"], row["feeds"], row["made_from"]) for row in await hubs(warehouse, FIRST, LAST)]
        having = [row["table_name"] for row in await tables_with_column(warehouse, "SSN", FIRST, LAST)]
    assert ranked == [("a.b.clean", 1, 1), ("a.b.raw", 1, 0), ("a.b.gold", 0, 1)]
    assert having == ["a.b.clean", "a.b.raw"]


async def test_the_newest_health_and_every_failure_of_a_period_count(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        health = {
            row["table_full_name"]: row["status"] for row in await health_of(warehouse, ("a.b.gold", "a.b.raw"), FIRST, LAST)
        }
        week = {row["node"]: row for row in await failures_in(warehouse, Period(NOW - timedelta(days=7), NOW))}
        day = {row["node"]: row["failed"] for row in await failures_in(warehouse, Period(NOW - timedelta(days=2), NOW))}
    assert health == {"a.b.gold": "HEALTHY", "a.b.raw": "UNHEALTHY"}
    assert (week["a.b.gold"]["results"], week["a.b.gold"]["failed"], week["a.b.gold"]["stale"]) == (2, 1, 1)
    assert (week["a.b.gold"]["status"], week["a.b.raw"]["incomplete"]) == ("HEALTHY", 1)
    assert day == {"a.b.raw": 1, "a.b.gold": 0}


async def test_a_habit_is_the_pause_between_moments(tmp_path: Path) -> None:
    rows = {TABLES: [edge("a.b.x", "a.b.t", days_ago=back) for back in (5, 4, 4, 3, 2)]}  # two at the same moment
    async with opened(tmp_path, rows) as warehouse:
        (row,) = list(await rhythm(warehouse, FIRST, NOW))
    assert (row["writes"], row["usual_hours"], row["hours_since"]) == (4, 24.0, 48.0)


async def test_personal_data_is_followed_one_step(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        copies = [(row["table_name"], row["sources"]) for row in await unclassified_copies(warehouse, FIRST, LAST)]
        copied = [(row["table_name"], row["column_name"], row["source"]) for row in await copied_columns(warehouse, FIRST, LAST)]
    assert copies == [("a.b.gold", "a.b.clean")]
    assert copied == [("a.b.gold", "number", "a.b.clean.ssn")]


async def test_identities_are_last_seen_in_the_audit_log(tmp_path: Path) -> None:
    def event(who: str, days_ago: int) -> dict[str, object]:
        when = (NOW - timedelta(days=days_ago)).replace(tzinfo=None)
        return {"event_time": when, "event_date": when.date(), "user_identity": {"email": who, "subject_name": who}}

    audit = [event("Ann@example.com", 9), event("ann@example.com", 2), event("eve@example.com", 1), event("kim@example.com", 4)]
    async with opened(tmp_path, {**ROWS, "system.access.audit": audit}) as warehouse:
        seen = {row["email"]: row["last_time"] for row in await last_seen(warehouse, ("Kim@example.com",), FIRST, LAST)}
    assert seen == {"ann@example.com": NOW - timedelta(days=2), "kim@example.com": NOW - timedelta(days=4)}


async def test_a_system_table_that_is_not_of_the_list_is_missing_by_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as warehouse:
        with pytest.raises(MissingTableError) as caught:
            await declared_tables(warehouse)
    assert caught.value.table.startswith("system.information_schema.")


def test_masks_are_read_under_either_name_of_their_columns() -> None:
    one = {"TABLE_CATALOG": "A", "TABLE_SCHEMA": "b", "TABLE_NAME": "c", "COLUMN_NAME": "D"}
    two = {"catalog_name": "a", "schema_name": "b", "table_name": "c", "column_name": "e"}
    assert masked((one, two)) == {"a.b.c.d", "a.b.c.e"}


def test_so_many_names_are_bound_and_no_more() -> None:
    bound = named(f"t{n}" for n in range(2 * MOST_NODES))
    assert len(bound["nodes"].split("\n")) == MOST_NODES and not bound["every"]
    assert named(None) == {"nodes": "", "every": True} and named(()) == {"nodes": "", "every": False}


@pytest.mark.parametrize(
    ("host", "table", "url"),
    [
        ("acme.cloud.databricks.com", "a.b.c", "https://acme.cloud.databricks.com/explore/data/a/b/c"),
        ("https://acme.cloud.databricks.com", "a.b.c?x", "https://acme.cloud.databricks.com/explore/data/a/b/c%3Fx"),
        ("acme.cloud.databricks.com", "b.c", None),
        ("javascript:alert(1)", "a.b.c", None),
        ("acme.cloud.databricks.com", "s3://bucket/x", None),
    ],
)
def test_a_table_is_opened_in_catalog_explorer(host: str, table: str, url: str | None) -> None:
    assert table_url(host, table) == url
