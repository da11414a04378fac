"""The small account that the engines are compared on: every system table, six weeks, the traps of each included."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.parity import rows_activity, rows_compute, rows_jobs, rows_models, rows_usage
from tools.warehouse.catalog import duckdb_type, system_tables
from tools.warehouse.dialect import embedded_names

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
FIRST = NOW - timedelta(days=42)

Row = dict[str, Any]
SOURCES: tuple[Callable[[random.Random], dict[str, list[Row]]], ...] = (
    rows_usage.tables,
    rows_activity.tables,
    rows_compute.tables,
    rows_jobs.tables,
    rows_models.tables,
)


def account_rows() -> dict[str, list[Row]]:
    """`system.billing.usage` → rows; the same on every call."""
    return {name: rows for source in SOURCES for name, rows in source(random.Random(11)).items()}


def write(directory: Path) -> Path:
    """The account as `account.duckdb`, and as `system_billing.usage.parquet` … beside it, for Spark."""
    path = directory / "account.duckdb"
    tables = account_rows()
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone='UTC'")
        for table, columns in system_tables().items():
            name = embedded_names(table)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
            kinds = {column: duckdb_type(kind) for column, kind in columns.items()}
            lines = directory / f"{name}.jsonl"
            lines.write_text("".join(f"{line}\n" for line in _lines(tables[table])))
            connection.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_json($path, format='newline_delimited', columns={kinds})",
                {"path": str(lines)},
            )
            connection.execute(f"COPY ({_as_instants(name, kinds)}) TO '{directory / name}.parquet' (FORMAT parquet)")
    return path


def _lines(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, default=_text)


def _text(value: Any) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else str(value)


def _as_instants(name: str, kinds: dict[str, str]) -> str:
    """Spark takes a parquet timestamp for an instant only when it is marked as UTC."""
    columns = ", ".join(
        f'CAST("{column}" AS {kind.replace("TIMESTAMP", "TIMESTAMPTZ")}) AS "{column}"' if "TIMESTAMP" in kind else f'"{column}"'
        for column, kind in kinds.items()
    )
    return f"SELECT {columns} FROM {name}"
