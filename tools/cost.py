"""What the account costs, and where. Money is USD: the contract's price where there is one, else list price."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.period import Period
from tools.scope import Scope
from tools.table import Table
from tools.tool import call
from tools.warehouse import Statement, Warehouse

BASELINE_DAYS = 5


async def get_top_cost_contributors(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 10) -> Table:
    """What costs most, by workspace and SKU, dearest first, for UTC days with both ends included.

    Columns: rank, workspace_id, workspace_name, sku_name, total_dbu (DBU), total_cost_usd, pct_of_total (percent).
    """
    return await call(
        warehouse,
        "get_top_cost_contributors",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_cost_trend_by_sku(warehouse: Warehouse, start_date: date, end_date: date, sku_name: str = "ALL") -> Table:
    """Daily cost per SKU, for UTC days with both ends included.

    Columns: usage_date, sku_name, daily_dbu (DBU), daily_cost_usd, cumulative_cost_usd, pct_change_vs_prior (percent).
    """
    return await call(
        warehouse,
        "get_cost_trend_by_sku",
        order_by="usage_date, sku_name",
        start_date=start_date,
        end_date=end_date,
        sku_name=sku_name,
    )


async def get_budget_variance(
    warehouse: Warehouse,
    budget: float,
    start_date: date,
    end_date: date,
    workspace_filter: str = "ALL",
    tag_key: str = "ALL",
    tag_value: str = "ALL",
) -> Table:
    """Spend against `budget` (USD per calendar month), one row, for UTC days with both ends included.

    Columns: budget_usd (for exactly these days), actual_usd, variance_usd, variance_pct, days, last_usage_date.
    """
    return await call(
        warehouse,
        "get_budget_variance",
        budget=budget,
        start_date=start_date,
        end_date=end_date,
        workspace_filter=workspace_filter,
        tag_key=tag_key,
        tag_value=tag_value,
    )


# Hours first, days then: to find the local day of an hour is what costs time.
_BY_DAY = """
SELECT CAST(from_utc_timestamp(usage_start_time, :tz) AS DATE) AS day, sku_name, SUM(cost) AS cost_usd
FROM (
  SELECT usage_start_time, sku_name, SUM(cost) AS cost
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end{scope}
  GROUP BY usage_start_time, sku_name
) AS hours
GROUP BY 1, 2
ORDER BY 1, 2
"""


async def cost_by_day(warehouse: Warehouse, period: Period, scope: Scope) -> Table:
    """Daily cost per SKU in the days of the period's zone. Columns: day, sku_name, cost_usd."""
    where, values = scope.conditions()
    params = {"tz": period.tz, **_bounds(period), "start": period.start, "end": period.end, **values}
    return await warehouse.query(Statement("cost_by_day", _BY_DAY.format(scope=where), params))


def _bounds(*periods: Period) -> dict[str, date]:
    """The UTC days that hold the periods: what keeps a scan of usage short."""
    touched = [p for p in periods if p.end > p.start]
    first = min(p.start for p in touched).astimezone(UTC).date()
    last = max(p.end for p in touched).astimezone(UTC).date()
    return {"first_date": first, "last_date": last}


_WITHIN = "usage_start_time >= :{name}_start AND usage_start_time < :{name}_end"
# The names of what costs, beside usage_cost summed up as s; what has none is called by its id.
RESOURCE_NAME = "COALESCE(j.name, h.warehouse_name, p.name, c.cluster_name, s.resource_id)"
NAMES = """
LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
LEFT JOIN dim_job AS j
  ON s.resource_kind = 'job' AND s.workspace_id = j.workspace_id AND s.resource_id = j.job_id
LEFT JOIN dim_warehouse AS h
  ON s.resource_kind = 'warehouse' AND s.workspace_id = h.workspace_id AND s.resource_id = h.warehouse_id
LEFT JOIN dim_pipeline AS p
  ON s.resource_kind = 'pipeline' AND s.workspace_id = p.workspace_id AND s.resource_id = p.pipeline_id
LEFT JOIN dim_cluster AS c
  ON s.resource_kind = 'cluster' AND s.workspace_id = c.workspace_id AND s.resource_id = c.cluster_id
"""
_BY_ELEMENT = """
SELECT
  s.*, w.workspace_name, w.workspace_url,
  {resource} AS resource_name
FROM (
  SELECT
    workspace_id, billing_origin_product AS product, sku_name, resource_kind, resource_id, run_as, team,
    SUM(CASE WHEN {asked} THEN usage_quantity ELSE 0 END) AS quantity,
    SUM(CASE WHEN {asked} AND price_source = 'none' THEN 1 ELSE 0 END) AS unpriced,
    {sums}
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND ({windows}){scope}
  GROUP BY workspace_id, billing_origin_product, sku_name, resource_kind, resource_id, run_as, team
) AS s
{names}"""


