"""The bundle: valid by its public schema, naming nothing that is not there, and its tasks and settings taken by the program."""

import importlib
import json
import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.settings import DASHBOARDS, ROOT, Settings
from tests.resources.bundle import Json, files, filled, merged, references
from tools.dashboards import HERE, STEMS
from tools.dashboards.lakeview import read
from tools.dashboards.write import file
from tools.ml.registry import AGENT, full_name
from tools.ml.studies import STUDIES

SCHEMA = ROOT.parent / "shared" / "eval" / "bundle_schema.json"
BUNDLE = merged()
RESOURCES: Json = BUNDLE["resources"]
APP: Json = RESOURCES["apps"]["health_monitor"]
# What only a deployment knows.
COMPUTED = {
    "workspace.file_path": str(ROOT),
    "bundle.name": "b",
    "bundle.target": "dev",
    "var.warehouse_id": "warehouse-1",
    "resources.apps.health_monitor.service_principal_client_id": "app-id",
} | {f"resources.dashboards.{stem}.id": f"id-{stem}" for stem in STEMS}
TASKS = [(f"{job}.{task['task_key']}", task) for job, one in RESOURCES["jobs"].items() for task in one["tasks"]]


@pytest.fixture(scope="module")
def validator() -> Any:
    if not SCHEMA.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/eval/bundle_schema.json is not there")
    # Python's patterns know no classes of Unicode.
    schema = json.loads(SCHEMA.read_text().replace(r"\\p{L}", "A-Za-z").replace(r"\\p{N}", "0-9"))
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize("name", files())
def test_a_file_is_valid_by_the_public_schema(name: str, validator: Any) -> None:
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(files()[name])] == []


def test_the_schema_would_find_a_fault(validator: Any) -> None:
    broken = json.loads(json.dumps(files()["resources/app.yml"]))
    broken["resources"]["apps"]["health_monitor"]["resources"][0]["sql_warehouse"]["permission"] = "CAN_FLY"
    assert list(validator.iter_errors(broken))


@pytest.mark.parametrize("target", BUNDLE["targets"])
def test_every_reference_is_to_something_declared(target: str) -> None:
    bundle = merged(target)
    for reference in set(references(bundle["resources"])) | set(references(bundle["targets"][target])):
        assert filled(f"${{{reference}}}", bundle, COMPUTED) is not None


def test_every_variable_is_described_used_and_has_a_default() -> None:
    used = {name.split(".")[1] for name in references(BUNDLE) if name.startswith("var.")}
    assert used == BUNDLE["variables"].keys()
    assert all(each["description"] and ("default" in each or "lookup" in each) for each in BUNDLE["variables"].values())


@pytest.mark.parametrize(("name", "task"), TASKS, ids=[name for name, _ in TASKS])
def test_a_task_runs_a_module_that_takes_its_arguments(
    name: str, task: Json, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = RESOURCES["jobs"][name.split(".")[0]]
    assert task["environment_key"] in {each["environment_key"] for each in job["environments"]}
    assert {each["task_key"] for each in task.get("depends_on", ())} < {each["task_key"] for each in job["tasks"]}
    starter = ROOT / "resources" / task["spark_python_task"]["python_file"]
    root, module, *arguments = filled(task["spark_python_task"]["parameters"], BUNDLE, COMPUTED)
    assert importlib.util.find_spec(module)
    monkeypatch.setattr(sys, "argv", [str(starter), root, module, *arguments, "--help"])
    runpy.run_path(str(starter), run_name="__main__")
    said = capsys.readouterr().out
    assert f"python -m {module}" in said
    assert all(re.search(rf"{option}\b", said) for option in (a.split("=")[0] for a in arguments) if option.startswith("--"))


def test_a_task_that_ends_badly_fails_and_one_that_ends_well_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    starter = str(ROOT / "resources" / "run.py")
    for code, module in ((0, "ends_well"), (3, "ends_badly")):
        (tmp_path / f"{module}.py").write_text(f"import sys\nassert sys.argv[1:] == ['--x']\nsys.exit({code})\n")
        monkeypatch.setattr(sys, "argv", [starter, str(tmp_path), module, "--x"])
        if code:
            with pytest.raises(RuntimeError, match="ends_badly ended with 3"):
                runpy.run_path(starter, run_name="__main__")
        else:
            runpy.run_path(starter, run_name="__main__")


def test_the_app_sets_only_what_there_is_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {resource["name"]: f"value of {resource['name']}" for resource in APP["resources"]}
    for entry in filled(APP["config"]["env"], BUNDLE, COMPUTED):
        monkeypatch.setenv(entry["name"], given[entry["value_from"]] if "value_from" in entry else entry["value"])
        field = entry["name"].removeprefix("HEALTH_MONITOR_").lower()
        assert {field, f"{field}_name"} & Settings.model_fields.keys(), entry["name"]
    monkeypatch.setenv("DATABRICKS_APP_PORT", "8123")
    settings = Settings()
    assert settings.port == 8123 and settings.host == "0.0.0.0"
    assert settings.warehouse_id == "value of warehouse" and settings.schema_name == "health_monitor"
    assert settings.archive == "main.health_monitor_state" and settings.model_endpoints == {}
    assert settings.dashboards.ids == {RESOURCES["dashboards"][stem]["display_name"]: f"id-{stem}" for stem in STEMS}


def test_every_dashboard_is_deployed_from_its_file_under_the_title_that_answers_link_to() -> None:
    dashboards = RESOURCES["dashboards"]
    assert dashboards.keys() == set(STEMS)
    for stem in STEMS:
        assert (ROOT / "resources" / dashboards[stem]["file_path"]).resolve() == file(stem)
        assert dashboards[stem]["display_name"] == read((HERE / f"{stem}.yaml").read_text()).title
        assert not dashboards[stem]["embed_credentials"] and dashboards[stem]["permissions"]
    assert {dashboard["display_name"] for dashboard in dashboards.values()} == set(DASHBOARDS)


def test_production_registers_what_training_and_packaging_register() -> None:
    bundle = merged("prod")
    registered = filled(list(bundle["resources"]["registered_models"].values()), bundle, COMPUTED)
    names = {f"{each['catalog_name']}.{each['schema_name']}.{each['name']}" for each in registered}
    assert names == {full_name("main.health_monitor", name) for name in (*(study.name for study in STUDIES), AGENT)}


def test_the_app_takes_what_the_projects_root_holds() -> None:
    assert (ROOT / "resources" / APP["source_code_path"]).resolve() == ROOT
    assert (ROOT / "requirements.txt").exists() and not (ROOT / "app.yaml").exists()
    left_out = BUNDLE["sync"]["exclude"]
    assert all((ROOT / pattern.partition("/")[0]).is_dir() for pattern in left_out)
    assert not {"adapters", "agents", "bot", "tools", "resources"} & {pattern.partition("/")[0] for pattern in left_out}
