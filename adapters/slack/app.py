"""The Slack shell: takes what Slack delivers, acknowledges it once it is written down, and answers it in order."""

import logging
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.aside import Aside
from adapters.asked import Asked
from adapters.painter import Painter
from adapters.slack import read
from adapters.slack.blocks import escape
from adapters.slack.feedback import Feedback
from adapters.slack.handout import Handouts
from adapters.slack.home import ZONE, Home, option, zones
from adapters.slack.listening import listening
from adapters.slack.modal import Modals, Suggest, bare, filled, submission
from adapters.slack.pace import PacedClient
from adapters.slack.post import Poster
from adapters.slack.socket import PING_SECONDS, SOCKETS, Socket
from adapters.slack.trouble import detail, reason
from adapters.slack.turns import Turns
from adapters.slack.windows import Examine, Windows
from bot.delivery import Limits
from bot.queue import PARALLEL
from bot.store import Store
from tools.errors import BadRequestError, LaterError, MisconfiguredError

log = logging.getLogger(__name__)
EVENTS_PATH = "/slack/events"
SECONDS = 30
STOP_SECONDS = 10.0
OPTIONS = 100


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
) -> "SlackShell":
    """The shell, signed in. Raises MisconfiguredError for a token that is missing or refused, LaterError if offline."""
    if not settings.slack_bot_token:
        raise MisconfiguredError("SLACK_BOT_TOKEN is not set.", do="Copy the bot token (xoxb-…) from the app's OAuth page.")
    if not (settings.slack_signing_secret or settings.slack_app_token):
        raise MisconfiguredError(
            "Neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set.",
            do="Set the signing secret for HTTP, or the app token (xapp-…) for Socket Mode.",
        )
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=call_seconds))
    url = (settings.slack_api_url or "https://slack.com/api/").rstrip("/") + "/"
    # Nothing is retried blindly: a post that was cut off may have arrived.
    client = PacedClient(settings.slack_bot_token, url, session=session, retry_handlers=[])
    try:
        me = await _signed_in(client, settings.slack_app_token)
    except BaseException:
        await session.close()
        raise
    painter = Painter()
    poster = Poster(client, painter, session)
    limits = Limits(settings.questions_per_user, settings.questions_per_channel, settings.questions_waiting)
    turns = Turns(service, store, client, poster, limits=limits, parallel=parallel)
    windows = Windows(client, poster, service, examine)
    return SlackShell(
        settings,
        client,
        me,
        turns,
        windows,
        Handouts(client, poster, service),
        Home(client, service, store, turns),
        Modals(client, suggest),
        painter,
        store,
        ping_seconds,
    )


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

    def __init__(
        self,
        settings: Settings,
        client: AsyncWebClient,
        me: AuthorizeResult,
        turns: Turns,
        windows: Windows,
        handouts: Handouts,
        home: Home,
        modals: Modals,
        painter: Painter,
        store: Store,
        ping_seconds: float,
    ) -> None:
        self._settings = settings
        self._client = client
        self._turns = turns
        self._windows = windows
        self._feedback = Feedback(client, store)
        self._home = home
        self._modals = modals
        self._wanted = {
            "work": windows.show_work,
            "csv": handouts.export,
            "share": handouts.share,
            "good": self._feedback.good,
            "bad": self._feedback.bad,
        }
        self._painter = painter
        self._store = store
        self._ping_seconds = ping_seconds
        self._bot = read.Bot(me.bot_user_id or "", me.bot_id or "")
        self._aside = Aside()
        self._sockets: list[Socket] = []
        self.app = listening(settings.slack_signing_secret, client, me, self)

    def routes(self, site: web.Application) -> None:
        """Adds the address that Slack posts to; without a signing secret there is none, since anyone could post."""
        if self._settings.slack_signing_secret:
            site.router.add_post(EVENTS_PATH, self._receive)

    async def start(self) -> None:
        """Answers what an earlier process left unfinished, then listens."""
        self._turns.start()
        for _ in range(SOCKETS if self._settings.slack_app_token else 0):
            socket = Socket(self.app, self._settings.slack_app_token, ping_interval=self._ping_seconds)
            self._sockets.append(socket)
            await socket.connect_async()  # type: ignore[no-untyped-call]

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stops listening and finishes what runs; what takes longer is left to the next process."""
        for socket in self._sockets:
            await socket.close_async()  # type: ignore[no-untyped-call]
        await self._aside.finish(seconds)
        await self._turns.finish(seconds)
        await self._painter.close()
        if self._client.session:
            await self._client.session.close()

    async def on_event(self, body: dict[str, Any]) -> None:
        if read.opens_home(body):
            self._aside.start(self._home.show(body))
            return
        if change := read.change(body, self._bot):
            await self._turns.change(change)
            return
        heard = read.event(body, self._bot)
        if heard and (heard.addressed or await self._turns.is_ours(heard)) and (words := await self._turns.take(heard)):
            self._turns.refuse(heard, words)

    async def on_command(self, body: dict[str, Any], ack: AsyncAck) -> None:
        try:
            heard = read.command(body, self._bot)
        except BadRequestError as error:
            await ack(text=escape(error.sentence()), response_type="ephemeral")
            return
        if read.asks_doctor(body):
            if await self._store.deliveries.once(heard.message.delivery):
                self._aside.start(self._windows.tell_health(heard.reply))
            await ack(text="Examining the tables, the store and Slack …", response_type="ephemeral")
            return
        if (command := bare(body)) and await self._modals.opens(command, body):
            await ack()
            return
        words = await self._turns.take(heard)
        await ack(text=escape(words or f"Looking into: {heard.message.text}"), response_type="ephemeral")

    async def on_click(self, body: dict[str, Any], ack: AsyncAck) -> None:
        kind, answer_id = read.wanted(body)
        if kind:
            if await self._store.deliveries.once(read.pressed(body)):
                self._aside.start(self._wanted[kind](body, answer_id))
        elif read.in_home(body):
            await self._on_home_click(body)
        elif (heard := read.click(body)) and (words := await self._turns.take(heard)):
            self._turns.refuse(heard, words)
        await ack()

    async def _on_home_click(self, body: dict[str, Any]) -> None:
        question, zone = read.example(body), read.chosen(body, ZONE)
        if (question or zone) and await self._store.deliveries.once(read.pressed(body)):
            self._aside.start(self._home.ask(body, question) if question else self._home.set_zone(body, zone))

    async def on_submission(self, body: dict[str, Any], ack: AsyncAck) -> None:
        asked = filled(body)
        if asked and asked.errors:
            await ack(response_action="errors", errors=dict(asked.errors))
            return
        if asked and (words := await self._turns.take(heard := submission(body, asked))):
            self._turns.refuse(heard, words)
        if not asked:
            await self._feedback.submitted(body)
        await ack()

    async def on_options(self, body: dict[str, Any], ack: AsyncAck) -> None:
        menu, typed = str(body.get("action_id") or ""), str(body.get("value") or "")
        names = zones(typed) if menu == ZONE else await self._modals.suggested(menu, typed)
        await ack(options=[option(name) for name in names[:OPTIONS]])

    async def on_shortcut(self, body: dict[str, Any], ack: AsyncAck) -> None:
        if (heard := read.shortcut(body, self._bot)) and (words := await self._turns.take(heard)):
            self._turns.refuse(heard, words)
        await ack()

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            asked = await to_bolt_request(request)
            return await to_aiohttp_response(await self.app.async_dispatch(asked))
        except UnicodeDecodeError:
            return web.Response(status=400, text="not a Slack request")
        except Exception as error:
            # Bolt falls over payloads that no Slack sends, some of them before it looks at the signature.
            signature = SignatureVerifier(self._settings.slack_signing_secret)
            genuine = signature.is_valid_request(await request.read(), dict(request.headers))
            log.warning("a payload makes no sense (%s signature): %s", "right" if genuine else "wrong", detail(error))
            return web.Response(status=200) if genuine else web.Response(status=400, text="not a Slack request")