async def cost_by_element(
    warehouse: Warehouse, asked: Period, baseline: Sequence[Period], recent: Period | None, scope: Scope
) -> Table:
    """Cost of the asked period and of each baseline period per finest element.

    One row per workspace, product, SKU, resource, run_as and team. Columns: those and workspace_name, workspace_url,
    resource_name; cost_asked, cost_1 … cost_n (one per baseline period, in order), cost_recent (USD); quantity and
    quantity_1 … quantity_n (usage units); unpriced (records of the asked period without a price).
    """
    named = {"asked": asked, **{str(n): p for n, p in enumerate(baseline, 1)}}
    if recent:
        named["recent"] = recent
    windows = {name: _WITHIN.format(name=f"w{name}") for name in named}
    sums = [f"SUM(CASE WHEN {window} THEN cost ELSE 0 END) AS cost_{name}" for name, window in windows.items()]
    sums += [
        f"SUM(CASE WHEN {window} THEN usage_quantity ELSE 0 END) AS quantity_{name}"
        for name, window in windows.items()
        if name.isdigit()
    ]
    where, values = scope.conditions()
    sql = _BY_ELEMENT.format(
        resource=RESOURCE_NAME,
        names=NAMES,
        asked=windows["asked"],
        sums=",\n    ".join(sums),
        windows=" OR ".join(windows.values()),
        scope=where,
    )
    params: dict[str, Any] = {**_bounds(*named.values()), **values}
    for name, period in named.items():
        params |= {f"w{name}_start": period.start, f"w{name}_end": period.end}
    return await warehouse.query(Statement("cost_by_element", sql, params, max_rows=100_000))


_ARRIVAL = """
SELECT date_trunc('HOUR', usage_start_time) AS hour, COUNT(*) AS records
FROM system.billing.usage
WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end
GROUP BY 1
ORDER BY 1
"""
_WEEK = timedelta(days=7)
_SETTLED = 0.8


async def cost_complete_through(warehouse: Warehouse, now: datetime) -> tuple[datetime | None, Table]:
    """Up to when usage has arrived: the end of the last hour with about as many records as a week before.

    None where there is no usage at all in the nine days before `now`.
    """
    window = Period(now - timedelta(days=9), now)
    params = {**_bounds(window), "start": window.start, "end": window.end}
    table = await warehouse.query(Statement("cost_complete_through", _ARRIVAL, params))
    records: dict[datetime, int] = dict(table.rows)
    for hour in sorted(records, reverse=True):
        if records[hour] >= _SETTLED * records.get(hour - _WEEK, 0):
            return min(hour + timedelta(hours=1), now), table
    return None, table


_ATTEMPTS = """
SELECT
  workspace_id, job_id,
  SUM(CASE WHEN asked THEN 1 ELSE 0 END) AS attempts,
  SUM(CASE WHEN asked AND failed THEN 1 ELSE 0 END) AS failed_attempts,
  mode(CASE WHEN asked AND failed THEN reason END, TRUE) AS failure,
  SUM(CASE WHEN asked THEN 0 ELSE 1 END) AS baseline_attempts,
  SUM(CASE WHEN asked THEN seconds ELSE 0 END) AS seconds,
  SUM(CASE WHEN asked AND failed THEN seconds ELSE 0 END) AS failed_seconds
FROM (
  SELECT
    workspace_id, job_id, run_id, {asked} AS asked,
    MAX(result_state) IN ('FAILED', 'ERROR', 'TIMED_OUT') AS failed, MAX(termination_code) AS reason,
    SUM(unix_timestamp(period_end_time) - unix_timestamp(period_start_time)) AS seconds
  FROM system.lakeflow.job_task_run_timeline
  WHERE {windows}
  GROUP BY workspace_id, job_id, run_id, {asked}
) AS attempts
GROUP BY workspace_id, job_id
"""


async def job_attempts(warehouse: Warehouse, asked: Period, baseline: Sequence[Period]) -> Table:
    """Task attempts per job in the asked period, and in all baseline periods together.

    Columns: workspace_id, job_id, attempts, failed_attempts, failure (commonest termination code), baseline_attempts,
    seconds and failed_seconds (of all attempts and of the failed ones in the asked period).
    """
    named = {"asked": asked, **{str(n): p for n, p in enumerate(baseline, 1)}}
    windows = {name: f"(period_start_time >= :w{name}_start AND period_start_time < :w{name}_end)" for name in named}
    sql = _ATTEMPTS.format(asked=windows["asked"], windows=" OR ".join(windows.values()))
    params: dict[str, Any] = {}
    for name, period in named.items():
        params |= {f"w{name}_start": period.start, f"w{name}_end": period.end}
    return await warehouse.query(Statement("job_attempts", sql, params, max_rows=100_000))


async def usage_days(warehouse: Warehouse) -> tuple[date, date] | None:
    """The first and the last UTC day with usage; None without any."""
    sql = "SELECT MIN(usage_date), MAX(usage_date) FROM system.billing.usage WHERE usage_date >= DATE '2000-01-01'"
    ((first, last),) = (await warehouse.query(Statement("usage_days", sql))).rows
    return (first, last) if first and last else None
