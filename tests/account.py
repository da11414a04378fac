"""A DuckDB file with the rows a test needs, in system tables of the exact types."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from tools.warehouse.catalog import duckdb_type, system_tables
from tools.warehouse.dialect import embedded_names

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def write_account(path: Path, rows: Rows, leave_out: Iterable[str] = ()) -> Path:
    """Every system table (but those left out), holding the rows given; absent columns are null."""
    connection = duckdb.connect(str(path))
    connection.execute("SET TimeZone='UTC'")
    for table, columns in system_tables().items():
        if table in leave_out:
            continue
        name = embedded_names(table)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
        kinds = {column: duckdb_type(kind) for column, kind in columns.items()}
        definitions = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
        connection.execute(f"CREATE TABLE {name} ({definitions})")
        for row in rows.get(table, ()):
            given = ", ".join(f"CAST(${c} AS {kinds[c]})" for c in row)
            connection.execute(f"INSERT INTO {name} ({', '.join(row)}) SELECT {given}", dict(row))
    connection.close()
    return path
