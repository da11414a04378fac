"""One row, asked of a sample."""

from typing import Any

import duckdb


def one(sample: duckdb.DuckDBPyConnection, sql: str, *values: object) -> Any:
    row = sample.execute(sql, list(values)).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row
