"""How fresh, healthy and classified tables are."""

from datetime import date, datetime

from tools.limits import within
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse


async def get_data_quality_results(warehouse: Warehouse, start_date: date, end_date: date, table_name: str = "ALL") -> Table:
    """Results of data quality monitoring, newest first, for one table or 'ALL'.

    Columns: table_full_name, catalog_name, schema_name, table_name, event_time, is_latest, status, freshness_status,
    last_commit_time, predicted_commit_time, completeness_status, total_row_count, total_row_count_min,
    total_row_count_max, daily_row_count, daily_row_count_min, daily_row_count_max, impact_level, downstream_tables,
    queries_30d, upstream_jobs_json, error_codes.
    Source: system.data_quality_monitoring.table_results. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_data_quality_results",
        order_by="event_time DESC, table_full_name",
        start_date=start_date,
        end_date=end_date,
        table_name=table_name,
    )


async def get_data_quality_summary(warehouse: Warehouse, days_back: int = 7, as_of: date | None = None) -> Table:
    """Latest status of the monitored tables per schema, worst first.

    Columns: catalog_name, schema_name, monitored_tables, healthy_tables, unhealthy_tables, unknown_tables, healthy_pct,
    stale_tables, incomplete_tables, high_impact_unhealthy_tables, last_event_time.
    Source: system.data_quality_monitoring.table_results. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_data_quality_summary",
        order_by="unhealthy_tables DESC, catalog_name, schema_name",
        days_back=days_back,
        as_of=as_of,
    )


async def get_tables_failing_quality(
    warehouse: Warehouse, freshness_threshold_hours: int = 24, days_back: int = 7, as_of: datetime | None = None
) -> Table:
    """Tables that fail a check now or are too old, most severe first; `as_of` is an instant.

    Columns: table_full_name, severity, reasons, hours_since_update, unhealthy_since, total_row_count, daily_row_count,
    daily_row_count_min, impact_level, downstream_tables, queries_30d, upstream_jobs_json.
    Source: system.access.table_lineage, system.data_quality_monitoring.table_results. Errors as in tools.tool.call;
    BadRequestError out of range.
    """
    within("get_tables_failing_quality", "freshness_threshold_hours", freshness_threshold_hours, 1, 87600)
    return await call(
        warehouse,
        "get_tables_failing_quality",
        order_by="CASE severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 ELSE 2 END,"
        " downstream_tables DESC NULLS LAST, table_full_name",
        freshness_threshold_hours=freshness_threshold_hours,
        days_back=days_back,
        as_of=as_of,
    )


async def get_table_freshness(
    warehouse: Warehouse, freshness_threshold_hours: int = 24, days_back: int = 90, as_of: datetime | None = None
) -> Table:
    """Hours since each table changed, oldest first; `as_of` is an instant.

    Columns: table_full_name, last_update_time, hours_since_update, is_stale, updated_by, predicted_commit_time,
    monitored_status, source.
    Source: system.access.table_lineage, system.data_quality_monitoring.table_results. Errors as in tools.tool.call;
    BadRequestError out of range.
    """
    within("get_table_freshness", "freshness_threshold_hours", freshness_threshold_hours, 1, 87600)
    return await call(
        warehouse,
        "get_table_freshness",
        order_by="hours_since_update DESC NULLS LAST, table_full_name",
        freshness_threshold_hours=freshness_threshold_hours,
        days_back=days_back,
        as_of=as_of,
    )


async def get_data_freshness_by_domain(
    warehouse: Warehouse, freshness_threshold_hours: int = 24, as_of: datetime | None = None
) -> Table:
    """Freshness per schema, worst first; `as_of` is an instant.

    Columns: domain, tables, stale_tables, fresh_pct, median_hours_since_update, stalest_table, stalest_hours.
    Source: system.access.table_lineage, system.data_quality_monitoring.table_results. Errors as in tools.tool.call;
    BadRequestError out of range.
    """
    within("get_data_freshness_by_domain", "freshness_threshold_hours", freshness_threshold_hours, 1, 87600)
    return await call(
        warehouse,
        "get_data_freshness_by_domain",
        order_by="fresh_pct, domain",
        freshness_threshold_hours=freshness_threshold_hours,
        as_of=as_of,
    )


async def get_job_data_quality_status(warehouse: Warehouse, days_back: int = 7, as_of: date | None = None) -> Table:
    """Health of the tables that each job writes, worst first.

    Columns: workspace_id, job_id, job_name, run_as, tables_written, monitored_tables, unhealthy_tables,
    unhealthy_table_list, quality_status.
    Source: system.access.table_lineage, system.data_quality_monitoring.table_results. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_job_data_quality_status",
        order_by="unhealthy_tables DESC, tables_written DESC, workspace_id, job_id",
        days_back=days_back,
        as_of=as_of,
    )


async def get_classified_columns(warehouse: Warehouse, class_tag_filter: str = "ALL", table_pattern: str = "%") -> Table:
    """Columns in which sensitive data was found; the values themselves are never read.

    Columns: table_full_name, column_name, data_type, class_tag, confidence, match_pct, first_detected_time,
    latest_detected_time.
    Source: system.data_classification.results. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_classified_columns",
        order_by="table_full_name, column_name, class_tag",
        class_tag_filter=class_tag_filter,
        table_pattern=table_pattern,
    )


async def get_classification_coverage(warehouse: Warehouse, days_back: int = 30, as_of: date | None = None) -> Table:
    """How much sensitive data classification found, per schema.

    Columns: catalog_name, schema_name, known_tables, tables_with_findings, findings_pct, sensitive_columns,
    high_confidence_columns, classes, last_scan_time.
    Source: system.access.table_lineage, system.data_classification.results. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_classification_coverage",
        order_by="catalog_name, schema_name",
        days_back=days_back,
        as_of=as_of,
    )


async def get_predictive_optimization_summary(warehouse: Warehouse, start_date: date, end_date: date, top_n: int = 50) -> Table:
    """Automatic maintenance per table, most DBUs first.

    Columns: rank, table_full_name, operation_type, operations, failed_operations, estimated_dbu,
    total_duration_minutes, last_operation_time.
    Source: system.storage.predictive_optimization_operations_history. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_predictive_optimization_summary",
        order_by="rank",
        start_date=start_date,
        end_date=end_date,
        top_n=top_n,
    )
