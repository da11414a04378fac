"""The last ended runs of each job, as far as the failure predictor looks back."""

from datetime import datetime, timedelta

from tools.table import Table
from tools.warehouse import Statement, Warehouse

REACH = timedelta(days=30)
LAST = 50  # runs of a job

_RECENT = """
WITH runs AS (
  SELECT
    workspace_id, job_id, run_id, MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
    max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
    MAX(try_element_at(compute_ids, 1)) AS compute_id
  FROM system.lakeflow.job_run_timeline
  WHERE period_start_time >= :since AND period_end_time <= :until
  GROUP BY workspace_id, job_id, run_id
),
kept AS (
  SELECT r.*, ROW_NUMBER() OVER (PARTITION BY workspace_id, job_id ORDER BY end_time DESC, run_id DESC) AS place
  FROM runs AS r
  WHERE result_state IS NOT NULL
),
attempts AS (
  SELECT workspace_id, job_run_id, COUNT(DISTINCT run_id) - COUNT(DISTINCT task_key) AS retries
  FROM system.lakeflow.job_task_run_timeline
  WHERE period_start_time >= :since AND period_end_time <= :until
  GROUP BY workspace_id, job_run_id
)
SELECT
  k.workspace_id, k.job_id, k.run_id, k.start_time, k.end_time, k.result_state, k.compute_id,
  COALESCE(a.retries, 0) AS retries
FROM kept AS k
LEFT JOIN attempts AS a ON k.workspace_id = a.workspace_id AND k.run_id = a.job_run_id
WHERE k.place <= :most
ORDER BY k.end_time, k.workspace_id, k.run_id
"""


async def recent_runs(warehouse: Warehouse, until: datetime) -> Table:
    """The last 50 runs of each job that ended in the 30 days before `until`, oldest first.

    Columns: workspace_id, job_id, run_id, start_time, end_time, result_state, compute_id, retries (repeated attempts).
    """
    params = {"since": until - REACH, "until": until, "most": LAST}
    return await warehouse.query(Statement("recent_runs", _RECENT, params, max_rows=500_000))
