"""The query cache over a warehouse that counts."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tools.errors import LaterError
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


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def cached(inner: CountingWarehouse, **settings: Any) -> CachedWarehouse:
    return CachedWarehouse(inner, **{"seconds": 60.0, "max_entries": 3, "clock": Clock(), **settings})


ONE = Statement("one", "SELECT :n", {"n": 1})


async def test_the_same_statement_runs_once() -> None:
    inner = CountingWarehouse()
    warehouse = cached(inner)
    first, second = await warehouse.query(ONE), await warehouse.query(Statement("one", "SELECT :n", {"n": 1}))
    assert first is second
    assert len(inner.asked) == 1


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
    clock.now = 59.9
    await warehouse.query(ONE)
    assert len(inner.asked) == 1
    clock.now = 60.0
    await warehouse.query(ONE)
    assert len(inner.asked) == 2


async def test_an_answer_holds_for_one_version_of_the_data() -> None:
    inner, version = CountingWarehouse(), ["v1"]
    warehouse = cached(inner, data_version=lambda: version[0])
    await warehouse.query(ONE)
    version[0] = "v2"
    await warehouse.query(ONE)
    assert len(inner.asked) == 2


async def test_an_answer_is_for_its_asker_only() -> None:
    app, ana, bo = CountingWarehouse(), CountingWarehouse(), CountingWarehouse()
    warehouse = cached(app)
    await warehouse.query(ONE)
    await warehouse.on_behalf_of(ana, "ana@example.com").query(ONE)
    await warehouse.on_behalf_of(bo, "bo@example.com").query(ONE)
    await warehouse.on_behalf_of(bo, "bo@example.com").query(ONE)
    assert (len(app.asked), len(ana.asked), len(bo.asked)) == (1, 1, 1)


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


async def test_askers_at_the_same_time_share_one_run() -> None:
    inner = CountingWarehouse()
    inner.open.clear()
    warehouse = cached(inner)
    asking = [asyncio.create_task(warehouse.query(ONE)) for _ in range(16)]
    await asyncio.sleep(0)
    inner.open.set()
    tables = await asyncio.gather(*asking)
    assert len(inner.asked) == 1
    assert {id(table) for table in tables} == {id(tables[0])}


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
