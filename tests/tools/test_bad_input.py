"""What makes no sense is refused before any warehouse is asked, for every table function and metric view alike."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tests.parity.questions import parameters
from tests.tools.gold.accounts import USAGE, opened
from tools.errors import BadRequestError, MissingTableError
from tools.gold import assets
from tools.metric import metric
from tools.table import Table
from tools.tool import RANGES, call
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse
from tools.warehouse.metrics import metric_views

DAY = date(2026, 11, 17)
SPANS = [
    (DAY, DAY - timedelta(days=1), "2026-11-17 to 2026-11-16, which ends before it starts"),
    (date(1, 1, 1), DAY, "0001-01-01 to 2026-11-17"),
    (date(2020, 1, 1), DAY, "2020-01-01 to 2026-11-17"),
]
NAMES = ["it's", 'say "x"', "100%", "a\\", "'; DROP TABLE t --", "' OR '1'='1", "$n :n {n} %s ${n}", "`x`.y", "\u202eevil", ""]
FUNCTIONS = {asset.name: parameters(asset) for asset in assets() if asset.kind == "FUNCTION"}


class Untouched:
    """A warehouse that nobody may ask."""

    async def query(self, statement: Statement) -> Table:
        raise AssertionError(f"{statement.tool} was asked")

    async def close(self) -> None: ...


def taking(*names: str) -> list[str]:
    return [function for function, taken in FUNCTIONS.items() if {*names} <= {parameter.name for parameter in taken}]


@pytest.mark.parametrize("function", taking("start_date", "end_date"))
@pytest.mark.parametrize(("start", "end", "asked"), SPANS)
async def test_absurd_dates_are_named(function: str, start: date, end: date, asked: str) -> None:
    with pytest.raises(BadRequestError, match=f"{function} was asked for {asked}") as refused:
        await call(Untouched(), function, start_date=start, end_date=end)
    assert refused.value.do


@pytest.mark.parametrize(("function", "name"), [(function, name) for name in RANGES for function in taking(name)])
async def test_a_count_has_limits_that_are_named(function: str, name: str) -> None:
    least, most = RANGES[name]
    for value in (least - 1, -3, most + 1, 10**12):
        with pytest.raises(BadRequestError, match=f"{function} was asked with {name} = {value}") as refused:
            await call(Untouched(), function, **{name: value})
        assert refused.value.do == f"{name} goes from {least} to {most}."


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(BadRequestError, match="min_duration"):
        await call(Untouched(), "get_slow_queries", min_duration=value, start_date=DAY, end_date=DAY)


async def test_a_number_that_no_engine_holds_as_int_is_refused() -> None:
    with pytest.raises(BadRequestError, match="min_hours = 2147483648"):
        await call(Untouched(), "get_cluster_utilization", min_hours=2**31, start_date=DAY, end_date=DAY)


@pytest.mark.parametrize("view", metric_views())
@pytest.mark.parametrize("name", ["no_such", *NAMES])
async def test_an_unknown_measure_or_dimension_is_named_with_the_known_ones(view: str, name: str) -> None:
    known = metric_views()[view]
    first = next(iter(known.measures))
    for asked, kind, names in (
        (metric(Untouched(), view, [name]), "measure", known.measures),
        (metric(Untouched(), view, [first], [name]), "dimension", known.dimensions),
        (metric(Untouched(), view, [first], where={name: 1}), "dimension", known.dimensions),
    ):
        with pytest.raises(BadRequestError, match=f"{view} has no {kind}") as refused:
            await asked
        assert refused.value.do == f"Known: {', '.join(names)}."
    with pytest.raises(BadRequestError, match="2026-11-17 to 2026-11-16"):
        await metric(Untouched(), view, [first], period=(DAY, DAY - timedelta(days=1)))


@pytest.mark.parametrize("name", ["no_such", *NAMES])
async def test_an_unknown_metric_view_is_named_with_the_known_ones(name: str) -> None:
    with pytest.raises(BadRequestError, match="There is no metric view") as refused:
        await metric(Untouched(), name, ["total_cost"])
    assert refused.value.do == f"Known: {', '.join(metric_views())}."


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("empty"), {}) as warehouse:
        yield warehouse


TEXTS = [
    (function, parameter.name)
    for function, taken in FUNCTIONS.items()
    for parameter in taken
    if parameter.kind == "STRING" and parameter.name != "tz"
]
NEEDED: dict[str, Any] = {
    "start_date": DAY, "end_date": DAY, "days_back": 7, "weeks_back": 2, "sla_minutes": 60.0, "min_duration": 1.0,
    "budget": 1.0, "commit_year": 2026, "annual_commit_amount": 1.0, "threshold": 2.0, "freshness_threshold_hours": 24,
}  # fmt: skip


@pytest.mark.parametrize(("function", "parameter"), TEXTS)
async def test_a_name_that_looks_like_sql_finds_nothing_and_does_nothing(
    empty: EmbeddedWarehouse, function: str, parameter: str
) -> None:
    others = {p.name: NEEDED.get(p.name, "x") for p in FUNCTIONS[function] if not p.optional}
    for name in NAMES:
        table = await call(empty, function, **{**others, parameter: name})
        assert table.receipt.params[parameter] == name
        assert not name or name not in table.receipt.sql


async def test_a_missing_table_says_what_was_asked_over_which_days(tmp_path: Path) -> None:
    warehouse = EmbeddedWarehouse(write_account(tmp_path / "account.duckdb", {}, leave_out=(USAGE,)))
    with pytest.raises(MissingTableError) as caught:
        await call(warehouse, "get_tag_coverage", start_date=DAY, end_date=DAY + timedelta(days=2))
    await warehouse.close()
    assert caught.value.what == f"The table {USAGE} is not available (asked for 2026-11-17 to 2026-11-19)."
    assert "GRANT USE SCHEMA, SELECT ON SCHEMA system.billing" in caught.value.do
