"""What serving endpoints serve and how it goes, at exact instants and beside another period."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_MODELS = """
SELECT
  d.workspace_id, COALESCE(w.workspace_name, d.workspace_id) AS workspace_name, w.workspace_url, d.endpoint_name,
  d.served_entity_id, d.entity_type, COALESCE(d.entity_name, d.served_entity_name) AS model,
  d.entity_version AS version, d.task, d.change_time, d.created_by,
  COALESCE(d.endpoint_config_version, 0) AS config_version
FROM dim_served_entities AS d
LEFT JOIN dim_workspace AS w ON d.workspace_id = w.workspace_id
WHERE d.change_time <= :now AND (d.endpoint_delete_time IS NULL OR d.endpoint_delete_time > :now)
ORDER BY d.workspace_id, d.endpoint_name, d.change_time DESC, d.served_entity_id
"""


async def served_models(warehouse: Warehouse, now: datetime) -> Table:
    """What endpoints that exist serve, or served in an earlier configuration; newest first within an endpoint.

    Columns: workspace_id, workspace_name, workspace_url, endpoint_name, served_entity_id, entity_type, model, version,
    task, change_time, created_by, config_version (the highest serves). Source: system.serving.served_entities.
    """
    return await warehouse.query(Statement("served_models", _MODELS, {"now": now}))


_NAMED = " AND array_contains(split(:endpoints, '\\n'), s.endpoint_name)"
_ASKED = "u.request_time >= :asked_start AND u.request_time < :asked_end"
_BEFORE = "u.request_time >= :before_start AND u.request_time < :before_end"
_TRAFFIC = """
SELECT
  u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id) AS endpoint_name, {asked} AS is_asked,
  COUNT(*) AS requests, COUNT(DISTINCT u.requester) AS requesters,
  COUNT_IF(u.status_code >= 400) AS failed, COUNT_IF(u.status_code = 429) AS throttled,
  COUNT_IF(u.status_code >= 500) AS server_errors,
  CAST(SUM(u.input_token_count) AS BIGINT) AS input_tokens, CAST(SUM(u.output_token_count) AS BIGINT) AS output_tokens,
  MAX(u.request_time) AS last_request_time
FROM system.serving.endpoint_usage AS u
LEFT JOIN dim_served_entities AS s ON u.served_entity_id = s.served_entity_id
WHERE (({asked}) OR ({before})){named}
GROUP BY u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id), {asked}
ORDER BY u.workspace_id, endpoint_name, is_asked
"""


async def endpoint_traffic(warehouse: Warehouse, asked: Period, before: Period, endpoints: Sequence[str] = ()) -> Table:
    """Requests, errors and tokens of an endpoint, a row for the asked period and one for the one before.

    Columns: workspace_id, endpoint_name (the served entity's id where it has no name), is_asked, requests, requesters,
    failed (status 400 or above), throttled (429), server_errors (5xx), input_tokens, output_tokens (null = not counted),
    last_request_time. Source: system.serving.endpoint_usage.
    """
    return await _both(warehouse, "endpoint_traffic", _TRAFFIC, asked, before, endpoints)


_CALLERS = """
SELECT
  u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id) AS endpoint_name, COALESCE(u.requester, '') AS requester,
  u.status_code, COUNT_IF({asked}) AS requests, COUNT_IF(NOT ({asked})) AS requests_before,
  CAST(SUM(CASE WHEN {asked} THEN COALESCE(u.input_token_count, 0) + COALESCE(u.output_token_count, 0) ELSE 0 END) AS BIGINT)
    AS tokens,
  CAST(SUM(CASE WHEN {asked} THEN 0 ELSE COALESCE(u.input_token_count, 0) + COALESCE(u.output_token_count, 0) END) AS BIGINT)
    AS tokens_before,
  MIN(CASE WHEN {asked} THEN u.request_time END) AS first_time, MAX(CASE WHEN {asked} THEN u.request_time END) AS last_time
FROM system.serving.endpoint_usage AS u
LEFT JOIN dim_served_entities AS s ON u.served_entity_id = s.served_entity_id
WHERE (({asked}) OR ({before})){named}
GROUP BY u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id), COALESCE(u.requester, ''), u.status_code
ORDER BY requests DESC, endpoint_name, requester, u.status_code
"""


async def endpoint_callers_compared(warehouse: Warehouse, asked: Period, before: Period, endpoints: Sequence[str] = ()) -> Table:
    """Requests and tokens per endpoint, caller and status code, most requests first.

    Columns: workspace_id, endpoint_name, requester, status_code, requests, requests_before, tokens, tokens_before,
    first_time, last_time (in the asked period). Source: system.serving.endpoint_usage.
    """
    return await _both(warehouse, "endpoint_callers_compared", _CALLERS, asked, before, endpoints)


_LATENCY = """
SELECT
  u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id) AS endpoint_name, {asked} AS is_asked,
  {day} AS day, COUNT(*) AS logged_requests,
  percentile(CASE WHEN u.status_code < 400 THEN CAST(u.execution_duration_ms AS DOUBLE) END, 0.5) AS p50_ms,
  percentile(CASE WHEN u.status_code < 400 THEN CAST(u.execution_duration_ms AS DOUBLE) END, 0.95) AS p95_ms,
  percentile(CASE WHEN u.status_code < 400 THEN CAST(u.execution_duration_ms AS DOUBLE) END, 0.99) AS p99_ms
