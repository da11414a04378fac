"""Teams' activities as Messages: what is said or pressed becomes one, or nothing if it is not for us."""

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot import commands
from bot.message import Message

Payload = Mapping[str, Any]

PERSONAL, CHANNEL = "personal", "channel"
_TAG = re.compile(r"</?(?:at|p|div|br|b|i|u|s|em|strong|span|a|ul|ol|li|code|pre|blockquote|img)\b[^<>]*>", re.IGNORECASE)
_WORD = re.compile(r"/?([a-z]+(?:-[a-z]+)*)(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes: a conversation at a service. With `replaces` it takes that message's place.

    `asked` is shown where no question is to be seen.
    """

    service_url: str
    conversation: str
    kind: str = PERSONAL
    tenant: str = ""
    bot: str = ""
    replaces: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and where its answer goes. `addressed` is false for what is said in a thread that may or may not be ours."""

    message: Message
    reply: Reply
    addressed: bool = True
    at: str = ""

    @property
    def said(self) -> datetime | None:
        """When it was said, in UTC without a zone; None where Teams does not tell."""
        try:
            when = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when

    def packed(self) -> dict[str, Any]:
        """JSON for the store, which `unpacked` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that was edited or deleted: its key, where it was said, and what it says now, None if nothing to us."""

    key: str
    reply: Reply
    heard: Heard | None = None


def unpacked(payload: Payload) -> Heard:
    return Heard(Message(**payload["message"]), Reply(**payload["reply"]), payload["addressed"], payload.get("at", ""))


def message(activity: Payload) -> Heard | None:
    """What a person says to us, or in a thread; None for our own words, and for what is said among others."""
    if activity.get("type") not in ("message", "messageUpdate") or not _is_person(activity):
        return None
    to = reply(activity)
    text, mentions = _spoken(activity)
    addressed = to.kind == PERSONAL or _mentions_us(activity)
    if not addressed and (mentions or not _is_under_another(activity)):
        return None
    return Heard(replace(_message(activity), text=text, mentions=mentions), to, addressed, _at(activity))


def click(activity: Payload) -> Heard | None:
    """A button that asks a question; None for any other button."""
    data = pressed(activity)
    if not data.get("ask") or not _is_person(activity):
        return None
    replaces = str(activity.get("replyToId") or "") if data.get("verb") == "refresh" else ""
    to = replace(reply(activity), replaces=replaces, asked="" if replaces else data["ask"])
    return Heard(replace(_message(activity), text=data["ask"]), to, at=_at(activity))


def about(activity: Payload) -> Heard | None:
    """A message that someone hands over by its menu, as the question."""
    body = part(part(part(activity, "value"), "messagePayload"), "body")
    text = _plain(str(body.get("content") or ""))
    if not text or not _is_person(activity):
        return None
    return Heard(replace(_message(activity), text=text), replace(reply(activity), asked=text), at=_at(activity))


def change(activity: Payload) -> Change | None:
    """An edit or a deletion; None for everything else."""
    if activity.get("type") == "messageDelete":
        return Change(key(activity), reply(activity))
    if activity.get("type") == "messageUpdate" and part(activity, "channelData").get("eventType") == "editMessage":
        return Change(key(activity), reply(activity), message(activity))
    return None


def installed(activity: Payload) -> Reply | None:
    """The conversation that we were added to just now."""
    us = part(activity, "recipient").get("id")
    added = activity.get("membersAdded")
    joined = isinstance(added, list) and any(isinstance(one, dict) and us and one.get("id") == us for one in added)
    new = activity.get("type") == "installationUpdate" and str(activity.get("action", "")).startswith("add")
    return reply(activity) if (joined and activity.get("type") == "conversationUpdate") or new else None


def pressed(activity: Payload) -> dict[str, str]:
    """What a button carries, `verb` among it: an Action.Execute, or an Action.Submit of a client that knows no better."""
    value = part(activity, "value")
    action = part(value, "action")
    data = {**part(action, "data"), "verb": action.get("verb")} if action else value
    return {name: text for name, text in data.items() if isinstance(text, str)}


def is_press(activity: Payload) -> bool:
    """Whether a message is the click of a client that knows only Action.Submit: it has a value and no text."""
    return activity.get("type") == "message" and bool(pressed(activity)) and not activity.get("text") and _is_person(activity)


def asker(activity: Payload) -> str:
    """A person's key in the store: tenant and user."""
    return f"{tenant(activity)}:{part(activity, 'from').get('id', '')}"


def reply(activity: Payload) -> Reply:
    place = part(activity, "conversation")
    return Reply(
        str(activity.get("serviceUrl") or ""),
        str(place.get("id") or ""),
        str(place.get("conversationType") or PERSONAL),
        tenant(activity),
        str(part(activity, "recipient").get("id") or ""),
    )


def key(activity: Payload) -> str:
    """By which a repeated delivery is recognised: Teams sends again what was not acknowledged in 15 seconds."""
    return f"{tenant(activity)}:{part(activity, 'conversation').get('id', '')}:{activity.get('id', '')}"


def tenant(activity: Payload) -> str:
    told = part(part(activity, "channelData"), "tenant").get("id")
    return str(told or part(activity, "conversation").get("tenantId") or "")


def command(heard: Heard) -> Heard:
    """A command that was typed as text becomes its question. Raises BadRequestError for arguments that make no sense."""
    first = _WORD.match(heard.message.text)
    known = commands.find(f"/{first[1].lower()}") if first else None
    if first is None or known is None or (known.ask == "{}" and not _is_alone(heard.message.text, first)):
        return heard
    question = commands.question(known, heard.message.text[first.end() :])
    return replace(heard, message=replace(heard.message, text=question))


def named(message: Message, people: Mapping[str, str]) -> Message:
    """The message with the people it mentions called by e-mail or name instead of by Teams' id."""
    known = {id: people.get(id) or name or id for id, name in message.mentions.items()}
    text = message.text
    for id, name in known.items():
        text = text.replace(f"@{id}", name)
    return replace(message, text=text, mentions=known)


def _is_alone(text: str, first: re.Match[str]) -> bool:
    # “health of our jobs” is a question as it stands; “/health …” and “health” alone are the command.
    return text.startswith("/") or first.end() >= len(text)


def _message(activity: Payload) -> Message:
    place = str(part(activity, "conversation").get("id") or "")
    return Message(
        platform="teams",
        delivery=key(activity),
        text="",
        team=tenant(activity),
        channel=place.partition(";")[0],
        thread=place,
        user=str(part(activity, "from").get("id") or ""),
        tz=_zone(activity.get("localTimezone")),
    )


def _is_person(activity: Payload) -> bool:
    speaker, us = part(activity, "from"), part(activity, "recipient")
    known = bool(speaker.get("id") and part(activity, "conversation").get("id") and activity.get("id"))
    return known and speaker.get("id") != us.get("id") and speaker.get("role") not in ("bot", "skill")


def _is_under_another(activity: Payload) -> bool:
    """Whether something is said in the thread of another message."""
    _, thread, root = str(part(activity, "conversation").get("id") or "").partition(";messageid=")
    return bool(thread) and root != activity.get("id")


def _mentioned(activity: Payload) -> list[tuple[str, str, str]]:
    """Id, name and wording of everyone who is mentioned."""
    listed = activity.get("entities")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    who = [(part(one, "mentioned"), one.get("text")) for one in found if one.get("type") == "mention"]
    return [(str(one.get("id") or ""), str(one.get("name") or ""), str(wording or "")) for one, wording in who]


def _mentions_us(activity: Payload) -> bool:
    us = part(activity, "recipient").get("id")
    return any(id == us for id, _, _ in _mentioned(activity))


def _spoken(activity: Payload) -> tuple[str, dict[str, str]]:
    """Text as a person would read it, without our own mention; other people stay as @id and are listed."""
    text, us, mentions = str(activity.get("text") or ""), part(activity, "recipient").get("id"), {}
    for id, name, wording in _mentioned(activity):
        if not (id and wording):
            continue
        if id != us:
            mentions[id] = name
        text = text.replace(wording, " " if id == us else f"@{id}")
    return _plain(text), mentions


def _plain(text: str) -> str:
    text = html.unescape(_TAG.sub(" ", text)).replace("\u00a0", " ")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(lines).strip()


def _zone(name: object) -> str:
    try:
        return ZoneInfo(str(name)).key if name else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _at(activity: Payload) -> str:
    return str(activity.get("timestamp") or "")


def part(payload: Payload, name: str) -> Payload:
    """A part of an activity that should be an object; empty where it is something else or missing."""
    part = payload.get(name)
    return part if isinstance(part, dict) else {}
