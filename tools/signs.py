"""What else the tables say of chosen jobs in two periods: tasks, compute, SQL, load and cost."""

from collections.abc import Sequence
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_IN = "{column} >= :{name}_start AND {column} < :{name}_end"
_CHOSEN = "array_contains(split(:jobs, '\\n'), concat({alias}workspace_id, '/', {alias}job_id))"
_TASKS = """
WITH tasks AS (
  SELECT
    workspace_id, job_id, job_run_id, task_key, run_id, MIN(period_start_time) AS start_time,
    MAX(period_end_time) AS end_time, MAX(result_state) AS state
  FROM system.lakeflow.job_task_run_timeline
  WHERE ({asked} OR {before}) AND {chosen}
  GROUP BY workspace_id, job_id, job_run_id, task_key, run_id
),
runs AS (
  SELECT workspace_id, job_id, run_id, MIN(period_start_time) AS start_time,
    MAX(result_state) = 'SUCCEEDED' AS is_success
  FROM system.lakeflow.job_run_timeline
  WHERE ({asked} OR {before}) AND {chosen}
  GROUP BY workspace_id, job_id, run_id
),
parts AS (
  SELECT
    t.workspace_id, t.job_id, t.task_key, r.start_time >= :asked_start AS is_asked, t.job_run_id, t.run_id,
    CAST(timestampdiff(SECOND, t.start_time, t.end_time) AS DOUBLE) / 60 AS minutes,
    t.state
  FROM tasks AS t
  JOIN runs AS r ON t.workspace_id = r.workspace_id AND t.job_run_id = r.run_id
  WHERE r.is_success AND t.state <> 'SKIPPED'
  UNION ALL
  SELECT
    r.workspace_id, r.job_id, '', r.start_time >= :asked_start, r.run_id, '',
    CAST(timestampdiff(SECOND, r.start_time, f.first_task) AS DOUBLE) / 60, 'SUCCEEDED'
  FROM runs AS r
  JOIN (
    SELECT workspace_id, job_run_id, MIN(start_time) AS first_task FROM tasks GROUP BY workspace_id, job_run_id
  ) AS f ON r.workspace_id = f.workspace_id AND r.run_id = f.job_run_id
  WHERE r.is_success
)
SELECT
  workspace_id, job_id, task_key,
  {figures},
  COUNT_IF(is_asked AND state <> 'SUCCEEDED') AS failed_attempts
FROM parts
GROUP BY workspace_id, job_id, task_key
ORDER BY workspace_id, job_id, task_key
"""
_TASK_FIGURES = """try_divide(
    SUM(CASE WHEN {is_part} THEN minutes END), CAST(COUNT(DISTINCT CASE WHEN {is_part} THEN job_run_id END) AS DOUBLE)
  ) AS minutes_{part}"""


