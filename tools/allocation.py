"""Cost with everything by which it can be charged to somebody. Money is USD."""

from datetime import UTC

from tools.cost import NAMES, RESOURCE_NAME
from tools.period import Period
from tools.scope import Scope
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_SQL = """
SELECT
  COALESCE(w.workspace_name, s.workspace_id) AS workspace, w.workspace_url, s.*,
  {resource} AS resource
FROM (
  SELECT
    workspace_id, billing_origin_product AS product, resource_kind, resource_id, run_as, team, cost_center, project, env,
    is_tagged, SUM(cost) AS cost_usd
  FROM usage_cost
  WHERE usage_date BETWEEN :first_date AND :last_date AND usage_start_time >= :start AND usage_start_time < :end{scope}
  GROUP BY
    workspace_id, billing_origin_product, resource_kind, resource_id, run_as, team, cost_center, project, env, is_tagged
) AS s
{names}"""


async def cost_by_owner_and_tag(warehouse: Warehouse, period: Period, scope: Scope) -> Table:
    """Cost of a period per workspace, product, resource, identity and tags; one row for each combination.

    Columns: workspace and resource (by name, by id where none is known), workspace_url, workspace_id, product,
    resource_kind, resource_id, run_as, team, cost_center, project, env (null = not tagged so), is_tagged (any tag), cost_usd.
    """
    where, values = scope.conditions()
    bounds = {"first_date": period.start.astimezone(UTC).date(), "last_date": period.end.astimezone(UTC).date()}
    params = {**bounds, "start": period.start, "end": period.end, **values}
    sql = _SQL.format(scope=where, resource=RESOURCE_NAME, names=NAMES)
    return await warehouse.query(Statement("cost_by_owner_and_tag", sql, params, max_rows=200_000))
