"""Values as the Statement Execution API carries them: text, with the name of its type beside it."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from databricks.sdk.service.sql import ColumnInfo, StatementParameterListItem
from sqlglot import exp

Reader = Callable[[Any], Any]
_LARGEST_INT = 2**31 - 1


def parameters(values: Mapping[str, Any]) -> list[StatementParameterListItem]:
    """Bound values with their SQL types; a None is a NULL that takes the type it meets."""
    return [_parameter(name, value) for name, value in values.items()]


def _parameter(name: str, value: Any) -> StatementParameterListItem:
    if value is None:
        return StatementParameterListItem(name)
    kind, text = _typed(name, value)
    return StatementParameterListItem(name, kind, text)


def _typed(name: str, value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return "STRING", value
    if isinstance(value, bool):
        return "BOOLEAN", str(value).lower()
    if isinstance(value, int):
        return "INT" if abs(value) <= _LARGEST_INT else "BIGINT", str(value)
    if isinstance(value, float):
        return "DOUBLE", repr(value)
    if isinstance(value, Decimal):
        return _decimal_type(value), format(value, "f")
    if isinstance(value, datetime) and value.tzinfo:
        return "TIMESTAMP", value.astimezone(UTC).isoformat()
    if isinstance(value, date) and not isinstance(value, datetime):
        return "DATE", value.isoformat()
    raise TypeError(f"the parameter {name} cannot be bound: {type(value).__name__}")


def _decimal_type(value: Decimal) -> str:
    whole, _, fraction = format(abs(value), "f").partition(".")
    return f"DECIMAL({max(len(whole.lstrip('0')) + len(fraction), 1)},{len(fraction)})"


def rows_of(columns: Iterable[ColumnInfo], data: Iterable[Iterable[str | None]]) -> Iterable[tuple[Any, ...]]:
    """Rows of a JSON_ARRAY result with the types that its manifest declares."""
    readers = [_reader_of_column(column) for column in columns]
    for row in data:
        yield tuple(None if cell is None else read(cell) for read, cell in zip(readers, row, strict=True))


def _reader_of_column(column: ColumnInfo) -> Reader:
    reader = _reader(column.type_text or "STRING")
    if (column.type_text or "").upper().startswith(("ARRAY", "MAP", "STRUCT")):
        return lambda text: reader(json.loads(text))
    return reader


@lru_cache(maxsize=256)
def _reader(type_text: str) -> Reader:
    return _reader_of(sqlglot.parse_one(type_text, into=exp.DataType, read="databricks"))


def _reader_of(kind: exp.DataType) -> Reader:
    """How to read a value of this type, whether it comes as text or as JSON (inside an array, map or struct)."""
    if kind.is_type("array"):
        item = _optional(_reader_of(kind.expressions[0]))
        return lambda values: [item(value) for value in values]
    if kind.is_type("map"):
        key, item = _reader_of(kind.expressions[0]), _optional(_reader_of(kind.expressions[1]))
        return lambda values: {key(name): item(value) for name, value in values.items()}
    if kind.is_type("struct"):
        fields = {field.name: _optional(_reader_of(field.kind)) for field in kind.expressions}
        return lambda values: {name: read(values.get(name)) for name, read in fields.items()}
    return _SCALARS.get(kind.this, str)


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else value.lower() == "true"


def _timestamp(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


_SCALARS: dict[exp.DType, Reader] = {
    exp.DType.BOOLEAN: _boolean,
    exp.DType.TINYINT: int,
    exp.DType.SMALLINT: int,
    exp.DType.INT: int,
    exp.DType.BIGINT: int,
    exp.DType.FLOAT: float,
    exp.DType.DOUBLE: float,
    exp.DType.DECIMAL: lambda value: Decimal(str(value)),
    exp.DType.DATE: date.fromisoformat,
    exp.DType.TIMESTAMP: _timestamp,
    exp.DType.TIMESTAMPTZ: _timestamp,
    exp.DType.TIMESTAMPLTZ: _timestamp,
    exp.DType.TIMESTAMPNTZ: _timestamp,
}
