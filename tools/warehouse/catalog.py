"""The system tables as Databricks defines them: names, columns and types."""

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp

COLUMNS = Path(__file__).resolve().parents[1] / "system_tables.csv"


@lru_cache(maxsize=1)
def system_tables() -> Mapping[str, Mapping[str, str]]:
    """`system.billing.usage` → column → Databricks type."""
    tables: dict[str, dict[str, str]] = {}
    with COLUMNS.open(newline="") as file:
        for row in csv.DictReader(file):
            tables.setdefault(f"system.{row['schema']}.{row['table']}", {})[row["column"]] = row["type"]
    return tables


@lru_cache(maxsize=512)
def duckdb_type(databricks_type: str) -> str:
    """The DuckDB spelling of a Databricks type; a TIMESTAMP is an instant, kept in UTC."""
    kind = sqlglot.parse_one(databricks_type, into=exp.DataType, read="databricks")
    return kind.sql("duckdb").replace("TIMESTAMPTZ", "TIMESTAMP")
