"""Builds the Slack app: signs in with the settings' tokens, or keeps installs by OAuth, and puts its parts together."""

from typing import Protocol

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.asked import Asked
from adapters.painter import Painter
from adapters.slack.feedback import Feedback
from adapters.slack.handout import Handouts
from adapters.slack.home import Home
from adapters.slack.installs import Installed, Installs, One, token_in
from adapters.slack.modal import Modals, Suggest
from adapters.slack.pace import PacedClient
from adapters.slack.post import Poster
from adapters.slack.prompts import Prompts
from adapters.slack.scopes import SCOPES
from adapters.slack.shell import Parts, SlackShell
from adapters.slack.socket import PING_SECONDS
from adapters.slack.surfaces import Surfaces
from adapters.slack.trouble import detail, reason
from adapters.slack.turns import Turns
from adapters.slack.windows import Examine, Windows
from bot.delivery import Limits
from bot.queue import PARALLEL
from bot.store import Store
from tools.errors import LaterError, MisconfiguredError

__all__ = ["Settings", "SlackShell", "build", "by_oauth", "check"]
SECONDS = 30


class Settings(Protocol):
    """What Slack needs to know. A signing secret opens HTTP, an app token opens Socket Mode; either or both.

    A client id and secret let any workspace install the app, in place of the one bot token.
    """

    @property
    def slack_bot_token(self) -> str: ...

    @property
    def slack_app_token(self) -> str: ...

    @property
    def slack_signing_secret(self) -> str: ...

    @property
    def slack_client_id(self) -> str: ...

    @property
    def slack_client_secret(self) -> str: ...

    @property
    def slack_api_url(self) -> str: ...

    @property
    def questions_per_user(self) -> int: ...

    @property
    def questions_per_channel(self) -> int: ...

    @property
    def questions_waiting(self) -> int: ...


async def build(
    settings: Settings,
    service: Asked,
    store: Store,
    *,
    parallel: int = PARALLEL,
    ping_seconds: float = PING_SECONDS,
    call_seconds: float = SECONDS,
    examine: Examine | None = None,
    suggest: Suggest | None = None,
) -> SlackShell:
    """The shell, signed in. Raises MisconfiguredError for a token that is missing or refused, LaterError if offline."""
    check(settings)
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=call_seconds))
    url = (settings.slack_api_url or "https://slack.com/api/").rstrip("/") + "/"
    plain = AsyncWebClient(base_url=url, session=session, retry_handlers=[])
    try:
        installed, oauth = await _installed(settings, plain, store)
    except BaseException:
        await session.close()
        raise
    # Nothing is retried blindly: a post that was cut off may have arrived.
    client = PacedClient(lambda team: token_in(installed, team), base_url=url, session=session, retry_handlers=[])
    painter, surfaces = Painter(), Surfaces()
    poster = Poster(client, painter, session)
    limits = Limits(settings.questions_per_user, settings.questions_per_channel, settings.questions_waiting)
    turns = Turns(service, store, client, poster, surfaces, limits=limits, parallel=parallel)
    parts = Parts(
        turns,
        Windows(client, poster, service, examine),
        Handouts(client, poster, service),
        Feedback(client, store),
        Home(client, service, store, turns, suggest),
        Modals(client, suggest),
        Prompts(client, surfaces),
    )
    return SlackShell(settings, client, installed, oauth, parts, painter, store, ping_seconds)


def check(settings: Settings) -> None:
    """Raises MisconfiguredError for what has to be set and is not."""
    if not (settings.slack_bot_token or by_oauth(settings)):
        raise MisconfiguredError(
            "SLACK_BOT_TOKEN is not set.",
            do="Copy the bot token (xoxb-…) from the app's OAuth page, or set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.",
        )
    if not (settings.slack_signing_secret or settings.slack_app_token):
        raise MisconfiguredError(
            "Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set.",
            do="Set the signing secret for HTTP, or the app token (xapp-…) for Socket Mode.",
        )


def by_oauth(settings: Settings) -> bool:
    return bool(settings.slack_client_id and settings.slack_client_secret)


async def _installed(settings: Settings, client: AsyncWebClient, store: Store) -> tuple[Installed, AsyncOAuthSettings | None]:
    """Who we are, where. Both tokens are tried, since the socket client would try a refused one for ever."""
    tried, where = "SLACK_BOT_TOKEN", "Install the app to the workspace again and copy its bot token (xoxb-…)."
    try:
        installed: Installed | None = None
        if not by_oauth(settings):
            me = await client.auth_test(token=settings.slack_bot_token)
            installed = One(AuthorizeResult.from_auth_test_response(bot_token=settings.slack_bot_token, auth_test_response=me))
        if settings.slack_app_token:
            tried, where = "SLACK_APP_TOKEN", "Make an app-level token (xapp-…) with the scope connections:write."
            await client.apps_connections_open(app_token=settings.slack_app_token)
    except SlackApiError as error:
        why = reason(error) or "no reason given"
        raise MisconfiguredError(f"Slack refused {tried}: {why}.", do=where) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise LaterError(f"Slack cannot be reached: {detail(error)}.", do="Check the network and SLACK_API_URL.") from error
    if installed:
        return installed, None
    installs = Installs(store.kept, settings.slack_client_id, settings.slack_client_secret, client)
    return installs, installs.settings(list(SCOPES))
