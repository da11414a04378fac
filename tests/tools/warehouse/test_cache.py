"""The query cache over a warehouse that counts."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tools.errors import LaterError, MisconfiguredError
from tools.table import Receipt, Table
from tools.warehouse import Statement
from tools.warehouse.cache import CachedWarehouse


class CountingWarehouse:
    """Answers each statement with how many came before; holds its answers while `open` is not set."""

    def __init__(self) -> None:
        self.asked: list[Statement] = []
        self.cancelled = 0
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False
        self.closed = False

    async def query(self, statement: Statement) -> Table:
        self.asked.append(statement)
        number = len(self.asked)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.broken:
            raise LaterError("busy")
        return Table(("n",), ((number,),), Receipt("r", statement.tool, statement.sql, {}, 1, 0.0))

    async def close(self) -> None:
        self.closed = True


class UsersWarehouse(CountingWarehouse):
    """One that knows users: each has a warehouse of their own to count by."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, CountingWarehouse] = {}

    def on_behalf_of(self, token: str) -> CountingWarehouse:
        return self.of.setdefault(token, CountingWarehouse())


START = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def cached(inner: CountingWarehouse, **settings: Any) -> CachedWarehouse:
    return CachedWarehouse(inner, **{"keep": timedelta(seconds=60), "max_values": 6, "clock": Clock(), **settings})


ONE = Statement("one", "SELECT :n", {"n": 1})


async def test_the_same_statement_runs_once() -> None:
    inner = CountingWarehouse()
    warehouse = cached(inner)
    first, second = await warehouse.query(ONE), await warehouse.query(Statement("one", "SELECT :n", {"n": 1}))
    assert first.rows == second.rows
    assert len(inner.asked) == 1


async def test_a_receipt_says_what_comes_from_memory_and_when_it_was_read() -> None:
    clock = Clock()
    warehouse = cached(CountingWarehouse(), clock=clock)
    first = (await warehouse.query(ONE)).receipt
    clock.now += timedelta(seconds=30)
    second, third = (await warehouse.query(ONE)).receipt, (await warehouse.query(ONE)).receipt
    assert (first.cached_at, second.cached_at, third.cached_at) == (None, START, START)
    assert len({first.id, second.id, third.id}) == 3
    assert replace(second, id=first.id, cached_at=None) == first


@pytest.mark.parametrize(
    "other",
    [
        Statement("one", "SELECT :n", {"n": 2}),
        Statement("one", "SELECT :n", {"n": True}),
        Statement("one", "SELECT :n", {"n": 1.0}),
        Statement("one", "SELECT :n", {"n": Decimal(1)}),
        Statement("one", "SELECT :n", {"n": "1"}),
        Statement("one", "SELECT :n", {"n": date(2026, 1, 1)}),
        Statement("one", "SELECT :n AS n", {"n": 1}),
        Statement("two", "SELECT :n", {"n": 1}),
        Statement("one", "SELECT :n", {"n": 1}, max_rows=5),
    ],
)
async def test_another_statement_is_not_the_same(other: Statement) -> None:
    inner = CountingWarehouse()
    warehouse = cached(inner)
    await warehouse.query(ONE)
    await warehouse.query(other)
    assert inner.asked == [ONE, other]


async def test_an_answer_is_forgotten_in_time() -> None:
    inner, clock = CountingWarehouse(), Clock()
    warehouse = cached(inner, clock=clock)
    await warehouse.query(ONE)
    clock.now += timedelta(seconds=59.9)
    await warehouse.query(ONE)
    assert len(inner.asked) == 1
    clock.now += timedelta(seconds=0.1)
    await warehouse.query(ONE)
    assert len(inner.asked) == 2


async def test_an_answer_holds_for_one_version_of_the_data() -> None:
    inner, version = CountingWarehouse(), ["v1"]
    warehouse = cached(inner, data_version=lambda: version[0])
    await warehouse.query(ONE)
    version[0] = "v2"
    await warehouse.query(ONE)
    assert len(inner.asked) == 2


