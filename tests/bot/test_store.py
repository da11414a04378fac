"""The store on SQLite: the contract, what is special about a file, and older files."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from bot.schema import METADATA, STEPS
from bot.store import Store
from tests.contract.store import HERE, KEEP, LEASE, Clock, StoreContract, claim, take, taken
from tools.errors import MisconfiguredError

ROOT = Path(__file__).resolve().parents[2]
FIRST_RELEASE = """
CREATE TABLE deliveries (key VARCHAR(255) NOT NULL, state VARCHAR(16) NOT NULL, payload TEXT NOT NULL,
    attempts INTEGER NOT NULL, received DATETIME NOT NULL, touched DATETIME NOT NULL, PRIMARY KEY (key));
CREATE INDEX deliveries_by_state ON deliveries (state, received);
CREATE TABLE turns (number INTEGER NOT NULL, answer_id VARCHAR(64) NOT NULL, conversation VARCHAR(255) NOT NULL,
    payload TEXT NOT NULL, created DATETIME NOT NULL, PRIMARY KEY (number));
CREATE INDEX ix_turns_answer_id ON turns (answer_id);
CREATE INDEX turns_by_conversation ON turns (conversation, number);
INSERT INTO deliveries VALUES ('open', 'working', '{"text": "hi"}', 1, '2026-11-18 11:00:00', '2026-11-18 11:00:00');
INSERT INTO deliveries VALUES ('closed', 'done', '{}', 1, '2026-11-18 10:00:00', '2026-11-18 10:00:00');
INSERT INTO turns VALUES (1, 'a1', '["slack", "T1", "C1", "1.1"]', '{"n": 1}', '2026-11-18 10:00:00');
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestSqliteFile(StoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
        store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}", clock=clock, keep=KEEP, lease=LEASE)
        await store.open()
        yield store
        await store.close()


class TestSqliteMemory(StoreContract):
    @pytest.fixture
    async def store(self, clock: Clock) -> AsyncIterator[Store]:
        store = Store("sqlite://", clock=clock, keep=KEEP, lease=LEASE)
        await store.open()
        yield store
        await store.close()


async def test_two_stores_on_one_file_claim_and_take_a_delivery_once(tmp_path: Path) -> None:
    stores = [Store(f"sqlite:///{tmp_path / 'store.sqlite'}") for _ in range(2)]
    await asyncio.gather(*(store.open() for store in stores))
    claims = await asyncio.gather(*(claim(stores[n % 2], f"k{n // 2}") for n in range(60)))
    assert sum(one is not None for one in claims) == 30
    shares = await asyncio.gather(*(taken(store, f"r{n}", 30) for n, store in enumerate(stores)))
    assert sorted(key for share in shares for key in share) == sorted(f"k{n}" for n in range(30))
    for store in stores:
        await store.close()


async def test_what_was_said_is_forgotten_when_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(f"sqlite:///{path}")
    await store.open()
    await claim(store, "a", payload={"text": "a secret question"})
    await store.deliveries.done("a")
    await store.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT payload FROM deliveries").fetchall() == [("{}",)]


async def test_claims_survive_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal\n"
        "from bot.delivery import Arrival\n"
        "from bot.store import Store\n"
        "async def main():\n"
        f"    store = Store('sqlite:///{tmp_path / 'store.sqlite'}')\n"
        "    await store.open()\n"
        "    await store.deliveries.claim(Arrival('a', {'text': 'hi'}, ('slack', '', '', '')))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], cwd=ROOT, timeout=30)
    assert killed.returncode == -9
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await store.open()
    assert await claim(store, "a") is None
    assert [one.payload for one in await take(store)] == [{"text": "hi"}]
    await store.close()


async def test_an_error_of_the_database_does_not_repeat_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(f"sqlite:///{path}")
    await store.open()
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE deliveries")
    with pytest.raises(Exception, match="no such table") as raised:
        await claim(store, "a", payload={"text": "a secret question"})
    assert "secret" not in str(raised.value)
    await store.close()


async def test_turns_of_a_file_are_there_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
        await store.open()
        before = await store.last_turn(HERE)
        await store.save_turn(HERE, "a1", {"n": 1})
        await store.close()
    assert before == {"n": 1}


async def test_a_file_of_the_first_release_is_brought_up_and_goes_on(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(FIRST_RELEASE)
    for _ in range(2):
        store = Store(f"sqlite:///{path}", clock=clock)
        await store.open()
        assert await store.version() == len(STEPS)
        assert await store.last_turn(HERE) == {"n": 1}
        assert await claim(store, "closed") is None
        [left] = await take(store)
        assert left.payload == {"text": "hi"}
        await store.close()
        clock.pass_(minutes=1)


@pytest.mark.parametrize("start", ["", FIRST_RELEASE], ids=["new", "of the first release"])
async def test_the_steps_end_in_the_tables_that_the_code_knows(tmp_path: Path, start: str) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(start)
    store = Store(f"sqlite:///{path}")
    await store.open()
    await store.close()
    made = inspect(create_engine(f"sqlite:///{path}"))
    for table in METADATA.tables.values():
        assert {column["name"] for column in made.get_columns(table.name)} == {column.name for column in table.columns}
        assert {index["name"] for index in made.get_indexes(table.name)} == {index.name for index in table.indexes}


async def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(f"sqlite:///{path}")
    await store.open()
    await store.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE schema_version SET version = 99")
    newer = Store(f"sqlite:///{path}")
    with pytest.raises(MisconfiguredError, match="schema version 99"):
        await newer.open()
    await newer.close()


@pytest.mark.parametrize("url", ["nonsense", "nosuchdatabase://host/name"])
def test_an_address_that_is_no_database_is_named(url: str) -> None:
    with pytest.raises(MisconfiguredError, match="HEALTH_MONITOR_STORE"):
        Store(url)
