"""Which runs kept the time promised for their job: minutes asked for, or the job's own tag. At exact instants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tools.period import Period
from tools.runs import ALIVE, RUNS, bounds, narrowed
from tools.table import Table
from tools.tool import check
from tools.warehouse import Statement, Warehouse

TAGS = ("sla_minutes", "SLA_MINUTES", "slaMinutes", "sla")
_TAGGED = "COALESCE(" + ", ".join(f"try_cast(get_json_object(t.tags_json, '$.{tag}') AS DOUBLE)" for tag in TAGS) + ")"
_JUDGED = """
WITH {runs},
judged AS (
  SELECT p.*, p.is_ok AND p.minutes <= p.target AS is_on_time, p.is_ok AND p.minutes > p.target AS is_late
  FROM (SELECT t.*, {target} AS target FROM told AS t {where}) AS p
  WHERE p.target IS NOT NULL
)"""
_PER_JOB = (
    _JUDGED
    + """
SELECT
  j.workspace_id, MAX(j.workspace_name) AS workspace_name, MAX(j.workspace_url) AS workspace_url, j.job_id,
  MAX(j.job_name) AS job_name, MAX(j.tags_json) AS tags_json, MAX(j.target) AS target_minutes,
  {figures},
  percentile(CASE WHEN j.part = 'asked' AND j.is_ok THEN j.minutes END, 0.5) AS median_asked,
  percentile(CASE WHEN j.part = 'before' AND j.is_ok THEN j.minutes END, 0.5) AS median_before,
  MAX(CASE WHEN j.part = 'asked' AND j.is_ok THEN j.minutes END) AS longest_asked,
  MAX(CASE WHEN j.part = 'asked' AND (j.is_late OR j.is_failed) THEN j.end_time END) AS last_breach,
  COUNT_IF(j.state IS NULL AND j.end_time >= :alive AND j.minutes > j.target) AS running_late
FROM judged AS j
GROUP BY j.workspace_id, j.job_id
ORDER BY j.workspace_id, j.job_id
"""
)
_FIGURES = (
    "COUNT_IF(j.part = '{part}' AND j.is_on_time) AS on_time_{part}",
    "COUNT_IF(j.part = '{part}' AND j.is_late) AS late_{part}",
    "COUNT_IF(j.part = '{part}' AND j.is_failed) AS failed_{part}",
)
_PER_HOUR = (
    _JUDGED
    + """
SELECT
  weekday(from_utc_timestamp(j.start_time, :tz)) AS weekday, hour(from_utc_timestamp(j.start_time, :tz)) AS hour,
  CAST(from_utc_timestamp(j.end_time, :tz) AS DATE) AS day,
  COUNT_IF(j.is_on_time) AS on_time, COUNT_IF(j.is_late) AS late, COUNT_IF(j.is_failed) AS failed
FROM judged AS j
WHERE j.part = 'asked'
GROUP BY weekday(from_utc_timestamp(j.start_time, :tz)), hour(from_utc_timestamp(j.start_time, :tz)),
  CAST(from_utc_timestamp(j.end_time, :tz) AS DATE)
ORDER BY day, hour
"""
)


async def kept_by_job(
    warehouse: Warehouse,
    asked: Period,
    before: Period,
    *,
    now: datetime,
    sla_minutes: float | None = None,
    jobs: Sequence[str] = (),
    workspaces: Sequence[str] = (),
) -> Table:
    """Runs on time, late and failed of each job with a target: `sla_minutes` for all, else the job's tag.

    Columns: workspace_id, workspace_name, workspace_url, job_id, job_name, tags_json, target_minutes; on_time, late,
    failed, median, each _asked and _before; longest_asked, last_breach, running_late (now). Cancelled runs count
    neither way; a failed run is never on time.
    """
    figures = ",\n  ".join(figure.format(part=part) for part in ("asked", "before") for figure in _FIGURES)
    sql, params = _filled(_PER_JOB, sla_minutes, jobs, workspaces, figures=figures)
    params |= bounds(asked, before, now) | {"alive": now - ALIVE}
    return await warehouse.query(Statement("kept_by_job", sql, params, max_rows=100_000))


async def kept_by_hour(
    warehouse: Warehouse,
    asked: Period,
    *,
    now: datetime,
    sla_minutes: float | None = None,
    jobs: Sequence[str] = (),
    workspaces: Sequence[str] = (),
) -> Table:
    """The same over all jobs by the hour at which the runs started, in the period's zone.

    Columns: weekday (0 = Monday), hour, day (on which the runs ended), on_time, late, failed.
    """
    sql, params = _filled(_PER_HOUR, sla_minutes, jobs, workspaces)
    params |= bounds(asked, Period(asked.start, asked.start, asked.tz), now) | {"tz": asked.tz}
    return await warehouse.query(Statement("kept_by_hour", sql, params))


def _filled(
    sql: str, sla_minutes: float | None, jobs: Sequence[str], workspaces: Sequence[str], **parts: str
) -> tuple[str, dict[str, Any]]:
    where, params = narrowed(jobs, workspaces)
    if sla_minutes is not None:
        check("kept_by_job", {"sla_minutes": sla_minutes})
        params["sla_minutes"] = float(sla_minutes)
    target = "CAST(:sla_minutes AS DOUBLE)" if sla_minutes is not None else _TAGGED
    return sql.format(runs=RUNS, where=where, target=target, **parts), params
