"""Databricks SQL on DuckDB: each rule of the dialect, table functions, metric views, and how stopped clocks read."""

from collections.abc import Iterator
from datetime import date, datetime

import duckdb
import pytest
from sqlglot.errors import UnsupportedError

from tests.tools.warehouse.idioms import IDIOMS, Idiom
from tools.warehouse.ddl import definition_to_duckdb
from tools.warehouse.dialect import embedded_names, helper_macros, to_duckdb
from tools.warehouse.embedded import with_zones


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone='UTC'")
        for macro in helper_macros(datetime(2026, 3, 1, 1)):
            opened.execute(macro)
        yield opened


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.name)
def test_duckdb_answers_as_databricks_does(idiom: Idiom, connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(to_duckdb(idiom.sql)).fetchall()
    assert sorted(with_zones(rows), key=repr) == sorted(idiom.rows, key=repr)
    assert [type(value) for value in rows[0]] == [type(value) for value in idiom.rows[0]]


def test_a_stopped_clock_is_read_wherever_it_stands(connection: duckdb.DuckDBPyConnection) -> None:
    sql = to_duckdb("SELECT date_sub(current_date(), 1) AS a, CAST(current_timestamp() AS DATE) AS b, now() AS c")
    assert connection.execute(sql).fetchall() == [(date(2026, 2, 28), date(2026, 3, 1), datetime(2026, 3, 1, 1))]


def test_system_tables_are_found_under_their_embedded_names() -> None:
    assert embedded_names("FROM system.billing.usage AS u") == "FROM system_billing.usage AS u"
    assert to_duckdb("SELECT a FROM system.query.history") == "SELECT a FROM system_query.history"


@pytest.mark.parametrize("sql", ["DELETE FROM t", "CREATE TABLE t (a INT)", "SET x = 1", "DROP VIEW v"])
def test_only_queries_pass(sql: str) -> None:
    with pytest.raises(UnsupportedError):
        to_duckdb(sql)


def test_markers_become_duckdbs(connection: duckdb.DuckDBPyConnection) -> None:
    sql = to_duckdb("SELECT :a AS a, x FROM (SELECT explode(array(1, 2)) AS x) AS t WHERE x = :b")
    assert connection.execute(sql, {"a": "it's", "b": 2}).fetchall() == [("it's", 2)]


FUNCTION = """
CREATE OR REPLACE FUNCTION totals(
  first DATE COMMENT 'c',
  name STRING DEFAULT 'ALL' COMMENT 'c',
  floor INT DEFAULT 1 COMMENT 'c'
)
RETURNS TABLE (name STRING COMMENT 'c', total DECIMAL(9, 2), last TIMESTAMP)
COMMENT 'c'
RETURN
  SELECT t.name, SUM(t.amount), MAX(t.moment)
  FROM things AS t
  WHERE t.day >= first AND (totals.name = 'ALL' OR t.name = totals.name)
  GROUP BY t.name
  HAVING COUNT(*) >= floor
"""


@pytest.fixture(scope="module")
def things(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute(
        "CREATE TABLE things AS SELECT * FROM (VALUES ('a', 1.5, DATE '2026-01-01', TIMESTAMP '2026-01-01 10:00:00'), "
        "('a', 2, DATE '2026-01-02', TIMESTAMP '2026-01-02 10:00:00'), "
        "('b', 4, DATE '2026-01-02', TIMESTAMP '2026-01-02 11:00:00')) AS t(name, amount, day, moment)"
    )
    connection.execute(definition_to_duckdb(FUNCTION))
    return connection


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("CAST('2026-01-01' AS DATE)", {"a": 3.5, "b": 4}),
        ("'2026-01-02'", {"a": 2, "b": 4}),
        ("DATE'2026-01-01', 'a'", {"a": 3.5}),
        ("DATE'2026-01-01', 'ALL', 2", {"a": 3.5}),
    ],
)
def test_a_table_function_keeps_names_types_and_defaults(
    things: duckdb.DuckDBPyConnection, arguments: str, expected: dict[str, float]
) -> None:
    result = things.execute(to_duckdb(f"SELECT * FROM totals({arguments})"))
    assert [(c[0], str(c[1])) for c in result.description] == [
        ("name", "VARCHAR"),
        ("total", "DECIMAL(9,2)"),
        ("last", "TIMESTAMP"),
    ]
    assert {name: float(total) for name, total, _ in result.fetchall()} == expected
