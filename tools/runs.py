"""How job runs ended, at exact instants: per job beside another period, and by day or hour of the asker's zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

LONGEST_RUN = timedelta(days=2)
ALIVE = timedelta(hours=2)  # a run without a state whose last slice is older has been lost, and does not run

# A run belongs to the period in which it ended. A run cut off by the end of what is read has no state: it ran on.
RUNS = """
runs AS (
  SELECT
    workspace_id, job_id, run_id, MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
    MAX(run_name) AS run_name,
    max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS state,
    max_by(termination_code, period_end_time) FILTER (WHERE termination_code IS NOT NULL) AS code
  FROM system.lakeflow.job_run_timeline
  WHERE period_end_time >= :reach_start AND period_end_time < :reach_end
  GROUP BY workspace_id, job_id, run_id
),
told AS (
  SELECT
    r.*, COALESCE(j.name, r.run_name, r.job_id) AS job_name, COALESCE(w.workspace_name, r.workspace_id) AS workspace_name,
    w.workspace_url, j.run_as, j.tags_json, j.delete_time,
    COALESCE(r.state IN ('FAILED', 'ERROR', 'TIMED_OUT'), FALSE) AS is_failed,
    COALESCE(r.state = 'SUCCEEDED', FALSE) AS is_ok,
    CAST(timestampdiff(SECOND, r.start_time, r.end_time) AS DOUBLE) / 60 AS minutes,
    CASE
      WHEN r.end_time >= :asked_start AND r.end_time < :asked_end THEN 'asked'
      WHEN r.end_time >= :before_start AND r.end_time < :before_end THEN 'before'
      ELSE 'other'
    END AS part
  FROM runs AS r
  LEFT JOIN dim_job AS j ON r.workspace_id = j.workspace_id AND r.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON r.workspace_id = w.workspace_id
)"""
_OUTCOMES = """
WITH {runs}
SELECT
  t.workspace_id, MAX(t.workspace_name) AS workspace_name, MAX(t.workspace_url) AS workspace_url, t.job_id,
  MAX(t.job_name) AS job_name, MAX(t.run_as) AS run_as, MAX(t.tags_json) AS tags_json,
  MAX(t.delete_time) AS delete_time,
  {figures},
  MAX(CASE WHEN t.state IS NOT NULL THEN t.end_time END) AS last_time,
  max_by(t.state, t.end_time) FILTER (WHERE t.state IS NOT NULL) AS last_state,
  max_by(t.run_id, t.end_time) FILTER (WHERE t.state IS NOT NULL) AS last_run_id,
  MAX(CASE WHEN t.is_ok THEN t.end_time END) AS last_success,
  COUNT_IF(t.state IS NULL AND t.end_time >= :alive) AS running
FROM told AS t
{where}
GROUP BY t.workspace_id, t.job_id
ORDER BY failed_asked DESC, t.workspace_id, t.job_id
"""
_FIGURES = (
    "COUNT_IF(t.part = '{part}' AND t.is_ok) AS ok_{part}",
    "COUNT_IF(t.part = '{part}' AND t.is_failed) AS failed_{part}",
    "COUNT_IF(t.part = '{part}' AND t.state = 'CANCELLED') AS cancelled_{part}",
    "COUNT_IF(t.part = '{part}' AND t.state IN ('SKIPPED', 'BLOCKED')) AS skipped_{part}",
)
_NAMED = {
    "jobs": "array_contains(split(:jobs, '\\n'), t.job_name)",
    "workspaces": "array_contains(split(:workspaces, '\\n'), t.workspace_name)",
}


async def job_outcomes(
    warehouse: Warehouse,
    asked: Period,
    before: Period,
    *,
    now: datetime,
    jobs: Sequence[str] = (),
    workspaces: Sequence[str] = (),
) -> Table:
    """Runs of each job that ended in the asked period and in the one before, most failures first.

    Columns: workspace_id, workspace_name, workspace_url, job_id, job_name, run_as, tags_json, delete_time; ok, failed
    (timed out ones too), cancelled, skipped, each _asked and _before; last_time, last_state and last_run_id of the last
    ended run, last_success, running (now).
    """
    where, params = narrowed(jobs, workspaces)
    sql = _OUTCOMES.format(
        runs=RUNS,
        figures=",\n  ".join(figure.format(part=part) for part in ("asked", "before") for figure in _FIGURES),
        where=where,
    )
    params |= bounds(asked, before, now) | {"alive": now - ALIVE}
    return await warehouse.query(Statement("job_outcomes", sql, params, max_rows=100_000))


_BY_DAY = """
WITH {runs}
SELECT
  CAST(from_utc_timestamp(t.end_time, :tz) AS DATE) AS day, COUNT_IF(t.is_ok) AS ok, COUNT_IF(t.is_failed) AS failed,
  COUNT(DISTINCT CASE WHEN t.is_failed THEN concat(t.workspace_id, '/', t.job_id) END) AS failing_jobs
