"""The security specialist: who did what, what is unlike them, who may see what, and the evidence for auditors."""

from agents.security import access, compliance, logins, permissions, principals, threats, user
from agents.specialist import Specialist
from tools.access import (
    get_assistant_usage,
    get_data_exports,
    get_failed_actions,
    get_failed_logins,
    get_ip_address_analysis,
    get_network_denials,
    get_permission_changes,
    get_sensitive_table_access,
    get_table_access_audit,
)
from tools.security import (
    get_access_anomalies,
    get_off_hours_activity,
    get_security_events_timeline,
    get_service_account_audit,
    get_user_activity_patterns,
    get_user_activity_summary,
)

SPECIALIST = Specialist(
    name="security",
    title="Security",
    investigations={
        "threats": threats.investigate,
        "user": user.investigate,
        "access": access.investigate,
        "permissions": permissions.investigate,
        "logins": logins.investigate,
        "principals": principals.investigate,
        "compliance": compliance.investigate,
    },
    default=threats.investigate,
    tools=(
        get_access_anomalies,
        get_user_activity_summary,
        get_user_activity_patterns,
        get_off_hours_activity,
        get_service_account_audit,
        get_security_events_timeline,
        get_failed_actions,
        get_failed_logins,
        get_ip_address_analysis,
        get_permission_changes,
        get_table_access_audit,
        get_sensitive_table_access,
        get_data_exports,
        get_network_denials,
        get_assistant_usage,
    ),
)
