"""The DuckDB warehouse: what it refuses, what it stops, and many askers at once."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.account import write_account
from tests.bench.functions import statements
from tools.errors import LaterError, MisconfiguredError, MissingTableError, OperatorError
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

ENDLESS = "SELECT count(*) AS n FROM range(0, 1000000000) AS a(x) CROSS JOIN range(0, 1000000) AS b(y) WHERE x * y % 7 = 1"


@pytest.fixture
async def warehouse(account: Path) -> AsyncIterator[EmbeddedWarehouse]:
    opened = EmbeddedWarehouse(account)
    yield opened
    await opened.close()


async def test_a_query_that_takes_too_long_is_stopped(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(LaterError, match=r"endless took longer than 1 s and was stopped"):
        await warehouse.query(Statement("endless", ENDLESS, timeout_seconds=0.6))
    started = time.perf_counter()
    assert (await warehouse.query(Statement("next", "SELECT 1 AS one"))).rows == ((1,),)
    assert time.perf_counter() - started < 5


async def test_an_asker_who_gives_up_frees_the_threads(warehouse: EmbeddedWarehouse) -> None:
    asking = [asyncio.create_task(warehouse.query(Statement("endless", ENDLESS))) for _ in range(4)]
    await asyncio.sleep(0.3)
    for task in asking:
        task.cancel()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    table = await warehouse.query(Statement("next", "SELECT 1 AS one", timeout_seconds=10))
    assert table.rows == ((1,),)


async def test_many_at_once_get_their_own_rows(warehouse: EmbeddedWarehouse) -> None:
    sql = "SELECT :n AS n, count(*) AS rows FROM range(0, 20000) AS t(x) WHERE x % 50 = :n"
    tables = await asyncio.gather(*(warehouse.query(Statement("n", sql, {"n": n})) for n in range(48)))
    assert [table.rows for table in tables] == [((n, 400),) for n in range(48)]


async def test_waiting_and_giving_up_mixed_leaves_nothing_behind(warehouse: EmbeddedWarehouse) -> None:
    async def ask(n: int) -> object:
        try:
            sql = "SELECT count(*) AS n FROM range(0, 300000) AS t(x) WHERE x % 7 = :n"
            return (await warehouse.query(Statement("n", sql, {"n": n}, timeout_seconds=0.002 * (n + 1)))).rows
        except LaterError as error:
            return error

    outcomes = await asyncio.gather(*(ask(n) for n in range(40)))
    assert any(isinstance(outcome, LaterError) for outcome in outcomes)
    assert (await warehouse.query(Statement("next", "SELECT 1 AS one"))).rows == ((1,),)


async def test_a_table_cut_by_rows_says_so(warehouse: EmbeddedWarehouse) -> None:
    sql = "SELECT x FROM range(0, 25) AS t(x)"
    assert (await warehouse.query(Statement("cut", sql, max_rows=24))).truncated
    assert not (await warehouse.query(Statement("whole", sql, max_rows=25))).truncated


async def test_a_table_cut_by_bytes_says_so(warehouse: EmbeddedWarehouse) -> None:
    table = await warehouse.query(Statement("wide", "SELECT repeat('x', 9000000) AS t FROM range(0, 3) AS r(x)"))
    assert len(table) == 1 and table.truncated


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM account.system_access.workspaces_latest",
        "CREATE TABLE account.system_access.mine AS SELECT 1 AS one",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/other.duckdb' AS other",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT nothing FROM nowhere",
        "SELECT 1 FROM",
    ],
)
async def test_what_is_not_reading_is_refused(warehouse: EmbeddedWarehouse, sql: str) -> None:
    with pytest.raises(OperatorError, match="The query of odd failed"):
        await warehouse.query(Statement("odd", sql))
    rows = (await warehouse.query(Statement("after", "SELECT count(*) AS n FROM dim_workspace"))).rows
    assert rows == ((3,),)


async def test_a_needed_table_that_is_absent_is_named(warehouse: EmbeddedWarehouse) -> None:
    assert "system.data_classification.results" in warehouse.missing
    with pytest.raises(MissingTableError) as caught:
        await warehouse.query(Statement("classes", "SELECT * FROM system.data_classification.results"))
    assert caught.value.table == "system.data_classification.results"


async def test_an_optional_table_that_is_absent_is_a_caveat(warehouse: EmbeddedWarehouse) -> None:
    table = await warehouse.query(Statement("cost", "SELECT SUM(cost) AS cost FROM usage_cost"))
    assert table.notes == ("system.billing.account_prices is not available",)


async def test_instants_have_a_zone_both_ways(warehouse: EmbeddedWarehouse) -> None:
    given = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    table = await warehouse.query(Statement("echo", "SELECT CAST(:t AS TIMESTAMP) AS t, DATE'2026-07-01' AS d", {"t": given}))
    assert table.rows == ((given, date(2026, 7, 1)),)


async def test_a_stopped_clock_is_what_sql_reads(account: Path) -> None:
    warehouse = EmbeddedWarehouse(account, now=datetime(2026, 3, 1, 1, tzinfo=UTC))
    table = await warehouse.query(
        Statement("clock", "SELECT current_date() AS d, current_timestamp() AS t, date_sub(current_date(), 1) AS y")
    )
    assert table.rows == ((date(2026, 3, 1), datetime(2026, 3, 1, 1, tzinfo=UTC), date(2026, 2, 28)),)
    await warehouse.close()


async def test_a_running_clock_is_utc(warehouse: EmbeddedWarehouse) -> None:
    ((seen,),) = (await warehouse.query(Statement("clock", "SELECT current_timestamp() AS t"))).rows
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 60


async def test_a_file_of_others_is_read_under_the_right_types(tmp_path: Path) -> None:
    path = tmp_path / "it's mine.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            SET TimeZone='UTC';
            CREATE SCHEMA system_access;
            CREATE TABLE system_access.workspaces_latest AS
            SELECT 1 AS workspace_id, 'w' AS workspace_name, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS create_time
        """)
    before = path.read_bytes()
    warehouse = EmbeddedWarehouse(path)
    table = await warehouse.query(Statement("w", "SELECT workspace_id, create_time, status FROM dim_workspace"))
    assert table.rows == (("1", datetime(2026, 1, 1, tzinfo=UTC), None),)
    await warehouse.close()
    assert path.read_bytes() == before


