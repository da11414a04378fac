"""Several workspaces: installed by OAuth, each spoken to with its own token, which is replaced before it ends."""

import asyncio
import html
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.installs import Installs
from adapters.slack.scopes import SCOPES
from bot.store import Store
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import BOT, Json, envelope, mention, slash

OAUTH = {"slack_bot_token": "", "slack_client_id": "1.2", "slack_client_secret": "client-secret"}


@pytest.fixture
async def open_app(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    """An app that any workspace may install."""
    async with running(slack, tmp_path / "store.sqlite", **OAUTH) as app:
        yield app


def granted(team: str, enterprise: str = "", **fields: object) -> Json:
    """What Slack tells of an install."""
    return {
        "app_id": "A0",
        "access_token": f"xoxb-{team or enterprise}",
        "token_type": "bot",
        "scope": ",".join(SCOPES),
        "bot_user_id": BOT,
        "team": {"id": team, "name": team} if team else None,
        "enterprise": {"id": enterprise, "name": enterprise} if enterprise else None,
        "is_enterprise_install": not team,
        "authed_user": {"id": "U0ADMIN"},
        **fields,
    }


async def install(app: Running, code: str) -> tuple[int, str]:
    """What an administrator's browser does: begins, agrees at Slack, and comes back with a code."""
    async with app.http.get(f"{app.url}/slack/install") as page:
        text, cookies = await page.text(), page.cookies
    link = next(part.split('"')[0] for part in text.split('href="') if "/oauth/v2/authorize" in part.split('"')[0])
    [state] = parse_qs(urlsplit(html.unescape(link)).query)["state"]
    header = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())}
    async with app.http.get(f"{app.url}/slack/oauth_redirect?code={code}&state={state}", headers=header) as answer:
        return answer.status, await answer.text()


async def test_each_workspace_is_answered_with_its_own_token(open_app: Running) -> None:
    app = open_app
    for team in ("T1", "T2"):
        app.slack.codes[f"code-{team}"] = granted(team)
        assert (await install(app, f"code-{team}"))[0] == 200
    for team in ("T1", "T2"):
        await app.send(mention(team_id=team) | {"team_id": team, "authorizations": []})
    await app.until(lambda: len(app.slack.answers()) == 2)
    posted = [token for method, token in app.slack.spoke if method in ("chat.postMessage", "users.info")]
    assert sorted(set(posted)) == ["xoxb-T1", "xoxb-T2"] and len(posted) == 4
    assert {asked.team for asked in app.service.asked} == {"T1", "T2"}


async def test_what_comes_from_a_workspace_without_us_is_acknowledged_and_nothing_is_asked(open_app: Running) -> None:
    app = open_app
    assert (await app.send(mention()))[0] == 200
    assert (await app.send(slash("/cost-top", "last week", app.slack.url)))[0] == 200
    await asyncio.sleep(0.1)
    assert app.service.asked == [] and app.slack.posts == []
    assert "install" in app.slack.hooked[0]["text"]


async def test_an_organisations_install_serves_its_workspaces(open_app: Running) -> None:
    app = open_app
    app.slack.codes["org"] = granted("", "E0")
    assert (await install(app, "org"))[0] == 200
    grid = [{"enterprise_id": "E0", "team_id": "T7", "is_enterprise_install": True}]
    await app.send(mention() | {"team_id": "T7", "enterprise_id": "E0", "authorizations": grid})
    await app.until(app.slack.answers)
    assert ("chat.postMessage", "xoxb-E0") in app.slack.spoke
    assert app.service.asked[0].team == "E0/T7"


@pytest.mark.parametrize("event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [BOT]}}])
async def test_a_workspace_that_removes_us_is_forgotten(open_app: Running, event: Json) -> None:
    app = open_app
    app.slack.codes["c"] = granted("T1")
    await install(app, "c")
    assert (await app.send(envelope(event, team_id="T1", authorizations=[])))[0] == 200
    await app.send(mention() | {"team_id": "T1", "authorizations": []})
    await asyncio.sleep(0.1)
    assert app.service.asked == []


async def test_a_code_that_slack_does_not_know_and_a_state_that_is_not_ours_install_nothing(open_app: Running) -> None:
    app = open_app
    assert (await install(app, "made-up"))[0] == 401
    app.slack.codes["c"] = granted("T1")
    cookie = {"Cookie": "slack-app-oauth-state=forged"}
    async with app.http.get(f"{app.url}/slack/oauth_redirect?code=c&state=forged", headers=cookie) as answer:
        assert answer.status == 401
    async with app.http.get(f"{app.url}/slack/oauth_redirect?code=c&state=forged") as answer:
        assert answer.status == 400
    assert app.slack.installs == {} and list(app.slack.codes) == ["c"]


async def test_a_state_works_once(open_app: Running) -> None:
    store = open_app.store
    states = Installs(store.kept, "1.2", "s", None).settings([]).state_store  # type: ignore[arg-type]
    state = await states.async_issue()
    assert [await states.async_consume(state) for _ in range(2)] == [True, False]


async def test_without_a_client_id_nothing_is_installed(app: Running) -> None:
    async with app.http.get(f"{app.url}/slack/install") as answer:
        assert answer.status == 404


async def test_a_token_that_ends_soon_is_replaced_and_kept(slack: LoopbackSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path / "s", **OAUTH) as app:
        slack.codes["c"] = granted("T1", refresh_token="xoxe-1", expires_in=3_600)
        await install(app, "c")
        await app.send(mention() | {"team_id": "T1", "authorizations": []})
        await app.until(slack.answers)
    async with running(slack, tmp_path / "s", **OAUTH) as again:
        await again.send(mention() | {"team_id": "T1", "authorizations": []})
        await again.until(lambda: len(slack.answers()) == 2)
    posted = [token for method, token in slack.spoke if method == "chat.postMessage"]
    assert posted[0] == "xoxb-T1+" and posted[1].startswith("xoxb-T1+")
    assert len(slack.called("oauth.v2.access")) == 3, "once for the code, once by each process, since both last an hour"


async def test_a_replica_that_comes_too_late_to_renew_uses_what_the_other_got(slack: LoopbackSlack, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 's'}")
    await store.open()
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=f"{slack.url}/api/", session=session)
        installs = Installs(store.kept, "1.2", "s", client)
        old = Bot(
            team_id="T1", bot_token="old", bot_id="B", bot_user_id=BOT, bot_refresh_token="r", installed_at=1.0,
            bot_token_expires_in=60,
        )  # fmt: skip
        await installs.save(old)
        slack.refuse("oauth.v2.access", error="invalid_refresh_token", pause=0.3)
        looking = asyncio.create_task(installs.of("T1"))
        await asyncio.sleep(0.1)
        new = Bot(**{**old.to_dict_for_copying(), "bot_token": "new"})
        await Installs(store.kept, "1.2", "s", client).save(new)
        me = await looking
        assert me and me.bot_token == "new"
    await store.close()
