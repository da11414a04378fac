"""Who did what: identities against their own past, when they work, what happened in order. From the audit log."""

from datetime import date
from zoneinfo import available_timezones

from tools.errors import BadRequestError
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_access_anomalies(warehouse: Warehouse, start_date: date, end_date: date, threshold: float = 2.0) -> Table:
    """Identities that behaved unlike their own 28 days before `start_date`, strangest first; each row is a lead.

    Columns: event_date, user_email, user_type, anomaly_type, event_count, baseline_daily_avg, deviation_factor
    (standard deviations), baseline_days, detail. UTC days, both ends included. BadRequestError for a bad period.
    """
    return await call(
        warehouse,
        "get_access_anomalies",
        order_by="deviation_factor DESC, event_date DESC, user_email, anomaly_type",
        start_date=start_date,
        end_date=end_date,
        threshold=threshold,
    )


async def get_user_activity_summary(
    warehouse: Warehouse, user_email: str, days_back: int = 7, as_of: date | None = None
) -> Table:
    """What one identity ('ALL': each) did in the `days_back` UTC days up to `as_of` (default: today), riskiest first.

    Columns: user_email, user_type, event_count, active_days, avg_daily_events, baseline_daily_events,
    unique_services, unique_actions, unique_workspaces, unique_ips, new_ips, failed_events, failed_logins,
    sensitive_events, permission_changes, delete_operations, export_operations, unusual_hour_events,
    first_event_time, last_event_time, risk_score (0 to 100). An unknown identity gives no rows.
    """
    return await call(
        warehouse,
        "get_user_activity_summary",
        order_by="risk_score DESC, event_count DESC, user_email",
        user_email=user_email,
        days_back=days_back,
        as_of=as_of,
    )


async def get_user_activity_patterns(
    warehouse: Warehouse,
    days_back: int = 30,
    burst_threshold: int = 50,
    exclude_system_accounts: bool = True,
    tz: str = "UTC",
    as_of: date | None = None,
) -> Table:
    """When and in which rhythm each identity works, busiest first; hours are told in `tz`.

    Columns: user_email, user_type, total_events, active_days, avg_daily_events, peak_hour, peak_hour_events,
    off_hours_pct, weekend_pct, burst_count (hours above `burst_threshold`), unique_services, unique_ips,
    failed_action_pct, activity_pattern. BadRequestError for an unknown zone.
    """
    return await call(
        warehouse,
        "get_user_activity_patterns",
        order_by="total_events DESC, user_email",
        days_back=days_back,
        burst_threshold=burst_threshold,
        exclude_system_accounts=exclude_system_accounts,
        tz=_zone("get_user_activity_patterns", tz),
        as_of=as_of,
    )


async def get_off_hours_activity(
    warehouse: Warehouse,
    start_date: date,
    end_date: date,
    business_hours_start: int = 7,
    business_hours_end: int = 19,
    tz: str = "UTC",
) -> Table:
    """People active outside working hours or at weekends in `tz`, one row per person and local day, most first.

    Columns: event_date (day in `tz`), user_email, is_weekend, off_hours_events, total_events, off_hours_pct,
    sensitive_events, failed_events, unique_services, unique_ips, first_event_time, last_event_time (UTC).
    BadRequestError for an unknown zone or hours outside 0 to 24.
    """
    if not 0 <= business_hours_start < business_hours_end <= 24:
        raise BadRequestError(
            f"get_off_hours_activity was asked for working hours {business_hours_start} to {business_hours_end}.",
            do="Give two hours between 0 and 24, the earlier one first.",
        )
    return await call(
        warehouse,
        "get_off_hours_activity",
        order_by="off_hours_events DESC, event_date DESC, user_email",
        start_date=start_date,
        end_date=end_date,
        business_hours_start=business_hours_start,
        business_hours_end=business_hours_end,
        tz=_zone("get_off_hours_activity", tz),
    )


async def get_service_account_audit(warehouse: Warehouse, days_back: int = 30, as_of: date | None = None) -> Table:
    """What each service principal did, riskiest first.

    Columns: service_account, total_events, active_days, unique_services, unique_actions, unique_workspaces,
    unique_ips, failed_events, failed_pct, sensitive_events, permission_changes, last_event_time, risk_level.
    """
    return await call(
        warehouse,
        "get_service_account_audit",
        order_by="CASE risk_level WHEN 'HIGH' THEN 0 WHEN 'MEDIUM' THEN 1 ELSE 2 END, total_events DESC, service_account",
        days_back=days_back,
        as_of=as_of,
    )


async def get_security_events_timeline(
    warehouse: Warehouse, start_date: date, end_date: date, user_filter: str = "ALL", max_rows: int = 1_000
) -> Table:
    """Events in order: all of one identity, or the sensitive and failed ones of everybody.

    Columns: event_time (UTC), user_email, user_type, service_name, action_name, action_category, object_name,
    workspace_name, source_ip, status_code (HTTP), is_failed, is_sensitive, event_id.
    """
    return await call(
        warehouse,
        "get_security_events_timeline",
        order_by="event_time, event_id",
        max_rows=max_rows,
        start_date=start_date,
        end_date=end_date,
        user_filter=user_filter,
    )


def _zone(tool: str, tz: str) -> str:
    if tz not in available_timezones():
        raise BadRequestError(f"{tool} was asked for the time zone “{tz[:60]}”.", do="Name a zone like Europe/Paris.")
    return tz
