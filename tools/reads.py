"""Who read a table's data, and when: the credentials that Unity Catalog handed out for it, from the audit log."""

from collections.abc import Sequence
from typing import Any

from tools.identities import HISTORY
from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

# A read is unusual in an hour of the day in and around which its reader had under 1 % of their own events.
_READS = """
WITH reads AS (
  SELECT
    user_email, user_type, table_name, hour(event_time) AS hour_utc, event_time < :start AS is_history, COUNT(*) AS n,
    MIN(event_time) AS first_time, MAX(event_time) AS last_time, MAX(workspace_id) AS workspace_id
  FROM (
    SELECT e.*, lower(e.request_params['table_full_name']) AS table_name
    FROM fact_audit_logs AS e
    WHERE e.event_date >= :first_date AND e.event_date <= :last_date
      AND e.event_time >= :history_start AND e.event_time < :end
      AND e.action_name = 'generateTemporaryTableCredential' AND NOT e.is_failed_action
  ) AS a
  WHERE {tables}
  GROUP BY user_email, user_type, table_name, hour(event_time), event_time < :start
),
usual AS (
  SELECT user_email, hour(event_time) AS hour_utc, COUNT(*) AS n
  FROM fact_audit_logs
  WHERE event_date >= :first_date AND event_time >= :history_start AND event_time < :start
    AND user_email IN (SELECT r.user_email FROM reads AS r WHERE NOT r.is_history)
  GROUP BY user_email, hour(event_time)
),
judged AS (
  SELECT
    r.user_email, r.user_type, r.table_name, r.hour_utc, r.is_history, r.n, r.first_time, r.last_time, r.workspace_id,
    r.user_type = 'HUMAN_USER' AND COALESCE(
      SUM(CASE WHEN abs(u.hour_utc - r.hour_utc) IN (0, 1, 23) THEN u.n ELSE 0 END) < 0.01 * SUM(u.n), FALSE
    ) AS is_unusual
  FROM reads AS r
  LEFT JOIN usual AS u ON r.user_email = u.user_email
  GROUP BY
    r.user_email, r.user_type, r.table_name, r.hour_utc, r.is_history, r.n, r.first_time, r.last_time, r.workspace_id
)
SELECT
  j.table_name, j.user_email, MAX(j.user_type) AS user_type, MAX(COALESCE(w.workspace_name, j.workspace_id)) AS workspace_name,
  SUM(CASE WHEN j.is_history THEN 0 ELSE j.n END) AS read_count,
  SUM(CASE WHEN j.is_unusual AND NOT j.is_history THEN j.n ELSE 0 END) AS unusual_hour_reads,
  try_divide(CAST(SUM(CASE WHEN j.is_history THEN j.n ELSE 0 END) AS DOUBLE), 28.0) AS usual_daily_reads,
  MIN(CASE WHEN NOT j.is_history THEN j.first_time END) AS first_time,
  MAX(CASE WHEN NOT j.is_history THEN j.last_time END) AS last_time
FROM judged AS j
LEFT JOIN dim_workspace AS w ON j.workspace_id = w.workspace_id
GROUP BY j.table_name, j.user_email
HAVING SUM(CASE WHEN j.is_history THEN 0 ELSE j.n END) > 0
ORDER BY read_count DESC, j.table_name, j.user_email
"""
_NAMED = "array_contains(split(:tables, '\\n'), a.table_name)"
_CLASSIFIED = """a.table_name IN (
    SELECT lower(concat(c.catalog_name, '.', c.schema_name, '.', c.table_name))
    FROM system.data_classification.results AS c
    WHERE c.class_tag IS NOT NULL
  )"""


async def table_reads(warehouse: Warehouse, period: Period, tables: Sequence[str] = ()) -> Table:
    """Reads of the named tables, or of all with classified data, per table and identity, most reads first.

    Columns: table_name, user_email, user_type, workspace_name, read_count, unusual_hour_reads (in hours unusual for
    that person), usual_daily_reads (28 days before), first_time, last_time. MissingTableError where no table is named
    and data classification is not enabled.
    """
    begins = period.start - HISTORY
    params: dict[str, Any] = {
        "first_date": begins.date(),
        "last_date": period.end.date(),
        "history_start": begins,
        "start": period.start,
        "end": period.end,
    }
    if tables:
        params["tables"] = "\n".join(table.lower() for table in tables)
    sql = _READS.format(tables=_NAMED if tables else _CLASSIFIED)
    return await warehouse.query(Statement("table_reads", sql, params))


_CALLERS = """
SELECT
  d.endpoint_name, u.requester, COUNT(*) AS requests, COUNT_IF(u.status_code >= 400) AS failed_requests,
  SUM(COALESCE(u.input_token_count, 0) + COALESCE(u.output_token_count, 0)) AS tokens,
  MIN(u.request_time) AS first_time, MAX(u.request_time) AS last_time
FROM system.serving.endpoint_usage AS u
JOIN dim_served_entities AS d ON u.served_entity_id = d.served_entity_id
WHERE u.request_time >= :start AND u.request_time < :end AND array_contains(split(:endpoints, '\\n'), d.endpoint_name)
GROUP BY d.endpoint_name, u.requester
ORDER BY requests DESC, d.endpoint_name, u.requester
"""


async def endpoint_callers(warehouse: Warehouse, period: Period, endpoints: Sequence[str]) -> Table:
    """Who called the serving endpoints, most requests first.

    Columns: endpoint_name, requester, requests, failed_requests, tokens, first_time, last_time.
    """
    params = {"start": period.start, "end": period.end, "endpoints": "\n".join(endpoints)}
    return await warehouse.query(Statement("endpoint_callers", _CALLERS, params))
