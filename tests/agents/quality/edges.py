"""Lineage and quality rows of small accounts, for tests that need to know every one of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.period import Period

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TABLES = "system.access.table_lineage"
COLUMNS = "system.access.column_lineage"
RESULTS = "system.data_quality_monitoring.table_results"
CLASSES = "system.data_classification.results"
TODAY = Period.of_days(NOW.date(), NOW.date(), "UTC")


def edge(
    source: str | None, target: str | None, *, days_ago: float = 1, by: str = "ann@example.com", kind: str = "JOB", key: str = "7"
) -> dict[str, Any]:
    when = (NOW - timedelta(days=days_ago)).replace(tzinfo=None)
    return {
        "workspace_id": "1", "entity_type": kind, "entity_id": key, "source_table_full_name": source,
        "target_table_full_name": target, "source_type": "TABLE" if source else None, "target_type": "TABLE" if target else None,
        "created_by": by, "event_time": when, "event_date": when.date(), "event_id": f"{source}{target}{days_ago}",
    }  # fmt: skip


def column(source: str, target: str, *, days_ago: float = 1) -> dict[str, Any]:
    """From catalog.schema.table.column to another."""
    (source_table, _, source_column), (target_table, _, target_column) = source.rpartition("."), target.rpartition(".")
    return {
        **edge(source_table, target_table, days_ago=days_ago),
        "source_column_name": source_column,
        "target_column_name": target_column,
    }


def result(table: str, status: str, *, days_ago: float = 0.2, failed: str = "freshness", impact: int = 0) -> dict[str, Any]:
    when = (NOW - timedelta(days=days_ago)).replace(tzinfo=None)
    catalog, schema, name = table.split(".")
    of = {check: status if check == failed else "Healthy" for check in ("freshness", "completeness")}
    commit = {"status": of["freshness"], "error_code": None, "last_value": when - timedelta(hours=1), "predicted_value": when}
    rows = {
        "status": of["completeness"], "error_code": None, "last_value": 50, "min_predicted_value": 80, "max_predicted_value": 120,
    }  # fmt: skip
    return {
        "event_time": when, "catalog_name": catalog, "schema_name": schema, "table_name": name, "status": status,
        "freshness": {"status": of["freshness"], "commit_freshness": commit},
        "completeness": {"status": of["completeness"], "total_row_count": rows, "daily_row_count": rows},
        "downstream_impact": {
            "impact_level": impact, "num_downstream_tables": 2, "num_queries_on_affected_tables": 9,
        },
    }  # fmt: skip


def found(table: str, name: str, *, tag: str = "class.us_ssn", days_ago: float = 100) -> dict[str, Any]:
    catalog, schema, short = table.split(".")
    return {
        "catalog_name": catalog, "schema_name": schema, "table_name": short, "column_name": name, "class_tag": tag,
        "confidence": "HIGH", "frequency": 0.9, "data_type": "string", "samples": ["123-45-6789"],
        "first_detected_time": (NOW - timedelta(days=days_ago)).replace(tzinfo=None),
        "latest_detected_time": (NOW - timedelta(days=1)).replace(tzinfo=None),
    }  # fmt: skip
