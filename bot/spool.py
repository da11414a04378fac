"""Turns and verdicts that the archive does not have yet: they wait in the store, marked as new, until it confirms them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from bot.database import Database
from bot.schema import FEEDBACK, TURNS


class Spool:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def turns(self, count: int) -> list[Row[Any]]:
        """The oldest that are new."""
        return await self._new(TURNS, count)

    async def verdicts(self, count: int) -> list[Row[Any]]:
        return await self._new(FEEDBACK, count)

    async def confirm_turns(self, rows: Iterable[Row[Any]]) -> None:
        await self._confirm(TURNS, rows)

    async def confirm_verdicts(self, rows: Iterable[Row[Any]]) -> None:
        await self._confirm(FEEDBACK, rows)

    async def waiting(self) -> int:
        """How many turns are new, up to a thousand."""
        return len(await self.turns(1_000))

    async def _new(self, table: Table, count: int) -> list[Row[Any]]:
        new = select(table).where(table.c.archived == 0).order_by(table.c.number).limit(count)
        return await self._database.run(lambda connection: list(connection.execute(new)))

    async def _confirm(self, table: Table, rows: Iterable[Row[Any]]) -> None:
        these = update(table).where(table.c.number.in_([row.number for row in rows])).values(archived=1)

        def work(connection: Connection) -> None:
            connection.execute(these)

        await self._database.run(work)