async def test_an_answer_is_for_one_set_of_rights_only() -> None:
    inner = UsersWarehouse()
    warehouse = cached(inner)
    await warehouse.query(ONE)
    for token in ("token of ana", "token of bo", "token of bo", "newer token of bo", "token of ana"):
        await warehouse.on_behalf_of(token).query(ONE)
    assert len(inner.asked) == 1
    assert {token: len(own.asked) for token, own in inner.of.items()} == {
        "token of ana": 1,
        "token of bo": 1,
        "newer token of bo": 1,
    }


async def test_a_warehouse_without_users_lends_nobody_its_own_rights() -> None:
    with pytest.raises(MisconfiguredError, match="knows no users"):
        cached(CountingWarehouse()).on_behalf_of("token of ana")


async def test_the_memory_is_bounded_and_forgets_the_least_used() -> None:
    inner = CountingWarehouse()
    warehouse = cached(inner)
    statements = [Statement("one", "SELECT :n", {"n": n}) for n in range(4)]
    for statement in (*statements[:3], statements[0], statements[3]):
        await warehouse.query(statement)
    assert len(inner.asked) == 4
    await warehouse.query(statements[0])
    assert len(inner.asked) == 4
    await warehouse.query(statements[1])
    assert len(inner.asked) == 5


async def test_a_table_too_large_to_remember_does_not_push_out_the_others() -> None:
    class Mixed(CountingWarehouse):
        async def query(self, statement: Statement) -> Table:
            table = await super().query(statement)
            return replace(table, rows=(("x" * 64 * 100,),)) if statement.tool == "large" else table

    inner = Mixed()
    warehouse = cached(inner)
    large = Statement("large", "SELECT 'x'")
    for statement in (ONE, large, large, ONE):
        await warehouse.query(statement)
    assert inner.asked == [ONE, large, large]


async def test_what_has_become_old_weighs_nothing() -> None:
    inner, clock = CountingWarehouse(), Clock()
    warehouse = cached(inner, clock=clock)
    for _ in range(5):
        await warehouse.query(ONE)
        clock.now += timedelta(minutes=2)
    two, three = Statement("two", "SELECT 2"), Statement("three", "SELECT 3")
    for statement in (ONE, two, three, ONE, two, three):
        await warehouse.query(statement)
    assert len(inner.asked) == 8


async def test_askers_at_the_same_time_share_one_run() -> None:
    inner = CountingWarehouse()
    inner.open.clear()
    warehouse = cached(inner)
    asking = [asyncio.create_task(warehouse.query(ONE)) for _ in range(16)]
    await asyncio.sleep(0)
    inner.open.set()
    tables = await asyncio.gather(*asking)
    assert len(inner.asked) == 1
    assert {table.rows for table in tables} == {((1,),)}
    assert {table.receipt.cached_at for table in tables} == {None}


async def test_one_asker_who_gives_up_does_not_stop_the_others() -> None:
    inner = CountingWarehouse()
    inner.open.clear()
    warehouse = cached(inner)
    first, second = asyncio.create_task(warehouse.query(ONE)), asyncio.create_task(warehouse.query(ONE))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    inner.open.set()
    assert (await second).rows == ((1,),)
    assert inner.cancelled == 0


async def test_the_run_stops_when_all_have_given_up() -> None:
    inner = CountingWarehouse()
    inner.open.clear()
    warehouse = cached(inner)
    asking = [asyncio.create_task(warehouse.query(ONE)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await asyncio.sleep(0)
    assert inner.cancelled == 1
    inner.open.set()
    assert (await warehouse.query(ONE)).rows == ((2,),)


async def test_an_error_reaches_every_asker_and_is_not_remembered() -> None:
    inner = CountingWarehouse()
    inner.broken = True
    warehouse = cached(inner)
    outcomes = await asyncio.gather(*(warehouse.query(ONE) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LaterError] * 3
    inner.broken = False
    assert (await warehouse.query(ONE)).rows == ((2,),)


async def test_closing_closes_the_warehouse_inside() -> None:
    inner = CountingWarehouse()
    warehouse = cached(inner)
    await warehouse.query(ONE)
    await warehouse.close()
    assert inner.closed
