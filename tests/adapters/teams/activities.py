"""What Teams posts: activities with its field names, and the tokens that its connector signs them with."""

import itertools
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

Json = dict[str, Any]

APP = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
BOT, USER, OTHER = f"28:{APP}", "29:ana", "29:ben"
PERSONAL, GROUP, CHANNEL = "a:personal-ana", "19:group@thread.v2", "19:general@thread.tacv2"
ISSUER = "https://api.botframework.com"
SERVICE = "https://smba.example/emea/"

_ids = itertools.count(1_764_000_000_000)


class SigningKey:
    """A key of our own that stands for one of Microsoft's."""

    def __init__(self, id: str, channels: tuple[str, ...] = ("msteams",)) -> None:
        self.id = id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        self.public: Json = {**public, "kid": id, "use": "sig", "endorsements": list(channels)}

    def token(self, service: str, **claims: Any) -> str:
        """Signed with this key; a claim given as None is left out, `kid` and `alg` are of the header."""
        now, header = int(time.time()), claims.pop("header", {"kid": self.id})
        told: Json = {"iss": ISSUER, "aud": APP, "iat": now, "nbf": now - 10, "exp": now + 600, "serviceurl": service}
        told = {name: value for name, value in (told | claims).items() if value is not None}
        return jwt.encode(told, self.private, algorithm="RS256", headers=header)


def message(text: str = "why did costs spike?", place: str = PERSONAL, **fields: Any) -> Json:
    """What is said in a personal chat, unless `place` is another."""
    return _activity(place) | {"type": "message", "text": text, "textFormat": "plain"} | fields


def mention(text: str = "why did costs spike?", place: str = CHANNEL, thread: str = "", **fields: Any) -> Json:
    """What is said to us in a channel or group chat: a message of its own, or a reply in `thread`."""
    said = message(f"<at>Health Monitor</at> {text}", place, **fields)
    if place == CHANNEL:
        said["conversation"]["id"] = f"{place};messageid={thread or said['id']}"
    us = {"type": "mention", "mentioned": {"id": BOT, "name": "Health Monitor"}, "text": "<at>Health Monitor</at>"}
    return said | {"entities": [us, *fields.get("entities", [])]}


def execute(data: Json, place: str = PERSONAL, *, verb: str = "ask", under: str = "m1") -> Json:
    """A click on a button of a card."""
    action = {"type": "Action.Execute", "verb": verb, "data": data}
    return _activity(place) | {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "replyToId": under,
        "value": {"action": action, "trigger": "manual"},
    }


def submit(data: Json, place: str = PERSONAL, under: str = "m1") -> Json:
    """The same click in a client that knows only Action.Submit."""
    return _activity(place) | {"type": "message", "replyToId": under, "value": data}


def rated(under: str, reaction: str = "dislike", words: str = "the cause is wrong", place: str = PERSONAL) -> Json:
    told = {"reaction": reaction, "feedback": json.dumps({"feedbackText": words})}
    value = {"actionName": "feedback", "actionValue": told}
    return _activity(place) | {"type": "invoke", "name": "message/submitAction", "replyToId": under, "value": value}


def about(content: str, place: str = CHANNEL, name: str = "composeExtension/fetchTask") -> Json:
    """Someone chooses “Ask about this” in a message's menu."""
    payload = {"id": "m9", "messageType": "message", "body": {"contentType": "html", "content": content}}
    value = {"commandId": "about", "commandContext": "message", "messagePayload": payload}
    return _activity(place) | {"type": "invoke", "name": name, "value": value}


def edited(said: Json, text: str) -> Json:
    told = {**said["channelData"], "eventType": "editMessage"}
    return said | {"type": "messageUpdate", "text": text, "channelData": told}


def deleted(said: Json) -> Json:
    told = {**said["channelData"], "eventType": "softDeleteMessage"}
    return {name: part for name, part in said.items() if name != "text"} | {"type": "messageDelete", "channelData": told}


def installed(place: str = PERSONAL) -> Json:
    return _activity(place) | {"type": "installationUpdate", "action": "add"}


def added(place: str = PERSONAL) -> Json:
    return _activity(place) | {"type": "conversationUpdate", "membersAdded": [{"id": USER}, {"id": BOT}]}


def _activity(place: str) -> Json:
    kind = {PERSONAL: "personal", GROUP: "groupChat"}.get(place, "channel")
    return {
        "id": str(next(_ids)),
        "timestamp": f"2026-11-24T10:00:00.{next(_ids) % 1_000_000:06d}Z",
        "localTimezone": "America/New_York",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": USER, "name": "Ana", "aadObjectId": "33333333-3333-3333-3333-333333333333"},
        "recipient": {"id": BOT, "name": "Health Monitor"},
        "conversation": {"id": place, "conversationType": kind, "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
    }
