"""What is missing is named with its fix: tokens, scopes, the store."""

from pathlib import Path

import pytest

from adapters.slack.doctor import examine
from bot.doctor import Check, report
from bot.service import Service
from bot.settings import Settings
from tests.adapters.slack.conftest import SlackSettings, running
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import slash


async def wrong(settings: SlackSettings) -> list[tuple[str, str]]:
    return [(check.what, check.fix) for check in await examine(settings) if not check.ok]


async def test_with_everything_granted_nothing_is_missing(slack: LoopbackSlack) -> None:
    settings = SlackSettings(f"{slack.url}/api/", slack_app_token="xapp-loopback")
    assert await wrong(settings) == []
    assert len(await examine(settings)) == 2


async def test_a_missing_scope_is_named_with_what_it_is_for(slack: LoopbackSlack) -> None:
    slack.scopes.discard("files:write")
    assert await wrong(SlackSettings(f"{slack.url}/api/")) == [
        ("scope files:write: to upload charts and tables", "Add files:write under OAuth & Permissions and install the app again.")
    ]


@pytest.mark.parametrize(
    ("method", "error", "named"),
    [("auth.test", "token_revoked", "SLACK_BOT_TOKEN"), ("apps.connections.open", "invalid_auth", "SLACK_APP_TOKEN")],
)
async def test_a_refused_token_is_named(slack: LoopbackSlack, method: str, error: str, named: str) -> None:
    slack.refuse(method, error=error)
    [(what, fix)] = await wrong(SlackSettings(f"{slack.url}/api/", slack_app_token="xapp-loopback"))
    assert what == f"{named}: {error}" and "token" in fix


async def test_tokens_that_are_not_set_are_named() -> None:
    missing = await wrong(SlackSettings("http://127.0.0.1:9/api/", slack_bot_token="", slack_signing_secret=""))
    assert [what for what, _ in missing] == ["SLACK_BOT_TOKEN is not set", "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET"]


async def test_a_store_that_cannot_be_opened_is_named(bot: Service, tmp_path: Path) -> None:
    from bot.doctor import examine as examine_bot

    checks = await examine_bot(bot, Settings(store=f"sqlite:///{tmp_path / 'no' / 'such' / 'place'}", cache=tmp_path))
    [store] = [check for check in checks if "store" in check.what]
    assert not store.ok and "HEALTH_MONITOR_STORE" in store.what and store.fix


async def test_in_slack_the_doctor_tells_its_asker_alone(slack: LoopbackSlack, tmp_path: Path) -> None:
    async def examined() -> list[Check]:
        return [Check("the store", True), Check("table system.access.<audit>", False, "GRANT it.")]

    async with running(slack, tmp_path / "s", examine=examined) as app:
        body = slash("/health", "doctor", slack.url)
        for _ in range(2):
            assert "Examining" in (await app.send(body))[1]
        await app.until(lambda: slack.hooked)
        [told] = slack.hooked
        assert told["text"] == "1 of 2 things are in order.\n• table system.access.&lt;audit&gt;\n   GRANT it."
        assert app.service.asked == [] and slack.posts == []


def test_a_report_counts_what_is_in_order() -> None:
    assert report([Check("a", True)]) == "1 of 1 things are in order."


async def test_installs_by_oauth_need_no_bot_token(slack: LoopbackSlack) -> None:
    oauth = {"slack_bot_token": "", "slack_client_id": "1.2", "slack_client_secret": "s"}
    checks = await examine(SlackSettings(f"{slack.url}/api/", **oauth))
    assert all(check.ok for check in checks) and "OAuth" in checks[0].what
    assert slack.called("auth.test") == []