FROM system.__internal_logging.payload_logs AS u
LEFT JOIN dim_served_entities AS s ON u.served_entity_id = s.served_entity_id
WHERE u.request_date >= :first_date AND u.request_date <= :last_date AND (({asked}) OR ({before})){named}
GROUP BY u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id), {asked}{by_day}
ORDER BY u.workspace_id, endpoint_name, is_asked, day
"""
_DAY = "CAST(from_utc_timestamp(u.request_time, :tz) AS DATE)"


async def endpoint_latency(warehouse: Warehouse, asked: Period, before: Period, endpoints: Sequence[str] = ()) -> Table:
    """Model time of successful requests, a row for the asked period and one for the one before; no network time.

    Only endpoints that log payloads have rows. Columns: workspace_id, endpoint_name, is_asked, day (null),
    logged_requests, p50_ms, p95_ms, p99_ms. Source: system.__internal_logging.payload_logs.
    """
    sql = _LATENCY.replace("{day}", "CAST(NULL AS DATE)").replace("{by_day}", "")
    return await _both(warehouse, "endpoint_latency", sql, asked, before, endpoints, dated=True)


async def endpoint_latency_by_day(warehouse: Warehouse, asked: Period, before: Period, endpoints: Sequence[str] = ()) -> Table:
    """The same per local day of `asked`, oldest first."""
    sql = _LATENCY.replace("{day}", _DAY).replace("{by_day}", f", {_DAY}")
    return await _both(warehouse, "endpoint_latency_by_day", sql, asked, before, endpoints, dated=True, tz=asked.tz)


_SPEND = """
SELECT
  u.workspace_id, u.resource_id AS endpoint_name, MAX(u.owned_by) AS owner,
  SUM(CASE WHEN {asked} THEN u.cost ELSE 0 END) AS cost_usd, SUM(CASE WHEN {asked} THEN 0 ELSE u.cost END) AS cost_before_usd,
  COUNT_IF(u.price_source = 'none') AS unpriced_records, MAX(u.usage_end_time) AS complete_to
FROM usage_cost AS u
WHERE u.usage_date >= :first_date AND u.usage_date <= :last_date AND (({asked}) OR ({before}))
  AND u.resource_kind = 'endpoint'{named}
GROUP BY u.workspace_id, u.resource_id
ORDER BY cost_usd DESC, u.workspace_id, endpoint_name
"""


async def endpoint_spend(warehouse: Warehouse, asked: Period, before: Period, endpoints: Sequence[str] = ()) -> Table:
    """What serving endpoints cost in USD, dearest first; usage counts where its hour begins.

    Columns: workspace_id, endpoint_name, owner, cost_usd, cost_before_usd, unpriced_records, complete_to.
    Source: system.billing.usage, system.billing.list_prices.
    """
    named = " AND array_contains(split(:endpoints, '\\n'), u.resource_id)"
    sql = _SPEND.replace("u.request_time", "u.usage_start_time")
    return await _both(
        warehouse, "endpoint_spend", sql, asked, before, endpoints, dated=True, named=named, time="u.usage_start_time"
    )


async def _both(
    warehouse: Warehouse,
    tool: str,
    sql: str,
    asked: Period,
    before: Period,
    endpoints: Sequence[str],
    *,
    dated: bool = False,
    named: str = _NAMED,
    time: str = "u.request_time",
    tz: str = "",
) -> Table:
    """The statement over both periods, for the named endpoints or all; `dated` binds the UTC days that hold both."""
    params: dict[str, Any] = {
        "asked_start": asked.start,
        "asked_end": asked.end,
        "before_start": before.start,
        "before_end": before.end,
    }
    if dated:
        params |= {"first_date": min(asked.start, before.start).date(), "last_date": max(asked.end, before.end).date()}
    if tz:
        params["tz"] = tz
    if endpoints:
        params["endpoints"] = "\n".join(endpoints)
    text = sql.format(
        asked=_ASKED.replace("u.request_time", time),
        before=_BEFORE.replace("u.request_time", time),
        named=named if endpoints else "",
    )
    return await warehouse.query(Statement(tool, text, params))
