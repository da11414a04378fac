"""Every statement that the specialists' investigations ask beyond the gold functions, as they ask it of the small account."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from agents.question import AGENTS, Asker, Entities, Question
from agents.specialist import Sources, Specialist
from agents.understand import TOPICS
from bot.compose import specialists
from tests.parity import data
from tests.parity.questions import Ask
from tools.budgets import Budget
from tools.errors import HealthMonitorError
from tools.table import Table
from tools.warehouse import Statement, Warehouse
from tools.warehouse.embedded import EmbeddedWarehouse

ALL = tuple(f"{agent}.{topic}" for agent in AGENTS for topic in TOPICS[agent])
# Each topic is asked about the account as a whole, and about these.
NAMED = (
    Entities(),
    Entities(workspaces=("prod",), top_n=5),
    Entities(jobs=("job 1 of 1 v1",)),
    Entities(tables=("main.sales.orders",)),
    Entities(users=("ana@example.com",)),
    Entities(endpoints=("endpoint-1",)),
    Entities(warehouses=("warehouse 1 v1",)),
    Entities(sla_minutes=45, tags=(("team", "data"),)),
)
BUDGETS = (Budget("account", "", Decimal(5000)), Budget("tag", "team=data", Decimal(900)))


class Recording:
    """A warehouse that keeps what it is asked."""

    def __init__(self, inner: Warehouse) -> None:
        self._inner = inner
        self.asked: list[Statement] = []

    async def query(self, statement: Statement) -> Table:
        table = await self._inner.query(statement)  # what the account does not have is not kept
        self.asked.append(statement)
        return table

    async def close(self) -> None:
        await self._inner.close()


def statements(account: Path, topics: Iterable[str]) -> dict[str, tuple[Ask, ...]]:
    """By topic, each statement once; a call of a gold function has tests of its own."""
    return asyncio.run(_statements(account, tuple(topics)))


async def _statements(account: Path, topics: tuple[str, ...]) -> dict[str, tuple[Ask, ...]]:
    by_name = {specialist.name: specialist for specialist in specialists()}
    warehouse = EmbeddedWarehouse(account, data.NOW)
    try:
        return {topic: await _of_topic(by_name[topic.split(".")[0]], topic, warehouse) for topic in topics}  # type: ignore[index]
    finally:
        await warehouse.close()


async def _of_topic(specialist: Specialist, topic: str, warehouse: Warehouse) -> tuple[Ask, ...]:
    recording = Recording(warehouse)
    question = Question(topic, agents=(specialist.name,), topics=(topic,), asker=Asker("ana@example.com"), now=data.NOW)
    (investigate,) = specialist.investigations_for(question)
    for named in NAMED:
        try:
            await investigate(replace(question, entities=named), Sources(recording, budgets=BUDGETS))
        except HealthMonitorError:
            continue  # a topic that knows no such thing says so
    own = {one.sql: one for one in recording.asked if not one.sql.startswith("SELECT * FROM get_")}
    return tuple(Ask(f"{topic} {at} {one.tool}", one.tool, one.sql, one.bound) for at, one in enumerate(own.values()))
