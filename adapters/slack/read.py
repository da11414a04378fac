"""Slack's payloads as Messages: an event, a slash command or a click each become one, or nothing if not for us."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot import commands
from bot.message import Message

Payload = Mapping[str, Any]

_TOKEN = re.compile(r"<([^<>]+)>")
# Subtypes that are still a person speaking; all others are edits, deletions, joins and the like.
_SPOKEN = (None, "file_share", "thread_broadcast")
_SLACKBOT = "USLACKBOT"
ABOUT = "ask_about"
OF_AN_ANSWER = ("work", "csv", "share", "good", "bad")


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
    """A message and where its answer goes. `addressed` is false for a reply in a thread that may or may not be ours.

    `ts` is Slack's time of it, which orders the turns of a thread.
    """

    message: Message
    reply: Reply
    addressed: bool = True
    ts: str = ""

    @property
    def said(self) -> datetime | None:
        """When it was said, in UTC without a zone; None where Slack does not tell."""
        try:
            return datetime.fromtimestamp(float(self.ts), UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return None

    def packed(self) -> dict[str, Any]:
        """JSON for the store, which `unpacked` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that was edited or deleted: its key, and what it says now, None if nothing to us."""

    key: str
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are in a workspace."""

    user_id: str
    bot_id: str = ""


def unpacked(payload: Payload) -> Heard:
    return Heard(Message(**payload["message"]), Reply(**payload["reply"]), payload["addressed"], payload.get("ts", ""))


def event(body: Payload, bot: Bot) -> Heard | None:
    """A mention, a direct message or a reply in a thread; None for all that is not a person speaking to us."""
    said = part(body, "event")
    if said.get("type") not in ("app_mention", "message") or not _is_person(said, bot):
        return None
    text, channel, ts = (str(said.get(name) or "") for name in ("text", "channel", "ts"))
    if not (channel and ts):
        return None
    named = f"<@{bot.user_id}" in text
    direct = said.get("channel_type") == "im" or channel.startswith("D")
    in_thread = said.get("thread_ts") not in (None, "", ts)
    addressed = said["type"] == "app_mention" or direct or named
    if not addressed and not (in_thread and not text.lstrip().startswith("<@")):
        return None
    team, thread = _team(body), str(said.get("thread_ts") or ts)
    key = f"{team}:{channel}:{ts}"
    message = replace(_spoken(text, bot), delivery=key, team=team, channel=channel, thread=thread, user=str(said["user"]))
    return Heard(message, Reply(channel, thread_ts=thread), addressed, ts)


def change(body: Payload, bot: Bot) -> Change | None:
    """An edit that changes the words, or a deletion; None for everything else, such as a preview that was added."""
    said = part(body, "event")
    channel = str(said.get("channel") or "")
    if said.get("type") != "message" or not channel:
        return None
    if said.get("subtype") == "message_deleted":
        return Change(f"{_team(body)}:{channel}:{said.get('deleted_ts')}")
    if said.get("subtype") != "message_changed":
        return None
    now, before = part(said, "message"), part(said, "previous_message")
    key = f"{_team(body)}:{channel}:{now.get('ts')}"
    if now.get("subtype") == "tombstone":
        return Change(key)
    if now.get("text") == before.get("text"):
        return None
    return Change(key, event({**body, "event": {**said, **now, "hidden": False, "subtype": now.get("subtype")}}, bot))


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


def asks_doctor(body: Payload) -> bool:
    """Whether a command asks what is set up and what is missing."""
    return body.get("command") == "/health" and str(body.get("text", "")).strip().lower() == "doctor"


def click(body: Payload) -> Heard | None:
    """A button that asks a question; None for any other button."""
    action = _action(body)
    value = _value(action)
    if not value.get("ask"):
        return None
    container, clicked, to = part(body, "container"), part(body, "message"), place(body)
    ts = str(container.get("message_ts") or clicked.get("ts") or "")
    team, channel, user = _team(body), to.channel, str(part(body, "user").get("id", ""))
    message = Message(
        platform="slack",
        delivery=f"{team}:{channel}:{ts}:{action.get('action_ts') or body.get('trigger_id')}",
        text=value["ask"],
        team=team,
        channel=channel,
        thread=value.get("thread") or to.thread_ts or ts,
        user=user,
        private=bool(to.user),
    )
    return Heard(message, replace(to, asked=message.text), ts=str(action.get("action_ts") or ""))


