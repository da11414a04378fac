"""How long job runs take in a period, the one before and the month before that, at exact instants."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

LONGEST_RUN = timedelta(days=2)

_IN = "{column} >= :{name}_start AND {column} < :{name}_end"
# A run that began before the first slice read shows no start and is left out; one that still runs has no outcome.
_DURATIONS = """
WITH runs AS (
  SELECT
    workspace_id, job_id, run_id, MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
    MAX(run_name) AS run_name,
    max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS state
  FROM system.lakeflow.job_run_timeline
  WHERE period_start_time >= :reach_start AND period_start_time < :reach_end
  GROUP BY workspace_id, job_id, run_id
),
timed AS (
  SELECT
    r.*, COALESCE(r.state, 'RUNNING') AS outcome,
    CAST(timestampdiff(SECOND, r.start_time, r.end_time) AS DOUBLE) / 60 AS minutes,
    CASE WHEN {asked} THEN 'asked' WHEN {before} THEN 'before' WHEN {month} THEN 'month' ELSE 'other' END AS part
  FROM runs AS r
)
SELECT
  t.workspace_id, COALESCE(w.workspace_name, t.workspace_id) AS workspace_name, MAX(w.workspace_url) AS workspace_url,
  t.job_id, COALESCE(MAX(j.name), MAX(t.run_name), t.job_id) AS job_name, MAX(t.run_name) AS run_name,
  {figures},
  COUNT_IF(t.part = 'asked' AND t.outcome IN ('FAILED', 'ERROR', 'TIMED_OUT')) AS failed_runs,
  COUNT_IF(t.outcome = 'RUNNING' AND t.end_time >= :alive) AS running,
  MIN(CASE WHEN t.outcome = 'RUNNING' AND t.end_time >= :alive THEN t.start_time END) AS running_since
FROM timed AS t
LEFT JOIN dim_job AS j ON t.workspace_id = j.workspace_id AND t.job_id = j.job_id
LEFT JOIN dim_workspace AS w ON t.workspace_id = w.workspace_id
GROUP BY t.workspace_id, w.workspace_name, t.job_id
{having}
ORDER BY t.workspace_id, t.job_id
"""
_FIGURES = (
    "COUNT_IF(t.part = '{part}' AND t.outcome = 'SUCCEEDED') AS runs_{part}",
    "AVG(CASE WHEN t.part = '{part}' AND t.outcome = 'SUCCEEDED' THEN t.minutes END) AS mean_{part}",
    "percentile(CASE WHEN t.part = '{part}' AND t.outcome = 'SUCCEEDED' THEN t.minutes END, 0.5) AS median_{part}",
    "percentile(CASE WHEN t.part = '{part}' AND t.outcome = 'SUCCEEDED' THEN t.minutes END, 0.9) AS p90_{part}",
    "MAX(CASE WHEN t.part = '{part}' AND t.outcome = 'SUCCEEDED' THEN t.minutes END) AS max_{part}",
)


async def job_durations(
    warehouse: Warehouse,
    asked: Period,
    before: Period,
    month: Period,
    *,
    now: datetime,
    jobs: Sequence[str] = (),
    workspaces: Sequence[str] = (),
) -> Table:
    """Minutes of the successful runs of each job that start in the asked period, the one before and the month before.

    `jobs` and `workspaces` are display names. Columns: workspace_id, workspace_name, workspace_url, job_id, job_name,
    run_name; runs, mean, median, p90 and max, each _asked, _before and _month; failed_runs (asked), running (now),
    running_since. A run that starts in `before` counts there only; `month` is what else starts in it.
    """
    periods = {"asked": asked, "before": before, "month": month}
    first = min(period.start for period in periods.values())
    last = max(period.end for period in periods.values())
    conditions, params = [], _bounds(periods)
    if jobs:
        conditions.append("array_contains(split(:jobs, '\\n'), COALESCE(MAX(j.name), MAX(t.run_name), t.job_id))")
        params["jobs"] = "\n".join(jobs)
    if workspaces:
        conditions.append("array_contains(split(:workspaces, '\\n'), w.workspace_name)")
        params["workspaces"] = "\n".join(workspaces)
    sql = _DURATIONS.format(
        **{name: _IN.format(column="r.start_time", name=name) for name in periods},
        figures=",\n  ".join(figure.format(part=part) for part in periods for figure in _FIGURES),
        having=f"HAVING {' AND '.join(conditions)}" if conditions else "",
    )
    params |= {"reach_start": first, "reach_end": max(last + LONGEST_RUN, now), "alive": now - timedelta(hours=2)}
    return await warehouse.query(Statement("job_durations", sql, params, max_rows=100_000))


_CLUSTERS_OF = """
SELECT DISTINCT t.workspace_id, x.compute_id AS cluster_id
FROM system.lakeflow.job_task_run_timeline AS t
JOIN dim_job AS j ON t.workspace_id = j.workspace_id AND t.job_id = j.job_id
LATERAL VIEW explode(t.compute_ids) x AS compute_id
WHERE {asked} AND array_contains(split(:jobs, '\\n'), j.name)
ORDER BY t.workspace_id, cluster_id
"""


async def clusters_of(warehouse: Warehouse, period: Period, jobs: Sequence[str]) -> Table:
    """The clusters that jobs of these names ran on. Columns: workspace_id, cluster_id."""
    sql = _CLUSTERS_OF.format(asked=_IN.format(column="t.period_start_time", name="asked"))
    return await warehouse.query(Statement("clusters_of", sql, _bounds({"asked": period}) | {"jobs": "\n".join(jobs)}))


def _bounds(periods: dict[str, Period]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, period in periods.items():
        params |= {f"{name}_start": period.start, f"{name}_end": period.end}
    return params
