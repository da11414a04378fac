"""Identities against their own past, at exact instants: deviations, sign-ins, tables reached. From the audit log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

HISTORY = timedelta(days=28)
LOOK_BACK = timedelta(days=365)

_WITHIN = """event_date >= :first_date AND event_date <= :last_date
      AND event_time >= :history_start AND event_time < :end"""
_WHO = "(:users = '' OR array_contains(split(:users, '\\n'), user_email))"
_WHERE = "(:workspaces = '' OR array_contains(split(:workspaces, '\\n'), workspace_name))"

# One kind of behaviour a column. A read of a table's data shows as the credential that was handed out for it.
_KINDS = {
    "ALL_EVENTS": "COUNT(*)",
    "DATA_READS": "COUNT_IF(action_name = 'generateTemporaryTableCredential' AND NOT is_failed_action)",
    "DATA_EXPORTS": "COUNT_IF(is_export AND NOT is_failed_action)",
    "REFUSED_CALLS": "COUNT_IF(is_failed_action AND action_category <> 'AUTHENTICATION')",
    "PERMISSION_CHANGES": "COUNT_IF(action_category = 'PERMISSION' AND NOT is_failed_action)",
    "DELETIONS": "COUNT_IF(action_category = 'DELETE' AND NOT is_failed_action)",
    "SECRET_READS": "COUNT_IF(action_name ILIKE 'getSecret%' AND NOT is_failed_action)",
    "TOKENS_CREATED": "COUNT_IF(action_name ILIKE 'generateDbToken' AND NOT is_failed_action)",
}
_DEVIATIONS = """
WITH cells AS (
  SELECT
    user_email, user_type, CAST(event_time AS DATE) AS day, hour(event_time) AS hour_utc, source_ip_address AS ip,
    event_time < :start AS is_history,
    {counts}
  FROM {source}
  WHERE {within} AND user_type IN ('HUMAN_USER', 'SERVICE_PRINCIPAL') AND {who}{where}
  GROUP BY user_email, user_type, CAST(event_time AS DATE), hour(event_time), source_ip_address, event_time < :start
),
seen AS (
  SELECT
    c.*,
    MAX(CASE WHEN is_history THEN 1 ELSE 0 END) OVER (PARTITION BY user_email, ip) = 0
      AND ip IS NOT NULL AND NOT ip RLIKE '^(10|127|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.]' AS is_new_ip,
    SUM(CASE WHEN is_history THEN n_all_events ELSE 0 END) OVER (
      PARTITION BY user_email ORDER BY hour_utc RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING
    ) < 0.01 * SUM(CASE WHEN is_history THEN n_all_events ELSE 0 END) OVER (PARTITION BY user_email)
      AND user_type = 'HUMAN_USER' AS is_unusual_hour
  FROM cells AS c
),
daily AS (
  SELECT
    user_email, user_type, day, is_history,
    {sums},
    SUM(CASE WHEN is_new_ip THEN n_all_events ELSE 0 END) AS n_new_address,
    SUM(CASE WHEN is_unusual_hour THEN n_all_events ELSE 0 END) AS n_unusual_hours,
    array_join(sort_array(collect_set(CASE WHEN is_new_ip THEN ip END)), ', ') AS new_ips
  FROM seen
  GROUP BY user_email, user_type, day, is_history
),
long AS (
  SELECT d.user_email, d.user_type, d.is_history, m.kind, m.n, m.detail
  FROM daily AS d
  LATERAL VIEW explode(array(
    {structs},
    named_struct('kind', 'NEW_ADDRESS', 'n', d.n_new_address, 'detail', d.new_ips),
    named_struct('kind', 'UNUSUAL_HOURS', 'n', d.n_unusual_hours, 'detail', '')
  )) AS m
)
SELECT
  user_email, MAX(user_type) AS user_type, kind,
  SUM(CASE WHEN is_history THEN 0 ELSE n END) AS event_count,
  MAX(CASE WHEN is_history THEN 0 ELSE n END) AS busiest_day,
  COALESCE(AVG(CASE WHEN is_history THEN CAST(n AS DOUBLE) END), 0) AS usual_day,
  COALESCE(STDDEV_SAMP(CASE WHEN is_history THEN CAST(n AS DOUBLE) END), 0) AS usual_deviation,
  COALESCE(MAX(CASE WHEN is_history THEN n END), 0) AS usual_maximum,
  COUNT_IF(is_history) AS usual_days,
  MAX(CASE WHEN is_history THEN '' ELSE COALESCE(detail, '') END) AS detail
