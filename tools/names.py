"""The account's own names: what a question can be about."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from tools.errors import HealthMonitorError
from tools.warehouse import Statement, Warehouse

REACH = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that a question may mention, as the account spells it; tables are catalog.schema.table."""

    workspaces: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    users: tuple[str, ...] = ()  # e-mails and service principal names
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key → values


_NAMES = {
    "workspaces": "SELECT DISTINCT workspace_name FROM dim_workspace",
    "jobs": "SELECT DISTINCT name FROM dim_job",
    "pipelines": "SELECT DISTINCT name FROM dim_pipeline",
    "warehouses": "SELECT DISTINCT warehouse_name FROM dim_warehouse",
    "clusters": "SELECT DISTINCT cluster_name FROM dim_cluster WHERE cluster_source IN ('UI', 'API')",
    "endpoints": "SELECT DISTINCT endpoint_name FROM dim_served_entities",
    "models": "SELECT DISTINCT entity_name FROM dim_served_entities",
    "experiments": "SELECT DISTINCT name FROM system.mlflow.experiments_latest",
    "skus": "SELECT DISTINCT sku_name FROM system.billing.list_prices",
    "products": "SELECT DISTINCT billing_origin_product FROM system.billing.usage WHERE usage_date >= :since",
    "users": (
        "SELECT DISTINCT identity_metadata.run_as FROM system.billing.usage WHERE usage_date >= :since"
        " UNION SELECT DISTINCT user_identity.email FROM system.access.audit WHERE event_date >= :since"
    ),
    "tables": (
        "SELECT DISTINCT target_table_full_name FROM system.access.table_lineage WHERE event_date >= :since"
        " UNION SELECT DISTINCT source_table_full_name FROM system.access.table_lineage WHERE event_date >= :since"
    ),
    "columns": "SELECT DISTINCT target_column_name FROM system.access.column_lineage WHERE event_date >= :since",
}
_TAGS = """
SELECT 'team', team FROM usage_cost WHERE usage_date >= :since AND team IS NOT NULL
UNION SELECT 'project', project FROM usage_cost WHERE usage_date >= :since AND project IS NOT NULL
UNION SELECT 'cost_center', cost_center FROM usage_cost WHERE usage_date >= :since AND cost_center IS NOT NULL
UNION SELECT 'env', env FROM usage_cost WHERE usage_date >= :since AND env IS NOT NULL
"""


async def read_names(warehouse: Warehouse, today: date, budgets: tuple[str, ...] = ()) -> Names:
    """The names of the last two months; a kind whose table is not available stays empty."""
    since = {"since": today - REACH}

    async def read(sql: str) -> list[tuple[str, ...]]:
        try:
            table = await warehouse.query(Statement("names", sql, since, max_rows=100_000))
        except HealthMonitorError:
            return []
        return [row for row in table.rows if row[-1]]

    found, tags = await asyncio.gather(asyncio.gather(*(read(sql) for sql in _NAMES.values())), read(_TAGS))
    kinds = {kind: tuple(sorted(row[0] for row in rows)) for kind, rows in zip(_NAMES, found, strict=True)}
    values: dict[str, tuple[str, ...]] = {}
    for key, value in sorted(tags):
        values[key] = (*values.get(key, ()), value)
    return Names(**kinds, tags=values, budgets=budgets)
