"""An account's DuckDB file made ready to be asked: read-only, under the real types, with the gold layer beside it."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import duckdb

from tools.errors import LaterError, MisconfiguredError
from tools.gold import assets_read
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


def install_system_tables(connection: duckdb.DuckDBPyConnection, now: datetime | None = None) -> frozenset[str]:
    """Every system table under its own types, empty where the file has none; returns those that are absent.

    `now` stops the clock that current_date() and current_timestamp() read.
    """
    stopped = now.astimezone(UTC).replace(tzinfo=None) if now else None
    # A progress bar would go to standard output, between the lines of an answer.
    connection.execute(f"SET enable_progress_bar=false; SET TimeZone='UTC'; CREATE SCHEMA {GOLD}; SET schema='{GOLD}'")
    for macro in helper_macros(stopped):
        connection.execute(macro)
    found = _columns(connection)
    for name, columns in system_tables().items():
        schema, table = embedded_names(name).split(".")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS memory.{schema}")
        have = found.get((schema, table), {})
        chosen = ", ".join(_column(column, kind, have.get(column)) for column, kind in columns.items())
        rows = f"FROM account.{schema}.{table}" if have else "WHERE FALSE"
        connection.execute(f"CREATE VIEW memory.{schema}.{table} AS SELECT {chosen} {rows}")
    return frozenset(name for name in system_tables() if tuple(embedded_names(name).split(".")) not in found)


class GoldLayer:
    """The gold layer over a connection: each view and function is installed when a statement first needs it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._installed: set[str] = set()
        self._lock = Lock()

    def install_for(self, sql: str) -> None:
        needed = assets_read(sql)
        with self._lock, self._connection.cursor() as cursor:
            for asset in needed:
                if asset.name not in self._installed:
                    cursor.execute(f"SET schema='{GOLD}'")
                    cursor.execute(definition_to_duckdb(asset.sql))
                    self._installed.add(asset.name)


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """No statement can reach files or the network from here on, nor undo that."""
    connection.execute("SET enable_external_access=false; SET lock_configuration=true")


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, ...], dict[str, str]]:
    """The file's own columns and types: (schema, table) → column → type."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'account'"
    ).fetchall():
        found.setdefault((schema, table), {})[column] = kind
    return found


def _column(name: str, kind: str, have: str | None) -> str:
    """A column under the type that Databricks gives it, whatever the file holds."""
    want = duckdb_type(kind)
    if have is None:
        return f'CAST(NULL AS {want}) AS "{name}"'
    if have == "TIMESTAMP WITH TIME ZONE":
        return f'make_timestamp(epoch_us("{name}")) AS "{name}"'  # as AT TIME ZONE 'UTC', thirty times faster
    return f'"{name}"' if have == want else f'CAST("{name}" AS {want}) AS "{name}"'
