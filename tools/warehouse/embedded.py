"""A DuckDB file as the warehouse: opened read-only, with the gold layer installed beside it, not in it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlglot.errors import SqlglotError

from tools.errors import HealthMonitorError, LaterError, MissingTableError, OperatorError, new_id
from tools.gold import OPTIONAL_TABLES, system_tables_read
from tools.table import Receipt, Table
from tools.warehouse import LARGEST_RESULT_BYTES, Statement
from tools.warehouse.dialect import to_duckdb
from tools.warehouse.install import GOLD, THREADS, Installed, attach, lock

BATCH_ROWS = 1_000
_log = logging.getLogger(__name__)


class EmbeddedWarehouse:
    """Answers Databricks SQL from a DuckDB file; each query has a cursor, a timeout and can be cancelled."""

    def __init__(self, path: Path, now: datetime | None = None) -> None:
        self._connection = attach(path)
        self._installed = Installed(self._connection, now)
        lock(self._connection)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="warehouse")

    @property
    def missing(self) -> tuple[str, ...]:
        """System tables that the file does not hold."""
        return tuple(sorted(self._installed.missing))

    async def query(self, statement: Statement) -> Table:
        cursor, given_up = self._connection.cursor(), threading.Event()
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._run, cursor, statement, given_up)
        try:
            return await asyncio.wait_for(asyncio.shield(work), statement.timeout_seconds)
        except (TimeoutError, asyncio.CancelledError) as reason:
            given_up.set()
            with contextlib.suppress(duckdb.ConnectionException):  # it may have finished, and closed, just now
                cursor.interrupt()
            work.add_done_callback(lambda future: future.cancelled() or future.exception())
            if isinstance(reason, asyncio.CancelledError):
                raise
            raise LaterError(
                f"The query of {statement.tool} took longer than {statement.timeout_seconds:.0f} s and was stopped.",
                do="Ask for a shorter period, or try again later.",
            ) from None

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        self._connection.close()

    def _run(self, cursor: duckdb.DuckDBPyConnection, statement: Statement, given_up: threading.Event) -> Table:
        started = time.perf_counter()
        notes = self._check_sources(statement)
        try:
            sql = to_duckdb(statement.sql)
            self._installed.install_for(statement.sql)
            cursor.execute(f"SET schema='{GOLD}'")
            if given_up.is_set():
                raise duckdb.InterruptException("given up while waiting for a thread")
            cursor.execute(sql, {name: _naive(value) for name, value in statement.bound.items()})
            columns = tuple(column[0] for column in cursor.description or ())
            rows, truncated = _fetched(cursor, statement.max_rows)
        except (duckdb.Error, SqlglotError) as error:
            raise _translated(error, statement) from error
        finally:
            cursor.close()
        kept = with_zones(rows)
        receipt = Receipt(
            id=new_id(),
            tool=statement.tool,
            sql=statement.sql,
            params=statement.bound,
            rows=len(kept),
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return Table(columns, kept, receipt, truncated=truncated, notes=notes)

    def _check_sources(self, statement: Statement) -> tuple[str, ...]:
        """Caveats for optional tables that are absent; raises MissingTableError for one that is needed."""
        absent = sorted(filter(self._installed.lacks, system_tables_read(statement.sql)))
        for table in absent:
            if table not in OPTIONAL_TABLES:
                raise MissingTableError(table, statement.window)
        return tuple(f"{table} is not available" for table in absent)


def _fetched(cursor: duckdb.DuckDBPyConnection, max_rows: int) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows up to either limit, and whether there were more. Text is what makes a row large, so text is counted."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    while batch := cursor.fetchmany(BATCH_ROWS):
        for row in batch:
            size += sum(len(value) for value in row if isinstance(value, str))
            if len(rows) == max_rows or size > LARGEST_RESULT_BYTES:
                return rows, True
            rows.append(row)
    return rows, False


def _translated(error: Exception, statement: Statement) -> HealthMonitorError:
    if isinstance(error, duckdb.InterruptException):
        return LaterError(f"The query of {statement.tool} was stopped.", do="Ask again.")
    failed = OperatorError(f"The query of {statement.tool} failed.", do="The log has the details under this id.")
    _log.warning("%s %s: %s", failed.id, failed.code, error)
    return failed


def _naive(value: Any) -> Any:
    """Instants are kept as UTC without a zone, which DuckDB filters and truncates fastest."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def with_zones(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Rows of DuckDB with their instants in UTC."""
    return tuple(tuple(map(_instant, row)) for row in rows)


def _instant(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
