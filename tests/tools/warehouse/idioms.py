"""Databricks SQL that DuckDB would refuse or answer otherwise, and what Databricks answers; parity asks Spark too."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple


class Idiom(NamedTuple):
    name: str
    sql: str
    rows: list[tuple[Any, ...]]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_NUMBERS = "(SELECT explode(array(1, 2, 3, 4, 10)) AS x)"

IDIOMS = (
    Idiom(
        "whole units elapse, boundaries do not count",
        "SELECT timestampdiff(HOUR, TIMESTAMP'2026-01-01 10:59:00', TIMESTAMP'2026-01-01 11:01:00') AS a, "
        "datediff(MINUTE, TIMESTAMP'2026-01-01 10:00:50', TIMESTAMP'2026-01-01 10:02:10') AS b, "
        "timestampdiff(SECOND, TIMESTAMP'2026-01-01 10:00:05', TIMESTAMP'2026-01-01 10:00:00') AS c",
        [(0, 1, -5)],
    ),
    Idiom(
        "days between two dates",
        "SELECT datediff(DATE'2026-03-01', DATE'2026-02-27') AS a, datediff(DATE'2026-02-27', DATE'2026-03-01') AS b",
        [(2, -2)],
    ),
    Idiom(
        "of values equally often the lowest is the mode",
        "SELECT mode(x, TRUE) AS m FROM (SELECT explode(array('b', 'a', 'b', 'a', 'c')) AS x)",
        [("a",)],
    ),
    Idiom(
        "an approximate percentile is a value that occurs",
        f"SELECT percentile_approx(x, 0.5) AS p FROM {_NUMBERS}",
        [(3,)],
    ),
    Idiom(
        "several approximate percentiles",
        f"SELECT percentile_approx(x, array(0.2, 0.9)) AS p FROM {_NUMBERS}",
        [([1, 10],)],
    ),
    Idiom("an exact percentile lies between", f"SELECT percentile(x, 0.875) AS p FROM {_NUMBERS}", [(7.0,)]),
    Idiom(
        "a percentile of a difference: a rule within a rule",
        "SELECT percentile_approx(timestampdiff(MINUTE, s, e), 0.5) AS p FROM "
        "(SELECT TIMESTAMP'2026-01-01 10:00:50' AS s, TIMESTAMP'2026-01-01 10:02:10' AS e) AS t",
        [(1,)],
    ),
    Idiom(
        "Sunday is day 1 of the week, Monday is weekday 0",
        "SELECT dayofweek(DATE'2026-03-01') AS a, dayofweek(TIMESTAMP'2026-03-02 23:00:00') AS b, weekday(DATE'2026-03-02') AS c",
        [(1, 2, 0)],
    ),
    Idiom(
        "a sequence of dates holds dates",
        "SELECT explode(sequence(DATE'2026-02-27', DATE'2026-03-01', INTERVAL 1 DAY)) AS d",
        [(date(2026, 2, 27),), (date(2026, 2, 28),), (date(2026, 3, 1),)],
    ),
    Idiom(
        "a date and some days are a date",
        "SELECT date_add(DATE'2026-02-27', 2) AS a, date_sub(DATE'2026-03-01', 1) AS b, "
        "date_sub(date_add(DATE'2026-03-01', 1), 2) AS c, CAST(date_add(DATE'2026-02-27', 2) AS STRING) AS d",
        [(date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 28), "2026-03-01")],
    ),
    Idiom("months are cut to a date", "SELECT trunc(DATE'2026-03-17', 'MM') AS a", [(date(2026, 3, 1),)]),
    Idiom(
        "instants are cut in UTC",
        "SELECT date_trunc('HOUR', TIMESTAMP'2026-03-17 10:59:59') AS a, date_trunc('WEEK', TIMESTAMP'2026-03-18 01:00:00') AS b",
        [(_at("2026-03-17T10:00:00"), _at("2026-03-16T00:00:00"))],
    ),
    Idiom("seconds since 1970", "SELECT unix_timestamp(TIMESTAMP'1970-01-02 00:00:01') AS s", [(86_401,)]),
    Idiom(
        "the clock on the wall, in winter and in summer",
        "SELECT from_utc_timestamp(t, 'America/New_York') AS w FROM "
        "(SELECT explode(array(TIMESTAMP'2026-01-15 03:00:00', TIMESTAMP'2026-07-15 03:00:00')) AS t)",
        [(_at("2026-01-14T22:00:00"),), (_at("2026-07-14T23:00:00"),)],
    ),
    Idiom(
        "a text that is no time is null",
        "SELECT try_to_timestamp('nothing') AS a, try_to_timestamp('2026-03-01 10:00:00') AS b",
        [(None, _at("2026-03-01T10:00:00"))],
    ),
    Idiom(
        "keys and elements",
        "SELECT map_contains_key(map('a', 1), 'a') AS a, exists(array(1, 2), x -> x > 1) AS b, "
        "array_contains(split('1,2', ','), '2') AS c, map('a', 1)['z'] AS d",
        [(True, True, True, None)],
    ),
    Idiom("all of a group", "SELECT every(x > 0) AS a, every(x > 1) AS b FROM " + _NUMBERS, [(True, False)]),
    Idiom("half goes to even", "SELECT bround(2.5, 0) AS a, bround(3.5, 0) AS b", [(Decimal(2), Decimal(4))]),
    Idiom(
        "an array unfolds, an empty one drops its row",
        "SELECT k, e FROM (SELECT 1 AS k, array('a', 'b') AS v UNION ALL SELECT 2 AS k, array() AS v) AS t "
        "LATERAL VIEW explode(v) u AS e",
        [(1, "a"), (1, "b")],
    ),
    Idiom(
        "with OUTER an empty array keeps its row",
        "SELECT k, e FROM (SELECT 1 AS k, array('a') AS v UNION ALL "
        "SELECT 2 AS k, CAST(NULL AS ARRAY<STRING>) AS v) AS t "
        "LATERAL VIEW OUTER explode(v) u AS e",
        [(1, "a"), (2, None)],
    ),
    Idiom(
        "a map unfolds into keys and values",
        "SELECT k, v FROM (SELECT map('a', 1, 'b', 2) AS m) AS t LATERAL VIEW explode(m) u AS k, v",
        [("a", 1), ("b", 2)],
    ),
    Idiom(
        "a quotient of nothing is null",
        "SELECT try_divide(CAST(1 AS DOUBLE), CAST(0 AS DOUBLE)) AS a, try_divide(CAST(1 AS DOUBLE), CAST(4 AS DOUBLE)) AS b",
        [(None, 0.25)],
    ),
    Idiom(
        "a filter by parts of a list",
        "SELECT COUNT(*) FILTER (WHERE x > 2) AS a, count_if(x > 3) AS b, max_by(x, -x) AS c FROM " + _NUMBERS,
        [(3, 2, 1)],
    ),
    Idiom(
        "what belongs to the greatest may be null",
        "SELECT max_by(a, b) AS greatest, min_by(a, b) AS least, max_by(a, b) FILTER (WHERE a IS NOT NULL) AS known "
        "FROM (SELECT 1 AS a, 1 AS b UNION ALL SELECT NULL AS a, 2 AS b UNION ALL SELECT 3 AS a, NULL AS b) AS t",
        [(None, 1, 1)],
    ),
    Idiom(
        "a value out of JSON",
        """SELECT get_json_object('{"a": {"b": 1}}', '$.a.b') AS a, get_json_object('no json', '$.a') AS b""",
        [("1", None)],
    ),
)
