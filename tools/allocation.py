"""Cost with everything by which it can be charged to somebody. Money is USD."""

from datetime import UTC

from tools.period import Period
from tools.scope import Scope
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_SQL = """
SELECT
  COALESCE(w.workspace_name, s.workspace_id) AS workspace, w.workspace_url, s.*,
  COALESCE(j.name, h.warehouse_name, p.name, c.cluster_name, s.resource_id) AS resource
FROM (
  SELECT
    workspace_id, billing_origin_product AS product, resource_kind, resource_id, run_as, team, cost_center, project, env,
    is_tagged, SUM(cost) AS cost_usd
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end{scope}
  GROUP BY
    workspace_id, billing_origin_product, resource_kind, resource_id, run_as, team, cost_center, project, env, is_tagged
) AS s
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


async def cost_by_owner_and_tag(warehouse: Warehouse, period: Period, scope: Scope) -> Table:
    """Cost of a period per workspace, product, resource, identity and tags; one row for each combination.

    Columns: workspace and resource (by name, by id where none is known), workspace_url, workspace_id, product,
    resource_kind, resource_id, run_as, team, cost_center, project, env (null = not tagged so), is_tagged (any tag), cost_usd.
    """
    where, values = scope.conditions()
    bounds = {"first_date": period.start.astimezone(UTC).date(), "last_date": period.end.astimezone(UTC).date()}
    params = {**bounds, "start": period.start, "end": period.end, **values}
    return await warehouse.query(Statement("cost_by_owner_and_tag", _SQL.format(scope=where), params, max_rows=200_000))