FROM long
GROUP BY user_email, kind
HAVING SUM(CASE WHEN is_history THEN 0 ELSE n END) > 0
ORDER BY user_email, kind
"""


async def identity_deviations(
    warehouse: Warehouse, period: Period, users: Sequence[str] = (), workspaces: Sequence[str] = ()
) -> Table:
    """Per identity active in the period and kind of behaviour: how often, and how often in its own 28 days before.

    Columns: user_email, user_type, kind (ALL_EVENTS, DATA_READS, DATA_EXPORTS, REFUSED_CALLS, PERMISSION_CHANGES,
    DELETIONS, SECRET_READS, TOKENS_CREATED, NEW_ADDRESS, UNUSUAL_HOURS), event_count, busiest_day, usual_day,
    usual_deviation and usual_maximum (per active day), usual_days, detail (new addresses).
    """
    names = {kind: f"n_{kind.lower()}" for kind in _KINDS}
    sql = _DEVIATIONS.format(
        counts=",\n    ".join(f"{_KINDS[kind]} AS {name}" for kind, name in names.items()),
        sums=",\n    ".join(f"SUM({name}) AS {name}" for name in names.values()),
        structs=",\n    ".join((f"named_struct('kind', '{kind}', 'n', d.{name}, 'detail', '')") for kind, name in names.items()),
        source="audit_events_named" if workspaces else "fact_audit_logs",
        within=_WITHIN,
        who=_WHO,
        where=f" AND {_WHERE}" if workspaces else "",
    )
    return await warehouse.query(
        Statement("identity_deviations", sql, _params(period, HISTORY, users, workspaces), max_rows=100_000)
    )


_SIGN_INS = """
WITH events AS (
  SELECT
    user_email, user_type, source_ip_address AS ip, event_time, is_failed_action AS failed, event_time < :start AS is_history,
    action_category = 'AUTHENTICATION' AND action_name NOT ILIKE '%logout%' AS is_login,
    action_name ILIKE 'generateDbToken' AS is_token
  FROM fact_audit_logs
  WHERE {within} AND {who}
),
pairs AS (
  SELECT
    user_email, ip, MAX(user_type) AS user_type,
    COUNT_IF(NOT is_history AND is_login AND failed) AS failed_logins,
    COUNT_IF(NOT is_history AND is_login AND NOT failed) AS logins,
    MIN(CASE WHEN NOT is_history AND is_login AND failed THEN event_time END) AS first_failed,
    MAX(CASE WHEN NOT is_history AND is_login AND failed THEN event_time END) AS last_failed,
    COUNT_IF(is_history AND NOT failed) = 0 AS is_new
  FROM events
  GROUP BY user_email, ip
)
SELECT
  p.user_email, MAX(p.user_type) AS user_type,
  SUM(p.failed_logins) AS failed_logins,
  COUNT_IF(p.failed_logins > 0) AS failing_addresses,
  COUNT_IF(p.failed_logins > 0 AND p.is_new) AS new_failing_addresses,
  SUM(CASE WHEN p.is_new THEN p.failed_logins ELSE 0 END) AS new_failed_logins,
  COALESCE(array_join(sort_array(collect_set(CASE WHEN p.failed_logins > 0 THEN p.ip END)), ', '), '') AS addresses,
  COALESCE(array_join(sort_array(collect_set(CASE WHEN p.failed_logins > 0 AND p.is_new THEN p.ip END)), ', '), '')
    AS new_addresses,
  MIN(CASE WHEN p.is_new THEN p.first_failed END) AS new_first_failed_time,
  MAX(CASE WHEN p.is_new THEN p.last_failed END) AS new_last_failed_time,
  MIN(p.first_failed) AS first_failed_time,
  MAX(p.last_failed) AS last_failed_time,
  MIN(CASE WHEN p.is_new THEN a.login_time END) AS login_time,
  MIN(CASE WHEN p.is_new THEN a.token_time END) AS token_time,
  SUM(p.logins) AS logins
