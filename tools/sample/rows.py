"""Small Python values as tables, so that the bulk is made inside DuckDB."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa


def seed_table(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table `name` in the database `made`, which is not part of the file; a dict becomes a STRUCT, a list a LIST."""
    view = f"{name}_rows"
    connection.register(view, pa.Table.from_pylist([dict(row) for row in rows]))
    connection.execute(f"CREATE OR REPLACE TABLE made.{name} AS SELECT * FROM {view}")
    connection.unregister(view)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows to a system table by column name; absent columns and struct fields are null.

    A column named `<map>_pairs` holds a list of {key, value} and fills the MAP column `<map>`.
    """
    if not rows:
        return
    seed_table(connection, "to_insert", rows)
    names = [name for name in rows[0] if not name.endswith("_pairs")]
    maps = [name.removesuffix("_pairs") for name in rows[0] if name.endswith("_pairs")]
    columns = [f'"{name}"' for name in names]
    columns += [f'map_from_entries("{name}_pairs") AS "{name}"' for name in maps]
    connection.execute(f"INSERT INTO {table} BY NAME SELECT {', '.join(columns)} FROM to_insert")


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as `insert` wants a MAP."""
    return [{"key": key, "value": value} for key, value in values.items()]
