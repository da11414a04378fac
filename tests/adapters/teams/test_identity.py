"""Who may deliver: what Teams signed for us, and nobody else; every other token is refused, none is a fault of ours."""

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from adapters.teams.app import build
from adapters.teams.identity import FRUITLESS_SECONDS, KEEP_SECONDS, Keys, UnreachableError
from bot.store import Store
from tests.adapters.recording import RecordingService
from tests.adapters.teams.activities import APP, ISSUER, Json, SigningKey, message
from tests.adapters.teams.conftest import Running, SignedIn, TeamsSettings, running
from tests.adapters.teams.loopback import LoopbackTeams
from tools.errors import MisconfiguredError

STRANGER = SigningKey("k1")
NEW = SigningKey("k-of-nobody")
UNENDORSED = SigningKey("k-mail", ("email",))
Make = Callable[[SigningKey, str], str | None]


def unsigned(alg: str, key: Any) -> Make:
    claims = {"iss": ISSUER, "aud": APP, "exp": int(time.time()) + 600}
    return lambda ours, url: jwt.encode(claims | {"serviceurl": url}, key, algorithm=alg, headers={"kid": ours.id})


def at(seconds: int) -> int:
    return int(time.time()) + seconds


def numbered(key: SigningKey, url: str) -> str:
    """A header that PyJWT itself would not write."""
    _, claims, signature = key.token(url).split(".")
    header = urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT","kid":7}').rstrip(b"=").decode()
    return ".".join((header, claims, signature))


TOKENS: dict[str, tuple[Make, int]] = {
    "valid": (lambda key, url: key.token(url), 202),
    "for us among others": (lambda key, url: key.token(url, aud=[APP]), 202),
    "expired 100 seconds ago, which clocks may differ by": (lambda key, url: key.token(url, exp=at(-100)), 202),
    "the service without its last slash": (lambda key, url: key.token(url.rstrip("/")), 202),
    "no header": (lambda key, url: None, 401),
    "garbage": (lambda key, url: "abc.def.ghi", 401),
    "garbage that is not ASCII": (lambda key, url: "é.ü.ß", 401),
    "one word": (lambda key, url: "token", 401),
    "expired": (lambda key, url: key.token(url, exp=at(-1_000), nbf=None), 401),
    "not valid yet": (lambda key, url: key.token(url, nbf=at(1_000)), 401),
    "forged signature under a key's name": (lambda key, url: STRANGER.token(url), 401),
    "unknown key": (lambda key, url: NEW.token(url), 401),
    "no key named": (lambda key, url: key.token(url, header={}), 401),
    "a key named by a number": (numbered, 401),
    "algorithm none": (unsigned("none", None), 401),
    "algorithm HS256": (unsigned("HS256", "x" * 32), 401),
    "wrong audience": (lambda key, url: key.token(url, aud="someone-else"), 401),
    "no audience": (lambda key, url: key.token(url, aud=None), 401),
    "wrong issuer": (lambda key, url: key.token(url, iss="https://evil.example"), 401),
    "another service": (lambda key, url: key.token("https://evil.example/"), 401),
    "no service": (lambda key, url: key.token(url, serviceurl=None), 401),
    "no expiry": (lambda key, url: key.token(url, exp=None), 401),
    "a key that does not speak for Teams": (lambda key, url: UNENDORSED.token(url), 401),
}


@pytest.mark.parametrize("name", TOKENS)
async def test_a_delivery_is_taken_or_refused(app: Running, name: str) -> None:
    app.teams.keys.insert(0, UNENDORSED)
    make, expected = TOKENS[name]
    url = f"{app.teams.url}/"
    status, _, _ = await app.send(message(serviceUrl=url), make(app.teams.keys[-1], url))
    assert status == expected
    if expected == 202:
        await app.until(app.teams.answers)
    else:
        await asyncio.sleep(0.02)
        assert app.service.asked == [] and app.teams.calls == []


async def test_another_scheme_is_refused(app: Running) -> None:
    token = app.teams.keys[0].token(f"{app.teams.url}/")
    for header in (f"Basic {token}", token, "Bearer", "Bearer "):
        async with app.http.post(app.url + "/api/messages", json=message(), headers={"Authorization": header}) as answer:
            assert answer.status == 401


async def test_a_service_that_the_token_does_not_name_is_refused(app: Running) -> None:
    token = app.teams.keys[0].token(f"{app.teams.url}/")
    assert (await app.send(message(serviceUrl="https://evil.example/"), token))[0] == 401
    assert (await app.send({**message(), "serviceUrl": None}, token))[0] == 401


async def test_another_channel_is_refused(app: Running) -> None:
    assert (await app.send(message(channelId="webchat")))[0] == 401