FROM pairs AS p
LEFT JOIN (
  SELECT
    e.user_email, e.ip,
    MIN(CASE WHEN e.is_login THEN e.event_time END) AS login_time,
    MIN(CASE WHEN e.is_token THEN e.event_time END) AS token_time
  FROM events AS e
  JOIN pairs AS f ON e.user_email = f.user_email AND e.ip <=> f.ip AND e.event_time > f.first_failed
  WHERE NOT e.failed AND NOT e.is_history
  GROUP BY e.user_email, e.ip
) AS a ON p.user_email = a.user_email AND p.ip <=> a.ip
GROUP BY p.user_email
HAVING SUM(p.failed_logins) + SUM(p.logins) > 0
ORDER BY failed_logins DESC, p.user_email
"""


async def sign_ins(warehouse: Warehouse, period: Period, users: Sequence[str] = ()) -> Table:
    """Per identity the sign-ins of the period, and what succeeded later from an address that had failed.

    An address is new where that identity had no success from it in the 28 days before. Columns: user_email, user_type,
    failed_logins, failing_addresses, new_failing_addresses, new_failed_logins (from new addresses), addresses,
    new_addresses, new_first_failed_time, new_last_failed_time, first_failed_time, last_failed_time, login_time and
    token_time (first sign-in and first token from a new failing address after its first failure), logins.
    """
    sql = _SIGN_INS.format(within=_WITHIN, who=_WHO)
    return await warehouse.query(Statement("sign_ins", sql, _params(period, HISTORY, users), max_rows=100_000))


_LAST_SEEN = """
SELECT user_email, MAX(event_time) AS last_time, COUNT(*) AS events
FROM fact_audit_logs
WHERE event_date >= :first_date AND event_date <= :last_date AND event_time < :end
  AND array_contains(split(:users, '\\n'), user_email)
GROUP BY user_email
ORDER BY user_email
"""


async def last_seen(warehouse: Warehouse, before: datetime, users: Sequence[str]) -> Table:
    """When each of the identities was last active before an instant, at most a year back; no row = never.

    Columns: user_email, last_time, events.
    """
    first = (before - LOOK_BACK).date()
    params = {"first_date": first, "last_date": before.date(), "end": before, "users": "\n".join(users)}
    return await warehouse.query(Statement("last_seen", _LAST_SEEN, params))


_ACTIONS = """
SELECT
  user_email, service_name, action_name, object_name, is_failed_action AS is_failed, COUNT(*) AS event_count,
  COUNT(DISTINCT source_ip_address) AS addresses, MAX(workspace_name) AS workspace_name,
  MIN(event_time) AS first_time, MAX(event_time) AS last_time,
  MAX(is_sensitive_action) AS is_sensitive
FROM (
  SELECT
    a.*,
    COALESCE(
      a.request_params['table_full_name'], a.request_params['full_name_arg'], a.request_params['securable_full_name'],
      a.request_params['targetGroupName'], a.request_params['targetUserName'], a.request_params['workspaceConfKeys']
    ) AS object_name
  FROM audit_events_named AS a
  WHERE a.event_date >= :first_date AND a.event_date <= :last_date AND a.event_time >= :start AND a.event_time < :end
    AND array_contains(split(:users, '\\n'), a.user_email) AND {where}
) AS e
GROUP BY user_email, service_name, action_name, object_name, is_failed_action
ORDER BY event_count DESC, first_time, user_email, service_name, action_name, object_name
"""


async def identity_actions(warehouse: Warehouse, period: Period, users: Sequence[str], workspaces: Sequence[str] = ()) -> Table:
    """What the identities did, equal actions on the same object together, most frequent first.

    Columns: user_email, service_name, action_name, object_name (where the event names one), is_failed, event_count,
    addresses, workspace_name, first_time, last_time, is_sensitive.
    """
    params = _params(period, timedelta(0), users, workspaces) | {"workspaces": "\n".join(workspaces)}
    return await warehouse.query(Statement("identity_actions", _ACTIONS.format(where=_WHERE), params, max_rows=2_000))


_SENSITIVE = """
SELECT
  lower(concat(catalog_name, '.', schema_name, '.', table_name)) AS table_name,
  array_join(sort_array(collect_set(replace(class_tag, 'class.', ''))), ', ') AS classes
FROM system.data_classification.results
WHERE class_tag IS NOT NULL
GROUP BY lower(concat(catalog_name, '.', schema_name, '.', table_name))
ORDER BY table_name
"""


async def classified_tables(warehouse: Warehouse) -> Table:
    """Tables in which data classification found personal or secret data. Columns: table_name, classes."""
    return await warehouse.query(Statement("classified_tables", _SENSITIVE, {}))


def _params(period: Period, history: timedelta, users: Sequence[str] = (), workspaces: Sequence[str] = ()) -> dict[str, Any]:
    begins = period.start - history
    params: dict[str, Any] = {
        "first_date": begins.date(),
        "last_date": period.end.date(),
        "history_start": begins,
        "start": period.start,
        "end": period.end,
        "users": "\n".join(user.lower() for user in users),
    }
    return params | ({"workspaces": "\n".join(workspaces)} if workspaces else {})
