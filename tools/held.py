"""What a system table holds: its first and last event, so that an answer knows its age and an empty one says why."""

from datetime import datetime, timedelta
from typing import Any

from tools.table import Table
from tools.warehouse import Statement, Warehouse

# The time of an event in each table that answers are dated by, and the day that bounds its scan where there is one.
TIMES = {
    "system.access.audit": ("event_time", "event_date"),
    "system.access.table_lineage": ("event_time", "event_date"),
    "system.query.history": ("start_time", ""),
    "system.lakeflow.job_run_timeline": ("period_end_time", ""),
    "system.lakeflow.pipeline_update_timeline": ("period_end_time", ""),
    "system.compute.node_timeline": ("start_time", ""),
    "system.compute.warehouse_events": ("event_time", ""),
    "system.serving.endpoint_usage": ("request_time", ""),
}
_HELD = """
SELECT MIN({column}) AS first_time, MAX({column}) AS last_time
FROM {table}
WHERE {bound}{column} >= :start AND {column} <= :now
"""
_BY_DAY = "{day} >= :first_date AND {day} <= :last_date AND "
RECENT = timedelta(days=3)
REACH = timedelta(days=400)


async def held(warehouse: Warehouse, table: str, now: datetime, reach: timedelta = RECENT) -> Table:
    """First and last event of the last `reach` before `now`, one row. Columns: first_time, last_time (null = none)."""
    column, day = TIMES[table]
    bound = _BY_DAY.format(day=day) if day else ""
    params: dict[str, Any] = {"start": now - reach, "now": now}
    params |= {"first_date": (now - reach).date(), "last_date": now.date()} if day else {}
    return await warehouse.query(Statement("held", _HELD.format(column=column, table=table, bound=bound), params))
