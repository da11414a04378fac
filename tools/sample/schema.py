"""The empty system tables of an account's DuckDB file."""

import duckdb

from tools.warehouse.catalog import duckdb_type, system_tables
from tools.warehouse.dialect import embedded_names


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """All schemas and tables: `system.billing.usage` is `system_billing.usage` here; a TIMESTAMP is kept in UTC."""
    for table, columns in system_tables().items():
        name = embedded_names(table)
        body = ", ".join(f'"{column}" {duckdb_type(kind)}' for column, kind in columns.items())
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
        connection.execute(f"CREATE TABLE {name} ({body})")
