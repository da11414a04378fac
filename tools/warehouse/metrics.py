"""Metric views: one YAML each, queried with MEASURE(); expanded in place where an engine has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp

METRICS = Path(__file__).resolve().parents[1] / "gold" / "metrics"


@dataclass(frozen=True, slots=True)
class MetricView:
    """Named dimensions and measures over one source, as Databricks SQL expressions."""

    name: str
    source: str
    filter: str | None
    dimensions: Mapping[str, str]
    measures: Mapping[str, str]
    text: str

    @property
    def time(self) -> str:
        """The dimension that a period filters: the one date."""
        return next(name for name in self.dimensions if name.endswith("_date"))


@lru_cache(maxsize=1)
def metric_views() -> Mapping[str, MetricView]:
    """Every metric view of the house, by name."""
    return {path.stem: _read(path) for path in sorted(METRICS.glob("*.yaml"))}


def _read(path: Path) -> MetricView:
    text = path.read_text()
    content = yaml.safe_load(text)
    named = {kind: {e["name"]: e["expr"] for e in content[kind]} for kind in ("dimensions", "measures")}
    return MetricView(path.stem, content["source"], content.get("filter"), named["dimensions"], named["measures"], text)


def expand_measures(tree: exp.Expr) -> exp.Expr:
    """Write out every SELECT over a metric view as a plain one over its source."""
    for select in list(tree.find_all(exp.Select)):
        table = _source(select)
        view = metric_views().get(table.name.lower()) if table else None
        if table and view:
            _expand(select, table, view)
    return tree


def _source(select: exp.Select) -> exp.Table | None:
    clause = select.args.get("from_") or select.args.get("from")
    return clause.this if clause and isinstance(clause.this, exp.Table) else None


def _expand(select: exp.Select, table: exp.Table, view: MetricView) -> None:
    for column in select.expressions:
        if isinstance(column, exp.Column):
            column.replace(exp.alias_(column.copy(), column.name))

    def written_out(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "measure":
            return exp.Paren(this=_expression(view.measures[node.expressions[0].name]))
        if isinstance(node, exp.Column) and node.name in view.dimensions:
            return exp.Paren(this=_expression(view.dimensions[node.name]))
        return node

    for key in ("expressions", "where", "group", "having", "order"):
        part = select.args.get(key)
        if part is not None:
            select.set(key, [p.transform(written_out) for p in part] if isinstance(part, list) else part.transform(written_out))
    source = sqlglot.select("*").from_(sqlglot.parse_one(view.source, into=exp.Table, read="databricks"))
    if view.filter:
        source = source.where(view.filter, dialect="databricks")
    table.replace(source.subquery(table.alias or table.name))


def _expression(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, read="databricks")
