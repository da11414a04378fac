"""The profile of SQL in which gold is written, so that three engines understand the same thing by it."""

import re
from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from tools.warehouse.catalog import system_tables

FOREIGN = frozenset(
    {
        *(
            "width_bucket",
            "skewness",
            "kurtosis",
            "format_string",
            "printf",
            "format_number",
            "timestamp_millis",
            "window",
        ),
        *("hash", "xxhash64", "hll_sketch_agg", "hll_union_agg", "hll_sketch_estimate", "get"),
        *("rand", "random", "uuid", "monotonically_increasing_id", "input_file_name", "ai_query", "ai_forecast"),
    }
)
_MAPS = frozenset(column for columns in system_tables().values() for column, kind in columns.items() if kind.startswith("MAP"))
Check = Callable[[exp.Expr], Iterator[str]]


def foreign_functions(tree: exp.Expr) -> Iterator[str]:
    """Functions that an engine lacks, answers otherwise, or answers differently each time."""
    for call in tree.find_all(exp.Func):
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if name in FOREIGN:
            yield f"{name}() is not the same everywhere"


def sizes_of_maps(tree: exp.Expr) -> Iterator[str]:
    for size in tree.find_all(exp.ArraySize):
        if isinstance(size.this, exp.Column | exp.Dot) and size.this.name in _MAPS:
            yield f"size({size.this.sql()}) counts a map: use size(map_keys(…))"


def bare_laterals(tree: exp.Expr) -> Iterator[str]:
    for lateral in tree.find_all(exp.Lateral):
        if not lateral.args.get("view") and isinstance(lateral.this, exp.Explode | exp.Posexplode):
            yield "LATERAL explode(…) in FROM: use LATERAL VIEW"


def json_paths(tree: exp.Expr) -> Iterator[str]:
    for path in tree.find_all(exp.JSONExtract):
        if not isinstance(path, exp.JSONExtractScalar):
            yield f"{path.sql('databricks')}: use get_json_object"


def divisions(tree: exp.Expr) -> Iterator[str]:
    """By a constant only: a zero raises on Databricks and is infinite on DuckDB."""
    for division in tree.find_all(exp.Div, exp.Mod, exp.IntDiv):
        divisor = division.expression
        numbers = list(divisor.find_all(exp.Literal))
        if divisor.find(exp.Column) or not any(float(number.this) for number in numbers):
            yield f"{division.sql('databricks')}: use try_divide"


def escapes(tree: exp.Expr) -> Iterator[str]:
    for like in tree.find_all(exp.Like, exp.ILike):
        if isinstance(like.parent, exp.Escape) or "\\" in like.expression.sql():
            yield f"{like.sql('databricks')}: escapes in LIKE differ"


def month_differences(tree: exp.Expr) -> Iterator[str]:
    for difference in tree.find_all(exp.TimestampDiff, exp.DateDiff, exp.MonthsBetween):
        unit = difference.args.get("unit")
        if isinstance(difference, exp.MonthsBetween) or (unit and unit.name.upper() in ("MONTH", "QUARTER", "YEAR")):
            yield f"{difference.sql('databricks')}: month ends differ"


CHECKS: tuple[Check, ...] = (
    foreign_functions,
    sizes_of_maps,
    bare_laterals,
    json_paths,
    divisions,
    escapes,
    month_differences,
)


def violations(tree: exp.Expr) -> list[str]:
    """What in a statement or an expression is outside of the profile."""
    return [found for check in CHECKS for found in check(tree)]


def function_violations(tree: exp.Expr, columns: Mapping[str, frozenset[str]]) -> list[str]:
    """What in a CREATE FUNCTION is; `columns` are those of each view and table that it may read."""
    body = tree.expression
    names = {p.name.lower() for p in tree.this.expressions}
    comment = _comment(tree)
    found = [f"the comment lacks “{part}”" for part in ("Purpose:", "Best for:", "Not for:") if part not in comment]
    found += [f"the parameter {p.name} has no comment" for p in tree.this.expressions if "COMMENT" not in p.sql("databricks")]
    returned = tree.find(exp.ReturnsProperty)
    if returned is None or not isinstance(returned.this, exp.Schema) or not returned.this.expressions:
        found.append("it does not say which columns it returns")
    visible = _visible(body, columns)
    for column in body.find_all(exp.Column):
        name = column.name.lower()
        if name in names and not column.table and name in visible:
            found.append(f"{name} is a parameter and a column: qualify it")
        if name in names and _is_fixed_place(column):
            found.append(f"the parameter {name} stands where only a constant may")
    return found


def _comment(tree: exp.Expr) -> str:
    return " ".join(p.this.name for p in tree.find_all(exp.SchemaCommentProperty))


def _visible(body: exp.Expr, columns: Mapping[str, frozenset[str]]) -> set[str]:
    """Every name that some part of the body could take for a column."""
    tables = {table.name.lower() for table in body.find_all(exp.Table)}
    named = {alias.alias.lower() for alias in body.find_all(exp.Alias)}
    return named.union(*(columns.get(table, frozenset()) for table in tables))


def _is_fixed_place(column: exp.Column) -> bool:
    """LIMIT, QUALIFY, a window's frame: Databricks folds these before a parameter has a value."""
    place = column.find_ancestor(exp.Limit, exp.Qualify, exp.WindowSpec, exp.Select)
    return place is not None and not isinstance(place, exp.Select)


def unknown_tables(sql: str) -> list[str]:
    return [table for table in re.findall(r"\bsystem\.\w+\.\w+", sql) if table not in system_tables()]
