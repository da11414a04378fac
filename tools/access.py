"""Who got in, who gave rights, and what data was reached. From the audit log, lineage and the network logs."""

from datetime import date

from tools.errors import BadRequestError
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_failed_actions(warehouse: Warehouse, start_date: date, end_date: date, user_filter: str = "ALL") -> Table:
    """Failed calls by identity, action and HTTP status, most frequent first, for UTC days with both ends included.

    Columns: user_email, user_type, service_name, action_name, status_code, workspace_name, failed_count, unique_ips,
    first_failed_time, last_failed_time, error_code (never the message).
    """
    return await call(
        warehouse,
        "get_failed_actions",
        order_by="failed_count DESC, user_email, service_name, action_name, status_code, workspace_name",
        start_date=start_date,
        end_date=end_date,
        user_filter=user_filter,
    )


async def get_failed_logins(warehouse: Warehouse, start_date: date, end_date: date, min_failures: int = 3) -> Table:
    """Failed sign-ins by identity and address, and whether one succeeded afterwards, most failures first.

    Columns: user_email, source_ip, failed_logins, successful_logins, first_failed_time, last_failed_time,
    success_after_failures, first_success_after, is_new_ip (not seen in the 30 days before).
    """
    if min_failures < 1:
        raise BadRequestError(
            f"get_failed_logins was asked with min_failures = {min_failures}.", do="min_failures must be at least 1."
        )
    return await call(
        warehouse,
        "get_failed_logins",
        order_by="failed_logins DESC, user_email, source_ip",
        start_date=start_date,
        end_date=end_date,
        min_failures=min_failures,
    )


async def get_ip_address_analysis(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Every source address and who used it, riskiest first.

    Columns: source_ip, is_private, event_count, unique_users, unique_services, failed_events, failed_logins,
    failed_pct, sensitive_events, first_event_time, last_event_time, is_new (null without 30 days of history),
    example_users, risk_level.
    """
    return await call(
        warehouse,
        "get_ip_address_analysis",
        order_by="CASE risk_level WHEN 'HIGH' THEN 0 WHEN 'MEDIUM' THEN 1 ELSE 2 END, event_count DESC, source_ip",
        start_date=start_date,
        end_date=end_date,
    )


async def get_permission_changes(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Grants, revokes, group and admin changes, newest first.

    Columns: event_time (UTC), changed_by, user_type, service_name, action_name, securable_type, securable_name,
    principal, privileges_added, privileges_removed, principals_changed, is_self_grant, is_admin_change, is_failed,
    workspace_name, source_ip, event_id.
    """
    return await call(
        warehouse,
        "get_permission_changes",
        order_by="event_time DESC, event_id",
        start_date=start_date,
        end_date=end_date,
    )


async def get_table_access_audit(warehouse: Warehouse, start_date: date, end_date: date, table_pattern: str = "%") -> Table:
    """Who read and wrote which table, from lineage; `table_pattern` is a LIKE pattern of catalog.schema.table.

    Columns: table_name, user_email, read_count, write_count, active_days, first_access_time, last_access_time,
    entity_types, is_new_reader (not in the 30 days before).
    """
    return await call(
        warehouse,
        "get_table_access_audit",
        order_by="read_count + write_count DESC, table_name, user_email",
        start_date=start_date,
        end_date=end_date,
        table_pattern=table_pattern,
    )


async def get_sensitive_table_access(warehouse: Warehouse, start_date: date, end_date: date, table_pattern: str = "%") -> Table:
    """Who touched tables with classified columns ('%'), or all tables that match the pattern, most reads first.

    Columns: table_name, sensitive_classes, sensitive_columns, user_email, user_type, read_count, write_count,
    active_days, baseline_daily_reads, off_hours_reads (UTC), last_access_time, is_new_reader.
    MissingTableError where data classification is not enabled: get_table_access_audit works without.
    """
    return await call(
        warehouse,
        "get_sensitive_table_access",
        order_by="read_count DESC, write_count DESC, table_name, user_email",
        start_date=start_date,
        end_date=end_date,
        table_pattern=table_pattern,
    )


async def get_data_exports(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Downloads of results, notebooks and files by person and action, most first.

    Columns: user_email, service_name, action_name, export_count, denied_count, active_days, baseline_daily_avg
    (30 days before), unique_ips, first_export_time, last_export_time.
    """
    return await call(
        warehouse,
        "get_data_exports",
        order_by="export_count DESC, user_email, service_name, action_name",
        start_date=start_date,
        end_date=end_date,
    )


async def get_network_denials(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Connections that network policies refused, inbound and outbound, most frequent first.

    Columns: direction, workspace_name, peer, identity, denial_type, is_dry_run, denied_count, first_denied_time,
    last_denied_time.
    """
    return await call(
        warehouse,
        "get_network_denials",
        order_by="denied_count DESC, direction, workspace_name, peer, identity, denial_type",
        start_date=start_date,
        end_date=end_date,
    )


async def get_assistant_usage(warehouse: Warehouse, start_date: date, end_date: date) -> Table:
    """Who asked the Databricks Assistant, most first.

    Columns: user_email, request_count, active_days, workspaces, last_request_time.
    """
    return await call(
        warehouse,
        "get_assistant_usage",
        order_by="request_count DESC, user_email",
        start_date=start_date,
        end_date=end_date,
    )
