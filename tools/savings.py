"""Cost that need not be: hours that were paid and not used, dear prices for what a cheaper SKU does, output nobody reads.

Money is USD at the price of usage_cost.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

IDLE_CPU = 5.0  # percent: an hour in which the nodes of a cluster averaged less did no work
LINEAGE_DAYS = 60

_CLUSTER_HOURS = """
SELECT u.workspace_id, u.cluster_id, COUNT(*) AS hours, SUM(u.cost) AS cost_usd,
  SUM(CASE WHEN n.cpu IS NULL THEN 0 ELSE 1 END) AS sampled_hours,
  SUM(CASE WHEN n.cpu < :idle_cpu AND t.tasks IS NULL THEN 1 ELSE 0 END) AS idle_hours,
  SUM(CASE WHEN n.cpu < :idle_cpu AND t.tasks IS NULL THEN u.cost ELSE 0 END) AS idle_usd,
  SUM(CASE WHEN t.tasks IS NULL THEN 0 ELSE u.cost END) AS job_usd, MAX(t.jobs) AS jobs, MAX(t.one_job) AS one_job,
  MAX(u.sku_name) AS sku_name
FROM (
  SELECT workspace_id, resource_id AS cluster_id, date_trunc('HOUR', usage_start_time) AS hour, MAX(sku_name) AS sku_name,
    SUM(cost) AS cost
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end
    AND resource_kind = 'cluster' AND billing_origin_product = 'ALL_PURPOSE'
  GROUP BY workspace_id, resource_id, date_trunc('HOUR', usage_start_time)
) AS u
LEFT JOIN (
  SELECT workspace_id, cluster_id, date_trunc('HOUR', start_time) AS hour, AVG(cpu_user_percent + cpu_system_percent) AS cpu
  FROM system.compute.node_timeline
  WHERE start_time >= :start AND start_time < :end
  GROUP BY workspace_id, cluster_id, date_trunc('HOUR', start_time)
) AS n ON u.workspace_id = n.workspace_id AND u.cluster_id = n.cluster_id AND u.hour = n.hour
LEFT JOIN (
  SELECT r.workspace_id, r.cluster_id, r.hour, COUNT(*) AS tasks, COUNT(DISTINCT r.job_id) AS jobs,
    MIN(COALESCE(j.name, r.job_id)) AS one_job
  FROM (
    SELECT workspace_id, job_id, explode(compute_ids) AS cluster_id, date_trunc('HOUR', period_start_time) AS hour
    FROM system.lakeflow.job_task_run_timeline
    WHERE period_start_time >= :start AND period_start_time < :end
  ) AS r
  JOIN dim_cluster AS c
    ON r.workspace_id = c.workspace_id AND r.cluster_id = c.cluster_id AND c.cluster_source IN ('UI', 'API')
  LEFT JOIN dim_job AS j ON r.workspace_id = j.workspace_id AND r.job_id = j.job_id
  GROUP BY r.workspace_id, r.cluster_id, r.hour
) AS t ON u.workspace_id = t.workspace_id AND u.cluster_id = t.cluster_id AND u.hour = t.hour
GROUP BY u.workspace_id, u.cluster_id
"""


async def all_purpose_hours(warehouse: Warehouse, period: Period) -> Table:
    """Billed hours of each all-purpose cluster: those with almost no CPU and no task, and those in which jobs ran on it.

    Columns: workspace_id, cluster_id, hours, cost_usd, sampled_hours (with node samples), idle_hours, idle_usd (CPU below
    IDLE_CPU percent on average of all nodes), job_usd (hours with a job's task), jobs, one_job (a name), sku_name.
    """
    return await warehouse.query(Statement("all_purpose_hours", _CLUSTER_HOURS, _bounds(period) | {"idle_cpu": IDLE_CPU}))


_WAREHOUSE_HOURS = """
SELECT
  u.workspace_id, u.warehouse_id, h.warehouse_type, h.auto_stop_minutes, COUNT(*) AS hours, SUM(u.cost) AS cost_usd,
  SUM(CASE WHEN q.statements IS NULL THEN 1 ELSE 0 END) AS idle_hours,
  SUM(CASE WHEN q.statements IS NULL THEN u.cost ELSE 0 END) AS idle_usd,
  MAX(u.sku_name) AS sku_name, MIN(u.sku_name) AS other_sku
FROM (
  SELECT workspace_id, resource_id AS warehouse_id, date_trunc('HOUR', usage_start_time) AS hour, MAX(sku_name) AS sku_name,
    SUM(cost) AS cost
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end
    AND resource_kind = 'warehouse'
  GROUP BY workspace_id, resource_id, date_trunc('HOUR', usage_start_time)
) AS u
LEFT JOIN (
  SELECT e.workspace_id, e.warehouse_id, e.first_hour + e.k * INTERVAL '1' HOUR AS hour, COUNT(*) AS statements
  FROM (
    SELECT s.workspace_id, s.compute.warehouse_id AS warehouse_id, date_trunc('HOUR', s.start_time) AS first_hour,
      explode(sequence(0, CAST(floor(
        (unix_timestamp(s.end_time) - unix_timestamp(date_trunc('HOUR', s.start_time))) / 3600.0
      ) AS INT))) AS k
    FROM system.query.history AS s
    WHERE s.start_time >= :reach AND s.start_time < :end AND s.end_time >= s.start_time
      AND s.compute.warehouse_id IS NOT NULL
  ) AS e
  GROUP BY e.workspace_id, e.warehouse_id, e.first_hour + e.k * INTERVAL '1' HOUR
) AS q ON u.workspace_id = q.workspace_id AND u.warehouse_id = q.warehouse_id AND u.hour = q.hour
LEFT JOIN dim_warehouse AS h ON u.workspace_id = h.workspace_id AND u.warehouse_id = h.warehouse_id
GROUP BY u.workspace_id, u.warehouse_id, h.warehouse_type, h.auto_stop_minutes
"""


async def warehouse_hours(warehouse: Warehouse, period: Period) -> Table:
    """Billed hours of each SQL warehouse, and those in which no statement was in flight.

    Columns: workspace_id, warehouse_id, warehouse_type, auto_stop_minutes (as it is now; 0 = never), hours, cost_usd,
    idle_hours, idle_usd, sku_name and other_sku (last and first by name: they differ where the SKU changed).
    """
    params = _bounds(period) | {"reach": period.start - timedelta(days=1)}
    return await warehouse.query(Statement("warehouse_hours", _WAREHOUSE_HOURS, params))


_UNREAD = """
SELECT w.workspace_id, w.job_id, COUNT(*) AS tables, MIN(w.node) AS one_table
FROM (
  SELECT DISTINCT l.workspace_id, COALESCE(l.entity_metadata.job_info.job_id, l.entity_id) AS job_id,
    lower(l.target_table_full_name) AS node
  FROM system.access.table_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND l.entity_type = 'JOB'
    AND l.target_table_full_name IS NOT NULL
) AS w
LEFT JOIN (
  SELECT DISTINCT lower(l.source_table_full_name) AS node
  FROM system.access.table_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND l.source_table_full_name IS NOT NULL
) AS r ON w.node = r.node
GROUP BY w.workspace_id, w.job_id
HAVING COUNT(r.node) = 0
"""


async def jobs_without_readers(warehouse: Warehouse, until: datetime) -> Table:
    """Jobs none of whose tables anybody read in the LINEAGE_DAYS before `until` (whole UTC days).

    Columns: workspace_id, job_id, tables (that it wrote), one_table (the first by name).
    """
    last = until.astimezone(UTC).date()
    params = {"first_date": last - timedelta(days=LINEAGE_DAYS), "last_date": last}
    return await warehouse.query(Statement("jobs_without_readers", _UNREAD, params))


_PRICES = """
SELECT l.sku_name, l.cloud, MAX(COALESCE(a.price, l.price)) AS price
FROM fact_list_prices AS l
LEFT JOIN (
  SELECT sku_name, cloud, usage_unit, price FROM fact_account_prices
  WHERE currency_code = 'USD' AND price_start_time <= :now AND (price_end_time IS NULL OR price_end_time > :now)
) AS a ON l.sku_name = a.sku_name AND l.cloud = a.cloud AND l.usage_unit = a.usage_unit
WHERE l.currency_code = 'USD' AND l.usage_unit = 'DBU' AND l.price_start_time <= :now
  AND (l.price_end_time IS NULL OR l.price_end_time > :now)
GROUP BY l.sku_name, l.cloud
"""


async def dbu_prices(warehouse: Warehouse, now: datetime) -> Table:
    """What a DBU of each SKU costs at `now`: the contract's price where there is one. Columns: sku_name, cloud, price."""
    return await warehouse.query(Statement("dbu_prices", _PRICES, {"now": now}))


def _bounds(period: Period) -> dict[str, Any]:
    days = {"first_date": period.start.astimezone(UTC).date(), "last_date": period.end.astimezone(UTC).date()}
    return {**days, "start": period.start, "end": period.end}