def place(body: Payload) -> Reply:
    """Where a click was made: the thread of its message, or the one person who sees it."""
    container, clicked = part(body, "container"), part(body, "message")
    channel = str(part(body, "channel").get("id") or container.get("channel_id") or "")
    if container.get("is_ephemeral"):
        user = str(part(body, "user").get("id", ""))
        return Reply(channel, user=user, response_url=str(body.get("response_url", "")))
    ts = str(container.get("message_ts") or clicked.get("ts") or "")
    return Reply(channel, thread_ts=str(clicked.get("thread_ts") or container.get("thread_ts") or ts))


def shortcut(body: Payload, bot: Bot) -> Heard | None:
    """“Ask the health monitor about this” on a message, answered to who chose it alone; None for other shortcuts."""
    about, channel = part(body, "message"), str(part(body, "channel").get("id") or "")
    if body.get("type") != "message_action" or body.get("callback_id") != ABOUT or not channel:
        return None
    said, user = _spoken(str(about.get("text") or ""), bot), str(part(body, "user").get("id", ""))
    key = pressed(body)
    message = replace(said, delivery=key, team=_team(body), channel=channel, thread=f"shortcut-{key}", user=user, private=True)
    url = str(body.get("response_url", ""))
    return Heard(message, Reply(channel, user=user, response_url=url, asked=said.text))


def wanted(body: Payload) -> tuple[str, str]:
    """What a click wants of an answer, one of `OF_AN_ANSWER`, and which answer; empty for any other click."""
    value = _value(_action(body))
    return next(((kind, value[kind]) for kind in OF_AN_ANSWER if value.get(kind)), ("", ""))


def pressed(body: Payload) -> str:
    """The key of a click, by which a repeated delivery of it is recognised."""
    once = body.get("trigger_id") or _action(body).get("action_ts") or ""
    return f"{_team(body)}:{part(body, 'user').get('id', '')}:click:{once}"


def user(body: Payload) -> str:
    """The id of who did something, whatever they did."""
    acting, opening = part(body, "user"), part(body, "event")
    return str(acting.get("id") or opening.get("user") or "")


def asker(body: Payload) -> str:
    """A person's key in the store: enterprise, workspace and user."""
    return f"{_team(body)}:{user(body)}"


def opens_home(body: Payload) -> bool:
    said = part(body, "event")
    return said.get("type") == "app_home_opened" and said.get("tab") == "home" and bool(said.get("user"))


def in_home(body: Payload) -> bool:
    """Whether a click was made in the app's own tab."""
    return part(body, "view").get("type") == "home"


def example(body: Payload) -> str:
    """The question of a button; empty for any other click."""
    return _value(_action(body)).get("ask", "")


def chosen(body: Payload, menu: str) -> str:
    """What was chosen in a menu; empty if the click was elsewhere."""
    action = _action(body)
    return str(part(action, "selected_option").get("value") or "") if action.get("action_id") == menu else ""


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
    team, organisation, user = part(body, "team"), part(body, "enterprise"), part(body, "user")
    listed = body.get("authorizations")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    enterprise = organisation.get("id") or body.get("enterprise_id") or team.get("enterprise_id") or first.get("enterprise_id")
    workspace = team.get("id") or body.get("team_id") or first.get("team_id") or user.get("team_id")
    return "/".join(str(part) for part in (enterprise, workspace) if part)


def part(body: Payload, name: str) -> Payload:
    """A part of a payload that should be an object; empty where it is something else or missing."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _action(body: Payload) -> Payload:
    actions = body.get("actions")
    return actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}


def _value(action: Payload) -> dict[str, str]:
    try:
        value = json.loads(action.get("value") or "{}")
    except (ValueError, TypeError):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
