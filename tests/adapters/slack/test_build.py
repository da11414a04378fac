"""Tokens that are missing or refused are named, with what to do."""

import pytest

from adapters.slack.app import build
from bot.store import Store
from tests.adapters.recording import RecordingService
from tests.adapters.slack.conftest import SlackSettings
from tests.adapters.slack.loopback import LoopbackSlack
from tools.errors import LaterError, MisconfiguredError


@pytest.mark.parametrize(
    ("tokens", "named"),
    [
        ({"slack_bot_token": ""}, "SLACK_BOT_TOKEN"),
        ({"slack_signing_secret": ""}, "SLACK_SIGNING_SECRET"),
    ],
)
async def test_a_missing_token_is_named(tokens: dict[str, str], named: str) -> None:
    with pytest.raises(MisconfiguredError, match=named):
        await build(SlackSettings("http://127.0.0.1:9/api/", **tokens), RecordingService(), Store("sqlite://"))


async def test_a_refused_bot_token_is_explained(slack: LoopbackSlack) -> None:
    slack.refuse("auth.test", error="token_revoked")
    with pytest.raises(MisconfiguredError, match="SLACK_BOT_TOKEN: token_revoked"):
        await build(SlackSettings(f"{slack.url}/api/"), RecordingService(), Store("sqlite://"))


async def test_a_slack_that_cannot_be_reached_is_for_later() -> None:
    with pytest.raises(LaterError, match="cannot be reached"):
        await build(SlackSettings("http://127.0.0.1:9/api"), RecordingService(), Store("sqlite://"))


async def test_a_refused_app_token_is_explained(slack: LoopbackSlack) -> None:
    slack.refuse("apps.connections.open", error="invalid_auth")
    with pytest.raises(MisconfiguredError, match="SLACK_APP_TOKEN: invalid_auth"):
        settings = SlackSettings(f"{slack.url}/api/", slack_app_token="xapp-loopback")
        await build(settings, RecordingService(), Store("sqlite://"))
