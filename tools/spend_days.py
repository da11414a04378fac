"""Daily cost by any of the dimensions of the bill, in the days of the asker's zone. Money is USD."""

from collections.abc import Sequence
from datetime import UTC

from tools.errors import BadRequestError
from tools.period import Period
from tools.scope import Scope
from tools.table import Table
from tools.warehouse import Statement, Warehouse

DIMENSIONS = {
    "workspace": "workspace_id",
    "product": "billing_origin_product",
    "sku": "sku_name",
    "run_as": "run_as",
    "team": "team",
    "cost_center": "cost_center",
    "project": "project",
    "env": "env",
}
_BY_DAY = """
SELECT s.day, {shown}, s.cost AS cost_usd
FROM (
  SELECT CAST(from_utc_timestamp(usage_start_time, :tz) AS DATE) AS day, {keys}, SUM(cost) AS cost
  FROM (
    SELECT usage_start_time, {dimensions}, SUM(cost) AS cost
    FROM usage_cost
    WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end{scope}
    GROUP BY usage_start_time, {columns}
  ) AS hours
  GROUP BY CAST(from_utc_timestamp(usage_start_time, :tz) AS DATE), {keys}
) AS s{join}
ORDER BY s.day, {sorted}
"""
_NAMES = "\nLEFT JOIN dim_workspace AS w ON s.workspace = w.workspace_id"


async def spend_by_day(warehouse: Warehouse, period: Period, scope: Scope, by: Sequence[str]) -> Table:
    """Cost per day and combination of the dimensions in `by`; null where the usage names none.

    Columns: day, those of `by` (workspaces by name, by id where none is known), cost_usd. Raises BadRequestError for
    another dimension.
    """
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown or not by:
        raise BadRequestError(f"Cost has no dimension {', '.join(unknown)!r}.", do=f"Known: {', '.join(DIMENSIONS)}.")
    where, values = scope.conditions()
    sql = _BY_DAY.format(
        shown=", ".join(
            "COALESCE(w.workspace_name, s.workspace) AS workspace" if name == "workspace" else f"s.{name}" for name in by
        ),
        dimensions=", ".join(f"{DIMENSIONS[name]} AS {name}" for name in by),
        columns=", ".join(DIMENSIONS[name] for name in by),
        keys=", ".join(by),
        sorted=", ".join(f"s.{name}" for name in by),
        scope=where,
        join=_NAMES if "workspace" in by else "",
    )
    bounds = {"first_date": period.start.astimezone(UTC).date(), "last_date": period.end.astimezone(UTC).date()}
    params = {"tz": period.tz, **bounds, "start": period.start, "end": period.end, **values}
    return await warehouse.query(Statement("spend_by_day", sql, params, max_rows=200_000))
