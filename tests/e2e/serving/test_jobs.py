"""The jobs of the bundle, task by task as Databricks starts them, on a workspace on the loopback; MLflow's store is a file."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.conftest import NOW
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tests.resources.bundle import filled, merged
from tools.gold import assets
from tools.ml.registry import full_name
from tools.ml.studies import STUDIES

pytestmark = pytest.mark.e2e
BUNDLE = merged("prod")
KNOWN = {
    "workspace.file_path": str(ROOT),
    "var.warehouse_id": "warehouse-1",
    "resources.apps.health_monitor.service_principal_client_id": "app-id",
}


@pytest.fixture
def workspace(sample_file: Path) -> Iterator[LoopbackWorkspace]:
    engine = Engine(sample_file, gold=False)
    with LoopbackWorkspace(engine) as running:
        yield running
    engine.close()


async def run(workspace: LoopbackWorkspace, job: str, task: str, place: Path, *more: str) -> str:
    """What a task says; it must end well."""
    [chosen] = [one for one in BUNDLE["resources"]["jobs"][job]["tasks"] if one["task_key"] == task]
    started = chosen["spark_python_task"]
    command = [ROOT / "resources" / started["python_file"], *filled(started["parameters"], BUNDLE, KNOWN), *more]
    environment = {**os.environ, **workspace.environment, "HOME": str(place)}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *map(str, command)],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


async def test_gold_is_installed_then_models_are_trained_registered_and_served(
    workspace: LoopbackWorkspace, tmp_path: Path
) -> None:
    said = await run(workspace, "gold", "apply", tmp_path)
    assert said.startswith(tuple(f"{n} installed, 0 not installed" for n in range(len(assets()), len(assets()) + 20)))

    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    instead = [f"--track={store}", f"--registry={store}", f"--artifacts={tmp_path / 'artifacts'}", f"--today={NOW:%Y-%m-%d}"]
    said = await run(workspace, "models", "train", tmp_path, *instead)
    trained = [study.name for study in STUDIES if f"{study.name}: " in said]
    assert trained == [study.name for study in STUDIES] and "registered as version 1" in said

    registered = [line.partition(":")[0] for line in said.splitlines() if "registered as version 1" in line]
    workspace.serving.versions = {full_name("main.health_monitor", name): [1] for name in registered}
    said = await run(workspace, "models", "serve", tmp_path)
    assert said.count("version 1: created") == len(registered)
    assert set(workspace.serving.endpoints) == {f"health-monitor-{name}" for name in registered}
    assert all(readers == ["app-id"] for readers in workspace.serving.readers.values())