async def test_another_tenant_is_refused(app: Running) -> None:
    body = message()
    body["conversation"]["tenantId"] = body["channelData"]["tenant"]["id"] = "99999999-9999-9999-9999-999999999999"
    assert (await app.send(body))[0] == 403
    body["conversation"].pop("tenantId")
    body["channelData"] = {}
    assert (await app.send(body))[0] == 403
    assert app.service.asked == []


async def test_a_rotated_key_works_at_once_and_is_read_once(app: Running) -> None:
    await app.send(message())
    app.teams.keys.append(SigningKey("k2"))
    for status, _, _ in await asyncio.gather(*(app.send(message()) for _ in range(5))):
        assert status == 202
    assert app.teams.keys_read == 2


async def test_made_up_keys_do_not_make_us_ask_microsoft_each_time(app: Running) -> None:
    await app.send(message())
    for number in range(5):
        token = NEW.token(f"{app.teams.url}/", header={"kid": f"made-up-{number}"})
        assert (await app.send(message(serviceUrl=f"{app.teams.url}/"), token))[0] == 401
    assert app.teams.keys_read == 2


async def test_while_microsoft_cannot_be_asked_a_delivery_is_to_come_again(app: Running) -> None:
    app.teams.keys_status = 500
    assert (await app.send(message()))[0] == 503
    app.teams.keys_status = 200
    assert (await app.send(message()))[0] == 202


async def test_known_keys_are_used_while_microsoft_cannot_be_asked(teams: LoopbackTeams) -> None:
    now = [0.0]
    keys = Keys(f"{teams.url}/openidconfiguration", clock=lambda: now[0])
    assert await keys.key("k1")
    now[0], teams.keys_status = KEEP_SECONDS + 1, 500
    assert await keys.key("k1")
    with pytest.raises(UnreachableError):
        await keys.key("k2")
    teams.keys, teams.keys_status = [SigningKey("k2")], 200
    now[0] += FRUITLESS_SECONDS + 1
    assert await keys.key("k2")
    assert await keys.key("k1") is None


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"teams_app_id": ""}, "MicrosoftAppId is not set"),
        ({"teams_app_id": "", "teams_development": True, "host": "0.0.0.0"}, "listens to this machine alone"),
        ({"teams_tenant_id": ""}, "MicrosoftAppTenantId is not set"),
        ({"teams_tenant_id": "", "teams_app_type": "MultiTenant"}, "MicrosoftAppTenantId is not set"),
        ({"teams_app_password": ""}, "APP_PASSWORD"),
    ],
)
async def test_settings_that_would_let_anybody_in_do_not_start(tmp_path: Path, settings: Json, names: str) -> None:
    store = Store(f"sqlite:///{tmp_path / 's'}")
    with pytest.raises(MisconfiguredError, match=names):
        build(TeamsSettings(**settings), RecordingService(), store)
    await store.close()


@pytest.mark.parametrize("settings", [{}, {"teams_app_type": "UserAssignedMSI", "teams_app_password": ""}])
async def test_a_single_tenant_and_a_managed_identity_start(tmp_path: Path, settings: Json) -> None:
    store = Store(f"sqlite:///{tmp_path / 's'}")
    shell = build(TeamsSettings(**settings), RecordingService(), store)
    await shell.start()
    await shell.stop(0)
    await store.close()


async def test_in_development_nobody_is_checked_and_nothing_is_signed(teams: LoopbackTeams, tmp_path: Path) -> None:
    told = {"teams_app_id": "", "teams_tenant_id": "", "teams_app_password": "", "teams_development": True}
    async with running(teams, tmp_path / "s", **told) as app:
        assert (await app.send(message(serviceUrl=f"{teams.url}/"), None))[0] == 202
        await app.until(teams.answers)
    assert teams.authorizations == {""}


async def test_what_is_sent_is_signed_by_one_sign_in(app: Running) -> None:
    for _ in range(3):
        await app.send(message())
    await app.until(lambda: len(app.teams.answers()) == 3)
    assert app.teams.authorizations == {"Bearer outbound-token"}
    assert app.credentials.asked == 1


class Refused(SignedIn):
    def get_access_token(self) -> str:
        raise PermissionError("AADSTS7000215: invalid client secret")


async def test_a_refused_secret_is_told_in_the_log_and_tried_again_later(
    teams: LoopbackTeams, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(teams, tmp_path / "s", credentials=Refused()) as app:
        await app.send(message())
        await app.until(lambda: " waits for 0:00:10" in caplog.text)
        assert "AADSTS7000215" in caplog.text and teams.calls == []
        assert await app.store.deliveries.waiting() == 1
