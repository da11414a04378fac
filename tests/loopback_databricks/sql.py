"""Databricks SQL answered from a DuckDB account, with the types and the error texts of Databricks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from tools.gold import OPTIONAL_TABLES, system_tables_read
from tools.warehouse.ddl import definition_to_duckdb
from tools.warehouse.dialect import to_duckdb
from tools.warehouse.install import GOLD, Installed, attach, lock

_TYPE_NAMES = {"BIGINT": "LONG", "SMALLINT": "SHORT", "TINYINT": "BYTE"}
_READ: Mapping[str, Any] = {
    "STRING": str,
    "DATE": date.fromisoformat,
    "INT": int,
    "BIGINT": int,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "BOOLEAN": lambda text: {"true": True, "false": False}[text],
    "TIMESTAMP": lambda text: datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None),
}


class SqlError(Exception):
    """A statement that Databricks would fail, with its message."""


@dataclass(frozen=True, slots=True)
class Result:
    """Columns as a manifest describes them, and rows of text."""

    columns: tuple[Mapping[str, Any], ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    truncated: bool = False


class Engine:
    """One account; `gold` = whether its gold schema is already installed."""

    def __init__(self, path: Path, *, gold: bool = True, now: datetime | None = None) -> None:
        self._connection = attach(path)
        self._installed = Installed(self._connection, now, gold=gold)
        self.metric_views: dict[str, str] = {}
        self.denied: set[str] = set()  # system tables that are not granted
        self.refuse: set[str] = set()  # names whose definition fails
        lock(self._connection)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._connection.cursor()

    def close(self) -> None:
        self._connection.close()

    def run(self, cursor: duckdb.DuckDBPyConnection, request: Mapping[str, Any]) -> Result:
        """Rows of a POST /api/2.0/sql/statements body; raises SqlError."""
        sql = request["statement"]
        self._check_tables(sql)
        metric = re.match(r"CREATE OR REPLACE VIEW (\w+) WITH METRICS LANGUAGE YAML AS \$\$(.*)\$\$\s*$", sql, re.DOTALL)
        if metric:
            self.metric_views[metric[1]] = metric[2]
            return Result()
        pattern = re.match(r"SHOW VIEWS LIKE '(\w+)\*'$", sql)
        if pattern:
            return self._views(cursor, pattern[1])
        try:
            self._installed.install_for(sql)
            cursor.execute(f"SET schema='{GOLD}'")
            defined = re.match(r"CREATE OR REPLACE \w+ (\w+)", sql)
            if defined and defined[1] in self.refuse:
                raise SqlError("[PARSE_SYNTAX_ERROR] Syntax error. SQLSTATE: 42601")
            if defined:
                cursor.execute(definition_to_duckdb(sql))
                return Result()
            values = {p["name"]: _bound(p) for p in request.get("parameters") or []}
            if re.match(r"MERGE INTO|CREATE TABLE IF NOT EXISTS", sql):
                cursor.execute(sqlglot.transpile(sql, read="databricks", write="duckdb")[0], values or None)
                return Result()
            cursor.execute(to_duckdb(sql), values or None)
            return _result(cursor, request.get("row_limit"), request.get("byte_limit"))
        except duckdb.CatalogException as error:
            raise SqlError(_catalog_message(str(error))) from error
        except duckdb.BinderException as error:
            raise SqlError(f"[UNRESOLVED_COLUMN.WITH_SUGGESTION] {error}. SQLSTATE: 42703") from error
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise SqlError(f"[INTERNAL_ERROR] {error}. SQLSTATE: XX000") from error

    def _views(self, cursor: duckdb.DuckDBPyConnection, prefix: str) -> Result:
        cursor.execute(
            "SELECT schema_name AS namespace, view_name AS viewName, FALSE AS isTemporary FROM duckdb_views() "
            "WHERE schema_name = 'gold' AND starts_with(view_name, $prefix)",
            {"prefix": prefix},
        )
        return _result(cursor, None, None)

    def _check_tables(self, sql: str) -> None:
        named = set(re.findall(r"\bsystem\.\w+\.\w+", sql))
        read = system_tables_read(sql)
        for table in sorted(self.denied & read):
            raise SqlError(
                "[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\n"
                f"User does not have USE SCHEMA on Schema '{table.rsplit('.', 1)[0]}'. SQLSTATE: 42501"
            )
        for table in sorted(self._installed.missing & (named | (read - OPTIONAL_TABLES))):
            raise SqlError(_not_found(table))


def _bound(parameter: Mapping[str, Any]) -> Any:
    text = parameter.get("value")
    return None if text is None else _READ[parameter.get("type", "STRING").split("(")[0]](text)


def _result(cursor: duckdb.DuckDBPyConnection, row_limit: int | None, byte_limit: int | None) -> Result:
    columns = tuple(_column(at, name, str(kind)) for at, (name, kind, *_) in enumerate(cursor.description or ()))
    rows: list[tuple[str | None, ...]] = []
    size, truncated = 0, False
    while (row := cursor.fetchone()) is not None:
        texts = tuple(_cell(value) for value in row)
        size += sum(len(text) for text in texts if text)
        if (row_limit is not None and len(rows) == row_limit) or (byte_limit is not None and size > byte_limit):
            truncated = True
            break
        rows.append(texts)
    return Result(columns, tuple(rows), truncated)


def _column(position: int, name: str, duckdb_type: str) -> Mapping[str, Any]:
    text = duckdb_type.replace("HUGEINT", "BIGINT").replace('"NULL"', "VARCHAR")
    kind = sqlglot.parse_one(text, into=exp.DataType, read="duckdb").sql("databricks").replace("TIMESTAMP_NTZ", "TIMESTAMP")
    word = re.split(r"[(<]", kind)[0]
    return {"name": name, "position": position, "type_text": kind, "type_name": _TYPE_NAMES.get(word, word)}


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(_nested(value))
    return str(_nested(value))


def _nested(value: Any) -> Any:
    """Leaves as text, inside arrays, maps and structs too."""
    if isinstance(value, dict):
        return {str(key): _nested(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_nested(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds" if value.microsecond % 1000 else "milliseconds") + "Z"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if value is None else str(value)


def _catalog_message(text: str) -> str:
    name = re.search(r"with name \"?([\w.]+)", text)
    if "Function" in text:
        return (
            f"[UNRESOLVABLE_TABLE_VALUED_FUNCTION] Could not resolve `{name[1] if name else ''}` to a table-valued "
            "function. SQLSTATE: 42883"
        )
    return _not_found(name[1] if name else "")


def _not_found(table: str) -> str:
    quoted = ".".join(f"`{part}`" for part in table.split("."))
    return (
        f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {quoted} cannot be found. Verify the spelling and correctness of "
        "the schema and catalog. SQLSTATE: 42P01"
    )
