"""A function that is asked for some days reads only those days of the large tables: Spark's plans show the filter."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.parity.questions import Ask, asks
from tools.warehouse.catalog import system_tables
from tools.warehouse.dialect import embedded_names

LARGE = (
    "system.billing.usage",
    "system.access.audit",
    "system.access.table_lineage",
    "system.access.column_lineage",
    "system.compute.node_timeline",
    "system.lakeflow.job_run_timeline",
    "system.lakeflow.job_task_run_timeline",
    "system.lakeflow.pipeline_update_timeline",
    "system.query.history",
    "system.serving.endpoint_usage",
    "system.__internal_logging.payload_logs",
)
TIMES = {
    embedded_names(table): [column for column, kind in system_tables()[table].items() if kind in ("DATE", "TIMESTAMP")]
    for table in LARGE
}
BOUNDED = [ask for ask in asks() if {"start_date", "days_back", "hours_back"} & ask.params.keys()]


@pytest.mark.parametrize("ask", BOUNDED, ids=lambda ask: ask.id)
def test_the_period_reaches_the_scan(ask: Ask, on_spark: Mapping[str, Any]) -> None:
    plan = on_spark[ask.id]["plan"]
    unbounded = [table for table, filters in _scans(plan) if table in TIMES and not _is_bounded(table, filters)]
    assert unbounded == []


@pytest.mark.parametrize("ask", ["fact_usage"])
def test_a_whole_view_is_seen_as_unbounded(ask: str, on_spark: Mapping[str, Any]) -> None:
    scans = list(_scans(on_spark[ask]["plan"]))
    assert [table for table, filters in scans if table in TIMES and not _is_bounded(table, filters)]


def _scans(plan: str) -> Iterator[tuple[str, str]]:
    """Each file scan of a plan: the table, and the filters that it applies."""
    for line in plan.splitlines():
        found = re.search(r"FileScan parquet spark_catalog\.(\w+\.\w+)\[.*?DataFilters: \[(.*?)\], Format:", line)
        if found:
            yield found[1], found[2]


def _is_bounded(table: str, filters: str) -> bool:
    return any(re.search(rf"\b{column}#\d+ >=? ", filters) for column in TIMES[table])
