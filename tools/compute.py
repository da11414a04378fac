"""SQL warehouses and clusters: load, waiting, idle time, the right size. From statements, events and node samples."""

from datetime import date, datetime

from tools.errors import BadRequestError
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_warehouse_utilization(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Load, waiting and idle time of each SQL warehouse, busiest first, for UTC days with both ends included.

    Columns: workspace_id, workspace_name, warehouse_id, warehouse_name, warehouse_size, warehouse_type,
    max_clusters, auto_stop_minutes, query_count, failed_pct, unique_users, avg_duration_seconds,
    p95_duration_seconds, avg_queue_seconds, p95_queue_seconds, queued_pct, peak_concurrency, avg_concurrency,
    busy_hours, running_hours, cluster_hours, idle_pct, spilled_gb, advice.
    """
    return await call(
        warehouse,
        "get_warehouse_utilization",
        order_by="query_count DESC, workspace_id, warehouse_id",
        start_date=start_date,
        end_date=end_date,
    )


async def get_query_efficiency_analysis(
    warehouse: Warehouse, hours_back: int = 24, warehouse_filter: str = "ALL", as_of: datetime | None = None
) -> Table:
    """Efficiency of each warehouse in the hours before `as_of` (default: now); the filter is an id or exact name.

    Columns: workspace_name, warehouse_id, warehouse_name, warehouse_size, query_count, efficient_pct,
    high_spill_count, high_queue_count, slow_count, cache_hit_pct, avg_queue_seconds, p95_duration_seconds,
    scaling_hint.
    """
    return await call(
        warehouse,
        "get_query_efficiency_analysis",
        order_by="query_count DESC, workspace_name, warehouse_name, warehouse_id",
        hours_back=hours_back,
        warehouse_filter=warehouse_filter,
        as_of=as_of,
    )


async def get_cluster_utilization(warehouse: Warehouse, start_date: date, end_date: date, min_hours: int = 1) -> Table:
    """CPU, memory and list cost of each cluster up for at least `min_hours`, most node hours first.

    Columns: workspace_id, workspace_name, cluster_id, cluster_name, owned_by, cluster_source, driver_node_type,
    worker_node_type, up_hours, node_hours, avg_workers, worker_cpu_pct, driver_cpu_pct, p95_cpu_pct, cpu_wait_pct,
    worker_memory_pct, p95_memory_pct, driver_memory_pct, swap_pct, list_cost_usd, utilization_status.
    """
    return await call(
        warehouse,
        "get_cluster_utilization",
        order_by="node_hours DESC, workspace_id, cluster_id",
        start_date=start_date,
        end_date=end_date,
        min_hours=min_hours,
    )


async def get_cluster_resource_metrics(
    warehouse: Warehouse, days_back: int = 7, top_n: int = 50, as_of: date | None = None
) -> Table:
    """Resources per cluster and node role in the `days_back` UTC days up to `as_of` (default: today).

    Columns: rank, workspace_name, cluster_id, cluster_name, node_role, node_type, node_count, node_hours,
    avg_cpu_pct, peak_cpu_pct, avg_cpu_wait_pct, avg_memory_pct, peak_memory_pct, avg_swap_pct, network_sent_gb,
    network_received_gb.
    """
    return await call(warehouse, "get_cluster_resource_metrics", order_by="rank", days_back=days_back, top_n=top_n, as_of=as_of)


async def get_cluster_right_sizing_recommendations(
    warehouse: Warehouse, days_back: int = 14, min_observation_hours: int = 10, as_of: date | None = None
) -> Table:
    """A better size for each cluster, from the 95th percentile of its workers, largest saving first.

    Columns: workspace_name, cluster_id, cluster_name, owned_by, cluster_source, node_type, node_cores,
    node_memory_gb, up_hours, utilization_status, p95_cpu_pct, p95_memory_pct, avg_workers, needed_pct,
    recommended_workers, recommended_action, list_cost_usd, estimated_savings_usd.
    """
    return await call(
        warehouse,
        "get_cluster_right_sizing_recommendations",
        order_by="estimated_savings_usd DESC NULLS LAST, workspace_name, cluster_id",
        days_back=days_back,
        min_observation_hours=min_observation_hours,
        as_of=as_of,
    )


async def get_underutilized_clusters(
    warehouse: Warehouse,
    days_back: int = 14,
    cpu_threshold: float = 30.0,
    min_hours: int = 10,
    as_of: date | None = None,
) -> Table:
    """Clusters whose workers stay below `cpu_threshold` percent CPU, dearest idle share first.

    Columns: workspace_name, cluster_id, cluster_name, owned_by, cluster_source, up_hours, node_hours,
    worker_cpu_pct, p95_cpu_pct, worker_memory_pct, auto_termination_minutes, list_cost_usd, unused_cost_usd.
    """
    if not 0 < cpu_threshold <= 100:
        raise BadRequestError(
            f"get_underutilized_clusters was asked with cpu_threshold = {cpu_threshold}.",
            do="cpu_threshold is a percentage above 0, at most 100.",
        )
    return await call(
        warehouse,
        "get_underutilized_clusters",
        order_by="unused_cost_usd DESC NULLS LAST, workspace_name, cluster_id",
        days_back=days_back,
        cpu_threshold=float(cpu_threshold),
        min_hours=min_hours,
        as_of=as_of,
    )
