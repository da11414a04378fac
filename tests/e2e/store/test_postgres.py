"""The store on Postgres: the same contract, and what several replicas on one database need."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import create_engine, inspect

from bot.schema import METADATA, STEPS
from bot.store import Store
from tests.contract.store import KEEP, LEASE, Clock, StoreContract, claim, taken
from tests.postgres import Postgres

pytestmark = pytest.mark.e2e


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestPostgres(StoreContract):
    @pytest.fixture
    async def store(self, postgres_server: Postgres, clock: Clock) -> AsyncIterator[Store]:
        store = Store(postgres_server.database(), clock=clock, keep=KEEP, lease=LEASE)
        await store.open()
        yield store
        await store.close()


async def test_replicas_that_start_together_make_the_tables_once(postgres_server: Postgres) -> None:
    url = postgres_server.database()
    stores = [Store(url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert [await store.version() for store in stores] == [len(STEPS)] * 4
    made = inspect(create_engine(url))
    for table in METADATA.tables.values():
        assert {column["name"] for column in made.get_columns(table.name)} == {column.name for column in table.columns}
    for store in stores:
        await store.close()


async def test_replicas_share_what_waits_and_keep_the_order_of_each_conversation(postgres_server: Postgres) -> None:
    url = postgres_server.database()
    stores = [Store(url) for _ in range(3)]
    await asyncio.gather(*(store.open() for store in stores))
    claims = await asyncio.gather(
        *(claim(stores[n % 3], f"k{n // 3:03d}", ("slack", "T", "C", str(n // 3 % 12))) for n in range(360))
    )
    assert sum(one is not None for one in claims) == 120
    order: dict[str, list[str]] = {}

    async def work(store: Store, owner: str) -> None:
        while await store.deliveries.waiting():
            for key in await taken(store, owner, 3):
                order.setdefault(str(int(key[1:]) % 12), []).append(key)
                await asyncio.sleep(0.001)
                await store.deliveries.done(key)

    await asyncio.gather(*(work(store, f"r{n}") for n, store in enumerate(stores)))
    answered = [key for keys in order.values() for key in keys]
    assert sorted(answered) == [f"k{n:03d}" for n in range(120)]
    for store in stores:
        await store.close()
