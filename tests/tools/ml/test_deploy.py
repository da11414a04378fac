"""What is registered gets served, by the real SDK on a workspace on the loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.account import write_account
from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tools.ml.deploy import main
from tools.ml.studies import STUDIES

PLACE = ["--catalog", "main", "--schema", "gold"]
THREAT = "main.gold.security_threat_detector"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine(write_account(tmp_path_factory.mktemp("deploy") / "account.duckdb", {}))
    yield running
    running.close()


@pytest.fixture
def workspace(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_the_newest_version_is_served_and_only_what_is_new_changes(
    workspace: LoopbackWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.serving.versions = {f"main.gold.{study.name.replace('-', '_')}": [9, 10] for study in STUDIES[:-1]}
    assert main([*PLACE, "--reader", "app-id"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.rpartition(": ")[2] for line in told] == ["created"] * (len(STUDIES) - 1) + ["not registered"]
    name = f"health-monitor-{STUDIES[0].name}"
    [entity] = workspace.serving.configs[name]["served_entities"]
    assert entity["entity_version"] == "10" and entity["scale_to_zero_enabled"]
    assert workspace.serving.readers[f"id-{name}"] == ["app-id"]

    assert main(PLACE) == 0
    assert capsys.readouterr().out.count("unchanged") == len(STUDIES) - 1
    workspace.serving.versions[f"main.gold.{STUDIES[0].name.replace('-', '_')}"].append(11)
    assert main(PLACE) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("version 11: updated")
    assert workspace.serving.configs[name]["served_entities"][0]["entity_version"] == "11"


def test_the_orchestrator_enters_with_secrets_that_are_only_named(workspace: LoopbackWorkspace) -> None:
    workspace.serving.versions = {"main.gold.health_monitor_agent": [1]}
    assert main([*PLACE, "--agent", "--warehouse-id", "w1", "--secret-scope", "bot", "--prefix", "dev"]) == 0
    [entity] = workspace.serving.configs["dev-agent"]["served_entities"]
    environment = entity["environment_vars"]
    assert environment["DATABRICKS_CLIENT_SECRET"] == "{{secrets/bot/serving-client-secret}}"
    assert environment["DATABRICKS_HOST"] == workspace.url and environment["HEALTH_MONITOR_WAREHOUSE_ID"] == "w1"


def test_a_refusal_is_told(workspace: LoopbackWorkspace, capsys: pytest.CaptureFixture[str]) -> None:
    workspace.serving.versions = {THREAT: [1]}
    workspace.faults.append(Fault("/serving-endpoints", 403, times=9, code="PERMISSION_DENIED"))
    assert main(PLACE) == 1
    assert "on request" in capsys.readouterr().err


def test_no_workspace_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("DATABRICKS_HOST", raising=False)
    assert main(PLACE) == 1
    assert "DATABRICKS_HOST" in capsys.readouterr().err
