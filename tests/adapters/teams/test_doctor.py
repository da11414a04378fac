"""What is missing of Teams' settings is named with its fix."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.doctor import examine
from bot.__main__ import doctor
from bot.settings import Settings
from tests.adapters.teams.conftest import TeamsSettings
from tests.conftest import NOW


def wrong(**settings: Any) -> list[str]:
    return [check.what for check in examine(TeamsSettings(**settings)) if not check.ok and check.fix]


def test_with_everything_set_nothing_is_missing() -> None:
    assert wrong() == [] and len(examine(TeamsSettings())) == 3


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("teams_app_id", "MicrosoftAppId"),
        ("teams_tenant_id", "MicrosoftAppTenantId"),
        ("teams_app_password", "MicrosoftAppPassword"),
    ],
)
def test_a_setting_that_is_missing_is_named(name: str, setting: str) -> None:
    assert wrong(**{name: ""}) == [f"{setting} is not set"]


def test_a_managed_identity_needs_no_password() -> None:
    assert wrong(teams_app_password="", teams_app_type="UserAssignedMSI") == []


def test_development_is_for_this_machine_alone() -> None:
    bare = {"teams_app_id": "", "teams_app_password": "", "teams_tenant_id": "", "teams_development": True}
    assert wrong(**bare) == []
    assert wrong(**bare, host="0.0.0.0") == ["Teams without MicrosoftAppId, on this machine alone"]


def test_where_teams_is_not_set_up_nothing_is_said() -> None:
    assert examine(TeamsSettings(teams_app_id="", teams_app_password="", teams_tenant_id="")) == []


async def test_the_doctor_of_a_teams_bot_asks_for_nothing_of_slack(
    sample_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(MicrosoftAppId="an-app", warehouse=f"duckdb:///{sample_file}", store=f"sqlite:///{tmp_path / 's'}")
    assert await doctor(argparse.Namespace(now=NOW), settings) == 1
    told = capsys.readouterr().out
    assert "missing  MicrosoftAppTenantId is not set" in told and "missing  MicrosoftAppPassword is not set" in told
    assert "ok       MicrosoftAppId" in told and "SLACK" not in told
