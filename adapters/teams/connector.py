"""Microsoft's archived Bot Framework SDK, all of it that we use: sending to Teams, with what it gets wrong put right.

Its checks of incoming tokens are not used (identity.py has ours), nor its reading of activities and invoke responses.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from botbuilder.integration.aiohttp import ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationAccount, Entity
from botframework.connector.auth import ClaimsIdentity
from msrest.exceptions import ClientException
from msrest.pipeline import AsyncHTTPSender, AsyncPipeline, Response  # type: ignore[attr-defined]
from msrest.pipeline.universal import RawDeserializer
from msrest.universal_http.aiohttp import AioHttpClientResponse

from adapters.teams.card import Card
from adapters.teams.read import Reply
from adapters.teams.settings import Settings
from adapters.teams.token import Token
from adapters.teams.trouble import TeamsError
from tools.errors import MisconfiguredError

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
PAUSES = (0.5, 1.0, 2.0, 4.0)
LONGEST_PAUSE = 30.0
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Person:
    email: str = ""
    upn: str = ""
    name: str = ""


class StreamInfo(Entity):  # type: ignore[misc]
    """Part of a stream. The SDK's own Entity forgets what it does not know when it is sent."""

    _attribute_map = {  # noqa: RUF012
        "type": {"key": "type", "type": "str"},
        "stream_id": {"key": "streamId", "type": "str"},
        "stream_type": {"key": "streamType", "type": "str"},
        "stream_sequence": {"key": "streamSequence", "type": "int"},
    }

    def __init__(self, kind: str, stream: str = "", sequence: int | None = None) -> None:
        super().__init__(type="streaminfo")
        self.stream_id, self.stream_type, self.stream_sequence = stream or None, kind, sequence


class Written(Entity):  # type: ignore[misc]
    """Says that a program wrote a message, and from what."""

    _attribute_map = {  # noqa: RUF012
        "type": {"key": "type", "type": "str"},
        "at_type": {"key": "@type", "type": "str"},
        "at_context": {"key": "@context", "type": "str"},
        "at_id": {"key": "@id", "type": "str"},
        "additional_type": {"key": "additionalType", "type": "[str]"},
        "citation": {"key": "citation", "type": "[object]"},
    }

    def __init__(self, citation: Sequence[dict[str, Any]]) -> None:
        super().__init__(type="https://schema.org/Message")
        self.at_type, self.at_context, self.at_id = "Message", "https://schema.org", ""
        self.additional_type, self.citation = ["AIGeneratedContent"], list(citation) or None


class Taken(AioHttpClientResponse):
    """An answer that may be empty; the SDK's own takes an empty one for one that was not read."""

    def body(self) -> bytes:
        return self._body or b""


class Drawn(Attachment):  # type: ignore[misc]
    """A card as it is. The SDK would walk through each of its thousands of parts, while nothing else runs."""

    _attribute_map = {  # noqa: RUF012
        "content_type": {"key": "contentType", "type": "str"},
        "additional_properties": {"key": "", "type": "{object}"},
    }

    def __init__(self, card: dict[str, Any]) -> None:
        super().__init__(content_type=ADAPTIVE)
        self.additional_properties = {"content": card}


class Sender(AsyncHTTPSender):  # type: ignore[type-arg]
    """What the SDK sends with. Its own senders block one of the loop's few threads for each call, or lose the body."""

    def __init__(self, http: aiohttp.ClientSession, token: Token) -> None:
        self._http = http
        self._token = token

    async def __aexit__(self, *details: object) -> None:
        """Nothing: the session is everyone's."""

    def build_context(self) -> dict[str, Any]:
        return {}

    async def send(self, request: Any, **_: Any) -> Any:
        asked = request.http_request
        headers = {**asked.headers, **await self._token.header()}
        async with self._http.request(asked.method, asked.url, data=asked.data, headers=headers) as answer:
            taken = Taken(asked, answer)
            await taken.load_body()
            if answer.status >= 400:
                # Here, since the SDK falls over answers that are not JSON, as those of proxies.
                text = taken.body().decode(errors="replace")
                raise TeamsError(answer.status, text, answer.headers.get("Retry-After", ""))
        return Response(request, taken)


