"""The grants that are printed, and what the doctor says of those that are there, on a workspace on the loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.archive import Archive, archive_warehouse
from bot.rights import examine, needed, parameters
from bot.settings import Settings
from bot.store import Store
from tests.account import write_account
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tools.errors import MisconfiguredError
from tools.gold import Asset, assets
from tools.warehouse.databricks import DatabricksWarehouse, Target
from tools.warehouse.dialect import parse

PLACE = {"warehouse": "databricks", "warehouse_id": "warehouse-1", "catalog": "main"}
FEW = [asset for asset in assets() if asset.name in ("usage_cost", "fact_audit_logs", "dim_sku", "get_top_cost_contributors")]
GOLD = {**PLACE, "HEALTH_MONITOR_SCHEMA": "gold"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine(write_account(tmp_path_factory.mktemp("rights") / "account.duckdb", {}))
    yield running
    running.close()


@pytest.fixture
def workspace(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    engine.denied = set()
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


async def checked(**more: object) -> dict[str, str]:
    """How many things were looked at, and what is missing with its fix."""
    settings = Settings(**{**GOLD, **more})  # type: ignore[arg-type]
    warehouse = DatabricksWarehouse(Target(settings.warehouse_id, "main", "gold"), retry_seconds=2)
    try:
        checks = await examine(warehouse, settings, FEW)
    finally:
        await warehouse.close()
    assert len({check.what for check in checks}) == len(checks)
    return {"looked at": str(len(checks))} | {check.what: check.fix for check in checks if not check.ok}


async def test_all_is_there(workspace: LoopbackWorkspace, tmp_path: Path) -> None:
    settings = Settings(**PLACE, archive="main.state")  # type: ignore[arg-type]
    store, warehouse = Store(f"sqlite:///{tmp_path / 'store.sqlite'}"), archive_warehouse(settings)
    await store.open()
    await store.save_turn(("slack", "", "", ""), "a", {})
    await Archive(store.spool, warehouse).flush()
    await warehouse.close()
    await store.close()
    workspace.serving.endpoints["chat"] = {}
    told = await checked(archive="main.state", llm_endpoint="chat", model_endpoints={"job-failure-predictor": "chat"})
    assert told == {"looked at": str(len(FEW) + 3)}


async def test_what_is_missing_is_named_with_its_fix(workspace: LoopbackWorkspace) -> None:
    workspace.statements.engine.denied = {"system.access.audit"}
    told = await checked(
        archive="main.elsewhere.far", llm_endpoint="gone", model_endpoints={"security-threat-detector": "gone-too"}
    )
    assert "CAN QUERY" in told["serving endpoint gone"] and "serving endpoint gone-too" in told
    assert "catalog.schema" in told["the archive in main.elsewhere.far (HEALTH_MONITOR_ARCHIVE)"]
    assert "tools.gold.apply" in told["view fact_audit_logs"] and "view usage_cost" not in told


@pytest.mark.parametrize("asset", [asset for asset in assets() if asset.kind == "FUNCTION"], ids=lambda asset: asset.name)
def test_a_function_is_tried_with_a_value_for_each_parameter(asset: Asset) -> None:
    assert len(parameters(asset)) == len(parse(asset.sql).this.expressions)


async def test_without_a_warehouse_nothing_else_is_tried(workspace: LoopbackWorkspace) -> None:
    told = await checked(warehouse_id="no-such")
    assert told["looked at"] == "1" and "CAN USE" in told["SQL warehouse no-such"]


def test_the_grants_cover_gold_and_the_archive(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("CATALOG", "main"), ("SCHEMA", "gold"), ("ARCHIVE", "main.state")):
        monkeypatch.setenv(f"HEALTH_MONITOR_{name}", value)
    assert main(["grants", "app-id"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "GRANT SELECT ON TABLE system.billing.usage TO `app-id`;" in said
    assert "GRANT MODIFY ON SCHEMA `main`.`state` TO `app-id`;" in said
    assert not any("MODIFY" in line or "CREATE" in line for line in said if "`gold`" in line)
    assert main(["grants", "app-id", "--install"]) == 0
    assert "GRANT CREATE FUNCTION ON SCHEMA `main`.`gold` TO `app-id`;" in capsys.readouterr().out


def test_without_a_schema_there_is_nothing_to_grant() -> None:
    with pytest.raises(MisconfiguredError, match="catalog and schema"):
        list(needed("app-id", Settings()))
