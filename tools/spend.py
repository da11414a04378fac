"""Who and what spends. Money is USD: the contract's price where there is one, else list price."""

from datetime import date

from tools.limits import one_of
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse

RESOURCE_TYPES = ("ALL", "JOB", "PIPELINE", "WAREHOUSE", "CLUSTER", "ENDPOINT", "APP", "NOTEBOOK")


async def get_spend_by_custom_tags(
    warehouse: Warehouse, start_date: date, end_date: date, tag_keys: str = "team,project,cost_center"
) -> Table:
    """Cost per value of each of several tags (`tag_keys`, comma-separated), dearest first within a tag.

    Columns: tag_key, tag_value, total_cost_usd, pct_of_total, workspaces, resources.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_spend_by_custom_tags",
        order_by="tag_key, total_cost_usd DESC, tag_value",
        start_date=start_date,
        end_date=end_date,
        tag_keys=tag_keys,
    )


async def get_cost_by_tag(warehouse: Warehouse, start_date: date, end_date: date, tag_key: str = "team") -> Table:
    """Cost per value of one tag, dearest first; cost without the tag is 'Unassigned'.

    Columns: tag_value, total_cost_usd, pct_of_total, workspaces, resources.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_cost_by_tag",
        order_by="total_cost_usd DESC, tag_value",
        start_date=start_date,
        end_date=end_date,
        tag_key=tag_key,
    )


async def get_cost_by_owner(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 20) -> Table:
    """Cost per identity that the work ran as, dearest first.

    Columns: rank, owner, total_cost_usd, pct_of_total, job_cost_usd, interactive_cost_usd, sql_cost_usd,
    serving_cost_usd, workspaces, top_sku.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_cost_by_owner",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_tag_coverage(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """How much spend is tagged, for the account ('ALL') and per product.

    Columns: product, total_cost_usd, tagged_cost_usd, untagged_cost_usd, tag_coverage_pct, team_coverage_pct,
    resources, untagged_resources.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_tag_coverage",
        order_by="total_cost_usd DESC, product",
        start_date=start_date,
        end_date=end_date,
    )


async def get_untagged_resources(
    warehouse: Warehouse, start_date: date, end_date: date, resource_type: str = "ALL", top_n: int = 50
) -> Table:
    """Jobs, clusters, warehouses and the like whose usage has no tag, dearest first.

    Columns: rank, resource_type, workspace_id, workspace_name, resource_id, resource_name, owner, untagged_cost_usd,
    total_cost_usd, last_usage_date.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    resource_type = one_of("get_untagged_resources", "resource_type", resource_type, RESOURCE_TYPES)
    return await call(
        warehouse,
        "get_untagged_resources",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        resource_type=resource_type,
        top_n=top_n,
    )


async def get_all_purpose_cluster_cost(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 20) -> Table:
    """All-purpose clusters with their cost and one piece of advice each, dearest first.

    Columns: rank, workspace_id, workspace_name, cluster_id, cluster_name, owner, total_cost_usd, weekend_cost_usd,
    active_days, usage_hours, auto_termination_minutes, worker_count, advice.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_all_purpose_cluster_cost",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )
