"""Reached data: tables, exports, networks; rows that would show each mistake, and figures computed by hand."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tests.tools.gold.audit import event
from tools.access import (
    get_assistant_usage,
    get_data_exports,
    get_network_denials,
    get_sensitive_table_access,
    get_table_access_audit,
)
from tools.errors import BadRequestError, MissingTableError
from tools.warehouse.embedded import EmbeddedWarehouse

START, END = date(2026, 11, 2), date(2026, 11, 4)
TUESDAY, BEFORE = date(2026, 11, 3), date(2026, 10, 20)
_ids = itertools.count(1)
AUDIT = [
    *(event(TUESDAY, "taker@x.com", "downloadQueryResult", service="databrickssql") for _ in range(4)),
    event(TUESDAY, "taker@x.com", "downloadQueryResult", 403, service="databrickssql"),
    *(event(BEFORE, "taker@x.com", "downloadQueryResult", service="databrickssql") for _ in range(3)),
    event(BEFORE, "quiet@x.com", "downloadQueryResult", service="databrickssql"),
]


def edge(day: date, event_id: str, who: str, source: str | None, target: str | None, **more: Any) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "event_date": day,
        "event_time": datetime(day.year, day.month, day.day, more.get("hour", 10)),
        "event_id": event_id,
        "record_id": f"r{next(_ids)}",
        "created_by": who,
        "source_table_full_name": source,
        "target_table_full_name": target,
        "source_path": more.get("path"),
        "entity_type": more.get("entity"),
    }


LINEAGE = [
    # one event joins two tables into one: two rows of lineage, one write
    edge(TUESDAY, "l1", "ann@x.com", "prod.crm.customers", "prod.gold.report", entity="JOB"),
    edge(TUESDAY, "l1", "ann@x.com", "prod.crm.orders", "prod.gold.report", entity="JOB"),
    edge(TUESDAY, "l2", "Ann@x.com", "PROD.CRM.Customers", None, hour=20),
    edge(TUESDAY, "l3", "ann@x.com", None, "prod.crm.customers"),
    edge(TUESDAY, "l4", "ann@x.com", None, None, path="s3://bucket/x"),
    edge(BEFORE, "l5", "ann@x.com", "prod.crm.customers", None),
    edge(TUESDAY, "l6", "new@x.com", "prod.crm.customers", None),
    edge(date(2026, 11, 5), "l7", "later@x.com", "prod.crm.customers", None),
]
CLASSES = [
    {"catalog_name": "prod", "schema_name": "crm", "table_name": "Customers", "column_name": c, "class_tag": tag}
    for c, tag in (("email", "class.email"), ("mail2", "class.email"), ("ssn", "class.us_ssn"), ("age", None))
]
INBOUND = [
    {"workspace_id": "1", "source": {"ip": "192.0.2.1"}, "policy_outcome": outcome, "event_time": moment}
    for outcome, moment in (
        ("DENIED", datetime(2026, 11, 4, 23, 59)),
        ("DENIED", datetime(2026, 11, 2, 0, 0)),
        ("DENY_DRY_RUN", datetime(2026, 11, 3, 1, 0)),
        ("DENIED", datetime(2026, 11, 5, 0, 0)),
    )
]
OUTBOUND = [
    {
        "workspace_id": "9",
        "destination": "evil.example",
        "destination_type": "DNS",
        "access_type": "DROP",
        "network_source_type": "DBSQL",
        "event_time": datetime(2026, 11, 3, 2, 0),
    }
]
ASSISTANT = [
    {"initiated_by": who, "workspace_id": "1", "event_date": day, "event_time": datetime(day.year, day.month, day.day)}
    for who, day in (("Ann@x.com", TUESDAY), ("ann@x.com", START), ("ann@x.com", BEFORE))
]
ROWS = {
    "system.access.audit": AUDIT,
    "system.access.table_lineage": LINEAGE,
    "system.access.workspaces_latest": [{"workspace_id": "1", "workspace_name": "prod"}],
    "system.data_classification.results": CLASSES,
    "system.access.inbound_network": INBOUND,
    "system.access.outbound_network": OUTBOUND,
    "system.access.assistant_events": ASSISTANT,
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    path: Path = tmp_path_factory.mktemp("exposure") / "account.duckdb"
    opened = EmbeddedWarehouse(write_account(path, ROWS))
    yield opened
    asyncio.run(opened.close())


async def test_reads_and_writes_are_counted_by_event(warehouse: EmbeddedWarehouse) -> None:
    rows = {(r["table_name"], r["user_email"]): r for r in await get_table_access_audit(warehouse, START, END)}
    assert set(rows) == {
        ("prod.crm.customers", "ann@x.com"),
        ("prod.crm.customers", "new@x.com"),
        ("prod.crm.orders", "ann@x.com"),
        ("prod.gold.report", "ann@x.com"),
    }
    customers = rows["prod.crm.customers", "ann@x.com"]
    assert (customers["read_count"], customers["write_count"], customers["active_days"]) == (2, 1, 1)
    assert (customers["entity_types"], customers["is_new_reader"]) == ("JOB", False)
    assert rows["prod.crm.customers", "new@x.com"]["is_new_reader"]
    report = rows["prod.gold.report", "ann@x.com"]
    assert (report["read_count"], report["write_count"]) == (0, 1)


async def test_a_pattern_is_a_pattern_in_any_case_and_never_sql(warehouse: EmbeddedWarehouse) -> None:
    assert len(await get_table_access_audit(warehouse, START, END, "Prod.CRM.%")) == 3
    assert len(await get_table_access_audit(warehouse, START, END, "%' OR '1'='1")) == 0


async def test_sensitive_tables_are_the_classified_ones_or_those_asked_for(warehouse: EmbeddedWarehouse) -> None:
    table = list(await get_sensitive_table_access(warehouse, START, END))
    assert {(r["table_name"], r["user_email"]) for r in table} == {
        ("prod.crm.customers", "ann@x.com"),
        ("prod.crm.customers", "new@x.com"),
    }
    ann = table[0]
    assert (ann["sensitive_classes"], ann["sensitive_columns"]) == ("class.email, class.us_ssn", 3)
    assert (ann["read_count"], ann["off_hours_reads"]) == (2, 1)
    assert ann["baseline_daily_reads"] == pytest.approx(1 / 30)
    asked = await get_sensitive_table_access(warehouse, START, END, "prod.crm.orders")
    assert asked.column("sensitive_classes") == [None]


async def test_without_classification_the_error_says_what_is_missing(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", ROWS, leave_out=["system.data_classification.results"])
    opened = EmbeddedWarehouse(path)
    with pytest.raises(MissingTableError, match=r"system\.data_classification\.results"):
        await get_sensitive_table_access(opened, START, END)
    assert len(await get_table_access_audit(opened, START, END)) == 4
    await opened.close()


async def test_exports_against_the_month_before(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_data_exports(warehouse, START, END))
    assert (row["user_email"], row["export_count"], row["denied_count"]) == ("taker@x.com", 4, 1)
    assert row["baseline_daily_avg"] == pytest.approx(3 / 30)


async def test_denials_keep_dry_runs_apart_and_include_the_last_day(warehouse: EmbeddedWarehouse) -> None:
    table = await get_network_denials(warehouse, START, END)
    assert {(r["direction"], r["workspace_name"], r["peer"], r["is_dry_run"], r["denied_count"]) for r in table} == {
        ("INBOUND", "prod", "192.0.2.1", False, 2),
        ("INBOUND", "prod", "192.0.2.1", True, 1),
        ("OUTBOUND", "9", "evil.example", False, 1),
    }


async def test_assistant_usage_by_person(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_assistant_usage(warehouse, START, END))
    assert (row["user_email"], row["request_count"], row["active_days"], row["workspaces"]) == (
        "ann@x.com",
        2,
        2,
        "prod",
    )


@pytest.mark.parametrize(
    "asked",
    [
        lambda w: get_table_access_audit(w, START, date(2036, 1, 1)),
        lambda w: get_network_denials(w, END, START),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse, asked: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        await asked(warehouse)
    assert refused.value.do
