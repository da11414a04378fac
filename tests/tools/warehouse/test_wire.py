"""Values to and from the Statement Execution API, in each form that a service may write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from databricks.sdk.service.sql import ColumnInfo

from tools.warehouse import wire


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("STRING", "7", "7"),
        ("INT", "7", 7),
        ("BIGINT", "-9000000000", -9000000000),
        ("SMALLINT", "7", 7),
        ("TINYINT", "7", 7),
        ("DOUBLE", "1.5E10", 1.5e10),
        ("FLOAT", "0.5", 0.5),
        ("DECIMAL(38,18)", "0.000000000000000001", Decimal("0.000000000000000001")),
        ("BOOLEAN", "true", True),
        ("BOOLEAN", "false", False),
        ("DATE", "2026-02-28", date(2026, 2, 28)),
        ("TIMESTAMP", "2026-02-28T10:00:00.123Z", datetime(2026, 2, 28, 10, 0, 0, 123000, tzinfo=UTC)),
        ("TIMESTAMP", "2026-02-28T10:00:00.123+02:00", datetime(2026, 2, 28, 8, 0, 0, 123000, tzinfo=UTC)),
        ("TIMESTAMP_NTZ", "2026-02-28T10:00:00.000", datetime(2026, 2, 28, 10, tzinfo=UTC)),
        ("INTERVAL DAY TO SECOND", "1 00:00:00.000", "1 00:00:00.000"),
        ("ARRAY<INT>", "[1,null,2]", [1, None, 2]),
        ("ARRAY<INT>", '["1",null,"2"]', [1, None, 2]),
        ("MAP<STRING, DECIMAL(9,2)>", '{"a":"1.50"}', {"a": Decimal("1.50")}),
        ("MAP<INT, BOOLEAN>", '{"1":true,"2":"false"}', {1: True, 2: False}),
        (
            "STRUCT<a: DATE, b: ARRAY<STRUCT<c: TIMESTAMP>>, d: STRING>",
            '{"a":"2026-01-01","b":[{"c":"2026-01-01T00:00:00.000Z"}]}',
            {"a": date(2026, 1, 1), "b": [{"c": datetime(2026, 1, 1, tzinfo=UTC)}], "d": None},
        ),
    ],
)
def test_a_cell_is_read_by_its_declared_type(kind: str, text: str, value: Any) -> None:
    column = ColumnInfo(name="c", type_text=kind)
    assert list(wire.rows_of([column, column], [[text, None]])) == [(value, None)]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (Decimal("12.50"), "DECIMAL(4,2)", "12.50"),
        (Decimal("-0.001"), "DECIMAL(3,3)", "-0.001"),
        (Decimal(0), "DECIMAL(1,0)", "0"),
        (Decimal("1E+3"), "DECIMAL(4,0)", "1000"),
        (2**31 - 1, "INT", "2147483647"),
        (2**31, "BIGINT", "2147483648"),
        (True, "BOOLEAN", "true"),
        (0.1, "DOUBLE", "0.1"),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), "TIMESTAMP", "2026-01-01T12:00:00+00:00"),
        (date(2026, 1, 1), "DATE", "2026-01-01"),
        ("x' OR 1=1", "STRING", "x' OR 1=1"),
    ],
)
def test_a_parameter_has_the_type_that_holds_it(value: Any, kind: str, text: str) -> None:
    (parameter,) = wire.parameters({"p": value})
    assert (parameter.name, parameter.type, parameter.value) == ("p", kind, text)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, object(), datetime(2026, 1, 1)])
def test_what_cannot_be_bound_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="the parameter p cannot be bound"):
        wire.parameters({"p": value})
