"""Which tables and columns feed which, and who uses them."""

from datetime import date

from tools.limits import within
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse

DEEPEST = 6  # steps that the SQL follows


async def get_upstream_tables(
    warehouse: Warehouse, table_name: str, days_back: int = 30, max_depth: int = 6, as_of: date | None = None
) -> Table:
    """Tables that `table_name` is made from, nearest first.

    Columns: depth, table_full_name, table_type, via, events, last_seen, last_entity, last_workspace_id, last_user.
    Source: system.access.table_lineage. Errors as in tools.tool.call; BadRequestError out of range.
    """
    within("get_upstream_tables", "max_depth", max_depth, 1, DEEPEST)
    return await call(
        warehouse,
        "get_upstream_tables",
        order_by="depth, table_full_name",
        table_name=table_name,
        days_back=days_back,
        max_depth=max_depth,
        as_of=as_of,
    )


async def get_downstream_tables(
    warehouse: Warehouse, table_name: str, days_back: int = 30, max_depth: int = 6, as_of: date | None = None
) -> Table:
    """Tables that are made from `table_name`, nearest first.

    Columns: depth, table_full_name, table_type, via, events, last_seen, last_entity, last_workspace_id, last_user.
    Source: system.access.table_lineage. Errors as in tools.tool.call; BadRequestError out of range.
    """
    within("get_downstream_tables", "max_depth", max_depth, 1, DEEPEST)
    return await call(
        warehouse,
        "get_downstream_tables",
        order_by="depth, table_full_name",
        table_name=table_name,
        days_back=days_back,
        max_depth=max_depth,
        as_of=as_of,
    )


async def get_column_lineage(
    warehouse: Warehouse, table_name: str, column_name: str = "ALL", days_back: int = 30, as_of: date | None = None
) -> Table:
    """Columns that feed, or are fed by, a column (or all columns) of a table, nearest first.

    Columns: direction, depth, column_full_name, via, events, last_seen.
    Source: system.access.column_lineage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_column_lineage",
        order_by="direction, depth, column_full_name",
        table_name=table_name,
        column_name=column_name,
        days_back=days_back,
        as_of=as_of,
    )


async def get_table_consumers(warehouse: Warehouse, table_name: str, days_back: int = 30, as_of: date | None = None) -> Table:
    """Jobs, dashboards, notebooks and queries that read a table, most reads first.

    Columns: entity_type, entity_id, entity_name, workspace_id, user_name, read_events, tables_written, first_seen,
    last_seen.
    Source: system.access.table_lineage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_table_consumers",
        order_by="read_events DESC, entity_type, entity_id",
        table_name=table_name,
        days_back=days_back,
        as_of=as_of,
    )


async def get_pipeline_data_lineage(
    warehouse: Warehouse, days_back: int = 7, entity_filter: str = "ALL", as_of: date | None = None
) -> Table:
    """What each job, pipeline or notebook reads and writes, busiest first.

    Columns: workspace_id, entity_type, entity_id, entity_name, source_tables, target_tables, source_table_list,
    target_table_list, events, last_seen.
    Source: system.access.table_lineage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_pipeline_data_lineage",
        order_by="events DESC, workspace_id, entity_id",
        days_back=days_back,
        entity_filter=entity_filter,
        as_of=as_of,
    )


async def get_table_activity_status(
    warehouse: Warehouse, days_back: int = 90, inactive_threshold_days: int = 14, as_of: date | None = None
) -> Table:
    """Reads and writes per table; INACTIVE and ORPHANED ones first.

    Columns: table_full_name, read_events, write_events, readers, last_read_time, last_write_time,
    days_since_last_event, status.
    Source: system.access.table_lineage. Errors as in tools.tool.call; BadRequestError out of range.
    """
    within("get_table_activity_status", "inactive_threshold_days", inactive_threshold_days, 0, 3650)
    return await call(
        warehouse,
        "get_table_activity_status",
        order_by="CASE status WHEN 'INACTIVE' THEN 0 WHEN 'ORPHANED' THEN 1 ELSE 2 END, table_full_name",
        days_back=days_back,
        inactive_threshold_days=inactive_threshold_days,
        as_of=as_of,
    )
