"""docs/teams.md names what is there: settings, options, the port, the pinned client, the answers to its checks."""

import json
import re
import subprocess
import sys
from pathlib import Path

from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "teams.md").read_text()
DATABRICKS = {"DATABRICKS_HOST", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"}


def test_every_setting_it_names_exists() -> None:
    known = {str(field.validation_alias or f"HEALTH_MONITOR_{name.upper()}") for name, field in Settings.model_fields.items()}
    named = set(re.findall(r"\b(?:HEALTH_MONITOR|DATABRICKS)_[A-Z_]+\b|\bMicrosoftApp\w+", GUIDE))
    assert {"MicrosoftAppId", "MicrosoftAppPassword", "MicrosoftAppTenantId", "MicrosoftAppType"} <= named
    assert named <= known | DATABRICKS


def test_every_option_of_the_package_it_names_exists() -> None:
    command = [sys.executable, "-m", "adapters.teams.package", "--help"]
    options = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    named = set(re.findall(r"adapters\.teams\.package ([^\n]*)", GUIDE)[0].split()) | {"--version", "--hear-threads"}
    assert {word for word in named if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", options))


def test_its_port_is_the_container_s() -> None:
    [port] = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert f"--publish {port}:{port}" in GUIDE and f"WEBSITES_PORT={port}" in GUIDE and f"listens to port {port}" in GUIDE


def test_the_client_it_names_is_the_one_that_is_tested() -> None:
    pinned = json.loads((ROOT / "tests" / "e2e" / "package.json").read_text())["dependencies"]["@microsoft/m365agentsplayground"]
    assert f"@microsoft/m365agentsplayground@{pinned} " in GUIDE


def test_every_file_that_is_linked_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target
