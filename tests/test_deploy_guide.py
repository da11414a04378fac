"""The guides name what is there: commands that the program takes, files, jobs, secrets, settings, tables."""

import re
import shlex

import pytest

from bot.__main__ import main
from bot.archive import TABLES
from bot.settings import ROOT, Settings
from tests.grants import PAGE, page
from tests.resources.bundle import filled, merged

DEPLOY, PRIVACY = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("deploy", "privacy"))
BUNDLE = merged("prod")
RESOURCES = BUNDLE["resources"]


def commands() -> list[list[str]]:
    """Every line of a block of commands, and every command inside a sentence, as words."""
    blocks = re.findall(r"^```\n(.*?)^```", DEPLOY, re.MULTILINE | re.DOTALL)
    inside = re.findall(r"`((?:databricks|python) [^`]+)`", DEPLOY)
    return [shlex.split(line) for line in [*"".join(blocks).splitlines(), *inside]]


def test_the_page_of_grants_is_as_generated() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.grants"


def test_what_is_run_is_in_the_bundle() -> None:
    run = {words[-1] for words in commands() if words[:3] == ["databricks", "bundle", "run"]}
    assert run == RESOURCES["jobs"].keys() | RESOURCES["apps"].keys()
    targets = {words[words.index("-t") + 1] for words in commands() if "-t" in words}
    assert targets <= BUNDLE["targets"].keys()
    named = set(re.findall(r"--var (\w+)=", DEPLOY))
    assert named and named <= BUNDLE["variables"].keys()


def test_the_secrets_that_are_put_are_those_that_the_app_reads() -> None:
    put = {(words[3], words[4]) for words in commands() if words[:3] == ["databricks", "secrets", "put-secret"]}
    read = [filled(one["secret"], BUNDLE, {}) for one in RESOURCES["apps"]["health_monitor"]["resources"] if "secret" in one]
    assert put == {(secret["scope"], secret["key"]) for secret in read}


def test_the_settings_that_are_named_are_settings() -> None:
    for name in re.findall(r"HEALTH_MONITOR_(\w+)", DEPLOY + PRIVACY):
        assert {name.lower(), f"{name.lower()}_name"} & Settings.model_fields.keys(), name


def test_the_grants_are_printed_as_the_guide_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    [exported] = [words[1:] for words in commands() if words[0] == "export"]
    for name, _, value in (word.partition("=") for word in exported):
        monkeypatch.setenv(name, value)
    [printed] = [words[3:] for words in commands() if words[:3] == ["python", "-m", "bot"]]
    assert main(printed) == 0
    assert set(capsys.readouterr().out.splitlines()) <= set(PAGE.read_text().splitlines())


def test_what_is_said_to_be_kept_is_what_is_kept() -> None:
    assert set(re.findall(r"`(\w+_(?:turns|feedback|audit))`", PRIVACY)) == TABLES.keys()


@pytest.mark.parametrize("text", [DEPLOY, PRIVACY, page()], ids=["deploy", "privacy", "grants"])
def test_every_file_that_is_linked_exists(text: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / "docs" / target).exists(), target
