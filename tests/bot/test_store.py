"""The store on SQLite: the contract, and what is special about a file."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store
from tests.contract.store import HERE, KEEP, Clock, StoreContract

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestSqliteFile(StoreContract):
    @pytest.fixture
    async def store(self, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
        store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}", clock=clock, keep=KEEP)
        await store.open()
        yield store
        await store.close()


class TestSqliteMemory(StoreContract):
    @pytest.fixture
    async def store(self, clock: Clock) -> AsyncIterator[Store]:
        store = Store("sqlite://", clock=clock, keep=KEEP)
        await store.open()
        yield store
        await store.close()


async def test_two_stores_on_one_file_claim_a_delivery_once(tmp_path: Path) -> None:
    stores = [Store(f"sqlite:///{tmp_path / 'store.sqlite'}") for _ in range(2)]
    for store in stores:
        await store.open()
    claims = await asyncio.gather(*(stores[n % 2].claim(f"k{n // 2}", {}) for n in range(60)))
    assert sum(claims) == 30
    taken = await asyncio.gather(*(store.unfinished() for store in stores))
    assert sorted(one.key for some in taken for one in some) == sorted(f"k{n}" for n in range(30))
    for store in stores:
        await store.close()


async def test_what_was_said_is_forgotten_when_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(f"sqlite:///{path}")
    await store.open()
    await store.claim("a", {"text": "a secret question"})
    await store.done("a")
    await store.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT payload FROM deliveries").fetchall() == [("{}",)]


async def test_claims_survive_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal\n"
        "from bot.store import Store\n"
        "async def main():\n"
        f"    store = Store('sqlite:///{tmp_path / 'store.sqlite'}')\n"
        "    await store.open()\n"
        "    await store.claim('a', {'text': 'hi'})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], cwd=ROOT, timeout=30)
    assert killed.returncode == -9
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await store.open()
    assert await store.claim("a", {}) is False
    assert [one.payload for one in await store.unfinished()] == [{"text": "hi"}]
    await store.close()


async def test_an_error_of_the_database_does_not_repeat_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = Store(f"sqlite:///{path}")
    await store.open()
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE deliveries")
    with pytest.raises(Exception, match="no such table") as raised:
        await store.claim("a", {"text": "a secret question"})
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
