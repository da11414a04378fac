"""What an adapter keeps by a key of its own, such as who installed it where; some of it for a while only."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from bot.database import Database
from bot.deliveries import dumped
from bot.keys import bounded
from bot.schema import KEPT

Json = Mapping[str, Any]


class Kept:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, payload: Json, lasts: timedelta | None = None) -> None:
        """Replaces what is kept by a key."""
        until = self._database.now() + lasts if lasts else None
        row = {"key": bounded(key), "payload": dumped(payload), "until": until}

        def work(connection: Connection) -> None:
            connection.execute(delete(KEPT).where(KEPT.c.key == row["key"]))
            connection.execute(insert(KEPT).values(row))

        await self._database.run(work, alone=True)

    async def get(self, key: str) -> Json | None:
        """What is kept by a key; None if nothing is, or its time is over."""
        lasting = or_(KEPT.c.until.is_(None), KEPT.c.until > self._database.now())
        which = select(KEPT.c.payload).where(KEPT.c.key == bounded(key), lasting)
        payload = await self._database.run(lambda connection: connection.execute(which).scalar())
        return None if payload is None else json.loads(payload)

    async def take(self, key: str) -> bool:
        """Removes what is kept by a key; true for the one who did, if its time was not over."""
        lasting = or_(KEPT.c.until.is_(None), KEPT.c.until > self._database.now())
        gone = delete(KEPT).where(KEPT.c.key == bounded(key), lasting)
        return await self._database.run(lambda connection: connection.execute(gone).rowcount == 1)

    async def prune(self) -> None:
        """Removes what is over."""
        over = delete(KEPT).where(KEPT.c.until < self._database.now())
        await self._database.run(lambda connection: connection.execute(over))
