"""The store's tables, and the steps that bring an older database up to them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import CreateColumn

from tools.errors import MisconfiguredError

KEY = 255
METADATA = MetaData()
VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("key", String(KEY), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received", DateTime, nullable=False),
    Column("touched", DateTime, nullable=False),
    Column("platform", String(16), nullable=False, server_default=""),
    Column("conversation", String(KEY), nullable=False, server_default=""),
    Column("asker", String(KEY), nullable=False, server_default=""),
    Column("place", String(KEY), nullable=False, server_default=""),
    Column("said", DateTime),  # orders the turns of a conversation
    Column("owner", String(64), nullable=False, server_default=""),  # the replica that works on it
    Column("until", DateTime),  # the end of its lease, or when it may be tried again
    Column("revision", Integer, nullable=False, server_default="0"),  # counts the edits
    Column("held", String(64), nullable=False, server_default=""),  # the message that holds the answer's place
    Index("deliveries_by_state", "state", "received"),
    Index("deliveries_by_turn", "conversation", "state", "said"),
    Index("deliveries_by_asker", "asker", "received"),
    Index("deliveries_by_place", "place", "received"),
)
TURNS = Table(
    "turns",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", String(64), nullable=False, index=True),
    Column("conversation", String(KEY), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("delivery", String(KEY), nullable=False, server_default=""),
    Column("archived", Integer, nullable=False, server_default="0"),  # 1 once Unity Catalog has it too
    Index("turns_by_conversation", "conversation", "number"),
    Index("turns_by_delivery", "delivery"),
    Index("turns_by_archived", "archived", "number"),
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("answer_id", String(64), nullable=False),
    Column("person", String(KEY), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("archived", Integer, nullable=False, server_default="0"),
    Index("feedback_by_answer", "answer_id"),
    Index("feedback_by_archived", "archived", "number"),
)
PREFERENCES = Table(
    "preferences",
    METADATA,
    Column("person", String(KEY), primary_key=True),
    Column("payload", Text, nullable=False),
    Column("touched", DateTime),
)
KEPT = Table(
    "kept",
    METADATA,
    Column("key", String(KEY), primary_key=True),
    Column("payload", Text, nullable=False),
    Column("until", DateTime),
)


def upgrade(connection: Connection) -> None:
    """Brings the database to the newest version, inside the caller's transaction.

    Raises MisconfiguredError where a newer program has been at it.
    """
    VERSION.create(connection, checkfirst=True)
    before = connection.execute(select(VERSION.c.version)).scalar()
    if before is None:
        before = 1 if inspect(connection).has_table("deliveries") else 0
        connection.execute(insert(VERSION).values(version=before))
    if before > len(STEPS):
        raise MisconfiguredError(
            f"The store has schema version {before}; this program knows up to {len(STEPS)}.",
            do="Start the newer program, or set HEALTH_MONITOR_STORE to another database.",
        )
    for step in STEPS[before:]:
        step(connection)
    if before < len(STEPS):
        connection.execute(update(VERSION).values(version=len(STEPS)))


def version(connection: Connection) -> int:
    """The version of the database; 0 for an empty one."""
    has = inspect(connection).has_table(VERSION.name)
    return int(connection.execute(select(VERSION.c.version)).scalar() or 0) if has else 0


def _first(connection: Connection) -> None:
    """Deliveries and turns, as the first release had them."""
    metadata = MetaData()
    Table(
        "deliveries",
        metadata,
        Column("key", String(KEY), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("payload", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("received", DateTime, nullable=False),
        Column("touched", DateTime, nullable=False),
        Index("deliveries_by_state", "state", "received"),
    )
    Table(
        "turns",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=True),
        Column("answer_id", String(64), nullable=False, index=True),
        Column("conversation", String(KEY), nullable=False),
        Column("payload", Text, nullable=False),
        Column("created", DateTime, nullable=False),
        Index("turns_by_conversation", "conversation", "number"),
    )
    metadata.create_all(connection)


def _leases(connection: Connection) -> None:
    """Leases, order within conversations, limits, edits. Rows of before belong to Slack and go on where they were."""
    for column in (
        _text("platform", 16),
        _text("conversation", KEY),
        _text("asker", KEY),
        _text("place", KEY),
        Column("said", DateTime),
        _text("owner", 64),
        Column("until", DateTime),
        Column("revision", Integer, nullable=False, server_default="0"),
        _text("held", 64),
    ):
        _add(connection, "deliveries", column)
    _add(connection, "turns", _text("delivery", KEY))
    connection.exec_driver_sql("UPDATE deliveries SET said = received, until = touched, platform = 'slack', conversation = key")
    for table, name, columns in (
        ("deliveries", "deliveries_by_turn", "conversation, state, said"),
        ("deliveries", "deliveries_by_asker", "asker, received"),
        ("deliveries", "deliveries_by_place", "place, received"),
        ("turns", "turns_by_delivery", "delivery"),
    ):
        connection.exec_driver_sql(f"CREATE INDEX {name} ON {table} ({columns})")


def _people(connection: Connection) -> None:
    """What people think of answers, and what they prefer."""
    metadata = MetaData()
    Table(
        "feedback",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=True),
        Column("answer_id", String(64), nullable=False),
        Column("person", String(KEY), nullable=False),
        Column("verdict", String(16), nullable=False),
        Column("words", Text, nullable=False),
        Column("created", DateTime, nullable=False),
        Index("feedback_by_answer", "answer_id"),
    )
    Table("preferences", metadata, Column("person", String(KEY), primary_key=True), Column("payload", Text, nullable=False))
    metadata.create_all(connection)


def _archive(connection: Connection) -> None:
    """What Unity Catalog has too."""
    for table in ("turns", "feedback"):
        _add(connection, table, Column("archived", Integer, nullable=False, server_default="0"))
        connection.exec_driver_sql(f"CREATE INDEX {table}_by_archived ON {table} (archived, number)")


def _kept(connection: Connection) -> None:
    """What adapters keep, and when a person's preferences were chosen; those of before count from now."""
    metadata = MetaData()
    columns = (Column("key", String(KEY), primary_key=True), Column("payload", Text, nullable=False), Column("until", DateTime))
    Table("kept", metadata, *columns)
    metadata.create_all(connection)
    _add(connection, "preferences", Column("touched", DateTime))
    connection.exec_driver_sql("UPDATE preferences SET touched = CURRENT_TIMESTAMP")


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False, server_default="")


def _add(connection: Connection, table: str, column: Column[Any]) -> None:
    described = CreateColumn(column).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {described}")


# A step, once released, is never changed: a new one is added.
STEPS: tuple[Callable[[Connection], None], ...] = (_first, _leases, _people, _archive, _kept)
