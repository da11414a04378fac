"""What must outlive the process: deliveries, so that none is lost or answered twice, and turns, for a thread's context.

Any database that SQLAlchemy speaks to will do; an SQLite file is the default. Calls run in threads of the store's own,
one for SQLite, so that the event loop never waits for a disk.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import QueuePool, StaticPool

Json = Mapping[str, Any]
Conversation = tuple[str, str, str, str]
Found = TypeVar("Found")

KEY = 255
METADATA = MetaData()
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("key", String(KEY), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received", DateTime, nullable=False),
    Column("touched", DateTime, nullable=False),
    Index("deliveries_by_state", "state", "received"),
)
TURNS = Table(
    "turns",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", String(64), nullable=False, index=True),
    Column("conversation", String(KEY), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created", DateTime, nullable=False),
    Index("turns_by_conversation", "conversation", "number"),
)
RECEIVED, WORKING, DONE = "received", "working", "done"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that a platform delivered and that is not answered yet; `attempts` counts the starts of its work."""

    key: str
    payload: Json
    attempts: int


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Deliveries and turns. `keep` bounds how long what is finished stays."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now, keep: timedelta = timedelta(days=30)) -> None:
        self._engine = _engine(url)
        self._clock = clock
        self._keep = keep
        threads = 1 if self._engine.dialect.name == "sqlite" else 4
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")

    async def open(self) -> None:
        """Makes the tables where they are missing, and removes what is too old."""
        await self._run(lambda connection: METADATA.create_all(connection))
        await self.prune()

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=True)

    async def claim(self, key: str, payload: Json) -> bool:
        """Records a delivery; true for the first to do so, false if it is known already."""
        now = self._now()
        row: dict[str, Any] = {"key": _bounded(key), "state": RECEIVED, "payload": _dumped(payload), "attempts": 0}
        row |= {"received": now, "touched": now}

        def work(connection: Connection) -> bool:
            connection.execute(insert(DELIVERIES).values(row))
            return True

        try:
            return await self._run(work)
        except IntegrityError:
            return False

    async def begin(self, key: str) -> None:
        """Notes that work on a delivery starts."""
        await self._run(lambda connection: connection.execute(self._begun(key)))

    async def done(self, key: str) -> None:
        """Finishes a delivery; its key stays to recognise repeats, what was said does not."""
        this = update(DELIVERIES).where(DELIVERIES.c.key == _bounded(key))
        done = this.values(state=DONE, payload="{}", touched=self._now())
        await self._run(lambda connection: connection.execute(done))

    async def unfinished(self, *, idle: timedelta = timedelta(0)) -> list[Delivery]:
        """Deliveries that nobody has touched for `idle`, oldest first; each is taken over by one caller only."""
        before = self._now() - idle
        waiting = (
            select(DELIVERIES)
            .where(DELIVERIES.c.state != DONE, DELIVERIES.c.touched <= before)
            .order_by(DELIVERIES.c.received, DELIVERIES.c.key)
        )

        def work(connection: Connection) -> list[Delivery]:
            taken = []
            for row in connection.execute(waiting).all():
                mine = update(DELIVERIES).where(DELIVERIES.c.key == row.key, DELIVERIES.c.touched == row.touched)
                touched = max(self._now(), row.touched + timedelta(microseconds=1))
                if connection.execute(mine.values(touched=touched)).rowcount == 1:
                    taken.append(Delivery(row.key, json.loads(row.payload), row.attempts))
            return taken

        return await self._run(work)

    async def save_turn(self, conversation: Conversation, answer_id: str, payload: Json) -> None:
        row = {
            "conversation": _key(conversation),
            "answer_id": answer_id,
            "payload": _dumped(payload),
            "created": self._now(),
        }
        await self._run(lambda connection: connection.execute(insert(TURNS).values(row)))

    async def last_turn(self, conversation: Conversation) -> Json | None:
        """The newest turn of a conversation, or nothing if it has none."""
        return await self._turn(TURNS.c.conversation == _key(conversation))

    async def turn(self, answer_id: str) -> Json | None:
        return await self._turn(TURNS.c.answer_id == answer_id)

    async def prune(self) -> None:
        """Removes finished deliveries and turns older than what is kept."""
        before = self._now() - self._keep

        def work(connection: Connection) -> None:
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.state == DONE, DELIVERIES.c.touched < before))
            connection.execute(delete(TURNS).where(TURNS.c.created < before))

        await self._run(work)

    async def _turn(self, which: Any) -> Json | None:
        newest = select(TURNS.c.payload).where(which).order_by(TURNS.c.number.desc()).limit(1)
        payload = await self._run(lambda connection: connection.execute(newest).scalar())
        return None if payload is None else json.loads(payload)

    def _begun(self, key: str) -> Any:
        begun = update(DELIVERIES).where(DELIVERIES.c.key == _bounded(key), DELIVERIES.c.state != DONE)
        return begun.values(state=WORKING, attempts=DELIVERIES.c.attempts + 1, touched=self._now())

    def _now(self) -> datetime:
        """UTC without a zone, which every database stores alike."""
        return self._clock().astimezone(UTC).replace(tzinfo=None)

    async def _run(self, work: Callable[[Connection], Found]) -> Found:
        def transaction() -> Found:
            with self._engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transaction)


def _engine(url: str) -> Engine:
    # Parameters stay out of errors, and so what people said stays out of the log.
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    memory = make_url(url).database in (None, "", ":memory:")
    pool = StaticPool if memory else QueuePool
    engine = create_engine(url, poolclass=pool, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection: Any, _: Any) -> None:
    # A write-ahead log survives a killed process without a flush per commit, and readers do not wait for the writer.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _key(conversation: Conversation) -> str:
    return _bounded(json.dumps(conversation, ensure_ascii=False))


def _bounded(key: str) -> str:
    """The key itself, or its digest if it is too long for its column."""
    return key if len(key) <= KEY else hashlib.sha256(key.encode()).hexdigest()


def _dumped(payload: Json) -> str:
    return json.dumps(payload, ensure_ascii=False, default=str)
