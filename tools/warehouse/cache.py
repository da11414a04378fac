"""Answers remembered for a while: the same statement, asked by the same person over the same data, runs once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.table import Table
from tools.warehouse import Statement, Warehouse

Key = tuple[str, ...]


@dataclass(slots=True)
class _Entry:
    """One statement under way or answered; `waiting` askers share it."""

    work: asyncio.Task[Table]
    waiting: int = 0
    answered: float | None = None


@dataclass(slots=True)
class _Entries:
    """What several askers' views of one warehouse share."""

    by_key: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)


class CachedWarehouse:
    """Remembers tables for `seconds`, at most `max_entries` of them, the least used forgotten first.

    An answer is never shared between askers, nor between versions of the data. Askers of the same statement at the
    same time wait for one run; it is stopped when all of them have given up. Errors are not remembered.
    """

    def __init__(
        self,
        inner: Warehouse,
        *,
        seconds: float = 300.0,
        max_entries: int = 256,
        asker: str = "",
        data_version: Callable[[], str] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._seconds = seconds
        self._max_entries = max_entries
        self._asker = asker
        self._data_version = data_version
        self._clock = clock
        self._entries = _Entries()

    def on_behalf_of(self, inner: Warehouse, asker: str) -> "CachedWarehouse":
        """The same memory for `inner`, which has the rights of `asker`; their answers are kept apart."""
        other = CachedWarehouse(
            inner,
            seconds=self._seconds,
            max_entries=self._max_entries,
            asker=asker,
            data_version=self._data_version,
            clock=self._clock,
        )
        other._entries = self._entries
        return other

    async def query(self, statement: Statement) -> Table:
        key = self._key(statement)
        entries = self._entries.by_key
        entry = entries.get(key)
        if entry is None or self._is_stale(entry):
            entry = entries[key] = _Entry(asyncio.create_task(self._inner.query(statement)))
            entry.work.add_done_callback(lambda work: self._finished(key, work))
        entries.move_to_end(key)
        return await self._wait(key, entry)

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
        entry.answered = self._clock()
        self._shrink()

    def _forget(self, key: Key, work: asyncio.Task[Table]) -> None:
        entry = self._entries.by_key.get(key)
        if entry and entry.work is work:
            del self._entries.by_key[key]

    def _shrink(self) -> None:
        answered = [key for key, entry in self._entries.by_key.items() if entry.answered is not None]
        for key in answered[: max(len(answered) - self._max_entries, 0)]:
            del self._entries.by_key[key]

    def _is_stale(self, entry: _Entry) -> bool:
        return entry.answered is not None and self._clock() - entry.answered >= self._seconds

    def _key(self, statement: Statement) -> Key:
        values = (f"{name}={value!r}" for name, value in sorted(statement.params.items()))
        return (
            self._asker,
            self._data_version(),
            statement.tool,
            statement.sql,
            str(statement.max_rows),
            *values,
        )
