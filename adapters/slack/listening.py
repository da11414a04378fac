"""Bolt's app with our listeners, and what becomes of what they do not take."""

import logging
import re
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.acting import acting_in
from adapters.slack.heard import Bot
from adapters.slack.installs import Installed
from adapters.slack.payload import team
from adapters.slack.trouble import detail
from tools.errors import new_id

if TYPE_CHECKING:
    from adapters.slack.shell import SlackShell

log = logging.getLogger(__name__)
ANY = re.compile(".*")
MALFORMED = (AttributeError, TypeError, LookupError, ValueError)


class _Authorize(AsyncAuthorize):
    """Tells bolt who we are where something comes from; nobody where we are not installed."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002  bolt names them
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,  # noqa: ARG002
        **_: object,
    ) -> AuthorizeResult | None:
        return await self._installed.of("/".join(filter(None, (enterprise_id, team_id))))


def listening(
    signing_secret: str, client: AsyncWebClient, installed: Installed, shell: "SlackShell", oauth: AsyncOAuthSettings | None
) -> AsyncApp:
    """The app. Listeners end before the acknowledgement is sent, so they only write down."""

    app = AsyncApp(
        client=AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=client.retry_handlers),
        authorize=_Authorize(installed),  # type: ignore[arg-type]  # bolt takes it, its annotation does not
        oauth_settings=oauth,
        signing_secret=signing_secret or None,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
    )

    async def event(body: dict[str, Any], context: AsyncBoltContext) -> None:
        with acting_in(team(body)):
            await shell.on_event(body, _me(context))

    async def command(body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> None:
        with acting_in(team(body)):
            await shell.on_command(body, ack, _me(context))

    async def click(body: dict[str, Any], ack: AsyncAck) -> None:
        with acting_in(team(body)):
            await shell.on_click(body, ack)

    async def shortcut(body: dict[str, Any], ack: AsyncAck, context: AsyncBoltContext) -> None:
        with acting_in(team(body)):
            await shell.on_shortcut(body, ack, _me(context))

    async def submission(body: dict[str, Any], ack: AsyncAck) -> None:
        with acting_in(team(body)):
            await shell.on_submission(body, ack)

    async def options(body: dict[str, Any], ack: AsyncAck) -> None:
        with acting_in(team(body)):
            await shell.on_options(body, ack)

    app.event(ANY)(event)
    app.command(ANY)(command)
    app.action(ANY)(click)
    app.shortcut(ANY)(shortcut)
    app.view(ANY)(submission)
    app.options(ANY)(options)
    app.error(_on_error)
    return app


def _me(context: AsyncBoltContext) -> Bot:
    return Bot(context.bot_user_id or "", context.bot_id or "")


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """What is not for us or makes no sense is acknowledged; what could not be written down comes again."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    if isinstance(error, MALFORMED):
        log.warning("a payload makes no sense: %s", detail(error), exc_info=error)
        return BoltResponse(status=200, body="")
    error_id = new_id()
    log.error("a delivery was not taken, error id %s", error_id, exc_info=error)
    if "command" in body:
        words = f"I could not take your question. Try again in a minute. Error id: {error_id}"
        return BoltResponse(status=200, body=words, headers={"content-type": ["text/plain"]})
    return BoltResponse(status=500, body="")