def test_a_file_that_is_missing_is_a_matter_of_setup(tmp_path: Path) -> None:
    with pytest.raises(MisconfiguredError, match=r"absent.duckdb does not exist"):
        EmbeddedWarehouse(tmp_path / "absent.duckdb")


def test_a_file_that_is_not_a_database_is_a_matter_of_setup(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("no database at all\n" * 1000)
    with pytest.raises(MisconfiguredError, match=r"text.duckdb cannot be opened"):
        EmbeddedWarehouse(tmp_path / "text.duckdb")


def test_a_file_that_is_being_written_means_later(tmp_path: Path) -> None:
    path = write_account(tmp_path / "busy.duckdb", {})
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()",
            path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout and holder.stdin
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(LaterError, match=r"busy.duckdb is being written by another process"):
        EmbeddedWarehouse(path)
    holder.communicate(b"\n")


def test_only_values_that_a_statement_has_markers_for_are_bound() -> None:
    asked = Statement("t", "SELECT :a AS a, CAST('12:30' AS STRING) AS b", {"a": 1, "unused": 2})
    assert asked.bound == {"a": 1}


async def test_sixteen_functions_at_once_answer_without_an_error(sample_file: Path) -> None:
    warehouse = EmbeddedWarehouse(sample_file, now=datetime(2026, 11, 24, 10, tzinfo=UTC))
    asked = statements(sample_file)[:16]
    tables = await asyncio.gather(*(warehouse.query(statement) for statement in asked))
    await warehouse.close()
    assert [table.receipt.tool for table in tables] == [statement.tool for statement in asked]
