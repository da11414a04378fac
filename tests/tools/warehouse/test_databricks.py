"""The Databricks warehouse, with the real SDK, against a workspace on the loopback."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tests.loopback_databricks.workspace import APP_USER
from tools.errors import LaterError, MisconfiguredError, MissingTableError
from tools.warehouse import Statement
from tools.warehouse.databricks import DatabricksWarehouse, Target

TARGET = Target("warehouse-1", "main", "health_monitor")
STATEMENTS = "/api/2.0/sql/statements"


@pytest.fixture
async def warehouse(workspace: LoopbackWorkspace) -> AsyncIterator[DatabricksWarehouse]:
    opened = DatabricksWarehouse(TARGET, retry_seconds=2)
    yield opened
    await opened.close()


async def test_values_come_back_as_what_they_are(warehouse: DatabricksWarehouse) -> None:
    table = await warehouse.query(
        Statement(
            "types",
            """SELECT 'x' AS text, 7 AS small, 9000000000 AS large, CAST(1.5 AS DOUBLE) AS ratio,
                      CAST('2.50' AS DECIMAL(10, 2)) AS money, TRUE AS flag, DATE'2026-01-05' AS day,
                      TIMESTAMP'2026-01-05 10:00:00' AS instant, CAST(NULL AS DATE) AS nothing,
                      array('a', 'b') AS list, map('k', 1) AS pairs, named_struct('n', 1, 's', 'x') AS record""",
        )
    )
    assert table.rows == (
        (
            "x",
            7,
            9000000000,
            1.5,
            Decimal("2.50"),
            True,
            date(2026, 1, 5),
            datetime(2026, 1, 5, 10, tzinfo=UTC),
            None,
            ["a", "b"],
            {"k": 1},
            {"n": 1, "s": "x"},
        ),
    )
    assert not table.truncated
    assert table.receipt.rows == 1 and table.receipt.sql.startswith("SELECT 'x'")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (date(2026, 1, 5), "DATE"),
        (datetime(2026, 1, 5, 10, 30, tzinfo=UTC), "TIMESTAMP"),
        (7, "INT"),
        (9_000_000_000, "BIGINT"),
        (0.1, "DOUBLE"),
        (Decimal("-0.05"), "DECIMAL(2,2)"),
        (True, "BOOLEAN"),
        ("it's 100% :x $y \"; DROP TABLE t --", "STRING"),
        (None, None),
    ],
)
async def test_a_parameter_is_bound_with_its_type(
    workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse, value: object, kind: str | None
) -> None:
    cast = f"CAST(:v AS {kind})" if kind else ":v"
    table = await warehouse.query(Statement("echo", f"SELECT {cast} AS v", {"v": value}))
    assert table.rows == ((value,),)
    (execution,) = workspace.statements.executions.values()
    assert execution.request["parameters"][0].get("type") == kind
    assert execution.request["statement"] == f"SELECT {cast} AS v"


async def test_a_name_that_looks_like_sql_stays_a_name(warehouse: DatabricksWarehouse) -> None:
    name = 'it\'s 100% "quoted"; --'
    sql = "SELECT workspace_id FROM dim_workspace WHERE workspace_name = :name"
    assert (await warehouse.query(Statement("by_name", sql, {"name": name}))).rows == (("3",),)


async def test_each_statement_says_where_gold_is_and_who_asks(
    workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse
) -> None:
    await warehouse.query(Statement("who", "SELECT 1 AS one"))
    (execution,) = workspace.statements.executions.values()
    assert (execution.request["catalog"], execution.request["schema"]) == ("main", "health_monitor")
    tags = {tag["key"]: tag["value"] for tag in execution.request["query_tags"]}
    assert tags == {"application": "databricks-health-monitor", "tool": "who"}
    assert execution.user == APP_USER


async def test_chunks_are_put_together_in_order(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    workspace.statements.chunk_rows = 10
    table = await warehouse.query(Statement("range", "SELECT id FROM range(0, 25) AS t(id) ORDER BY id"))
    assert table.column("id") == list(range(25))
    assert not table.truncated


async def test_no_rows_is_not_an_error(warehouse: DatabricksWarehouse) -> None:
    table = await warehouse.query(Statement("none", "SELECT workspace_id FROM dim_workspace WHERE FALSE"))
    assert table.columns == ("workspace_id",) and table.rows == ()


async def test_a_table_cut_by_rows_says_so(warehouse: DatabricksWarehouse) -> None:
    table = await warehouse.query(Statement("range", "SELECT id FROM range(0, 25) AS t(id)", max_rows=5))
    assert len(table) == 5 and table.truncated


async def test_a_table_cut_by_bytes_says_so(warehouse: DatabricksWarehouse) -> None:
    table = await warehouse.query(Statement("wide", "SELECT repeat('x', 9000000) AS t FROM range(0, 3)"))
    assert len(table) == 1 and table.truncated


async def test_a_slow_statement_is_stopped_on_the_warehouse(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    workspace.statements.seconds = 30
    with pytest.raises(LaterError, match=r"slow took longer than 0 s and was stopped"):
        await warehouse.query(Statement("slow", "SELECT 1 AS one", timeout_seconds=0.3))
    await arrived(workspace)
    assert await ended(workspace) == ["CANCELED"]


async def test_a_cancellation_that_does_not_take_is_repeated(
    workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse
) -> None:
    workspace.statements.seconds = 30
    workspace.statements.ignored_cancels = 1
    with pytest.raises(LaterError):
        await warehouse.query(Statement("slow", "SELECT 1 AS one", timeout_seconds=0.3))
    await arrived(workspace)
    assert await ended(workspace) == ["CANCELED"]


async def test_an_asker_who_gives_up_stops_the_statement(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    workspace.statements.seconds = 30
    asking = asyncio.create_task(warehouse.query(Statement("slow", "SELECT 1 AS one")))
    await arrived(workspace)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await ended(workspace) == ["CANCELED"]


async def test_giving_up_while_the_statement_is_on_its_way_stops_it_too(
    workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse
) -> None:
    await warehouse.query(Statement("warm", "SELECT 1 AS one"))
    await arrived(workspace)
    workspace.statements.executions.clear()
    workspace.statements.seconds = 30
    workspace.latency_seconds = 0.3
    asking = asyncio.create_task(warehouse.query(Statement("slow", "SELECT 2 AS two")))
    await asyncio.sleep(0.1)
    assert not workspace.statements.executions
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    workspace.latency_seconds = 0
    await arrived(workspace)
    assert await ended(workspace) == ["CANCELED"]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_workspace_is_asked_again(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse, status: int) -> None:
    workspace.faults = [Fault(STATEMENTS, status)]
    assert (await warehouse.query(Statement("one", "SELECT 1 AS one"))).rows == ((1,),)


async def test_a_workspace_that_stays_busy_means_later(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    workspace.faults = [Fault(STATEMENTS, 429, times=100, code="REQUEST_LIMIT_EXCEEDED", retry_after="1")]
    with pytest.raises(LaterError, match="Databricks is busy"):
        await warehouse.query(Statement("one", "SELECT 1 AS one"))


async def test_a_lost_connection_is_tried_again(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    await warehouse.query(Statement("warm", "SELECT 1 AS one"))
    workspace.faults = [Fault(STATEMENTS, 0)]
    assert (await warehouse.query(Statement("one", "SELECT 1 AS one"))).rows == ((1,),)


async def test_a_table_that_is_not_enabled_is_named_with_its_grant(warehouse: DatabricksWarehouse) -> None:
    with pytest.raises(MissingTableError) as caught:
        await warehouse.query(Statement("classes", "SELECT * FROM system.data_classification.results LIMIT 1"))
    assert caught.value.table == "system.data_classification.results"
    assert "GRANT USE SCHEMA, SELECT ON SCHEMA system.data_classification" in caught.value.sentence()


async def test_a_table_that_is_not_granted_is_named_with_its_grant(
    workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse
) -> None:
    workspace.statements.engine.denied = {"system.access.workspaces_latest"}
    with pytest.raises(MissingTableError) as caught:
        await warehouse.query(Statement("names", "SELECT workspace_name FROM dim_workspace"))
    assert caught.value.table == "system.access.workspaces_latest"
    assert "GRANT USE SCHEMA, SELECT ON SCHEMA system.access" in caught.value.sentence()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT no_such_column FROM dim_workspace",
        "SELECT * FROM get_nothing_of_the_kind(start_date => DATE'2026-01-01')",
    ],
)
async def test_a_gold_layer_of_another_version_is_a_matter_of_setup(warehouse: DatabricksWarehouse, sql: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"gold layer") as caught:
        await warehouse.query(Statement("odd", sql))
    assert "python -m tools.gold.apply" in caught.value.do


async def test_an_unknown_warehouse_is_a_matter_of_setup(workspace: LoopbackWorkspace) -> None:
    warehouse = DatabricksWarehouse(Target("no-such-warehouse", "main", "health_monitor"), retry_seconds=3)
    with pytest.raises(MisconfiguredError) as caught:
        await warehouse.query(Statement("one", "SELECT 1 AS one"))
    assert "HEALTH_MONITOR_WAREHOUSE_ID" in caught.value.do
    await warehouse.close()


@pytest.mark.parametrize("missing", ["DATABRICKS_CLIENT_SECRET", "DATABRICKS_HOST"])
async def test_credentials_that_are_absent_are_a_matter_of_setup(
    workspace: LoopbackWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.delenv(missing)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", f"{tmp_path}/none")
    warehouse = DatabricksWarehouse(TARGET, retry_seconds=1)
    with pytest.raises(MisconfiguredError) as caught:
        await warehouse.query(Statement("one", "SELECT 1 AS one"))
    assert "DATABRICKS_CLIENT_SECRET" in caught.value.do
    await warehouse.close()


@pytest.mark.parametrize(("name", "value"), [("DATABRICKS_CLIENT_SECRET", "wrong"), ("DATABRICKS_HOST", "http://127.0.0.1:9")])
async def test_credentials_or_a_host_that_are_wrong_are_a_matter_of_setup(
    workspace: LoopbackWorkspace, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    warehouse = DatabricksWarehouse(TARGET, retry_seconds=1)
    with pytest.raises(MisconfiguredError) as caught:
        await warehouse.query(Statement("one", "SELECT 1 AS one"))
    assert name in caught.value.do
    await warehouse.close()


async def test_a_host_that_stops_answering_means_later(account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackWorkspace(Engine(account)) as workspace:
        for name, value in workspace.environment.items():
            monkeypatch.setenv(name, value)
        warehouse = DatabricksWarehouse(TARGET, retry_seconds=1)
        await warehouse.query(Statement("warm", "SELECT 1 AS one"))
    with pytest.raises(LaterError):
        await warehouse.query(Statement("one", "SELECT 1 AS one"))
    await warehouse.close()


async def test_a_user_asks_with_a_token_of_their_own(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    workspace.users |= {"token-of-ana": "ana@example.com", "token-of-bo": "bo@example.com"}
    for token in ("token-of-ana", "token-of-bo", "token-of-ana"):
        await warehouse.on_behalf_of(token).query(Statement("one", "SELECT 1 AS one"))
    await warehouse.query(Statement("one", "SELECT 1 AS one"))
    assert [execution.user for execution in workspace.statements.executions.values()] == [
        "ana@example.com",
        "bo@example.com",
        "ana@example.com",
        APP_USER,
    ]
    introductions = [request for request in workspace.requests if request.path == "/.well-known/databricks-config"]
    assert len(introductions) == 3  # one client for each of ana, bo and the app


async def test_a_token_that_expired_is_said_so(warehouse: DatabricksWarehouse) -> None:
    with pytest.raises(MisconfiguredError, match="credentials"):
        await warehouse.on_behalf_of("expired").query(Statement("one", "SELECT 1 AS one"))


async def test_sixteen_questions_at_once_do_not_queue(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    await warehouse.query(Statement("warm", "SELECT 1 AS one"))
    workspace.latency_seconds = 0.2
    started = time.perf_counter()
    tables = await asyncio.gather(*(warehouse.query(Statement("n", "SELECT :n AS n", {"n": n})) for n in range(16)))
    assert [table.rows for table in tables] == [((n,),) for n in range(16)]
    assert time.perf_counter() - started < 16 * 0.4 / 2  # one after the other it would be at least 16 × 0.4 s


async def arrived(workspace: LoopbackWorkspace) -> None:
    await asyncio.to_thread(workspace.statements.arrival.acquire)


async def ended(workspace: LoopbackWorkspace) -> list[str]:
    """The states in which the statements ended on the warehouse."""
    executions = list(workspace.statements.executions.values())
    return await asyncio.to_thread(lambda: [workspace.statements.wait_for_end(e) for e in executions])


async def test_a_value_without_a_marker_is_not_sent(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    table = await warehouse.query(Statement("t", "SELECT :a AS a", {"a": 1, "unused": 2}))
    assert table.rows == ((1,),) and table.receipt.params == {"a": 1}
