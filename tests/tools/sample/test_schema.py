import csv

import duckdb

from tools.warehouse.catalog import COLUMNS, system_tables
from tools.warehouse.dialect import embedded_names

PLAIN = {"VARCHAR": "STRING", "INTEGER": "INT", "BLOB": "BINARY"}


def as_databricks(kind: str) -> str:
    """DuckDB's spelling of a type, read back into Databricks' by another way than the product's."""
    return str(_named(duckdb.type(kind)))


def _named(kind: duckdb.sqltypes.DuckDBPyType) -> str:
    match kind.id:
        case "struct":
            return "STRUCT<" + ", ".join(f"{name}:{_named(child)}" for name, child in kind.children) + ">"
        case "map":
            return "MAP<" + ", ".join(_named(child) for _, child in kind.children) + ">"
        case "list":
            return f"ARRAY<{_named(kind.children[0][1])}>"
        case _:
            return PLAIN.get(str(kind), str(kind))


def squeezed(kind: str) -> str:
    return kind.replace(" ", "").replace('"', "")


def test_every_table_has_the_columns_of_the_list_in_order_and_type(sample: duckdb.DuckDBPyConnection) -> None:
    with COLUMNS.open(newline="", encoding="utf-8") as lines:
        expected = [
            (f"system_{row['schema']}", row["table"], row["column"], squeezed(row["type"])) for row in csv.DictReader(lines)
        ]
    found = [
        (schema, table, column, squeezed(as_databricks(kind)))
        for schema, table, column, kind in sample.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name LIKE "
            "'system_%' "
            "ORDER BY schema_name, table_name, column_index"
        ).fetchall()
    ]
    in_order: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in found:
        in_order.setdefault((schema, table), []).append((column, kind))
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in expected:
        wanted.setdefault((schema, table), []).append((column, kind))
    assert in_order == wanted
    assert len(found) == 451


def test_no_table_of_the_list_is_left_empty(sample: duckdb.DuckDBPyConnection) -> None:
    empty = [
        table for table in system_tables() if sample.execute(f"SELECT count(*) FROM {embedded_names(table)}").fetchone() == (0,)
    ]
    assert empty == []
