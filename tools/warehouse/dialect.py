"""Databricks SQL to DuckDB SQL: what sqlglot gets wrong or does not know, one rule each.

The rules follow what Apache Spark returns for the same statement; the parity suite compares the two row by row.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import UnsupportedError

from tools.gold import function_names
from tools.warehouse.metrics import expand_measures

PARAMETER_PREFIX = "p_"  # of the gold functions' parameters: DuckDB lets a parameter hide a column

_SYSTEM_TABLE = re.compile(r"\bsystem\.(\w+)\.(\w+)", re.IGNORECASE)


def embedded_names(sql: str) -> str:
    """`system.billing.usage` as the embedded warehouse calls it: `system_billing.usage`."""
    return _SYSTEM_TABLE.sub(r"system_\1.\2", sql)


def helper_macros(now: datetime | None = None) -> tuple[str, ...]:
    """What the rules call and DuckDB lacks; `now` (UTC, without a zone) stops the clock."""
    instant = f"TIMESTAMP '{now}'" if now else "CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)"
    return (
        "CREATE OR REPLACE MACRO epoch_seconds(x) AS CAST(floor(epoch(x)) AS BIGINT)",
        f"CREATE OR REPLACE MACRO clock_now() AS {instant}",
        f"CREATE OR REPLACE MACRO clock_today() AS CAST({instant} AS DATE)",
        "CREATE OR REPLACE MACRO json_text(x, p) AS CASE WHEN json_valid(x) THEN json_extract_string(x, p) END",
        "CREATE OR REPLACE MACRO json_texts(x) AS CASE WHEN json_type(CASE WHEN json_valid(x) THEN x END) = 'ARRAY'"
        " THEN CAST(CAST(x AS JSON) AS VARCHAR[]) END",
        "CREATE OR REPLACE MACRO json_fields(x) AS CASE WHEN json_type(CASE WHEN json_valid(x) THEN x END) = 'OBJECT'"
        " THEN CAST(CAST(x AS JSON) AS MAP(VARCHAR, VARCHAR)) END",
    )


@lru_cache(maxsize=2048)
def to_duckdb(sql: str) -> str:
    """One Databricks query as DuckDB runs it; `:name` markers become `$name`. Refuses what is not a query."""
    tree = parse(sql)
    if not isinstance(tree, exp.Query):
        raise UnsupportedError("only queries are answered")
    return tree_to_duckdb(tree).sql("duckdb")


def parse(sql: str) -> exp.Expr:
    return sqlglot.parse_one(embedded_names(sql), read="databricks")


def tree_to_duckdb(tree: exp.Expr) -> exp.Expr:
    return _rewritten(_lateral_views(expand_measures(tree)))


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _rewritten(tree: exp.Expr) -> exp.Expr:
    """Every node after its parts, since a rule may put what it was given inside something new."""
    for node in reversed(list(tree.bfs())):
        rule = _RULES.get(type(node))
        new = rule(node) if rule else node
        if new is not node:
            if node is tree:
                return cast(exp.Expr, new)
            node.replace(new)
    return tree


def _function(node: Any) -> Any:
    rule = _FUNCTIONS.get(node.name.lower())
    if rule:
        return rule(*node.expressions)
    for argument in node.expressions:
        if isinstance(argument, exp.Kwarg) and node.name in function_names():
            argument.set("this", exp.to_identifier(PARAMETER_PREFIX + argument.this.name))
    return node


def _difference(node: Any) -> Any:
    """Whole units elapsed, not boundaries crossed (10:59 to 11:01 is 0 hours)."""
    unit = node.unit.name.lower() if node.unit else "day"
    if isinstance(node, exp.DateDiff) and unit == "day":
        return node
    return call("date_sub", exp.Literal.string(unit), node.expression, node.this)


def _day_of_week(node: Any) -> Any:
    """Sunday is 1, DuckDB says 0."""
    day = node.this.this if isinstance(node.this, exp.TsOrDsToDate) else node.this
    return exp.Paren(this=exp.Add(this=call("dayofweek", exp.cast(day, "DATE")), expression=exp.Literal.number(1)))


def _mode(node: Any) -> Any:
    """Of values that occur equally often the lowest, where that is asked for; DuckDB takes the one that it met first."""
    if not node.args.get("deterministic"):
        return node
    return exp.Mode(this=exp.Order(this=node.this, expressions=[exp.Ordered(this=node.this.copy())]))


def _date_sequence(node: Any) -> Any:
    step = node.args.get("step")
    if not isinstance(step, exp.Interval):
        return node
    return exp.cast(call("generate_series", node.args["start"], node.args["end"], step), "DATE[]")


def _date_sum(node: Any) -> Any:
    """A date plus days is a date, DuckDB makes a timestamp of it."""
    is_cast = isinstance(node.parent, exp.Cast) and node.parent.is_type("date")
    return node if is_cast else exp.cast(node.copy(), "DATE")


def _zone_shift(node: Any) -> Any:
    """from_utc_timestamp: the clock on the wall in a zone at that instant."""
    if not isinstance(node.this, exp.Cast):
        return node
    return exp.AtTimeZone(this=exp.AtTimeZone(this=node.this.this, zone=exp.Literal.string("UTC")), zone=node.args["zone"])


def _instant(node: Any) -> Any:
    """A TIMESTAMP is kept in UTC without a zone (see embedded.py)."""
    return exp.DataType.build("TIMESTAMP", dialect="duckdb") if node.is_type("timestamptz") else node


def _month_trunc(node: Any) -> Any:
    unit = {"MM": "MONTH", "MON": "MONTH", "YYYY": "YEAR", "YY": "YEAR"}.get(node.unit.name.upper())
    if unit is None:
        return node
    node.set("unit", exp.Literal.string(unit))
    return exp.cast(node, "DATE")


def _exists(node: Any) -> Any:
    if not isinstance(node.expression, exp.Lambda):
        return node
    return exp.GT(this=call("len", call("list_filter", node.this, node.expression)), expression=exp.Literal.number(0))


def _from_json(node: Any) -> Any:
    """Arrays and maps of texts; null for a text that is not of that shape, as Spark returns."""
    macros = {"array<string>": "json_texts", "map<string,string>": "json_fields"}
    return call(macros[node.expression.name.lower().replace(" ", "")], node.this)


Rule = Callable[[Any], Any]
_RULES: dict[type, Rule] = {
    exp.Mode: _mode,
    exp.Anonymous: _function,
    exp.TimestampDiff: _difference,
    exp.DateDiff: _difference,
    exp.DatetimeDiff: _difference,
    exp.ArgMax: lambda n: call("arg_max_null", n.this, n.expression),
    exp.ArgMin: lambda n: call("arg_min_null", n.this, n.expression),
    exp.ApproxQuantile: lambda n: call("quantile_disc", n.this, n.args["quantile"]),
    exp.Quantile: lambda n: call("quantile_cont", n.this, n.args["quantile"]),
    exp.DayOfWeek: _day_of_week,
    exp.GenerateSeries: _date_sequence,
    exp.StrToUnix: lambda n: call("epoch_seconds", n.this),
    exp.TimeToUnix: lambda n: call("epoch_seconds", n.this),
    exp.UnixSeconds: lambda n: call("epoch_seconds", n.this),
    exp.TsOrDsAdd: _date_sum,
    exp.MapContainsKey: lambda n: call("map_contains", n.this, n.args["key"]),
    exp.Exists: _exists,
    exp.AtTimeZone: _zone_shift,
    # COUNT_IF is null in DuckDB where every condition is null; a count is never null.
    exp.CountIf: lambda n: exp.Count(this=exp.Case(ifs=[exp.If(this=n.this, true=exp.Literal.number(1))])),
    exp.DateTrunc: _month_trunc,
    exp.DataType: _instant,
    exp.CurrentDate: lambda _: call("clock_today"),
    exp.CurrentTimestamp: lambda _: call("clock_now"),
    exp.JSONExtractScalar: lambda n: call("json_text", n.this, n.expression),
    exp.FromJson: _from_json,
}
_FUNCTIONS: dict[str, Callable[..., exp.Expr]] = {
    "every": lambda a: call("bool_and", a),
    "exists": lambda a, f: call("list_any_match", a, f),
    "try_to_timestamp": lambda a, *_: exp.TryCast(this=a, to=exp.DataType.build("TIMESTAMP")),
    "map_contains_key": lambda m, k: call("map_contains", m, k),
    "bround": lambda *a: call("round_even", *a),
    "weekday": lambda d: exp.Sub(this=call("isodow", d), expression=exp.Literal.number(1)),
}


def _lateral_views(tree: exp.Expr) -> exp.Expr:
    """LATERAL VIEW [OUTER] explode(array or map): sqlglot drops OUTER and cannot explode a map."""
    for select in list(tree.find_all(exp.Select)):
        kept = []
        for lateral in select.args.get("laterals") or []:
            if type(lateral.this) in (exp.Explode, exp.ExplodeOuter):
                select.append("joins", _unnest_join(lateral))
            else:
                kept.append(lateral)
        select.set("laterals", kept)
    return tree


def _unnest_join(lateral: Any) -> exp.Join:
    alias, source = lateral.args["alias"], lateral.this.this
    columns = [column.name for column in alias.args.get("columns") or []]
    if len(columns) == 2:
        text = f"SELECT e.key AS {columns[0]}, e.value AS {columns[1]} FROM (SELECT unnest(map_entries(__a)) AS e)"
    else:
        text = f"SELECT unnest(__a) AS {columns[0]}"
    body = sqlglot.parse_one(text, read="duckdb").transform(
        lambda n: source.copy() if isinstance(n, exp.Column) and n.name == "__a" else n
    )
    rows = exp.Lateral(this=exp.Subquery(this=body), alias=exp.TableAlias(this=alias.this))
    outer = lateral.args.get("outer")
    return exp.Join(this=rows, side="LEFT", on=exp.true()) if outer else exp.Join(this=rows, kind="CROSS")
