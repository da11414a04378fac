"""Freshness, health and classification of tables: rows that would show each mistake, and figures computed by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.tools.gold.accounts import JOBS, job, opened
from tools.errors import BadRequestError
from tools.monitors import get_data_quality_profile
from tools.quality import (
    get_classification_coverage,
    get_classified_columns,
    get_data_freshness_by_domain,
    get_data_quality_results,
    get_data_quality_summary,
    get_job_data_quality_status,
    get_predictive_optimization_summary,
    get_table_freshness,
    get_tables_failing_quality,
)
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

RESULTS = "system.data_quality_monitoring.table_results"
LINEAGE = "system.access.table_lineage"
FOUND = "system.data_classification.results"
OPTIMIZED = "system.storage.predictive_optimization_operations_history"
SECRET = "078-05-1120"
TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def result(table: str, day: int, status: str, fresh: str = "Healthy", rows: str = "Healthy", **more: Any) -> dict[str, Any]:
    when = datetime(2026, 11, day, 6)
    commit = more.get("commit", when)
    count = {"status": rows, "error_code": None, "last_value": more.get("count", 100),
             "min_predicted_value": 90, "max_predicted_value": 110}  # fmt: skip
    return {
        "event_time": when,
        "catalog_name": "prod",
        "schema_name": "sales",
        "table_name": table,
        "status": status,
        "freshness": {
            "status": fresh,
            "commit_freshness": {"status": fresh, "error_code": None, "last_value": commit, "predicted_value": when},
        },
        "completeness": {"status": rows, "total_row_count": count, "daily_row_count": count},
        "downstream_impact": {"impact_level": more.get("impact", 0), "num_downstream_tables": 7,
                              "num_queries_on_affected_tables": 40},
    }  # fmt: skip


def write(target: str, day: int, job_id: str | None = None, kind: str = "TABLE") -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "target_table_full_name": target,
        "target_type": kind,
        "created_by": "ann@x.com",
        "event_time": datetime(2026, 11, day, 9),
        "event_date": date(2026, 11, day),
        "entity_metadata": {"job_info": {"job_id": job_id, "job_run_id": None}},
    }


def found(column: str, day: int, tag: str, confidence: str, table: str = "customers") -> dict[str, Any]:
    return {
        "catalog_name": "prod",
        "schema_name": "crm",
        "table_name": table,
        "column_name": column,
        "class_tag": tag,
        "confidence": confidence,
        "frequency": 0.25,
        "first_detected_time": datetime(2026, 11, 1),
        "latest_detected_time": datetime(2026, 11, day),
        "samples": [SECRET],
    }


def operation(day: int, kind: str, status: str, dbu: str) -> dict[str, Any]:
    return {
        "catalog_name": "prod",
        "schema_name": "sales",
        "table_name": "orders",
        "operation_type": kind,
        "operation_status": status,
        "usage_quantity": Decimal(dbu),
        "start_time": datetime(2026, 11, day, 1),
        "end_time": datetime(2026, 11, day, 1, 30),
    }


ROWS = {
    JOBS: [job("1", "orders_load"), job("1", "namesake", workspace="2")],
    RESULTS: [
        result("orders", 18, "Healthy"),
        result("orders", 19, "UNHEALTHY", fresh="Unhealthy", commit=datetime(2026, 11, 18, 6)),
        result("orders", 20, "Unhealthy", fresh="unhealthy", rows="Unhealthy", impact=4, count=12,
               commit=datetime(2026, 11, 18, 6)),
        result("refunds", 19, "Unhealthy", rows="Unhealthy"),
        result("refunds", 20, "healthy", commit=datetime(2026, 11, 20, 5)),
        result("stores", 20, "Unknown", fresh="Unknown", commit=None),
    ],
    LINEAGE: [
        write("prod.sales.ORDERS", 17, "1"),
        write("prod.sales.refunds", 20, "1"),
        write("prod.raw.events", 15),
        write("prod.raw.events_view", 15, kind="VIEW"),
        {**write("prod.raw.x", 20), "source_table_full_name": "prod.crm.customers", "target_table_full_name": None},
    ],
    FOUND: [
        found("ssn", 10, "class.us_ssn", "LOW"),
        found("ssn", 19, "class.us_ssn", "HIGH"),
        found("email", 12, "class.email", "Low"),
    ],
    OPTIMIZED: [
        operation(19, "COMPACTION", "SUCCESSFUL", "1.5"),
        operation(19, "COMPACTION", "FAILED: INTERNAL_ERROR", "0.5"),
        operation(10, "VACUUM", "SUCCESSFUL", "9"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("quality"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_the_newest_result_of_each_table_counts_in_any_case_of_letters(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_data_quality_summary(warehouse, 7, TODAY))
    assert (row["monitored_tables"], row["healthy_tables"], row["unhealthy_tables"], row["unknown_tables"]) == (
        3, 1, 1, 1,
    )  # fmt: skip
    assert (row["healthy_pct"], row["stale_tables"], row["incomplete_tables"]) == (50, 1, 1)
    assert row["high_impact_unhealthy_tables"] == 1
    (before,) = list(await get_data_quality_summary(warehouse, 7, date(2026, 11, 19)))
    assert (before["unhealthy_tables"], before["monitored_tables"]) == (2, 2)


async def test_results_of_one_table_open_the_nested_checks(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_data_quality_results(warehouse, date(2026, 11, 18), TODAY, "PROD.sales.orders"))
    assert [(r["event_time"].day, r["status"], r["is_latest"]) for r in rows] == [
        (20, "UNHEALTHY", True), (19, "UNHEALTHY", False), (18, "HEALTHY", False),
    ]  # fmt: skip
    newest = rows[0]
    assert (newest["daily_row_count"], newest["daily_row_count_min"], newest["impact_level"]) == (12, 90, 4)
    assert newest["last_commit_time"] == datetime(2026, 11, 18, 6, tzinfo=UTC)


async def test_freshness_takes_the_later_of_commit_and_write(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["table_full_name"]: r for r in await get_table_freshness(warehouse, 24, 90, NOON)}
    assert set(rows) == {"prod.sales.orders", "prod.sales.refunds", "prod.sales.stores", "prod.raw.events"}
    assert (rows["prod.sales.orders"]["hours_since_update"], rows["prod.sales.orders"]["source"]) == (54, "BOTH")
    assert (rows["prod.sales.refunds"]["hours_since_update"], rows["prod.sales.refunds"]["is_stale"]) == (3, False)
    assert (rows["prod.raw.events"]["hours_since_update"], rows["prod.raw.events"]["is_stale"]) == (123, True)
    assert rows["prod.sales.stores"]["hours_since_update"] is None


async def test_freshness_by_schema(warehouse: EmbeddedWarehouse) -> None:
    raw, sales = list(await get_data_freshness_by_domain(warehouse, 24, NOON))
    assert (raw["domain"], raw["fresh_pct"], raw["stalest_table"]) == ("prod.raw", 0, "prod.raw.events")
    assert (sales["domain"], sales["tables"], sales["fresh_pct"]) == ("prod.sales", 2, 50)


async def test_failing_tables_by_severity_with_the_start_of_the_streak(warehouse: EmbeddedWarehouse) -> None:
    first, second = list(await get_tables_failing_quality(warehouse, 24, 7, NOON))
    assert (first["table_full_name"], first["severity"]) == ("prod.sales.orders", "CRITICAL")
    assert first["reasons"] == "freshness, completeness, age"
    assert first["unhealthy_since"] == datetime(2026, 11, 19, 6, tzinfo=UTC)
    assert (second["table_full_name"], second["severity"], second["reasons"]) == ("prod.raw.events", "MEDIUM", "age")


async def test_jobs_are_judged_by_the_tables_they_write_within_their_workspace(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_job_data_quality_status(warehouse, 7, TODAY))
    assert (row["job_name"], row["tables_written"], row["monitored_tables"]) == ("orders_load", 2, 2)
    assert (row["unhealthy_table_list"], row["quality_status"]) == ("prod.sales.orders", "UNHEALTHY")


async def test_classified_columns_count_once_and_never_show_a_value(warehouse: EmbeddedWarehouse) -> None:
    email, ssn = list(await get_classified_columns(warehouse))
    assert (ssn["confidence"], ssn["match_pct"], ssn["latest_detected_time"].day) == ("HIGH", 25, 19)
    assert email["confidence"] == "LOW"
    assert [r["column_name"] for r in await get_classified_columns(warehouse, "SSN", "prod.crm.%")] == ["ssn"]
    assert len(await get_classified_columns(warehouse, "ssn", "dev.%")) == 0
    for view in ("fact_data_classification_results", "fact_data_classification"):
        assert SECRET not in str((await warehouse.query(Statement("test", f"SELECT * FROM {view}"))).rows)


async def test_coverage_counts_tables_known_from_lineage(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["schema_name"]: r for r in await get_classification_coverage(warehouse, 30, TODAY)}
    crm = rows["crm"]
    assert (crm["known_tables"], crm["tables_with_findings"], crm["sensitive_columns"]) == (1, 1, 2)
    assert (crm["high_confidence_columns"], crm["classes"]) == (1, "class.email, class.us_ssn")
    assert (rows["sales"]["known_tables"], rows["sales"]["findings_pct"], rows["sales"]["classes"]) == (2, 0, "")


async def test_daily_profile_takes_the_newest_result_of_the_day(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_data_quality_profile(warehouse, date(2026, 11, 18), TODAY))
    assert [(r["window_start"].day, r["distinct_tables"], r["healthy_rate"]) for r in rows] == [
        (18, 1, 100), (19, 2, 0), (20, 3, 50),
    ]  # fmt: skip
    assert [r["healthy_rate_drift"] for r in rows] == [None, -100, 50]
    assert [r["tables_evaluated_drift_pct"] for r in rows] == [None, 100, 50]
    (one, *_) = list(await get_data_quality_profile(warehouse, TODAY, TODAY, "schema_name"))
    assert (one["slice_key"], one["slice_value"], one["critical_tables"]) == ("schema_name", "prod.sales", 1)


async def test_maintenance_counts_failed_operations_apart(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_predictive_optimization_summary(warehouse, date(2026, 11, 18), TODAY))
    assert (row["operations"], row["failed_operations"], row["estimated_dbu"]) == (2, 1, 2)
    assert row["total_duration_minutes"] == 60


async def test_bad_input_is_named(warehouse: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="slice_key = 'planet'"):
        await get_data_quality_profile(warehouse, TODAY, TODAY, "planet")
    with pytest.raises(BadRequestError, match="freshness_threshold_hours = 0"):
        await get_table_freshness(warehouse, 0)
    assert len(await get_data_quality_results(warehouse, TODAY, TODAY, "x' OR '1'='1")) == 0
