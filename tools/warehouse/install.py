"""An account's DuckDB file made ready to be asked: read-only, under the real types, with the gold layer beside it."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import duckdb

from tools.errors import LaterError, MisconfiguredError
from tools.gold import assets_read, system_tables_read
from tools.warehouse.catalog import duckdb_type, system_tables
from tools.warehouse.ddl import definition_to_duckdb
from tools.warehouse.dialect import embedded_names, helper_macros

THREADS = 2
GOLD = "memory.gold"


def attach(path: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory with the file beside it as `account`, which nothing can write to."""
    if not path.is_file():
        raise MisconfiguredError(
            f"The warehouse file {path.name} does not exist.",
            do="Check HEALTH_MONITOR_WAREHOUSE, or leave it out to use the sample account.",
        )
    connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": "4GB"})
    try:
        connection.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS account (READ_ONLY)")
    except duckdb.IOException as error:
        connection.close()
        if "lock" in str(error).lower():
            raise LaterError(
                f"The warehouse file {path.name} is being written by another process.",
                do="Try again when it has finished.",
            ) from error
        raise MisconfiguredError(
            f"The warehouse file {path.name} cannot be opened as a DuckDB database.",
            do="Check HEALTH_MONITOR_WAREHOUSE.",
        ) from error
    return connection


class Installed:
    """The system tables and the gold layer over a connection, each installed when a statement first needs it.

    A system table gets its own types whatever the file holds, and is empty where the file has none: those are `missing`.
    `now` stops the clock that current_date() and current_timestamp() read.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, now: datetime | None = None, *, gold: bool = True) -> None:
        stopped = now.astimezone(UTC).replace(tzinfo=None) if now else None
        # A progress bar would go to standard output, between the lines of an answer.
        connection.execute(f"SET enable_progress_bar=false; SET TimeZone='UTC'; CREATE SCHEMA {GOLD}; SET schema='{GOLD}'")
        for macro in helper_macros(stopped):
            connection.execute(macro)
        self._connection = connection
        self._found = _columns(connection)
        self._gold = gold
        self._done: set[str] = set()
        self._lock = Lock()
        self.missing = frozenset(name for name in system_tables() if name not in self._found)

    def install_for(self, sql: str) -> None:
        """What a statement reads, itself or through others."""
        with self._lock, self._connection.cursor() as cursor:
            for table in system_tables_read(sql) & (system_tables().keys() | self._found.keys()) - self._done:
                self._install_table(cursor, table)
            for asset in assets_read(sql) if self._gold else ():
                if asset.name not in self._done:
                    cursor.execute(f"SET schema='{GOLD}'")
                    cursor.execute(definition_to_duckdb(asset.sql))
                    self._done.add(asset.name)

    def lacks(self, table: str) -> bool:
        """Whether a system table, of the list or not (such as information_schema), is not in the file."""
        return table not in self._found

    def _install_table(self, cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        have = self._found.get(name, {})
        listed = system_tables().get(name, {})
        chosen = ", ".join(_column(column, kind, have.get(column)) for column, kind in listed.items()) or "*"
        place = embedded_names(name)
        rows = f"FROM account.{place}" if have else "WHERE FALSE"
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{place.split('.')[0]}")
        cursor.execute(f"CREATE VIEW memory.{place} AS SELECT {chosen} {rows}")
        self._done.add(name)


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """No statement can reach files or the network from here on, nor undo that."""
    connection.execute("SET enable_external_access=false; SET lock_configuration=true")


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The file's own columns and types: system table → column → type."""
    names = {embedded_names(name): name for name in system_tables()}
    found: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE database_name = 'account' AND schema_name LIKE 'system\\_%' ESCAPE '\\'"
    ).fetchall():
        name = names.get(f"{schema}.{table}", f"system.{schema.removeprefix('system_')}.{table}")
        found.setdefault(name, {})[column] = kind
    return found


def _column(name: str, kind: str, have: str | None) -> str:
    """A column under the type that Databricks gives it, whatever the file holds."""
    want = duckdb_type(kind)
    if have is None:
        return f'CAST(NULL AS {want}) AS "{name}"'
    if have == "TIMESTAMP WITH TIME ZONE":
        return f'make_timestamp(epoch_us("{name}")) AS "{name}"'  # as AT TIME ZONE 'UTC', thirty times faster
    return f'"{name}"' if have == want else f'CAST("{name}" AS {want}) AS "{name}"'
