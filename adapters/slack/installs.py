"""Who we are in each workspace: one bot token from the settings, or one for each install by OAuth."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.kept import Kept

log = logging.getLogger(__name__)
KEEP_SECONDS = 60.0
ROTATE_MINUTES = 120
STATE_LASTS = timedelta(minutes=10)
INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"


class Installed(Protocol):
    async def of(self, team: str, /) -> AuthorizeResult | None:
        """Who we are in a workspace, by its key; None where we are not installed."""
        ...

    async def forget(self, team: str, /) -> None:
        """A workspace has removed us."""
        ...


class One:
    """The one install whose bot token the settings hold."""

    def __init__(self, me: AuthorizeResult) -> None:
        self._me = me

    async def of(self, _: str, /) -> AuthorizeResult | None:
        return self._me

    async def forget(self, team: str) -> None:
        log.warning("%s has removed the app", team)


class Installs:
    """Installs in our store. A token that ends soon is replaced before it is used; a token is read once a minute."""

    def __init__(
        self,
        kept: Kept,
        client_id: str,
        client_secret: str,
        client: AsyncWebClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._client_id, self._client_secret = client_id, client_secret
        self._rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret, client=client)
        self._clock = clock
        self._known: dict[str, tuple[float, AuthorizeResult | None]] = {}
        self._looking: dict[str, asyncio.Lock] = {}

    def settings(self, scopes: list[str]) -> AsyncOAuthSettings:
        """What bolt needs to lead someone through an install."""
        return AsyncOAuthSettings(
            client_id=self._client_id,
            client_secret=self._client_secret,
            scopes=scopes,
            user_scopes=[],
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            installation_store=_Installations(self),
            state_store=_States(self._kept),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
        )

    async def of(self, team: str, /) -> AuthorizeResult | None:
        async with self._looking.setdefault(team, asyncio.Lock()):
            known = self._known.get(team)
            if known is None or self._clock() - known[0] >= KEEP_SECONDS:
                known = self._known[team] = (self._clock(), await self._look(team))
            return known[1]

    async def save(self, bot: Bot) -> None:
        """Keeps who we are in a workspace, or in all of an organisation's."""
        workspace = None if bot.is_enterprise_install else bot.team_id
        team = "/".join(filter(None, (bot.enterprise_id, workspace)))
        kept = {name: value for name, value in vars(bot).items() if name != "custom_values"}
        await self._kept.put(self._key(team), kept)
        self._known.clear()
        log.info("we have a token for %s", team)

    async def forget(self, team: str, /) -> None:
        await self._kept.take(self._key(team))
        self._known.pop(team, None)
        log.warning("%s has removed the app", team)

    async def _look(self, team: str) -> AuthorizeResult | None:
        bot = await self._find(team)
        if bot is None:
            return None
        try:
            renewed = await self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=ROTATE_MINUTES)
        except SlackTokenRotationError as error:
            # A refresh token works once: another replica may have been faster.
            renewed = await self._find(team)
            if renewed is None or renewed.bot_token == bot.bot_token:
                raise error.api_error from error
        else:
            if renewed:
                await self.save(renewed)
        return _result(renewed or bot)

    async def _find(self, team: str) -> Bot | None:
        """The workspace's own install, else that of its organisation."""
        enterprise, _, workspace = team.rpartition("/")
        kept = await self._kept.get(self._key(team))
        if kept is None and enterprise and workspace:
            kept = await self._kept.get(self._key(enterprise))
        return Bot(**kept) if kept else None

    def _key(self, team: str) -> str:
        return f"slack:{self._client_id}:{team}"


def _result(bot: Bot) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=bot.enterprise_id,
        team_id=bot.team_id,
        bot_token=bot.bot_token,
        bot_id=bot.bot_id,
        bot_user_id=bot.bot_user_id,
    )


async def token_in(installed: Installed, team: str) -> str:
    """The bot token for a workspace; raises SlackApiError where we are not installed, as Slack would."""
    me = await installed.of(team)
    if me is None or not me.bot_token:
        raise SlackApiError(f"not installed in {team}", {"ok": False, "error": "account_inactive"})  # type: ignore[no-untyped-call]
    return me.bot_token


class _Installations(AsyncInstallationStore):
    """The part of Slack's port that an install needs."""

    def __init__(self, installs: Installs) -> None:
        self._installs = installs

    async def async_save(self, installation: Installation) -> None:
        await self._installs.save(installation.to_bot())


class _States(AsyncOAuthStateStore):
    """States of installs under way, in our store, so that any replica may end what another began."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def async_issue(self, *_: object, **__: object) -> str:
        state = secrets.token_urlsafe(32)
        await self._kept.put(f"slack:state:{state}", {}, STATE_LASTS)
        return state

    async def async_consume(self, state: str) -> bool:
        return await self._kept.take(f"slack:state:{state}")
