"""Runbooks: one for each class of the sample and of Databricks' own codes, replaceable by a team, told whole."""

from datetime import datetime
from pathlib import Path

import pytest
from databricks.sdk.service.jobs import TerminationCodeCode

from agents.reliability import SPECIALIST, classes
from agents.reliability.runbooks import OURS, read_runbook
from agents.specialist import Sources
from bot.compose import service
from bot.settings import Settings, read_settings
from tests.agents.ask import CountingWarehouse, answered, question, rows
from tools.errors import MisconfiguredError
from tools.sample.stories import Story

TOPIC = "reliability.runbook"
SUCCEEDED = {"SUCCESS"}


def test_every_code_of_databricks_has_a_class() -> None:
    for code in TerminationCodeCode:
        if code.value not in SUCCEEDED:
            assert classes.of_code("FAILED", code.value) != classes.OTHER, code


def test_every_failure_of_the_sample_has_a_runbook(sample_file: Path) -> None:
    found = rows(
        sample_file,
        "SELECT DISTINCT result_state, termination_code FROM system_lakeflow.job_task_run_timeline "
        "WHERE result_state IS NOT NULL AND result_state <> 'SUCCEEDED' "
        "UNION SELECT DISTINCT result_state, termination_code FROM system_lakeflow.job_run_timeline "
        "WHERE result_state IS NOT NULL AND result_state <> 'SUCCEEDED'",
    )
    assert len(found) > 8
    for state, code in found:
        kind = classes.of_code(state, code)
        assert kind != classes.OTHER, (state, code)
        assert read_runbook(kind).name == kind


def test_every_class_has_a_whole_runbook_and_every_runbook_a_class() -> None:
    assert {path.stem for path in OURS.glob("*.md")} == set(classes.WORDS)
    for kind in classes.WORDS:
        book = read_runbook(kind)
        assert book.meaning, kind
        assert book.tell, kind
        assert len(book.steps) == 3, kind
        assert book.prevent, kind


def test_a_run_that_timed_out_is_a_time_out_whatever_its_code() -> None:
    assert classes.of_code("TIMED_OUT", "RUN_EXECUTION_ERROR") == "timeout"
    assert classes.of_code("FAILED", "LIBRARY_INSTALLATION_ERROR") == "library"
    assert classes.of_code("FAILED", "DRIVER_ERROR") == "driver"
    assert classes.of_code("FAILED", "SOMETHING_NEW") == classes.OTHER


def test_a_team_replaces_one_file_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "storage.md").write_text("# Call the storage team\n\nThey own it.\n\n## First\n1. Page `#storage`.\n")
    own = read_runbook("storage", tmp_path)
    assert (own.title, own.meaning, own.steps) == ("Call the storage team", "They own it.", ("Page #storage.",))
    assert read_runbook("driver", tmp_path) == read_runbook("driver")
    (tmp_path / "driver.md").write_text("Restart it and tell us.")
    assert read_runbook("driver", tmp_path).first == "Restart it and tell us."


async def test_the_setting_reaches_the_answers(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "storage.md").write_text("# Ours\n\n## First\n1. Page the storage team.\n")
    job = told["failing"].causes[0]["job"]
    sources = Sources(warehouse, runbooks=tmp_path)
    for topic in ("runbook", "failures", "incidents"):
        asked = question("what to do", f"reliability.{topic}", now, jobs=(job,))
        answer = await SPECIALIST.investigations[topic](asked, sources)
        assert any("Page the storage team." in line for line in answer.recommendations), topic


async def test_the_setting_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, now: datetime) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_RUNBOOKS", str(tmp_path))
    settings = read_settings()
    assert settings.runbooks == tmp_path
    (tmp_path / "storage.md").write_text("# Ours\n\n## First\n1. Page the storage team.\n")
    async with service(Settings(runbooks=tmp_path), now=now) as built:
        assert built is not None
    monkeypatch.setenv("HEALTH_MONITOR_RUNBOOKS", str(tmp_path / "gone"))
    with pytest.raises(MisconfiguredError, match="HEALTH_MONITOR_RUNBOOKS"):
        read_settings()


async def test_the_runbook_of_a_job_is_that_of_its_failures(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["failing"]
    job = story.causes[0]["job"]
    answer = await answered(SPECIALIST, question(f"runbook for {job}", TOPIC, now, jobs=(job,)), warehouse)
    assert answer.headline == f"Runbook for {job}: {read_runbook('storage').title}."
    assert answer.recommendations[:3] == read_runbook("storage").steps
    assert story.owner in answer.summary
    blocked = told["blocked"].causes[0]["job"]
    answer = await answered(SPECIALIST, question(f"fix {blocked}", TOPIC, now, jobs=(blocked,)), warehouse)
    assert read_runbook("upstream").title in answer.headline


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("runbook for oom failures", "memory"),
        ("respond to a timeout failure", "timeout"),
        ("playbook for cluster launch failures", "cluster"),
        ("runbook for permission denied failures", "access"),
        ("library install failures", "library"),
        ("spot loss failures", "cloud"),
    ],
)
async def test_a_question_names_the_class(warehouse: CountingWarehouse, now: datetime, text: str, kind: str) -> None:
    answer = await answered(SPECIALIST, question(text, TOPIC, now), warehouse)
    assert answer.headline == f"Runbook: {read_runbook(kind).title}."


async def test_a_healthy_job_needs_none(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    job = told["breaching"].causes[0]["job"]
    answer = await answered(SPECIALIST, question("runbook", TOPIC, now, jobs=(job,)), warehouse)
    assert answer.headline.startswith(f"{job} did not fail in ")
    answer = await answered(SPECIALIST, question("runbook", TOPIC, now, jobs=("no_such_job",)), warehouse)
    assert answer.headline.startswith("There are no job runs of no_such_job")