class Connector:
    """Sends, updates and asks who someone is. `credentials` replace those of the settings."""

    def __init__(self, settings: Settings, *, credentials: Any = None, pauses: Sequence[float] = PAUSES) -> None:
        self._authentication = _authentication(settings, credentials)
        self._app_id = settings.teams_app_id
        self._pauses = pauses
        self._http: aiohttp.ClientSession | None = None
        self._clients: dict[str, Any] = {}

    async def send(self, to: Reply, card: Card, *, markdown: bool = False) -> str:
        """The id of the new message."""
        return await self._sent(to, _activity(to, card, markdown))

    async def update(self, to: Reply, id: str, card: Card) -> None:
        """Puts a message in the place of another; doing so again changes nothing."""
        activity = _activity(to, card, False)
        activity.id = id
        await self._call(to, lambda client: client.conversations.update_activity(to.conversation, id, activity))

    async def remove(self, to: Reply, id: str) -> None:
        await self._call(to, lambda client: client.conversations.delete_activity(to.conversation, id))

    async def typing(self, to: Reply) -> None:
        await self._sent(to, _about(to, Activity(type="typing")))

    async def stream(self, to: Reply, text: str, stream: str, sequence: int) -> str:
        """Shows what is being done in a personal chat; the stream's id, which is its first message's."""
        info = StreamInfo("informative", stream, sequence)
        activity = _about(to, Activity(type="typing", text=text[:1_000], entities=[info]))
        activity.channel_data = {"streamType": "informative", "streamSequence": sequence, "streamId": stream or None}
        return await self._sent(to, activity) or stream

    async def finish(self, to: Reply, stream: str, card: Card) -> str:
        """Ends a stream with the answer."""
        activity = _activity(to, card, False)
        activity.entities = [*(activity.entities or []), StreamInfo("final", stream)]
        activity.channel_data = {**(activity.channel_data or {}), "streamType": "final", "streamId": stream}
        return await self._sent(to, activity)

    async def member(self, to: Reply, user: str) -> Person:
        """Who someone is, as Teams' roster of the conversation tells."""
        found = await self._call(to, lambda client: client.conversations.get_conversation_member(to.conversation, user))
        told = found.additional_properties or {}
        upn = str(told.get("userPrincipalName") or "")
        return Person(str(told.get("email") or upn), upn, str(found.name or ""))

    async def close(self) -> None:
        if self._http:
            await self._http.close()

    async def _sent(self, to: Reply, activity: Activity) -> str:
        made = await self._call(to, lambda client: client.conversations.send_to_conversation(to.conversation, activity))
        return str(made.id or "") if made else ""

    async def _call(self, to: Reply, call: Any) -> Any:
        """One call, again after what Microsoft says passes, each time after a longer pause. Raises TeamsError."""
        client = await self._client(to.service_url)
        for pause in (*self._pauses, None):
            try:
                return await call(client)
            except TeamsError as error:
                if pause is None or not error.is_worth_another_try:
                    raise
                await asyncio.sleep(_longer(error, pause))
            except (ClientException, aiohttp.ClientError, TimeoutError, ValueError) as error:
                # What was cut off may have arrived: the turn decides what can be sent again.
                raise TeamsError(0, f"{type(error).__name__}: {error}") from error
        raise AssertionError("the last pause is none")

    async def _client(self, service_url: str) -> Any:
        """One client a service, or each call would sign in anew."""
        if service_url not in self._clients:
            self._http = self._http or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
            identity = ClaimsIdentity({"aud": self._app_id, "appid": self._app_id}, True)
            client = await self._authentication.create_connector_factory(identity).create(service_url, None)
            sender = Sender(self._http, Token(client.config.credentials, self._app_id))
            client.config.pipeline = AsyncPipeline([client.config.user_agent_policy, RawDeserializer()], sender)
            self._clients[service_url] = client
        return self._clients[service_url]


def _authentication(settings: Settings, credentials: Any) -> Any:
    class Configuration:
        APP_ID = settings.teams_app_id
        APP_PASSWORD = settings.teams_app_password
        APP_TYPE = settings.teams_app_type if settings.teams_app_id else "MultiTenant"
        APP_TENANTID = settings.teams_tenant_id

    try:
        return ConfigurationBotFrameworkAuthentication(Configuration, credentials_factory=credentials)
    except Exception as error:  # the SDK raises nothing more specific
        raise MisconfiguredError(
            f"Teams' settings are not complete: {error}.",
            do="Set MicrosoftAppType, MicrosoftAppId, MicrosoftAppTenantId and, for SingleTenant, MicrosoftAppPassword.",
        ) from error


def _activity(to: Reply, card: Card, markdown: bool) -> Activity:
    """Words or a card, never both: Teams makes two messages of them and refuses them as an update."""
    activity = Activity(type="message", summary=card.summary, text_format="markdown" if markdown else "plain")
    if card.card:
        activity.attachments = [Drawn(card.card)]
        activity.entities = [Written(card.citations)]
        activity.channel_data = {"feedbackLoop": {"type": "default"}}
    else:
        activity.text = card.text
    return _about(to, activity)


def _about(to: Reply, activity: Activity) -> Activity:
    activity.channel_id, activity.service_url = "msteams", to.service_url
    activity.from_property = ChannelAccount(id=to.bot)
    activity.conversation = ConversationAccount(id=to.conversation, conversation_type=to.kind, tenant_id=to.tenant or None)
    return activity


def _longer(error: TeamsError, pause: float) -> float:
    """What Teams asks for, or the pause, never the same for everyone."""
    asked = float(error.retry_after) if error.retry_after.isdigit() else 0.0
    return min(max(asked, pause * random.uniform(0.75, 1.5)), LONGEST_PAUSE)
