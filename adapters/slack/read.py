"""Slack's payloads as Messages: an event, a slash command or a click each become one, or nothing if not for us."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot import commands
from bot.message import Message

Payload = Mapping[str, Any]

_TOKEN = re.compile(r"<([^<>]+)>")
# Subtypes that are still a person speaking; all others are edits, deletions, joins and the like.
_SPOKEN = (None, "file_share", "thread_broadcast")
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes. With `user` only that person sees it.

    `asked` is shown where no question is to be seen; `told` says that the asker knows already that we are at it.
    """

    channel: str
    thread_ts: str = ""
    user: str = ""
    response_url: str = ""
    asked: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and where its answer goes. `addressed` is false for a reply in a thread that may or may not be ours."""

    message: Message
    reply: Reply
    addressed: bool = True

    def packed(self) -> dict[str, Any]:
        """JSON for the store, which `unpacked` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are in a workspace."""

    user_id: str
    bot_id: str = ""


def unpacked(payload: Payload) -> Heard:
    return Heard(Message(**payload["message"]), Reply(**payload["reply"]), payload["addressed"])


def event(body: Payload, bot: Bot) -> Heard | None:
    """A mention, a direct message or a reply in a thread; None for all that is not a person speaking to us."""
    said = body.get("event") or {}
    if said.get("type") not in ("app_mention", "message") or not _is_person(said, bot):
        return None
    text, channel, ts = said.get("text") or "", said.get("channel") or "", said.get("ts") or ""
    if not (channel and ts):
        return None
    named = f"<@{bot.user_id}" in text
    direct = said.get("channel_type") == "im" or channel.startswith("D")
    in_thread = said.get("thread_ts") not in (None, "", ts)
    addressed = said["type"] == "app_mention" or direct or named
    if not addressed and not (in_thread and not text.lstrip().startswith("<@")):
        return None
    team, thread = _team(body), said.get("thread_ts") or ts
    key = f"{team}:{channel}:{ts}"
    message = replace(_spoken(text, bot), delivery=key, team=team, channel=channel, thread=thread, user=said["user"])
    return Heard(message, Reply(channel, thread_ts=thread), addressed)


def command(body: Payload, bot: Bot) -> Heard:
    """A slash command, answered to its user alone. Raises BadRequestError for arguments that make no sense."""
    team, channel, user = _team(body), str(body.get("channel_id", "")), str(body.get("user_id", ""))
    typed = _spoken(str(body.get("text", "")), bot)
    known = commands.find(str(body.get("command", "")))
    question = commands.question(known, typed.text) if known else typed.text
    # A command starts a conversation of its own, which the buttons of its answer continue.
    once = str(body.get("trigger_id") or body.get("response_url") or "")
    key, thread = f"{team}:{channel}:slash:{once}", f"slash-{once}"
    message = replace(typed, delivery=key, text=question, team=team, channel=channel, thread=thread, user=user, private=True)
    url = str(body.get("response_url", ""))
    return Heard(message, Reply(channel, user=user, response_url=url, asked=question, told=True))


def click(body: Payload) -> Heard | None:
    """A button that asks a question; None for any other button."""
    action = (body.get("actions") or [{}])[0]
    value = _value(action)
    if not value.get("ask"):
        return None
    container, clicked = body.get("container") or {}, body.get("message") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    ts = str(container.get("message_ts") or clicked.get("ts") or "")
    thread_ts = str(clicked.get("thread_ts") or container.get("thread_ts") or ts)
    team, user = _team(body), str((body.get("user") or {}).get("id", ""))
    private = bool(container.get("is_ephemeral"))
    message = Message(
        platform="slack",
        delivery=f"{team}:{channel}:{ts}:{action.get('action_ts') or body.get('trigger_id')}",
        text=value["ask"],
        team=team,
        channel=channel,
        thread=value.get("thread") or thread_ts,
        user=user,
        private=private,
    )
    url = str(body.get("response_url", ""))
    to = Reply(channel, user=user, response_url=url) if private else Reply(channel, thread_ts=thread_ts)
    return Heard(message, replace(to, asked=message.text))


def work(body: Payload) -> str:
    """The answer whose work a click asks to see; empty for any other click."""
    return _value((body.get("actions") or [{}])[0]).get("work", "")


def named(message: Message, people: Mapping[str, str]) -> Message:
    """The message with the people it mentions called by e-mail or name instead of by Slack's id."""
    known = {id: people.get(id) or label or id for id, label in message.mentions.items()}
    text = re.sub(r"@([UW][A-Z0-9]+)", lambda found: known.get(found[1], found[0]), message.text)
    return replace(message, text=text, mentions=known)


def _is_person(said: Payload, bot: Bot) -> bool:
    if said.get("subtype") not in _SPOKEN or said.get("hidden") or said.get("bot_id") or said.get("bot_profile"):
        return False
    return bool(said.get("user")) and said["user"] not in (bot.user_id, _SLACKBOT)


def _spoken(raw: str, bot: Bot) -> Message:
    """Text as a person would read it, without our own mention; other people stay as @ID and are listed."""
    mentions: dict[str, str] = {}

    def plain(token: re.Match[str]) -> str:
        target, _, label = token[1].partition("|")
        if target.startswith("@"):
            if target[1:] == bot.user_id:
                return " "
            mentions[target[1:]] = label
            return target
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        if target.startswith("!"):
            return label or f"@{target[1:].partition('^')[0]}"
        return label or target.removeprefix("mailto:")

    text = _TOKEN.sub(plain, raw).replace("\u00a0", " ")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return Message("slack", "", "\n".join(lines).strip(), mentions=mentions)


def _team(body: Payload) -> str:
    """Enterprise and workspace: in a Grid organisation a workspace id alone does not tell installs apart."""
    team, first = body.get("team") or {}, (body.get("authorizations") or [{}])[0]
    organisation = body.get("enterprise") or {}
    enterprise = organisation.get("id") or body.get("enterprise_id") or team.get("enterprise_id") or first.get("enterprise_id")
    workspace = team.get("id") or body.get("team_id") or first.get("team_id") or (body.get("user") or {}).get("team_id")
    return "/".join(part for part in (enterprise, workspace) if part)


def _value(action: Payload) -> dict[str, str]:
    try:
        value = json.loads(action.get("value") or "{}")
    except ValueError:
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
