"""Installing gold on Databricks: in order, with stand-ins, and saying what is missing."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import yaml

from tests.account import write_account
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tools.errors import MisconfiguredError
from tools.gold import OPTIONAL_TABLES, apply, assets, standin, system_tables_read
from tools.warehouse import Statement
from tools.warehouse.databricks import DatabricksWarehouse, Target
from tools.warehouse.metrics import metric_views

NEEDED, OPTIONAL = "system.data_classification.results", "system.billing.account_prices"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("apply") / "account.duckdb"
    return write_account(path, {}, leave_out=(NEEDED, OPTIONAL))


@pytest.fixture
def workspace(account: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    """A workspace where gold was never installed."""
    engine = Engine(account, gold=False)
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    engine.close()


@pytest.fixture
async def warehouse(workspace: LoopbackWorkspace) -> AsyncIterator[DatabricksWarehouse]:
    opened = DatabricksWarehouse(Target("warehouse-1", "main", "health_monitor"))
    yield opened
    await opened.close()


async def test_gold_is_installed_but_for_what_is_missing(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    with pytest.raises(MisconfiguredError, match="gold layer"):
        await warehouse.query(Statement("before", "SELECT * FROM dim_workspace"))
    workspace.statements.engine.refuse = {"dim_user"}
    report = await apply.apply(warehouse, "main", "health_monitor")

    assert report.absent.keys() == {NEEDED, OPTIONAL}
    for table in (NEEDED, OPTIONAL):
        assert f"GRANT USE SCHEMA, SELECT ON SCHEMA {table.rsplit('.', 1)[0]}" in str(report)
    without = {asset.name for asset in assets() if NEEDED in system_tables_read(asset.sql)}
    assert without and all(NEEDED in report.refused[name] for name in without)
    assert "dim_user" in report.refused
    assert {"fact_usage", "get_top_cost_contributors", "cost_analytics"} <= set(report.installed)
    assert set(workspace.statements.engine.metric_views) >= {"cost_analytics"}

    table = await warehouse.query(Statement("cost", "SELECT COUNT(*) AS n FROM usage_cost"))
    assert table.rows == ((0,),)
    assert table.notes == (f"{OPTIONAL} is not available",)


async def test_a_dry_run_installs_nothing(workspace: LoopbackWorkspace, warehouse: DatabricksWarehouse) -> None:
    report = await apply.apply(warehouse, "main", "health_monitor", dry_run=True)
    assert report.installed and report.absent.keys() == {NEEDED, OPTIONAL}
    sent = [execution.request["statement"] for execution in workspace.statements.executions.values()]
    assert sent and all(statement.startswith("SELECT 1 FROM system.") for statement in sent)


@pytest.mark.parametrize("table", sorted(OPTIONAL_TABLES))
def test_a_stand_in_has_the_columns_of_its_table(table: str) -> None:
    assert standin.stood_for(standin.name(table)) == table
    assert standin.replaced(f"SELECT a FROM {table} AS t", frozenset({table})) == f"SELECT a FROM {standin.name(table)} AS t"


def test_a_metric_view_keeps_its_text_but_for_the_place_of_its_source() -> None:
    for view in metric_views().values():
        sql = apply.metric_definition(view, "my-catalog", "gold")
        text = sql.split("$$")[1]
        ours, theirs = yaml.safe_load(view.text), yaml.safe_load(text)
        assert theirs.pop("source") == f"`my-catalog`.gold.{ours.pop('source')}"
        assert ours == theirs


def test_the_statements_can_be_printed_without_a_workspace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_HOST", raising=False)
    assert apply.main(["--sql"]) == 0
    shown = capsys.readouterr().out
    assert all(f"{asset.kind} {asset.name}" in shown for asset in assets())
    assert all(f"VIEW {name} WITH METRICS" in shown for name in metric_views())


def test_settings_that_are_absent_are_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEALTH_MONITOR_CATALOG", raising=False)
    assert apply.main([]) == 2
    assert "HEALTH_MONITOR_CATALOG" in capsys.readouterr().err


def test_from_the_command_line(
    workspace: LoopbackWorkspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WAREHOUSE_ID", "warehouse-1"), ("CATALOG", "main"), ("SCHEMA", "health_monitor")):
        monkeypatch.setenv(f"HEALTH_MONITOR_{name}", value)
    assert apply.main(["--dry-run"]) == 1
    assert f"{NEEDED} is not available" in capsys.readouterr().out
