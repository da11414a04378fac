"""Asks an investigation on an embedded warehouse, and counts the rounds of queries it takes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from agents.answer import Answer
from agents.question import Asker, Entities, Question
from agents.specialist import Sources, Specialist
from tools.links import Dashboards
from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse
from tools.warehouse.embedded import EmbeddedWarehouse

DASHBOARDS = Dashboards(
    "acme.cloud.databricks.com",
    {"Security Posture": "security", "Job Operations": "jobs", "Query Performance": "queries"},
)


class CountingWarehouse:
    """A warehouse that groups the statements it is asked into rounds: those asked while none was answered."""

    def __init__(self, inner: Warehouse) -> None:
        self._inner = inner
        self._under_way = 0
        self.rounds: list[list[str]] = []

    async def query(self, statement: Statement) -> Table:
        if self._under_way == 0:
            self.rounds.append([])
        self._under_way += 1
        self.rounds[-1].append(statement.tool)
        await asyncio.sleep(0)  # all statements of a round are asked before the first is answered
        try:
            return await self._inner.query(statement)
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        await self._inner.close()


def question(text: str, topic: str, now: datetime, *, tz: str = "UTC", period: Period | None = None, **entities: Any) -> Question:
    """A question as understood, without the understanding."""
    asked = Question(text=text, topics=(topic,), period=period, now=now, asker=Asker("asker@example.com", tz))
    return replace(asked, entities=Entities(**entities))


def days(first: str, last: str, tz: str = "UTC") -> Period:
    return Period.of_days(date.fromisoformat(first), date.fromisoformat(last), tz)


@asynccontextmanager
async def opened(path: Path, now: datetime) -> AsyncIterator[CountingWarehouse]:
    warehouse = CountingWarehouse(EmbeddedWarehouse(path, now=now))
    try:
        yield warehouse
    finally:
        await warehouse.close()


async def answered(specialist: Specialist, asked: Question, warehouse: Warehouse) -> Answer:
    return await specialist.investigations_for(asked)[0](asked, Sources(warehouse, DASHBOARDS))


def rows(path: Path, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows of the raw file, past every layer of ours."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone='UTC'")
        return connection.execute(sql, params or {}).fetchall()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