async def job_tasks(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """Mean minutes of each task in the successful runs of both periods; task_key '' is the wait before the first task.

    `keys` are workspace_id/job_id. Columns: workspace_id, job_id, task_key, minutes_asked, minutes_before,
    failed_attempts (asked). Attempts of a task are added up: a retry is time of that task.
    """
    parts = {"asked": "is_asked", "before": "NOT is_asked"}
    sql = _TASKS.format(
        **{name: f"({_IN.format(column='period_start_time', name=name)})" for name in parts},
        chosen=_CHOSEN.format(alias=""),
        figures=",\n  ".join(_TASK_FIGURES.format(part=part, is_part=is_part) for part, is_part in parts.items()),
    )
    return await warehouse.query(Statement("job_tasks", sql, _bounds({"asked": asked, "before": before}) | _keys(keys)))


_CLUSTERS = """
SELECT
  k.workspace_id, k.job_id, c.cluster_id, c.change_time, c.driver_node_type, c.worker_node_type, c.worker_count,
  c.min_autoscale_workers, c.max_autoscale_workers, c.dbr_version, c.cluster_source, c.owned_by, c.cluster_name
FROM (
  SELECT DISTINCT t.workspace_id, t.job_id, x.compute_id
  FROM system.lakeflow.job_task_run_timeline AS t
  LATERAL VIEW explode(t.compute_ids) x AS compute_id
  WHERE ({asked} OR {before}) AND {chosen}
) AS k
JOIN system.compute.clusters AS c ON k.workspace_id = c.workspace_id AND k.compute_id = c.cluster_id
WHERE c.change_time < :asked_end
ORDER BY k.workspace_id, k.job_id, c.change_time
"""


async def job_clusters(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """Every definition of the clusters that the jobs ran on, oldest first: what changed between the periods.

    Columns: workspace_id, job_id, cluster_id, change_time, driver_node_type, worker_node_type, worker_count,
    min_autoscale_workers, max_autoscale_workers, dbr_version, cluster_source, owned_by, cluster_name.
    """
    sql = _CLUSTERS.format(
        **{name: f"({_IN.format(column='t.period_start_time', name=name)})" for name in ("asked", "before")},
        chosen=_CHOSEN.format(alias="t."),
    )
    return await warehouse.query(Statement("job_clusters", sql, _bounds({"asked": asked, "before": before}) | _keys(keys)))


_NODES = """
WITH spans AS (
  SELECT t.workspace_id, t.job_id, x.compute_id, t.period_start_time AS since, t.period_end_time AS until
  FROM system.lakeflow.job_task_run_timeline AS t
  LATERAL VIEW explode(t.compute_ids) x AS compute_id
  WHERE ({asked} OR {before}) AND {chosen}
),
samples AS (
  SELECT
    s.workspace_id, s.job_id, n.instance_id, n.start_time, n.driver, MAX(n.start_time >= :asked_start) AS is_asked,
    MAX(n.cpu_percent) AS cpu, MAX(n.cpu_wait_percent) AS wait, MAX(n.mem_used_percent) AS memory,
    MAX(n.mem_swap_percent) AS swap, MAX(n.sample_seconds) AS seconds, MAX(n.node_type) AS node_type
  FROM spans AS s
  JOIN fact_node_timeline AS n
    ON s.workspace_id = n.workspace_id AND s.compute_id = n.cluster_id
    AND n.start_time >= s.since AND n.start_time < s.until
  WHERE (({node_asked}) OR ({node_before}))
    AND array_contains(split(:jobs, '\\n'), concat(s.workspace_id, '/', s.job_id))
  GROUP BY s.workspace_id, s.job_id, n.instance_id, n.start_time, n.driver
)
SELECT
  workspace_id, job_id, is_asked, driver, COUNT(DISTINCT instance_id) AS nodes, MAX(node_type) AS node_type,
  try_divide(SUM(cpu * seconds), SUM(seconds)) AS cpu_pct, percentile(cpu, 0.95) AS p95_cpu_pct,
  try_divide(SUM(wait * seconds), SUM(seconds)) AS wait_pct,
  try_divide(SUM(memory * seconds), SUM(seconds)) AS memory_pct, percentile(memory, 0.95) AS p95_memory_pct,
  try_divide(SUM(swap * seconds), SUM(seconds)) AS swap_pct
FROM samples
GROUP BY workspace_id, job_id, is_asked, driver
ORDER BY workspace_id, job_id, is_asked, driver
"""


async def job_nodes(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """How busy the nodes were while the jobs' tasks ran, weighted by time, workers apart from drivers.

    Columns: workspace_id, job_id, is_asked, driver, nodes, node_type, cpu_pct, p95_cpu_pct, wait_pct, memory_pct,
    p95_memory_pct, swap_pct. No row where no samples are kept (serverless, or too long ago).
    """
    periods = {"asked": asked, "before": before}
    sql = _NODES.format(
        **{name: f"({_IN.format(column='t.period_start_time', name=name)})" for name in periods},
        **{f"node_{name}": _IN.format(column="n.start_time", name=name) for name in periods},
        chosen=_CHOSEN.format(alias="t."),
    )
    return await warehouse.query(Statement("job_nodes", sql, _bounds(periods) | _keys(keys)))


_SQL_STEPS = """
SELECT
  workspace_id, query_source_job_id AS job_id, {is_asked} AS is_asked, COUNT(*) AS statements,
  AVG(duration_seconds) AS mean_seconds, AVG(queue_seconds) AS queue_seconds, AVG(startup_seconds) AS startup_seconds,
  AVG(read_gb) AS read_gb, AVG(spilled_gb) AS spilled_gb
FROM fact_query_history
WHERE ({asked} OR {before}) AND query_source_job_id IS NOT NULL AND is_timed
  AND array_contains(split(:jobs, '\\n'), concat(workspace_id, '/', query_source_job_id))
GROUP BY workspace_id, query_source_job_id, {is_asked}
ORDER BY workspace_id, query_source_job_id, is_asked
"""


async def job_statements(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """The SQL statements that the jobs ran on warehouses or serverless compute, per statement on average.

    Columns: workspace_id, job_id, is_asked, statements, mean_seconds, queue_seconds, startup_seconds, read_gb,
    spilled_gb. No row for jobs whose statements query history does not tie to them.
    """
    sql = _SQL_STEPS.format(
        **{name: f"({_IN.format(column='start_time', name=name)})" for name in ("asked", "before")},
        is_asked="start_time >= :asked_start",
    )
    return await warehouse.query(Statement("job_statements", sql, _bounds({"asked": asked, "before": before}) | _keys(keys)))


_LOAD = """
WITH runs AS (
  SELECT workspace_id, job_id, run_id, MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time
  FROM system.lakeflow.job_run_timeline
  WHERE ({asked} OR {before})
    AND workspace_id IN (SELECT split(k.key, '/')[0] FROM (SELECT explode(split(:jobs, '\\n')) AS key) AS k)
  GROUP BY workspace_id, job_id, run_id
)
SELECT
  c.workspace_id, c.job_id, c.is_asked, COUNT(*) AS runs, AVG(CAST(c.others AS DOUBLE)) AS others
FROM (
  SELECT
    a.workspace_id, a.job_id, a.run_id, a.start_time >= :asked_start AS is_asked, COUNT(b.run_id) AS others
  FROM runs AS a
  LEFT JOIN runs AS b
    ON a.workspace_id = b.workspace_id AND a.run_id <> b.run_id
    AND b.start_time < a.end_time AND b.end_time > a.start_time
  WHERE {chosen}
  GROUP BY a.workspace_id, a.job_id, a.run_id, a.start_time
) AS c
GROUP BY c.workspace_id, c.job_id, c.is_asked
ORDER BY c.workspace_id, c.job_id, c.is_asked
"""


async def job_load(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """Other job runs of the workspace that overlapped a run of the jobs, on average per run.

    Columns: workspace_id, job_id, is_asked, runs, others.
    """
    sql = _LOAD.format(
        **{name: f"({_IN.format(column='period_start_time', name=name)})" for name in ("asked", "before")},
        chosen=_CHOSEN.format(alias="a."),
    )
    return await warehouse.query(Statement("job_load", sql, _bounds({"asked": asked, "before": before}) | _keys(keys)))


_COST = """
SELECT
  workspace_id, resource_id AS job_id,
  SUM(CASE WHEN {asked} THEN cost ELSE 0 END) AS cost_asked,
  SUM(CASE WHEN {before} THEN cost ELSE 0 END) AS cost_before,
  max_by(run_as, usage_start_time) AS run_as
FROM usage_cost
WHERE usage_date >= :first_date AND usage_date <= :last_date AND resource_kind = 'job' AND ({asked} OR {before})
  AND array_contains(split(:jobs, '\\n'), concat(workspace_id, '/', resource_id))
GROUP BY workspace_id, resource_id
ORDER BY workspace_id, resource_id
"""


async def job_bills(warehouse: Warehouse, asked: Period, before: Period, keys: Sequence[str]) -> Table:
    """What the jobs cost in both periods (USD), and as whom they run.

    Columns: workspace_id, job_id, cost_asked, cost_before, run_as.
    """
    periods = {"asked": asked, "before": before}
    sql = _COST.format(**{name: f"({_IN.format(column='usage_start_time', name=name)})" for name in periods})
    days = {"first_date": min(asked.start, before.start).date(), "last_date": max(asked.end, before.end).date()}
    return await warehouse.query(Statement("job_bills", sql, _bounds(periods) | _keys(keys) | days))


def _bounds(periods: dict[str, Period]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, period in periods.items():
        params |= {f"{name}_start": period.start, f"{name}_end": period.end}
    return params


def _keys(keys: Sequence[str]) -> dict[str, Any]:
    return {"jobs": "\n".join(keys)}
