"""A database that SQLAlchemy speaks to, asked from threads of its own so that the event loop never waits for a disk."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from sqlite3 import OperationalError
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool, StaticPool

from bot.lakebase import SCHEME, lakebase_engine
from bot.schema import upgrade
from tools.errors import MisconfiguredError

Found = TypeVar("Found")
LOCK = 0x6865616C7468  # any number that is ours: replicas on one Postgres meet at it


def utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """One transaction a call. On SQLite every transaction is a writer's; on Postgres those that ask for it are alone."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = _engine(url, clock)
        self._clock = clock
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(1 if self._sqlite else 4, thread_name_prefix="store")

    async def open(self) -> None:
        """Brings the tables to the newest version; of several replicas one does it."""
        await self.run(upgrade, alone=True)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=True)

    async def run(self, work: Callable[[Connection], Found], *, alone: bool = False) -> Found:
        """`work` in one transaction; `alone` keeps the other replicas' `alone` work out of it."""

        def transaction() -> Found:
            with self._engine.begin() as connection:
                if alone and self._engine.dialect.name == "postgresql":
                    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transaction)

    def now(self) -> datetime:
        """UTC without a zone, which every database stores alike. Clocks of replicas must agree to a few seconds."""
        return self._clock().astimezone(UTC).replace(tzinfo=None)


def _engine(url: str, clock: Callable[[], datetime]) -> Engine:
    # Parameters stay out of errors, and so what people said stays out of the log.
    try:
        if make_url(url).get_backend_name() == SCHEME:
            return lakebase_engine(make_url(url), clock)
        if make_url(url).get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True, hide_parameters=True)
        memory = make_url(url).database in (None, "", ":memory:")
        pool = StaticPool if memory else QueuePool
        engine = create_engine(url, poolclass=pool, connect_args={"check_same_thread": False}, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise MisconfiguredError(
            f"HEALTH_MONITOR_STORE is no database that can be used: {str(error)[:120]}.",
            do="Use a URL such as sqlite:///store.sqlite, postgresql+psycopg://user@host/name or lakebase://instance/name.",
        ) from error
    event.listen(engine, "connect", _tune_sqlite)
    event.listen(engine, "begin", _begin_as_writer)
    return engine


def _tune_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin a transaction at the first write, after what was read for it; we begin it ourselves.
    connection.isolation_level = None
    # A write-ahead log survives a killed process without a flush per commit, and readers do not wait for the writer.
    for pragma in ("busy_timeout=10000", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    for pause in (0.05, 0.1, 0.2, 0.5, 1.0, 0.0):
        # Two programs that open a new file at once: this change does not wait for a lock by itself.
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError:
            if not pause:
                raise
            time.sleep(pause)


def _begin_as_writer(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
