"""CREATE FUNCTION … RETURNS TABLE as DuckDB's table macros: typed columns out, typed parameters in."""

from collections.abc import Mapping

from sqlglot import exp

from tools.warehouse.dialect import PARAMETER_PREFIX, parse, tree_to_duckdb


def definition_to_duckdb(sql: str) -> str:
    """A CREATE VIEW or CREATE FUNCTION of the gold layer as DuckDB runs it."""
    tree = parse(sql)
    if isinstance(tree, exp.Create) and tree.kind == "FUNCTION":
        return _macro(tree)
    return tree_to_duckdb(tree).sql("duckdb")


def _macro(tree: exp.Create) -> str:
    function = tree.this
    parameters = {p.name.lower(): p.kind for p in function.expressions}
    signature = ", ".join(_parameter(p) for p in function.expressions)
    body = tree.expression.this if isinstance(tree.expression, exp.Return) else tree.expression
    typed = body.transform(lambda node: _typed_use(node, function.this.name.lower(), parameters))
    rows = tree_to_duckdb(typed).sql("duckdb")
    name = function.this.sql("duckdb")
    columns = next(p for p in tree.args["properties"].expressions if isinstance(p, exp.ReturnsProperty)).this.expressions
    cast = ", ".join(_cast(at, column) for at, column in enumerate(columns))
    names = ", ".join(f"_c{at}" for at in range(len(columns)))
    return f"CREATE OR REPLACE MACRO {name}({signature}) AS TABLE SELECT {cast} FROM ({rows}) AS _t({names})"


def _cast(position: int, column: exp.ColumnDef) -> str:
    kind = tree_to_duckdb(column.args["kind"].copy()).sql("duckdb")
    return f"CAST(_c{position} AS {kind}) AS {exp.to_identifier(column.name, quoted=True).sql('duckdb')}"


def _parameter(definition: exp.ColumnDef) -> str:
    default = next(
        (c.kind.this for c in definition.args.get("constraints") or [] if isinstance(c.kind, exp.DefaultColumnConstraint)),
        None,
    )
    value = "" if default is None else f" := {tree_to_duckdb(default).sql('duckdb')}"
    return f"{PARAMETER_PREFIX}{definition.name}{value}"


def _typed_use(node: exp.Expr, function: str, parameters: Mapping[str, exp.DataType]) -> exp.Expr:
    """A parameter where the body uses it, bare or as function.parameter, cast to its declared type.

    Where a parameter is named like a column the SQL qualifies both, since Databricks would take the column; DuckDB
    would take the parameter, so there it gets a prefix. In a grouped SELECT DuckDB would bind the bare name as a
    column, so there it becomes a scalar subquery.
    """
    if not isinstance(node, exp.Column) or node.name.lower() not in parameters:
        return node
    if node.table and node.table.lower() != function:
        return node
    value = exp.cast(exp.column(PARAMETER_PREFIX + node.name), parameters[node.name.lower()])
    select, where = node.find_ancestor(exp.Select), node.find_ancestor(exp.Where, exp.Select)
    grouped = select is not None and (select.args.get("group") or select.args.get("having"))
    if grouped and not isinstance(where, exp.Where):
        return exp.Subquery(this=exp.Select(expressions=[value]))
    return value
