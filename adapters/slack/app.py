"""The Slack shell: takes what Slack delivers, acknowledges it once it is written down, and answers it in order."""

import logging
import re
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from adapters.painter import Painter
from adapters.slack import read
from adapters.slack.blocks import escape
from adapters.slack.lanes import Lanes
from adapters.slack.post import Poster
from adapters.slack.trouble import detail, reason
from adapters.slack.turns import Asked, Turns
from bot.store import Store
from tools.errors import BadRequestError, LaterError, MisconfiguredError, new_id

log = logging.getLogger(__name__)
EVENTS_PATH = "/slack/events"
ANY = re.compile(".*")
SECONDS = 30
RATE_RETRIES = 5
STOP_SECONDS = 10.0


class Settings(Protocol):
    """What Slack needs to know. A signing secret opens HTTP, an app token opens Socket Mode; either or both."""

    @property
    def slack_bot_token(self) -> str: ...

    @property
    def slack_app_token(self) -> str: ...

    @property
    def slack_signing_secret(self) -> str: ...

    @property
    def slack_api_url(self) -> str: ...


async def build(settings: Settings, service: Asked, store: Store, *, lanes: Lanes | None = None) -> "SlackShell":
    """The shell, signed in. Raises MisconfiguredError for a token that is missing or refused, LaterError if offline."""
    if not settings.slack_bot_token:
        raise MisconfiguredError("SLACK_BOT_TOKEN is not set.", do="Copy the bot token (xoxb-…) from the app's OAuth page.")
    if not (settings.slack_signing_secret or settings.slack_app_token):
        raise MisconfiguredError(
            "Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set.",
            do="Set the signing secret for HTTP, or the app token (xapp-…) for Socket Mode.",
        )
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
    # Only rate limits are retried blindly: a post that was cut off may have arrived.
    retries = [AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_RETRIES)]
    url = (settings.slack_api_url or "https://slack.com/api/").rstrip("/") + "/"
    client = AsyncWebClient(settings.slack_bot_token, url, session=session, retry_handlers=list(retries), timeout=SECONDS)
    try:
        me = await _signed_in(client, settings.slack_app_token)
    except BaseException:
        await session.close()
        raise
    painter = Painter()
    turns = Turns(service, store, client, Poster(client, painter, session), lanes=lanes)
    return SlackShell(settings, client, me, turns, painter)


async def _signed_in(client: AsyncWebClient, app_token: str) -> AuthorizeResult:
    """Who we are. Both tokens are tried, since the socket client would try a refused one for ever."""
    tried, where = "SLACK_BOT_TOKEN", "Install the app to the workspace again and copy its bot token (xoxb-…)."
    try:
        me = await client.auth_test()
        if app_token:
            tried, where = "SLACK_APP_TOKEN", "Make an app-level token (xapp-…) with the scope connections:write."
            await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        why = reason(error) or "no reason given"
        raise MisconfiguredError(f"Slack refused {tried}: {why}.", do=where) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise LaterError(f"Slack cannot be reached: {detail(error)}.", do="Check the network and SLACK_API_URL.") from error
    return AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=me)


class SlackShell:
    """One Slack app, over HTTP, Socket Mode or both."""

    def __init__(self, settings: Settings, client: AsyncWebClient, me: AuthorizeResult, turns: Turns, painter: Painter) -> None:
        self._settings = settings
        self._client = client
        self._turns = turns
        self._painter = painter
        self._bot = read.Bot(me.bot_user_id or "", me.bot_id or "")
        self._socket: AsyncSocketModeHandler | None = None
        self.app = _listening(settings, client, me, self)

    def routes(self, site: web.Application) -> None:
        """Adds the address that Slack posts to; without a signing secret there is none, since anyone could post."""
        if self._settings.slack_signing_secret:
            site.router.add_post(EVENTS_PATH, self._receive)

    async def start(self) -> None:
        """Answers what an earlier process left unfinished, then listens."""
        await self._turns.recover()
        if self._settings.slack_app_token:
            self._socket = AsyncSocketModeHandler(self.app, self._settings.slack_app_token)
            await self._socket.connect_async()  # type: ignore[no-untyped-call]

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stops listening and finishes what runs; what takes longer is left to the next process."""
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        await self._turns.finish(seconds)
        await self._painter.close()
        if self._client.session:
            await self._client.session.close()

    async def on_event(self, body: dict[str, Any]) -> None:
        heard = read.event(body, self._bot)
        if heard and (heard.addressed or await self._turns.is_ours(heard)):
            await self._turns.take(heard)

    async def on_command(self, body: dict[str, Any], ack: AsyncAck) -> None:
        try:
            heard = read.command(body, self._bot)
        except BadRequestError as error:
            await ack(text=escape(error.sentence()), response_type="ephemeral")
            return
        await self._turns.take(heard)
        await ack(text=escape(f"Looking into: {heard.message.text}"), response_type="ephemeral")

    async def on_click(self, body: dict[str, Any], ack: AsyncAck) -> None:
        if answer_id := read.work(body):
            self._turns.show_work(body, answer_id)
        elif heard := read.click(body):
            await self._turns.take(heard)
        await ack()

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            asked = await to_bolt_request(request)
        except ValueError:
            return web.Response(status=400, text="not a Slack request")
        return await to_aiohttp_response(await self.app.async_dispatch(asked))


def _listening(settings: Settings, client: AsyncWebClient, me: AuthorizeResult, shell: SlackShell) -> AsyncApp:
    """Bolt's app with our three listeners. They end before the acknowledgement is sent, so they only write down."""

    async def authorize() -> AuthorizeResult:
        return me

    app = AsyncApp(
        client=AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=client.retry_handlers),
        authorize=authorize,
        signing_secret=settings.slack_signing_secret or None,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
    )

    async def event(body: dict[str, Any]) -> None:
        await shell.on_event(body)

    async def command(body: dict[str, Any], ack: AsyncAck) -> None:
        await shell.on_command(body, ack)

    async def click(body: dict[str, Any], ack: AsyncAck) -> None:
        await shell.on_click(body, ack)

    app.event(ANY)(event)
    app.command(ANY)(command)
    app.action(ANY)(click)
    app.error(_on_error)
    return app


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """What is not for us is acknowledged; what could not be written down is not, so that Slack sends it again."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    error_id = new_id()
    log.error("a delivery was not taken, error id %s", error_id, exc_info=error)
    if "command" in body:
        words = f"I could not take your question. Try again in a minute. Error id: {error_id}"
        return BoltResponse(status=200, body=words, headers={"content-type": ["text/plain"]})
    return BoltResponse(status=500, body="")
