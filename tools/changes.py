"""Who changed what in the account: definitions, settings, rights, deletions. From the audit log."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

# The parameter that holds the changed object's key differs by service.
_KEY = """COALESCE(
      a.request_params['full_name_arg'], a.request_params['securable_full_name'], a.request_params['table_full_name'],
      a.request_params['job_id'], a.request_params['jobId'], a.request_params['cluster_id'], a.request_params['clusterId'],
      a.request_params['warehouse_id'], a.request_params['warehouseId'], a.request_params['endpoint_name'],
      a.request_params['id'], a.request_params['name'], a.request_params['workspaceConfKeys'],
      a.request_params['targetGroupName'], a.request_params['targetUserName']
    )"""
_NAMED = {
    "jobs": "SELECT j.job_id FROM dim_job AS j WHERE array_contains(split(:jobs, '\\n'), j.name)",
    "clusters": ("SELECT c.cluster_id FROM dim_cluster AS c WHERE array_contains(split(:clusters, '\\n'), c.cluster_name)"),
    "warehouses": (
        "SELECT w.warehouse_id FROM dim_warehouse AS w WHERE array_contains(split(:warehouses, '\\n'), w.warehouse_name)"
    ),
}
_CHANGES = """
SELECT
  user_email, MAX(user_type) AS user_type, service_name, action_name, action_category, object_key, workspace_name,
  is_failed_action AS is_failed, COUNT(*) AS event_count, MIN(event_time) AS first_time, MAX(event_time) AS last_time,
  MAX(source_ip_address) AS source_ip
FROM (
  SELECT a.*, {key} AS object_key
  FROM audit_events_named AS a
  WHERE a.event_date >= :first_date AND a.event_date <= :last_date AND a.event_time >= :start AND a.event_time < :end
    AND a.action_category IN ({categories}) AND a.action_name NOT ILIKE 'run%'{who}{where}
) AS c
{named}
GROUP BY user_email, service_name, action_name, action_category, object_key, workspace_name, is_failed_action
ORDER BY last_time DESC, user_email, service_name, action_name, object_key
"""
CATEGORIES = ("PERMISSION", "DELETE", "UPDATE", "CREATE", "OTHER")


async def account_changes(
    warehouse: Warehouse,
    period: Period,
    *,
    categories: Sequence[str] = CATEGORIES,
    named: dict[str, Sequence[str]] | None = None,
    users: Sequence[str] = (),
    workspaces: Sequence[str] = (),
) -> Table:
    """Changes in the period, equal ones together, newest first; `named` narrows them to objects by display name.

    The keys of `named` are jobs, clusters, warehouses and keys (tables, endpoints and whatever names itself).
    Columns: user_email, user_type, service_name, action_name, action_category, object_key, workspace_name, is_failed,
    event_count, first_time, last_time, source_ip.
    """
    if unknown := set(categories) - set(CATEGORIES):
        raise ValueError(f"no action category {unknown}")
    given = {kind: names for kind, names in (named or {}).items() if names}
    params: dict[str, Any] = {
        "first_date": period.start.date(),
        "last_date": period.end.date(),
        "start": period.start,
        "end": period.end,
        **{kind: "\n".join(names) for kind, names in given.items()},
    }
    params |= {"users": "\n".join(user.lower() for user in users)} if users else {}
    params |= {"workspaces": "\n".join(workspaces)} if workspaces else {}
    parts = [f"c.object_key IN ({_NAMED[kind]})" for kind in given if kind in _NAMED]
    parts += ["array_contains(split(lower(:keys), '\\n'), lower(c.object_key))"] if "keys" in given else []
    sql = _CHANGES.format(
        key=_KEY,
        categories=", ".join(f"'{category}'" for category in categories),
        who=" AND array_contains(split(:users, '\\n'), a.user_email)" if users else "",
        where=" AND array_contains(split(:workspaces, '\\n'), a.workspace_name)" if workspaces else "",
        named=f"WHERE {' OR '.join(parts)}" if parts else "",
    )
    return await warehouse.query(Statement("account_changes", sql, params, max_rows=5_000))


_DAYS = """
SELECT
  COUNT(*) AS events, COUNT(DISTINCT event_date) AS days_with_events,
  COUNT(DISTINCT CASE WHEN user_type = 'HUMAN_USER' THEN user_email END) AS people,
  COUNT(DISTINCT CASE WHEN user_type = 'SERVICE_PRINCIPAL' THEN user_email END) AS service_principals,
  COUNT_IF(is_sensitive_action) AS sensitive_events,
  COUNT_IF(is_failed_action) AS failed_events,
  COUNT_IF(is_failed_action AND action_category = 'AUTHENTICATION') AS failed_logins,
  COUNT_IF(action_category = 'PERMISSION' AND NOT is_failed_action) AS permission_changes,
  COUNT_IF(action_category = 'DELETE' AND NOT is_failed_action) AS deletions,
  COUNT_IF(is_export AND NOT is_failed_action) AS exports,
  MAX(event_time) AS last_time
FROM {source}
WHERE event_date >= :first_date AND event_date <= :last_date AND event_time >= :start AND event_time < :end{where}
"""


async def audit_totals(warehouse: Warehouse, period: Period, workspaces: Sequence[str] = ()) -> Table:
    """The audit log of the period in numbers, one row.

    Columns: events, days_with_events, people, service_principals, sensitive_events, failed_events, failed_logins,
    permission_changes, deletions, exports, last_time.
    """
    params: dict[str, Any] = {
        "first_date": period.start.date(),
        "last_date": period.end.date(),
        "start": period.start,
        "end": period.end,
    }
    params |= {"workspaces": "\n".join(workspaces)} if workspaces else {}
    sql = _DAYS.format(
        source="audit_events_named" if workspaces else "fact_audit_logs",
        where=" AND array_contains(split(:workspaces, '\\n'), workspace_name)" if workspaces else "",
    )
    return await warehouse.query(Statement("audit_totals", sql, params))


_IDENTITIES = """
SELECT user_email, MAX(user_type) AS user_type, MAX(subject_name) AS display_name, MAX(event_time) AS last_time,
  COUNT_IF(event_time >= :start) AS events,
  MAX(CASE WHEN event_time < :start THEN event_time END) AS last_before,
  MIN(CASE WHEN event_time >= :start THEN event_time END) AS first_time
FROM (
  SELECT user_email, user_type, user_identity_subject_name AS subject_name, event_time
  FROM fact_audit_logs
  WHERE event_date >= :first_date AND event_date <= :last_date AND event_time < :end
    AND user_type IN ('HUMAN_USER', 'SERVICE_PRINCIPAL')
) AS e
GROUP BY user_email
ORDER BY last_time, user_email
"""


async def identities_seen(warehouse: Warehouse, period: Period, first_day: date) -> Table:
    """Every identity of the audit log since `first_day`, longest silent first; events are those of the period.

    Columns: user_email, user_type, display_name, last_time, events, last_before (the period), first_time (in it).
    """
    params = {"first_date": first_day, "last_date": period.end.date(), "start": period.start, "end": period.end}
    return await warehouse.query(Statement("identities_seen", _IDENTITIES, params, max_rows=100_000))
