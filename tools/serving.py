"""Model serving: traffic, errors, tokens, latency, cost and changes of endpoints."""

from datetime import date

from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_endpoint_summary(warehouse: Warehouse, start_date: date, end_date: date, endpoint_name: str = "ALL") -> Table:
    """Traffic, errors and tokens per serving endpoint, busiest first. There is no latency in it.

    Columns: workspace_id, endpoint_name, entities, requests, successful_requests, client_errors, throttled_requests,
    server_errors, error_rate_pct, server_error_rate_pct, requesters, input_tokens, output_tokens, streaming_pct,
    last_request_time.
    Source: system.__internal_logging.payload_logs, system.serving.endpoint_usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_endpoint_summary",
        order_by="requests DESC, workspace_id, endpoint_name",
        start_date=start_date,
        end_date=end_date,
        endpoint_name=endpoint_name,
    )


async def get_endpoint_usage_trend(
    warehouse: Warehouse, endpoint_name: str = "ALL", days_back: int = 30, as_of: date | None = None
) -> Table:
    """Requests and errors per endpoint and day, oldest first.

    Columns: request_date, workspace_id, endpoint_name, requests, failed_requests, error_rate_pct, input_tokens,
    output_tokens, baseline_requests, baseline_error_rate_pct.
    Source: system.serving.endpoint_usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_endpoint_usage_trend",
        order_by="request_date, workspace_id, endpoint_name",
        endpoint_name=endpoint_name,
        days_back=days_back,
        as_of=as_of,
    )


async def get_token_usage(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Tokens per endpoint and caller, most first.

    Columns: rank, workspace_id, endpoint_name, requester, requests, input_tokens, output_tokens, total_tokens,
    pct_of_tokens, avg_tokens_per_request.
    Source: system.serving.endpoint_usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_token_usage",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_endpoint_errors(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Failed requests per endpoint and status code, most first.

    Columns: workspace_id, endpoint_name, status_code, requests, pct_of_requests, requesters, top_requester, first_seen,
    last_seen.
    Source: system.serving.endpoint_usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_endpoint_errors",
        order_by="requests DESC, workspace_id, endpoint_name, status_code",
        start_date=start_date,
        end_date=end_date,
    )


async def get_endpoint_latency(warehouse: Warehouse, start_date: date, end_date: date, endpoint_name: str = "ALL") -> Table:
    """Model time per endpoint and day, oldest first; only endpoints that log payloads have rows.

    Columns: request_date, workspace_id, endpoint_name, logged_requests, estimated_requests, p50_latency_ms,
    p95_latency_ms, p99_latency_ms, max_latency_ms, failed_requests.
    Source: system.__internal_logging.payload_logs. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_endpoint_latency",
        order_by="request_date, workspace_id, endpoint_name",
        start_date=start_date,
        end_date=end_date,
        endpoint_name=endpoint_name,
    )


async def get_endpoint_costs(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Cost per serving endpoint against its traffic, dearest first.

    Columns: rank, workspace_id, endpoint_name, owner, total_cost_usd, requests, cost_per_1000_requests_usd, is_idle,
    last_request_time.
    Source: system.billing.list_prices, system.billing.usage, system.serving.endpoint_usage. Errors as in
    tools.tool.call.
    """
    return await call(
        warehouse,
        "get_endpoint_costs",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )


async def get_served_model_changes(warehouse: Warehouse, start_date: date, end_date: date, endpoint_name: str = "ALL") -> Table:
    """New versions and other changes of served models, newest first.

    Columns: change_time, workspace_id, endpoint_name, served_entity_name, entity_name, entity_version,
    previous_version, endpoint_config_version, created_by, is_deleted.
    Source: . Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_served_model_changes",
        order_by="change_time DESC, workspace_id, endpoint_name",
        start_date=start_date,
        end_date=end_date,
        endpoint_name=endpoint_name,
    )
