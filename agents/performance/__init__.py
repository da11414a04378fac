"""The performance specialist: why jobs and queries are slow, whether warehouses and clusters fit, what to expect."""

from agents.performance import clusters, forecast, jobs, queries, warehouses
from agents.specialist import Specialist
from tools.compute import (
    get_cluster_resource_metrics,
    get_cluster_right_sizing_recommendations,
    get_cluster_utilization,
    get_query_efficiency_analysis,
    get_underutilized_clusters,
    get_warehouse_utilization,
)
from tools.durations import (
    get_job_duration_percentiles,
    get_job_duration_trends,
    get_job_outlier_runs,
    get_job_run_duration_analysis,
)
from tools.performance import (
    get_failed_queries,
    get_high_spill_queries,
    get_query_efficiency,
    get_query_latency_percentiles,
    get_query_regressions,
    get_query_volume_trends,
    get_slow_queries,
    get_user_query_summary,
)

SPECIALIST = Specialist(
    name="performance",
    title="Performance",
    investigations={
        "jobs": jobs.investigate,
        "queries": queries.investigate,
        "warehouses": warehouses.investigate,
        "clusters": clusters.investigate,
        "forecast": forecast.investigate,
    },
    default=jobs.investigate,
    tools=(
        get_slow_queries,
        get_failed_queries,
        get_high_spill_queries,
        get_query_efficiency,
        get_query_latency_percentiles,
        get_query_volume_trends,
        get_user_query_summary,
        get_query_regressions,
        get_warehouse_utilization,
        get_query_efficiency_analysis,
        get_cluster_utilization,
        get_cluster_resource_metrics,
        get_cluster_right_sizing_recommendations,
        get_underutilized_clusters,
        get_job_duration_trends,
        get_job_duration_percentiles,
        get_job_run_duration_analysis,
        get_job_outlier_runs,
    ),
)
