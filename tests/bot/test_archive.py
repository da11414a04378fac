"""What is asked is kept in Unity Catalog too: in batches, once, and also after the warehouse was down."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.archive import BATCH_TURNS, TABLES, Archive, archive_warehouse, archiving
from bot.settings import Settings
from bot.store import Store
from bot.turns import kept
from tests.account import write_account
from tests.adapters.samples import spike_in_words
from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tools.errors import HealthMonitorError, MisconfiguredError
from tools.warehouse import Statement, Warehouse

PLACE = ("slack", "T1", "C1", "1.1")
TURN = {**kept(spike_in_words()), "said": "why did costs 'spike'?"}
SETTINGS = Settings(archive="main.state", warehouse_id="warehouse-1", archive_seconds=0.05)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    engine.close()


@pytest.fixture
async def warehouse(workspace: LoopbackWorkspace) -> AsyncIterator[Warehouse]:
    opened = archive_warehouse(SETTINGS)
    yield opened
    await opened.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await opened.open()
    yield opened
    await opened.close()


async def count(warehouse: Warehouse, table: str) -> int:
    return int((await warehouse.query(Statement("test", f"SELECT COUNT(*) AS n FROM {table}"))).rows[0][0])


async def test_turns_verdicts_and_statements_are_written_once(store: Store, warehouse: Warehouse) -> None:
    turns = 2 * BATCH_TURNS + 1
    for number in range(turns):
        await store.save_turn(PLACE, f"answer-{number}", TURN)
    await store.save_feedback("answer-0", "U1", "bad", "wrong job; -- '")
    archive = Archive(store.spool, warehouse)
    assert await archive.flush() == turns + 1
    assert await archive.flush() == 0
    evidence = len(spike_in_words().evidence)
    assert evidence
    assert [await count(warehouse, name) for name in TABLES] == [turns, 1, turns * evidence]

    sql = "SELECT question, platform, headline FROM conversation_turns ORDER BY answer_id LIMIT 1"
    told = await warehouse.query(Statement("test", sql))
    assert told.rows == (("why did costs 'spike'?", "slack", spike_in_words().headline),)
    words = await warehouse.query(Statement("test", "SELECT words FROM answer_feedback"))
    assert words.rows == (("wrong job; -- '",),)


async def test_what_was_written_but_not_confirmed_is_not_there_twice(store: Store, warehouse: Warehouse, tmp_path: Path) -> None:
    await store.save_turn(PLACE, "answer-1", TURN)
    await Archive(store.spool, warehouse).flush()
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        database.execute("UPDATE turns SET archived = 0")
    assert await Archive(store.spool, warehouse).flush() == 1
    assert await count(warehouse, "conversation_turns") == 1
    assert await count(warehouse, "query_audit") == len(spike_in_words().evidence)


async def test_while_the_warehouse_is_down_it_waits_in_the_store(
    store: Store, warehouse: Warehouse, workspace: LoopbackWorkspace
) -> None:
    await store.save_turn(PLACE, "answer-1", TURN)
    workspace.faults.append(Fault("/sql/statements", 403, times=1, code="PERMISSION_DENIED"))
    archive = Archive(store.spool, warehouse)
    with pytest.raises(HealthMonitorError):
        await archive.flush()
    assert await archive.flush() == 1
    assert await count(warehouse, "conversation_turns") == 1


async def test_it_goes_on_by_itself_and_writes_the_rest_when_it_stops(
    store: Store, warehouse: Warehouse, workspace: LoopbackWorkspace
) -> None:
    workspace.faults.append(Fault("/sql/statements", 403, times=1, code="PERMISSION_DENIED"))
    async with archiving(SETTINGS, store.spool):
        await store.save_turn(PLACE, "answer-1", TURN)
        async with asyncio.timeout(10):
            while (await store.spool.waiting()) > 0:  # noqa: ASYNC110  a task of the program ends it
                await asyncio.sleep(0.05)
        await store.save_turn(PLACE, "answer-2", TURN)
    assert await count(warehouse, "conversation_turns") == 2


async def test_a_warehouse_that_hangs_does_not_hold_up_the_end(store: Store, workspace: LoopbackWorkspace) -> None:
    workspace.statements.seconds = 30.0
    async with asyncio.timeout(8):
        async with archiving(SETTINGS, store.spool):
            await store.save_turn(PLACE, "answer-1", TURN)
            await asyncio.sleep(0.2)
    assert await store.spool.waiting() == 1


async def test_a_schema_that_is_none_is_named(store: Store) -> None:
    with pytest.raises(MisconfiguredError, match="HEALTH_MONITOR_ARCHIVE"):
        async with archiving(Settings(archive="state"), store.spool):
            pass
