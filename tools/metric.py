"""One call for every metric view: measures by dimensions, over a period."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tools.errors import BadRequestError
from tools.table import Table
from tools.tool import check
from tools.warehouse import Statement, Warehouse
from tools.warehouse.metrics import MetricView, metric_views


async def metric(
    warehouse: Warehouse,
    view: str,
    measures: Sequence[str],
    by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    period: tuple[date, date] | None = None,
) -> Table:
    """Measures of a metric view, one row per combination of `by`, ordered by it.

    `where` keeps rows whose dimension equals a value; `period` is the first and last UTC day, both included.
    Raises BadRequestError for a view, measure or dimension that does not exist, naming those that do.
    """
    known = metric_views().get(view)
    if known is None:
        raise BadRequestError(f"There is no metric view {view!r}.", do=f"Known: {', '.join(metric_views())}.")
    _check_names(view, "measure", measures, known.measures)
    _check_names(view, "dimension", [*by, *(where or {})], known.dimensions)
    if not measures:
        raise BadRequestError(f"No measure of {view} was asked for.", do=f"Known: {', '.join(known.measures)}.")
    conditions, params = _conditions(known, where or {}, period)
    shown = ", ".join([*by, *(f"MEASURE({measure}) AS {measure}" for measure in measures)])
    sql = f"SELECT {shown} FROM {view}"
    if conditions:
        sql += f" WHERE {' AND '.join(conditions)}"
    if by:
        sql += f" GROUP BY {', '.join(by)} ORDER BY {', '.join(by)}"
    return await warehouse.query(Statement(view, sql, params))


def _conditions(view: MetricView, where: Mapping[str, Any], period: tuple[date, date] | None) -> tuple[list[str], dict[str, Any]]:
    conditions = [f"{dimension} = :where_{dimension}" for dimension in where]
    params: dict[str, Any] = {f"where_{dimension}": value for dimension, value in where.items()}
    if period:
        check(view.name, {"start_date": period[0], "end_date": period[1]})
        conditions.append(f"{view.time} BETWEEN :first_day AND :last_day")
        params |= {"first_day": period[0], "last_day": period[1]}
    return conditions, params


def _check_names(view: str, kind: str, asked: Sequence[str], known: Mapping[str, str]) -> None:
    for name in asked:
        if name not in known:
            raise BadRequestError(f"The metric view {view} has no {kind} {name[:60]!r}.", do=f"Known: {', '.join(known)}.")
