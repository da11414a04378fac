"""Answers remembered for a while: the same statement, asked with the same rights over the same data, runs once."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

from tools.errors import MisconfiguredError, new_id
from tools.table import Table
from tools.warehouse import Statement, Warehouse

Key = tuple[str, ...]
TEXT_PER_VALUE = 64  # characters that weigh as much as one value


@runtime_checkable
class Delegating(Warehouse, Protocol):
    def on_behalf_of(self, token: str) -> Warehouse:
        """The same warehouse with the rights of the user whose token this is."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Entry:
    """One statement under way or answered; `waiting` askers share it."""

    work: asyncio.Task[Table]
    waiting: int = 0
    answered: datetime | None = None
    weight: int = 0


@dataclass(slots=True)
class _Entries:
    """What several askers' views of one warehouse share."""

    by_key: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)
    weight: int = 0


class CachedWarehouse:
    """Remembers tables for `keep`, up to `max_values` values in all, the least used forgotten first.

    An answer is never shared between different rights, nor between versions of the data. Askers of the same statement
    at the same time wait for one run; it is stopped when all of them have given up. Errors are not remembered. A table
    from memory has a receipt of its own, which says when the rows were read.
    """

    def __init__(
        self,
        inner: Warehouse,
        *,
        keep: timedelta = timedelta(minutes=5),
        max_values: int = 500_000,
        data_version: Callable[[], str] = str,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._inner = inner
        self._keep = keep
        self._max_values = max_values
        self._data_version = data_version
        self._clock = clock
        self._rights = ""
        self._entries = _Entries()

    def on_behalf_of(self, token: str) -> "CachedWarehouse":
        """The same memory with the rights of the user whose token this is.

        What is remembered belongs to the token, not to a name that comes with it: a user whose rights were taken away and
        who signs in anew sees nothing of before. The token itself is not kept.
        """
        if not isinstance(self._inner, Delegating):
            raise MisconfiguredError(
                "This warehouse knows no users of its own.", do="Set HEALTH_MONITOR_WAREHOUSE to databricks."
            )
        other = CachedWarehouse(
            self._inner.on_behalf_of(token),
            keep=self._keep,
            max_values=self._max_values,
            data_version=self._data_version,
            clock=self._clock,
        )
        other._rights = hashlib.sha256(token.encode()).hexdigest()
        other._entries = self._entries
        return other

    async def query(self, statement: Statement) -> Table:
        key = self._key(statement)
        entries = self._entries.by_key
        entry = entries.get(key)
        if entry is not None and self._is_stale(entry):
            self._forget(key, entry.work)
            entry = None
        if entry is None:
            entry = entries[key] = _Entry(asyncio.create_task(self._inner.query(statement)))
            entry.work.add_done_callback(lambda work: self._finished(key, work))
            return await self._wait(key, entry)
        entries.move_to_end(key)
        read_at = entry.answered
        table = await self._wait(key, entry)
        return replace(table, receipt=replace(table.receipt, id=new_id(), cached_at=read_at))

    async def close(self) -> None:
        for entry in self._entries.by_key.values():
            entry.work.cancel()
        self._entries.by_key.clear()
        await self._inner.close()

    async def _wait(self, key: Key, entry: _Entry) -> Table:
        entry.waiting += 1
        try:
            return await asyncio.shield(entry.work)
        finally:
            entry.waiting -= 1
            if not entry.waiting and not entry.work.done():
                self._forget(key, entry.work)
                entry.work.cancel()

    def _finished(self, key: Key, work: asyncio.Task[Table]) -> None:
        entry = self._entries.by_key.get(key)
        if entry is None or entry.work is not work:
            return
        if work.cancelled() or work.exception():
            self._forget(key, work)
            return
        weight = _weight(work.result())
        if weight > self._max_values // 2:
            self._forget(key, work)  # one table must not push out all the others
            return
        entry.answered, entry.weight = self._clock(), weight
        self._entries.weight += entry.weight
        self._shrink()

    def _forget(self, key: Key, work: asyncio.Task[Table]) -> None:
        entry = self._entries.by_key.get(key)
        if entry and entry.work is work:
            del self._entries.by_key[key]
            self._entries.weight -= entry.weight

    def _shrink(self) -> None:
        answered = (key for key, entry in list(self._entries.by_key.items()) if entry.answered is not None)
        while self._entries.weight > self._max_values:
            key = next(answered)
            self._forget(key, self._entries.by_key[key].work)

    def _is_stale(self, entry: _Entry) -> bool:
        return entry.answered is not None and self._clock() - entry.answered >= self._keep

    def _key(self, statement: Statement) -> Key:
        values = (f"{name}={value!r}" for name, value in sorted(statement.params.items()))
        return (
            self._rights,
            self._data_version(),
            statement.tool,
            statement.sql,
            str(statement.max_rows),
            *values,
        )


def _weight(table: Table) -> int:
    """Roughly how much a table takes, in values; at least one, so that empty tables are bounded too."""
    return 1 + sum(1 + (len(value) // TEXT_PER_VALUE if isinstance(value, str) else 0) for row in table.rows for value in row)
