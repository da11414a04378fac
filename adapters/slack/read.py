"""Slack's payloads as Messages: an event, a slash command or a click each become one, or nothing if not for us."""

import re
from collections.abc import Mapping
from dataclasses import replace

from adapters.slack.heard import Bot, Change, Heard, Reply
from adapters.slack.payload import Payload, action, part, pressed, team, value
from bot import commands
from bot.message import Message

_TOKEN = re.compile(r"<([^<>]+)>")
# Subtypes that are still a person speaking; all others are edits, deletions, joins and the like.
_SPOKEN = (None, "file_share", "thread_broadcast")
_SLACKBOT = "USLACKBOT"
ABOUT = "ask_about"


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
    where, thread = team(body), str(said.get("thread_ts") or ts)
    key = f"{where}:{channel}:{ts}"
    message = replace(_spoken(text, bot), delivery=key, team=where, channel=channel, thread=thread, user=str(said["user"]))
    return Heard(message, Reply(channel, thread_ts=thread), addressed, ts)


def change(body: Payload, bot: Bot) -> Change | None:
    """An edit that changes the words, or a deletion; None for everything else, such as a preview that was added."""
    said = part(body, "event")
    channel = str(said.get("channel") or "")
    if said.get("type") != "message" or not channel:
        return None
    if said.get("subtype") == "message_deleted":
        return Change(f"{team(body)}:{channel}:{said.get('deleted_ts')}")
    if said.get("subtype") != "message_changed":
        return None
    now, before = part(said, "message"), part(said, "previous_message")
    key = f"{team(body)}:{channel}:{now.get('ts')}"
    if now.get("subtype") == "tombstone":
        return Change(key)
    if now.get("text") == before.get("text"):
        return None
    return Change(key, event({**body, "event": {**said, **now, "hidden": False, "subtype": now.get("subtype")}}, bot))


def command(body: Payload, bot: Bot) -> Heard:
    """A slash command, answered to its user alone. Raises BadRequestError for arguments that make no sense."""
    where, channel, user = team(body), str(body.get("channel_id", "")), str(body.get("user_id", ""))
    typed = _spoken(str(body.get("text", "")), bot)
    known = commands.find(str(body.get("command", "")))
    question = commands.question(known, typed.text) if known else typed.text
    # A command starts a conversation of its own, which the buttons of its answer continue.
    once = str(body.get("trigger_id") or body.get("response_url") or "")
    key, thread = f"{where}:{channel}:slash:{once}", f"slash-{once}"
    message = replace(typed, delivery=key, text=question, team=where, channel=channel, thread=thread, user=user, private=True)
    url = str(body.get("response_url", ""))
    return Heard(message, Reply(channel, user=user, response_url=url, asked=question, told=True))


def click(body: Payload) -> Heard | None:
    """A button that asks a question; None for any other button."""
    clicked = action(body)
    carried = value(clicked)
    if not carried.get("ask"):
        return None
    container, under, to = part(body, "container"), part(body, "message"), place(body)
    ts = str(container.get("message_ts") or under.get("ts") or "")
    where, channel, user = team(body), to.channel, str(part(body, "user").get("id", ""))
    message = Message(
        platform="slack",
        delivery=f"{where}:{channel}:{ts}:{clicked.get('action_ts') or body.get('trigger_id')}",
        text=carried["ask"],
        team=where,
        channel=channel,
        thread=carried.get("thread") or to.thread_ts or ts,
        user=user,
        private=bool(to.user),
    )
    return Heard(message, replace(to, asked=message.text), ts=str(clicked.get("action_ts") or ""))


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
    message = replace(said, delivery=key, team=team(body), channel=channel, thread=f"shortcut-{key}", user=user, private=True)
    url = str(body.get("response_url", ""))
    return Heard(message, Reply(channel, user=user, response_url=url, asked=said.text))


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
