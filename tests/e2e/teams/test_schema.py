"""The app's manifest against the public schema of its version, as Microsoft publishes it in a package of npm."""

import json
from typing import Any

import pytest
from jsonschema import Draft4Validator

from adapters.teams.package import SCHEMA, manifest
from tests.e2e.teams.conftest import MODULES

pytestmark = pytest.mark.e2e
APP = "11111111-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    folder = MODULES / "@microsoft" / "app-manifest" / "build" / "json-schemas" / "teams" / f"v{SCHEMA}"
    return Draft4Validator(json.loads((folder / "MicrosoftTeams.schema.json").read_text()))


@pytest.mark.parametrize("hear_threads", [False, True])
def test_the_manifest_is_valid(schema: Draft4Validator, hear_threads: bool) -> None:
    made = manifest(APP, "https://intranet.example.com/health-monitor", hear_threads=hear_threads)
    assert [f"{list(error.path)}: {error.message}" for error in schema.iter_errors(made)] == []


@pytest.mark.parametrize(
    "wrong",
    [{"id": "no-guid"}, {"name": {"short": "x" * 31}}, {"accentColor": "blue"}, {"unknown": 1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_schema_finds_what_is_wrong(schema: Draft4Validator, wrong: dict[str, Any]) -> None:
    assert not schema.is_valid(manifest(APP, "https://intranet.example.com/health-monitor") | wrong)
