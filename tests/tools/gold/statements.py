"""Rows of query history and warehouses for tests."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.account import write_account
from tools.warehouse.embedded import EmbeddedWarehouse

NOW = datetime(2026, 11, 3, 23, 0, tzinfo=UTC)
START, END = date(2026, 11, 2), date(2026, 11, 3)
MONDAY = datetime(2026, 11, 2, 9, 0)
GB = 1_000_000_000
SECRETS = ("hunter2", "ann@x.com", "078-05-1120", "0123456789abcdef0123456789", "s3://bucket", "4111111111111111")
TEXT = """SELECT `name`, 12.5, "hunter2" -- it's ann@x.com
FROM prod.crm.people_v2 /* 'hunter2 */ WHERE ssn IN ('078-05-1120', 'b', 'it''s') AND card = 4111111111111111
AND path = s3://bucket/x AND key = 0123456789abcdef0123456789 AND mail = ann@x.com AND last = 'hunter2"""
_ids = itertools.count(1)


def ran(seconds: float, start: datetime = MONDAY, **more: Any) -> dict[str, Any]:
    source = {
        "job_info": {"job_id": more.get("job"), "job_run_id": None, "job_task_run_id": None},
        "legacy_dashboard_id": None,
        "dashboard_id": more.get("dashboard"),
        "alert_id": None,
        "notebook_id": None,
        "sql_query_id": None,
        "genie_space_id": None,
        "pipeline_info": None,
    }
    return {
        "workspace_id": more.get("workspace", "1"),
        "statement_id": more.get("id", f"s{next(_ids):04}"),
        "executed_by": more.get("who", "ann@x.com"),
        "execution_status": more.get("status", "FINISHED"),
        "compute": {
            "type": "WAREHOUSE" if more.get("warehouse", "w") else "SERVERLESS_COMPUTE",
            "cluster_id": None,
            "warehouse_id": more.get("warehouse", "w"),
        },
        "statement_text": more.get("text", f"SELECT {next(_ids)} AS x"),
        "statement_type": "SELECT",
        "error_message": more.get("error"),
        "total_duration_ms": int(seconds * 1000),
        "waiting_at_capacity_duration_ms": int(more.get("queue", 0) * 1000),
        "waiting_for_compute_duration_ms": int(more.get("startup", 0) * 1000),
        "compilation_duration_ms": int(more.get("compile", 0) * 1000),
        "execution_duration_ms": int((seconds - more.get("queue", 0)) * 1000),
        "total_task_duration_ms": int(more.get("task", seconds) * 1000),
        "start_time": start,
        "end_time": start + timedelta(seconds=seconds),
        "read_bytes": int(more.get("read", 0) * GB),
        "read_files": more.get("files", 0),
        "pruned_files": more.get("pruned", 0),
        "read_io_cache_percent": more.get("cache", 100),
        "spilled_local_bytes": int(more.get("spill", 0) * GB),
        "from_result_cache": more.get("cached"),
        "query_source": source,
    }


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, minute)


HISTORY = [
    ran(1200, at(9), id="slow", dashboard="d1", spill=3, read=10, text=TEXT),
    ran(600, at(9, 10), id="queued", queue=400, job="j1"),
    ran(2000, at(12), id="cached", cached=True),
    ran(900, at(13), id="failed", status="FAILED", error=f"[DIVIDE_BY_ZERO] near {SECRETS[0]}", text="SET x = hunter2"),
    ran(30, at(14), id="failed2", status="FAILED", error="org.x.Boom: TABLE_OR_VIEW_NOT_FOUND hunter2", who="bob@x.com"),
    ran(700, at(15), id="cancelled", status="CANCELED"),
    ran(400, datetime(2026, 11, 3, 23, 59, 59), id="last", who="bob@x.com", read=200, files=100, pruned=10, cache=0),
    ran(9999, datetime(2026, 11, 4, 0, 0), id="after"),
    ran(9999, datetime(2026, 11, 1, 23, 59), id="before", text="SELECT 'earlier'"),
    # the same warehouse id in another workspace is another warehouse
    ran(500, at(10), id="other", workspace="2", who="eve@x.com", compile=300),
    ran(4, at(11), id="notebook", warehouse=None, startup=3),
    *(ran(10, at(16, n, day=2), text="SELECT spilling", spill=2, read=4) for n in range(3)),
]
WAREHOUSES = [
    {"workspace_id": "1", "warehouse_id": "w", "warehouse_name": "old name", "change_time": datetime(2026, 1, 1)},
    {
        "workspace_id": "1",
        "warehouse_id": "w",
        "warehouse_name": "bi",
        "warehouse_size": "X_LARGE",
        "auto_stop_minutes": 60,
        "max_clusters": 2,
        "change_time": datetime(2026, 6, 1),
    },
    {"workspace_id": "1", "warehouse_id": "v", "warehouse_name": "bi", "change_time": datetime(2026, 1, 1)},
    {"workspace_id": "2", "warehouse_id": "w", "warehouse_name": "adhoc", "change_time": datetime(2026, 1, 1)},
]


def switched(kind: str, clusters: int, moment: datetime, workspace: str = "1") -> dict[str, Any]:
    return {
        "workspace_id": workspace,
        "warehouse_id": "w",
        "event_type": kind,
        "cluster_count": clusters,
        "event_time": moment,
    }


WAREHOUSE_EVENTS = "system.compute.warehouse_events"
EVENTS = [
    switched("RUNNING", 1, datetime(2026, 11, 1, 20, 0)),  # running when the period begins
    switched("SCALED_UP", 2, at(6)),
    switched("STOPPED", 0, at(10)),
    switched("STARTING", 1, at(20)),
    switched("RUNNING", 1, datetime(2026, 11, 3, 20, 0)),  # and still running now, at 23:00
    switched("STOPPED", 0, at(1), workspace="2"),
]


def opened_on(path: Path, history: list[dict[str, Any]], leave_out: tuple[str, ...] = ()) -> EmbeddedWarehouse:
    rows = {
        "system.query.history": history,
        "system.compute.warehouses": WAREHOUSES,
        WAREHOUSE_EVENTS: EVENTS,
        "system.access.workspaces_latest": [{"workspace_id": "1", "workspace_name": "prod"}],
    }
    return EmbeddedWarehouse(write_account(path, rows, leave_out), now=NOW)
