"""What was asked and answered, kept in Unity Catalog too: Delta tables, written in batches through the SQL warehouse.

The store is the spool: a row stays marked as new there until the warehouse has confirmed it. A batch that was written but
not confirmed is written again, and changes nothing, since rows are merged by their ids.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.spool import Spool
from tools.errors import HealthMonitorError, MisconfiguredError
from tools.warehouse import Statement, Warehouse
from tools.warehouse.opening import open_warehouse

log = logging.getLogger(__name__)
Values = Mapping[str, Any]
# Columns and their types; the first is the id.
TABLES: Mapping[str, Mapping[str, str]] = {
    "conversation_turns": {
        "answer_id": "STRING",
        "created": "TIMESTAMP",
        "platform": "STRING",
        "conversation": "STRING",
        "asker": "STRING",
        "question": "STRING",
        "headline": "STRING",
        "agents": "STRING",
        "payload": "STRING",
    },
    "answer_feedback": {
        "feedback_id": "STRING",
        "created": "TIMESTAMP",
        "answer_id": "STRING",
        "person": "STRING",
        "verdict": "STRING",
        "words": "STRING",
    },
    "query_audit": {
        "query_id": "STRING",
        "created": "TIMESTAMP",
        "answer_id": "STRING",
        "asker": "STRING",
        "tool": "STRING",
        "sql_text": "STRING",
        "params": "STRING",
        "row_count": "INT",
        "ms": "DOUBLE",
    },
}
BATCH_TURNS, BATCH_ROWS, BATCH_CHARACTERS = 20, 100, 4_000_000
SECONDS = 300.0  # a warehouse that sleeps takes minutes to wake
LONGEST_PAUSE_SECONDS = 3600.0
PARTING_SECONDS = 1.5


class Archive:
    def __init__(self, spool: Spool, warehouse: Warehouse) -> None:
        self._spool = spool
        self._warehouse = warehouse
        self._made = False

    async def flush(self) -> int:
        """Writes all that is new; how many turns and verdicts that was. Raises what the warehouse raises, and keeps the rest."""
        written = 0
        while batch := await self._batch():
            await self._make()
            await self._write("conversation_turns", [_turn(row) for row in batch])
            await self._write("query_audit", [each for row in batch for each in _queries(row)])
            await self._spool.confirm_turns(batch)
            written += len(batch)
        while verdicts := await self._spool.verdicts(BATCH_ROWS):
            await self._make()
            await self._write("answer_feedback", [_verdict(row) for row in verdicts])
            await self._spool.confirm_verdicts(verdicts)
            written += len(verdicts)
        return written

    async def run(self, seconds: float) -> None:
        """Flushes from time to time; while the warehouse is down ever more rarely, up to once an hour."""
        pause = seconds
        while True:
            await asyncio.sleep(pause)
            try:
                await self.flush()
                pause = seconds
            except HealthMonitorError as error:
                pause = min(pause * 2, max(LONGEST_PAUSE_SECONDS, seconds))
                log.warning("not archived yet, next try in %.0f s: %s (error %s)", pause, error.sentence(), error.id)
            except SQLAlchemyError as error:
                log.warning("the store cannot be read for the archive: %s", type(error).__name__)

    async def _batch(self) -> list[Row[Any]]:
        """The oldest new turns, as many as one statement may carry."""
        size = 0
        taken: list[Row[Any]] = []
        for row in await self._spool.turns(BATCH_TURNS):
            size += 2 * len(row.payload)  # the statements are in it, and go out a second time
            if taken and size > BATCH_CHARACTERS:
                break
            taken.append(row)
        return taken

    async def _make(self) -> None:
        if not self._made:
            for name in TABLES:
                await self._warehouse.query(Statement("archive", definition(name), timeout_seconds=SECONDS))
            self._made = True

    async def _write(self, table: str, rows: list[Values]) -> None:
        for start in range(0, len(rows), BATCH_ROWS):
            part = rows[start : start + BATCH_ROWS]
            bound = {f"{name}_{n}": value for n, row in enumerate(part) for name, value in row.items()}
            await self._warehouse.query(Statement("archive", merging(table, len(part)), bound, timeout_seconds=SECONDS))


def definition(table: str) -> str:
    return f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(f'{name} {kind}' for name, kind in TABLES[table].items())})"


def merging(table: str, count: int) -> str:
    """Inserts the rows whose ids are not there; each value is bound as <column>_<number of its row>."""
    names = list(TABLES[table])
    rows = ", ".join(f"({', '.join(f':{name}_{n}' for name in names)})" for n in range(count))
    return (  # the names are ours, the values are bound
        f"MERGE INTO {table} AS kept USING (SELECT * FROM VALUES {rows} AS told({', '.join(names)})) AS new "  # noqa: S608
        f"ON kept.{names[0]} = new.{names[0]} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({', '.join(f'new.{name}' for name in names)})"
    )


@asynccontextmanager
async def archiving(settings: Settings, spool: Spool) -> AsyncIterator[None]:
    """Archives in the background where the settings name a schema for it; what is left at the end is tried once more."""
    if not settings.archive:
        yield
        return
    warehouse = archive_warehouse(settings)
    archive = Archive(spool, warehouse)
    work = asyncio.create_task(archive.run(settings.archive_seconds))
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        with suppress(HealthMonitorError, TimeoutError):  # it stays in the store, for the next process
            await asyncio.wait_for(archive.flush(), PARTING_SECONDS)
        await warehouse.close()


def archive_warehouse(settings: Settings) -> Warehouse:
    catalog, dot, schema = settings.archive.partition(".")
    if not (catalog and dot and schema) or "." in schema:
        raise MisconfiguredError(
            f"HEALTH_MONITOR_ARCHIVE is {settings.archive[:80]!r}.", do="Name a schema of Unity Catalog: catalog.schema."
        )
    return open_warehouse("databricks", warehouse_id=settings.warehouse_id, catalog=catalog, schema=schema)


def _turn(row: Row[Any]) -> Values:
    answer = json.loads(row.payload).get("answer", {})
    return {
        "answer_id": row.answer_id,
        "created": row.created.replace(tzinfo=UTC),
        "platform": json.loads(row.conversation)[0] if row.conversation.startswith("[") else "",
        "conversation": row.conversation,
        "asker": _asker(answer),
        "question": str(json.loads(row.payload).get("said") or ""),
        "headline": str(answer.get("headline") or ""),
        "agents": ", ".join(answer.get("agents") or ()),
        "payload": row.payload,
    }


def _queries(row: Row[Any]) -> list[Values]:
    """One row for each statement that ran for an answer."""
    answer = json.loads(row.payload).get("answer", {})
    return [
        {
            "query_id": f"{row.answer_id}-{n}-{receipt['id']}",
            "created": row.created.replace(tzinfo=UTC),
            "answer_id": row.answer_id,
            "asker": _asker(answer),
            "tool": str(receipt["tool"]),
            "sql_text": str(receipt["sql"]),
            "params": json.dumps(receipt["params"], ensure_ascii=False),
            "row_count": int(receipt["rows"]),
            "ms": float(receipt["ms"]),
        }
        for n, receipt in enumerate(answer.get("evidence") or ())
    ]


def _verdict(row: Row[Any]) -> Values:
    created: datetime = row.created
    told = {"answer_id": row.answer_id, "person": row.person, "verdict": row.verdict, "words": row.words}
    # Numbers begin anew with a new store, so the id is made of what was said.
    said = json.dumps([*told.values(), created.isoformat()])
    return {"feedback_id": hashlib.sha256(said.encode()).hexdigest()[:32], "created": created.replace(tzinfo=UTC), **told}


def _asker(answer: Values) -> str:
    return str(((answer.get("question") or {}).get("asker") or {}).get("email") or "")
