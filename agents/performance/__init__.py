"""The performance specialist: why jobs and queries are slow, whether warehouses and clusters fit, what to expect."""

from agents.performance import clusters, forecast, jobs, queries, warehouses
from agents.specialist import Specialist

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
)
