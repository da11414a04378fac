"""How given tables are kept: their latest quality result, their last change, and how often they are usually written."""

from collections.abc import Iterable
from datetime import date, datetime

from tools.flows import named
from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_HEALTH = """
SELECT *
FROM get_data_quality_results(:first_date, :last_date) AS q
WHERE q.is_latest AND array_contains(split(:nodes, '\\n'), lower(q.table_full_name))
ORDER BY q.table_full_name
"""
# A table's usual pause: between two moments at which it was written, whatever wrote it.
_RHYTHM = """
WITH moments AS (
  SELECT DISTINCT lower(l.target_table_full_name) AS node, l.event_time
  FROM system.access.table_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND l.event_time <= :as_of
    AND l.target_table_full_name IS NOT NULL AND COALESCE(l.target_type, 'TABLE') NOT IN ('VIEW', 'METRIC_VIEW')
),
pauses AS (
  SELECT
    m.node, m.event_time,
    CAST(timestampdiff(
      SECOND, LAG(m.event_time) OVER (PARTITION BY m.node ORDER BY m.event_time), m.event_time
    ) AS DOUBLE) / 3600 AS hours
  FROM moments AS m
)
SELECT
  p.node, COUNT(*) AS writes, MAX(p.event_time) AS last_write, percentile(p.hours, 0.5) AS usual_hours,
  percentile(p.hours, 0.95) AS long_hours,
  CAST(timestampdiff(SECOND, MAX(p.event_time), :as_of) AS DOUBLE) / 3600 AS hours_since
FROM pauses AS p
WHERE :every OR array_contains(split(:nodes, '\\n'), p.node)
GROUP BY p.node
ORDER BY p.node
"""
_FAILURES = """
SELECT
  lower(q.table_full_name) AS node, COUNT(*) AS results, COUNT(CASE WHEN q.status = 'UNHEALTHY' THEN 1 END) AS failed,
  COUNT(CASE WHEN q.freshness_status = 'UNHEALTHY' THEN 1 END) AS stale,
  COUNT(CASE WHEN q.completeness_status = 'UNHEALTHY' THEN 1 END) AS incomplete,
  MIN(CASE WHEN q.status = 'UNHEALTHY' THEN q.event_time END) AS first_failed,
  MAX(CASE WHEN q.status = 'UNHEALTHY' THEN q.event_time END) AS last_failed,
  max_by(q.status, q.event_time) AS status, MAX(q.event_time) AS last_result, MAX(q.impact_level) AS impact
FROM get_data_quality_results(:first_date, :last_date) AS q
WHERE q.event_time >= :start AND q.event_time < :end
GROUP BY lower(q.table_full_name)
ORDER BY failed DESC, node
"""


async def failures_in(warehouse: Warehouse, period: Period) -> Table:
    """How often each monitored table failed its checks in a period, most often first; exact instants.

    Columns: node, results, failed, stale, incomplete, first_failed, last_failed, status (the newest), last_result, impact.
    """
    whole = Period(period.start, period.end, "UTC")
    params = {"start": period.start, "end": period.end, "first_date": whole.first_day, "last_date": whole.last_day}
    return await warehouse.query(Statement("failures_in", _FAILURES, params))


async def health_of(warehouse: Warehouse, nodes: Iterable[str], first: date, last: date) -> Table:
    """The newest result of data quality monitoring per table in these UTC days. Columns as of get_data_quality_results."""
    params = {**named(nodes), "first_date": first, "last_date": last}
    return await warehouse.query(Statement("health_of", _HEALTH, params))


async def rhythm(warehouse: Warehouse, first: date, as_of: datetime, nodes: Iterable[str] | None = None) -> Table:
    """How often the nodes (None = all tables) were written since `first` (UTC day), and the hours since the last write.

    Columns: node, writes, last_write, usual_hours, long_hours (the pause that 95 % do not exceed), hours_since.
    """
    params = {**named(nodes), "first_date": first, "last_date": as_of.date(), "as_of": as_of}
    return await warehouse.query(Statement("rhythm", _RHYTHM, params))