FROM told AS t
{where}
GROUP BY CAST(from_utc_timestamp(t.end_time, :tz) AS DATE)
ORDER BY day
"""
_BY_HOUR = """
WITH {runs}
SELECT
  weekday(from_utc_timestamp(t.end_time, :tz)) AS weekday, hour(from_utc_timestamp(t.end_time, :tz)) AS hour,
  COUNT_IF(t.is_ok) AS ok, COUNT_IF(t.is_failed) AS failed
FROM told AS t
{where}
GROUP BY weekday(from_utc_timestamp(t.end_time, :tz)), hour(from_utc_timestamp(t.end_time, :tz))
ORDER BY weekday, hour
"""


async def outcomes_by_day(
    warehouse: Warehouse, asked: Period, *, jobs: Sequence[str] = (), workspaces: Sequence[str] = ()
) -> Table:
    """Runs that ended on each day of the period's zone. Columns: day, ok, failed, failing_jobs."""
    return await _by_time(warehouse, "outcomes_by_day", _BY_DAY, asked, jobs, workspaces)


async def outcomes_by_hour(
    warehouse: Warehouse, asked: Period, *, jobs: Sequence[str] = (), workspaces: Sequence[str] = ()
) -> Table:
    """Runs that ended at each hour of the week in the period's zone. Columns: weekday (0 = Monday), hour, ok, failed."""
    return await _by_time(warehouse, "outcomes_by_hour", _BY_HOUR, asked, jobs, workspaces)


async def _by_time(
    warehouse: Warehouse, tool: str, sql: str, asked: Period, jobs: Sequence[str], workspaces: Sequence[str]
) -> Table:
    where, params = narrowed(jobs, workspaces, "t.part = 'asked'")
    params |= bounds(asked, Period(asked.start, asked.start, asked.tz), asked.end) | {"tz": asked.tz}
    return await warehouse.query(Statement(tool, sql.format(runs=RUNS, where=where), params))


def narrowed(jobs: Sequence[str], workspaces: Sequence[str], *conditions: str) -> tuple[str, dict[str, Any]]:
    """A WHERE over `told` and its values: display names of jobs and workspaces, none = all."""
    given = {name: "\n".join(values) for name, values in (("jobs", jobs), ("workspaces", workspaces)) if values}
    parts = [*conditions, *(_NAMED[name] for name in given)]
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), dict(given)


def bounds(asked: Period, before: Period, now: datetime) -> dict[str, Any]:
    """The instants of RUNS: both periods, and what must be read so that their runs are whole."""
    return {
        "asked_start": asked.start,
        "asked_end": asked.end,
        "before_start": before.start,
        "before_end": before.end,
        "reach_start": min(asked.start, before.start) - LONGEST_RUN,
        "reach_end": max(asked.end, before.end, now) if asked.end >= now - ALIVE else max(asked.end, before.end),
    }
