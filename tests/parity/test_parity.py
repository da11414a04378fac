"""Every view, function and metric view gives the same rows on DuckDB, on Spark and through the Databricks SDK."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.parity.dashboards import datasets
from tests.parity.investigations import ALL
from tests.parity.questions import Ask, asks
from tests.parity.values import differences
from tools.gold import assets
from tools.warehouse.metrics import metric_views

Results = Mapping[str, Any]
ONLY_FUNCTIONS: frozenset[str] = frozenset()
IDS = [ask.id for ask in asks()]


@pytest.mark.parametrize("ask", IDS)
def test_through_the_sdk_as_on_duckdb(ask: str, on_duckdb: Results, through_sdk: Results) -> None:
    assert_same(on_duckdb[ask], through_sdk[ask])


@pytest.mark.parametrize("ask", IDS)
def test_on_spark_as_on_duckdb(ask: str, on_duckdb: Results, on_spark: Results) -> None:
    assert_same(on_duckdb[ask], on_spark[ask])


@pytest.mark.parametrize("topic", ALL)
def test_an_investigation_asks_the_same_of_every_engine(
    topic: str, investigated: Mapping[str, tuple[Ask, ...]], on_duckdb: Results, through_sdk: Results, on_spark: Results
) -> None:
    assert investigated[topic] or topic in ONLY_FUNCTIONS
    for ask in investigated[topic]:
        assert_same(on_duckdb[ask.id], through_sdk[ask.id])
        assert_same(on_duckdb[ask.id], on_spark[ask.id])


@pytest.mark.parametrize("ask", [ask.id for ask in datasets()])
def test_a_dashboard_shows_the_same_on_every_engine(
    ask: str, on_duckdb: Results, through_sdk: Results, on_spark: Results
) -> None:
    assert_same(on_duckdb[ask], through_sdk[ask])
    assert_same(on_duckdb[ask], on_spark[ask])


@pytest.mark.parametrize("name", [*(asset.name for asset in assets()), *metric_views()])
def test_spark_takes_the_definition(name: str, spark_definitions: Results) -> None:
    assert spark_definitions[name] == {}


@pytest.mark.parametrize("asset", sorted({ask.asset for ask in asks()}))
def test_there_are_rows_to_compare(asset: str, on_duckdb: Results) -> None:
    answers = [on_duckdb[ask.id] for ask in asks() if ask.asset == asset]
    assert any(answer.get("rows") for answer in answers)


def assert_same(ours: Any, theirs: Any) -> None:
    assert "error" not in ours, ours["error"]
    assert "error" not in theirs, theirs["error"]
    assert [name.lower() for name in ours["columns"]] == [name.lower() for name in theirs["columns"]]
    found = differences(ours["rows"], theirs["rows"])
    assert not found, f"{len(found)} of {len(ours['rows'])} rows differ, for example {found[0]}"
