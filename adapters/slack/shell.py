"""The Slack shell: takes what Slack delivers, acknowledges it once it is written down, and answers it in order."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.aside import Aside
from adapters.painter import Painter
from adapters.slack import payload, prompts, read
from adapters.slack.blocks import escape
from adapters.slack.feedback import Feedback
from adapters.slack.handout import Handouts
from adapters.slack.heard import Bot, Heard
from adapters.slack.home import WORKSPACE, ZONE, Home, option, zones
from adapters.slack.installs import INSTALL_PATH, REDIRECT_PATH, Installed
from adapters.slack.listening import listening
from adapters.slack.modal import Modals, bare, filled, submission
from adapters.slack.prompts import Prompts
from adapters.slack.socket import SOCKETS, Socket
from adapters.slack.trouble import detail
from adapters.slack.turns import Turns
from adapters.slack.windows import Windows
from bot.store import Store
from tools.errors import BadRequestError

log = logging.getLogger(__name__)
EVENTS_PATH = "/slack/events"
STOP_SECONDS = 10.0
OPTIONS = 100


class Doors(Protocol):
    """How Slack comes in."""

    @property
    def slack_app_token(self) -> str: ...

    @property
    def slack_signing_secret(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the shell hands things on to."""

    turns: Turns
    windows: Windows
    handouts: Handouts
    feedback: Feedback
    home: Home
    modals: Modals
    prompts: Prompts


class SlackShell:
    """One Slack app, over HTTP, Socket Mode or both."""

    def __init__(
        self,
        settings: Doors,
        client: AsyncWebClient,
        installed: Installed,
        oauth: AsyncOAuthSettings | None,
        parts: Parts,
        painter: Painter,
        store: Store,
        ping_seconds: float,
    ) -> None:
        self._settings = settings
        self._client = client
        self._installed = installed
        self._turns, self._windows, self._home, self._modals = parts.turns, parts.windows, parts.home, parts.modals
        self._feedback, self._prompts = parts.feedback, parts.prompts
        self._wanted = {
            "work": parts.windows.show_work,
            "csv": parts.handouts.export,
            "share": parts.handouts.share,
            "good": parts.feedback.good,
            "bad": parts.feedback.bad,
        }
        self._painter = painter
        self._store = store
        self._ping_seconds = ping_seconds
        self._aside = Aside()
        self._sockets: list[Socket] = []
        self.app = listening(settings.slack_signing_secret, client, installed, self, oauth)

    def routes(self, site: web.Application) -> None:
        """Adds the address that Slack posts to; without a signing secret there is none, since anyone could post."""
        if self._settings.slack_signing_secret:
            site.router.add_post(EVENTS_PATH, self._receive)
        if flow := self.app.oauth_flow:
            site.router.add_get(INSTALL_PATH, _leading(flow.handle_installation))
            site.router.add_get(REDIRECT_PATH, _leading(flow.handle_callback))

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

    async def on_event(self, body: dict[str, Any], bot: Bot) -> None:
        if payload.removes_us(body):
            await self._installed.forget(payload.team(body))
            return
        channel, thread = prompts.opened(body)
        if channel:
            self._aside.start(self._prompts.suggest(channel, thread))
        elif payload.opens_home(body):
            self._aside.start(self._home.show(body))
        elif change := read.change(body, bot):
            await self._turns.change(change)
        else:
            await self._hear(read.event(body, bot))

    async def _hear(self, heard: Heard | None) -> None:
        if heard and (heard.addressed or await self._turns.is_ours(heard)) and (words := await self._turns.take(heard)):
            self._turns.refuse(heard, words)

    async def on_command(self, body: dict[str, Any], ack: AsyncAck, bot: Bot) -> None:
        try:
            heard = read.command(body, bot)
        except BadRequestError as error:
            await ack(text=escape(error.sentence()), response_type="ephemeral")
            return
        if payload.asks_doctor(body):
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
        kind, answer_id = payload.wanted(body)
        if kind:
            if await self._store.deliveries.once(payload.pressed(body)):
                self._aside.start(self._wanted[kind](body, answer_id))
        elif payload.in_home(body):
            await self._on_home_click(body)
        elif (heard := read.click(body)) and (words := await self._turns.take(heard)):
            self._turns.refuse(heard, words)
        await ack()

    async def _on_home_click(self, body: dict[str, Any]) -> None:
        question = payload.example(body)
        zone, workspace = payload.chosen(body, ZONE), payload.chosen(body, WORKSPACE)
        if not (question or zone or workspace) or not await self._store.deliveries.once(payload.pressed(body)):
            return
        if question:
            self._aside.start(self._home.ask(body, question))
        else:
            self._aside.start(self._home.set_zone(body, zone) if zone else self._home.set_workspace(body, workspace))

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
        if menu == WORKSPACE:
            names = await self._home.workspaces(typed)
        else:
            names = zones(typed) if menu == ZONE else list(await self._modals.suggested(menu, typed))
        await ack(options=[option(name) for name in names[:OPTIONS]])

    async def on_shortcut(self, body: dict[str, Any], ack: AsyncAck, bot: Bot) -> None:
        if (heard := read.shortcut(body, bot)) and (words := await self._turns.take(heard)):
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


def _leading(step: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """One step of an install, as bolt leads it."""

    async def led(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await step(await to_bolt_request(request)))

    return led
