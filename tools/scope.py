"""The part of the account that a cost query is about, as SQL over usage_cost."""

from dataclasses import dataclass
from typing import Any

# Each narrows usage_cost to the names bound under its own key, one name a line.
_CONDITIONS = {
    "workspaces": "workspace_id IN (SELECT w.workspace_id FROM dim_workspace AS w"
    " WHERE array_contains(split(:workspaces, '\\n'), w.workspace_name))",
    "skus": "array_contains(split(:skus, '\\n'), sku_name)",
    "products": "array_contains(split(:products, '\\n'), billing_origin_product)",
    "jobs": "resource_kind = 'job' AND concat(workspace_id, '/', resource_id) IN ("
    "SELECT concat(j.workspace_id, '/', j.job_id) FROM dim_job AS j WHERE array_contains(split(:jobs, '\\n'), j.name))",
    "pipelines": "resource_kind = 'pipeline' AND concat(workspace_id, '/', resource_id) IN ("
    "SELECT concat(p.workspace_id, '/', p.pipeline_id) FROM dim_pipeline AS p"
    " WHERE array_contains(split(:pipelines, '\\n'), p.name))",
    "warehouses": "resource_kind = 'warehouse' AND concat(workspace_id, '/', resource_id) IN ("
    "SELECT concat(h.workspace_id, '/', h.warehouse_id) FROM dim_warehouse AS h"
    " WHERE array_contains(split(:warehouses, '\\n'), h.warehouse_name))",
    "clusters": "resource_kind = 'cluster' AND concat(workspace_id, '/', resource_id) IN ("
    "SELECT concat(c.workspace_id, '/', c.cluster_id) FROM dim_cluster AS c"
    " WHERE array_contains(split(:clusters, '\\n'), c.cluster_name))",
    "endpoints": "resource_kind = 'endpoint' AND array_contains(split(:endpoints, '\\n'), resource_id)",
    "users": "array_contains(split(:users, '\\n'), run_as)",
    "teams": "array_contains(split(:teams, '\\n'), team)",
    "cost_centers": "array_contains(split(:cost_centers, '\\n'), cost_center)",
    "projects": "array_contains(split(:projects, '\\n'), project)",
    "environments": "array_contains(split(:environments, '\\n'), env)",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the account that a question is about, by display name; empty = all of it.

    `serverless` narrows to serverless (True) or classic (False) compute.
    """

    workspaces: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    cost_centers: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    serverless: bool | None = None

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """SQL to put behind a WHERE over usage_cost, and the values it binds."""
        given = {name: getattr(self, name) for name in _CONDITIONS if getattr(self, name)}
        text = "".join(f" AND ({_CONDITIONS[name]})" for name in given)
        if self.serverless is not None:
            text += " AND is_serverless" if self.serverless else " AND NOT is_serverless"
        return text, {name: "\n".join(values) for name, values in given.items()}

    def __str__(self) -> str:
        named = ", ".join(value for name in _CONDITIONS for value in getattr(self, name))
        kind = {True: "serverless", False: "classic", None: ""}[self.serverless]
        return f"{kind} {named}".strip()
