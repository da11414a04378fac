"""What Slack says of our tokens and scopes, and what to do about it."""

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.app import Settings, by_oauth
from adapters.slack.scopes import SCOPES
from adapters.slack.trouble import detail, reason
from bot.doctor import Check

SECONDS = 10
INSTALL = "Install the Slack app to the workspace and set its bot token (xoxb-…)."
CONNECT = "Make an app-level token (xapp-…) with the scope connections:write."


async def examine(settings: Settings) -> list[Check]:
    """The bot token and each scope that it lacks, then the way in: Socket Mode's token or the signing secret."""
    url = settings.slack_api_url.rstrip("/") + "/"
    client = AsyncWebClient(settings.slack_bot_token, url, timeout=SECONDS, retry_handlers=[])
    return [*await _bot_token(client, settings), await _way_in(client, settings)]


async def _bot_token(client: AsyncWebClient, settings: Settings) -> list[Check]:
    if by_oauth(settings):
        return [Check("installs by OAuth (SLACK_CLIENT_ID, SLACK_CLIENT_SECRET)", True)]
    if not settings.slack_bot_token:
        return [Check("SLACK_BOT_TOKEN is not set", False, INSTALL)]
    try:
        me = await client.auth_test()
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        return [Check(f"SLACK_BOT_TOKEN: {detail(error)}", False, _fix(error, INSTALL))]
    headers = {name.lower(): value for name, value in me.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")} - {""}
    lacking = [
        Check(f"scope {scope}: to {why}", False, f"Add {scope} under OAuth & Permissions and install the app again.")
        for scope, why in SCOPES.items()
        if granted and scope not in granted
    ]
    return [Check("SLACK_BOT_TOKEN", True), *lacking]


async def _way_in(client: AsyncWebClient, settings: Settings) -> Check:
    if not settings.slack_app_token:
        door = bool(settings.slack_signing_secret)
        fix = "" if door else "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."
        return Check("SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", door, fix)
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token)
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        return Check(f"SLACK_APP_TOKEN: {detail(error)}", False, _fix(error, CONNECT))
    return Check("SLACK_APP_TOKEN", True)


def _fix(error: Exception, refused: str) -> str:
    return refused if reason(error) else "Check the network and SLACK_API_URL."
