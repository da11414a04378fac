"""Rows of the audit log for tests."""

import itertools
from datetime import date, datetime
from typing import Any

_ids = itertools.count(1)


def event(
    day: date,
    who: str | None,
    action: str = "getTable",
    status: int | None = 200,
    *,
    hour: int = 10,
    minute: int = 0,
    service: str = "unityCatalog",
    error: str | None = None,
    ip: str | None = "203.0.113.5",
    workspace: str = "1",
    params: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "workspace_id": workspace,
        "event_id": f"e{next(_ids):05}",
        "event_date": day,
        "event_time": datetime(day.year, day.month, day.day, hour, minute),
        "service_name": service,
        "action_name": action,
        "source_ip_address": ip,
        "user_identity": {"email": who, "subject_name": None},
        "response": {"status_code": status, "error_message": error, "result": None},
        "request_params": params or {},
    }
