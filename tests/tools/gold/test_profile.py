"""All of gold keeps to the profile of profile.py, and the profile catches what it is there to catch."""

from collections.abc import Mapping

import pytest
import yaml
from sqlglot import exp

from tests.account import write_account
from tests.tools.gold.profile import function_violations, unknown_tables, violations
from tools.gold import Asset, assets
from tools.warehouse.catalog import system_tables
from tools.warehouse.dialect import parse
from tools.warehouse.install import GOLD, Installed, attach
from tools.warehouse.metrics import MetricView, metric_views

FUNCTIONS = [asset for asset in assets() if asset.kind == "FUNCTION"]


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, frozenset[str]]:
    """The columns of every view, function and system table, by unqualified name."""
    connection = attach(write_account(tmp_path_factory.mktemp("profile") / "account.duckdb", {}))
    gold = Installed(connection)
    for asset in assets():
        gold.install_for(asset.name)
    known = {name.rsplit(".", 1)[1]: frozenset(fields) for name, fields in system_tables().items()}
    for asset in assets():
        if asset.kind == "VIEW":
            cursor = connection.execute(f"SELECT * FROM {GOLD}.{asset.name} LIMIT 0")
            known[asset.name] = frozenset(column[0].lower() for column in cursor.description)
        else:
            returned = parse(asset.sql).find(exp.ReturnsProperty)
            known[asset.name] = (
                frozenset(column.name.lower() for column in returned.this.expressions) if returned else frozenset()
            )
    connection.close()
    return known


@pytest.mark.parametrize("asset", assets(), ids=lambda asset: asset.name)
def test_gold_keeps_to_the_profile(asset: Asset) -> None:
    assert violations(parse(asset.sql)) == []
    assert unknown_tables(asset.sql) == []


@pytest.mark.parametrize("asset", FUNCTIONS, ids=lambda asset: asset.name)
def test_a_function_explains_itself_and_means_one_thing(asset: Asset, columns: Mapping[str, frozenset[str]]) -> None:
    assert function_violations(parse(asset.sql), columns) == []


@pytest.mark.parametrize("view", metric_views().values(), ids=lambda view: view.name)
def test_a_metric_view_keeps_to_the_profile(view: MetricView, columns: Mapping[str, frozenset[str]]) -> None:
    content = yaml.safe_load(view.text)
    assert str(content["version"]) == "1.1" and content["comment"]
    assert content["source"] in columns
    for text in (*view.dimensions.values(), *view.measures.values(), *filter(None, [view.filter])):
        assert violations(parse(f"SELECT {text}")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT skewness(x) FROM t",
        "SELECT format_number(x, 2) FROM t",
        "SELECT rand() FROM t",
        "SELECT xxhash64(x) FROM t",
        "SELECT size(custom_tags) FROM t",
        "SELECT size(t.custom_tags) FROM t",
        "SELECT e FROM t, LATERAL explode(xs) AS u(e)",
        "SELECT x:a.b FROM t",
        "SELECT a / b FROM t",
        "SELECT a / 0 FROM t",
        "SELECT a % b FROM t",
        "SELECT a FROM t WHERE a LIKE 'x\\\\_y'",
        "SELECT timestampdiff(MONTH, a, b) FROM t",
    ],
)
def test_what_is_outside_is_caught(sql: str) -> None:
    assert violations(parse(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT size(map_keys(custom_tags)), a / 3600, try_divide(CAST(a AS DOUBLE), CAST(b AS DOUBLE)) FROM t",
        "SELECT e FROM t LATERAL VIEW explode(xs) u AS e WHERE a LIKE 'x%'",
        "SELECT get_json_object(a, '$.b'), timestampdiff(HOUR, a, b) FROM t",
    ],
)
def test_what_is_inside_passes(sql: str) -> None:
    assert violations(parse(sql)) == []


COMMENT = "COMMENT 'Purpose: a. Best for: b. Not for: c.'"
HEAD = "CREATE OR REPLACE FUNCTION f(day DATE COMMENT 'c', top_n INT COMMENT 'c') RETURNS TABLE (a INT)"


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        (f"{HEAD} COMMENT 'Purpose: a.' RETURN SELECT a FROM t", "Best for"),
        (
            f"CREATE OR REPLACE FUNCTION f(day DATE) RETURNS TABLE (a INT) {COMMENT} RETURN SELECT a FROM t",
            "no comment",
        ),
        (f"{HEAD} {COMMENT} RETURN SELECT a FROM t WHERE t.day = day", "parameter and a column"),
        (
            f"{HEAD} {COMMENT} RETURN SELECT a FROM (SELECT b AS day, a FROM u) AS v WHERE day = DATE'2026-01-01'",
            "parameter and a",
        ),
        (f"{HEAD} {COMMENT} RETURN SELECT a FROM t LIMIT top_n", "only a constant"),
        (f"{HEAD} {COMMENT} RETURN SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) <= top_n", "only a constant"),
    ],
)
def test_a_function_outside_is_caught(sql: str, complaint: str) -> None:
    found = function_violations(parse(sql), {"t": frozenset({"a", "day"}), "u": frozenset({"a", "b"})})
    assert any(complaint in text for text in found), found


def test_a_function_inside_passes() -> None:
    ranked = "SELECT a, ROW_NUMBER() OVER (ORDER BY a) AS rn FROM t WHERE t.day = f.day"
    sql = f"{HEAD} {COMMENT} RETURN SELECT a FROM ({ranked}) AS r WHERE rn <= top_n"
    assert function_violations(parse(sql), {"t": frozenset({"a", "day"})}) == []


def test_a_table_that_does_not_exist_is_caught() -> None:
    assert unknown_tables("SELECT * FROM system.billing.usages") == ["system.billing.usages"]
