"""The window that a slash command opens when it is typed bare: dates, and what its question may be narrowed to."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import blocks as kit
from adapters.slack.blocks import Block
from adapters.slack.heard import Heard, Reply
from adapters.slack.pace import impatient
from adapters.slack.payload import Payload, part, team, user
from adapters.slack.trouble import detail
from bot.commands import Command, find, question
from bot.message import Message
from tools.errors import BadRequestError

Suggest = Callable[[str, str], Awaitable[Sequence[str]]]
log = logging.getLogger(__name__)
OPEN_SECONDS, SUGGEST_SECONDS = 1.5, 2.0
ASK = "ask_command"
FIRST, LAST = "first_day", "last_day"
_KEY = re.compile(r"(\w+):")


@dataclass(frozen=True, slots=True)
class Filled:
    """A submitted window: the question that it asks and where, or what is wrong by field."""

    question: str = ""
    channel: str = ""
    response_url: str = ""
    errors: Mapping[str, str] | None = None


def command_view(command: Command, channel: str, response_url: str, *, suggests: bool) -> Block:
    """The window of a command; with `suggests` the account's names are offered while one types."""
    kept = json.dumps({"command": command.name, "channel": channel, "response_url": response_url})
    bare = question(command, "")
    days = [_input(FIRST, "First day", {"type": "datepicker"}), _input(LAST, "Last day", {"type": "datepicker"})]
    fields = [_input(key, key.capitalize(), _field(key, suggests)) for key in keys(command)]
    return {
        "type": "modal",
        "callback_id": ASK,
        "private_metadata": kept,
        "title": kit.plain(command.name, 24),
        "submit": kit.plain("Ask", 24),
        "close": kit.plain("Cancel", 24),
        "blocks": [
            kit.section(kit.escape(command.description)),
            *(days if "[when]" in command.hint else []),
            *fields,
            kit.context([f"Left empty: {bare}", f"As text: {command.name} {command.example}"]),
        ],
    }


def keys(command: Command) -> list[str]:
    """What a command may be narrowed to, by its hint."""
    return list(dict.fromkeys(_KEY.findall(command.hint)))


def filled(body: Payload) -> Filled | None:
    """What a submitted window asks; None for any other window."""
    view = part(body, "view")
    if view.get("callback_id") != ASK:
        return None
    try:
        kept: Any = json.loads(view.get("private_metadata") or "")
        command = find(kept["command"])
        channel, url = str(kept["channel"]), str(kept["response_url"])
    except (ValueError, TypeError, LookupError):
        return None
    if command is None:
        return None
    values = part(part(view, "state"), "values")
    typed = {name: _entered(part(part(values, name), name)) for name in (FIRST, LAST, *keys(command))}
    first, last = typed.pop(FIRST) or typed[LAST], typed.pop(LAST)
    last = last or first
    if last < first:
        return Filled(errors={LAST: "The last day is before the first."})
    days = [f"from {first} to {last}" if last != first else f"on {first}"] if first else []
    pairs = [f'{name}:"{value}"' for name, value in typed.items() if value]
    try:
        return Filled(question(command, " ".join([*days, *pairs])), channel, url)
    except BadRequestError as error:
        return Filled(errors={(keys(command) or [FIRST])[0]: error.sentence()})


def bare(body: Payload) -> Command | None:
    """The command, if nothing was typed after it and it has something to narrow."""
    known = find(str(body.get("command", "")))
    return known if known and keys(known) and not str(body.get("text", "")).strip() else None


def submission(body: Payload, asked: Filled) -> Heard:
    """The question of a command's window, answered to its user alone; a window asks once."""
    who, where = user(body), team(body)
    window = str(part(body, "view").get("id") or body.get("trigger_id") or "")
    key, thread = f"{where}:{asked.channel}:window:{who}:{window}", f"window-{window}"
    message = Message("slack", key, asked.question, team=where, channel=asked.channel, thread=thread, user=who, private=True)
    return Heard(message, Reply(asked.channel, user=who, response_url=asked.response_url, asked=asked.question))


class Modals:
    """Opens windows; `suggest` finds the account's names of a kind that hold what was typed."""

    def __init__(self, client: AsyncWebClient, suggest: Suggest | None) -> None:
        self._client = client
        self._suggest = suggest

    async def opens(self, command: Command, body: Payload) -> bool:
        """Whether the window of a bare command stands open; where it does not, its question is asked as it is."""
        channel, url = str(body.get("channel_id", "")), str(body.get("response_url", ""))
        view = command_view(command, channel, url, suggests=self._suggest is not None)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                with impatient():
                    await self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no window for %s: %s", command.name, detail(error))
            return False
        return True

    async def suggested(self, kind: str, typed: str) -> Sequence[str]:
        """Names of the account; none rather than too late, as while they are read for the first time."""
        if self._suggest is None:
            return ()
        try:
            async with asyncio.timeout(SUGGEST_SECONDS):
                return await self._suggest(kind, typed)
        except Exception as error:
            log.warning("no names to suggest: %s", detail(error))
            return ()


def _entered(element: Payload) -> str:
    chosen = part(element, "selected_option").get("value")
    return str(element.get("selected_date") or chosen or element.get("value") or "").replace('"', "").strip()


def _field(key: str, suggests: bool) -> Block:
    if suggests and key != "sla":
        return {"type": "external_select", "min_query_length": 0, "placeholder": kit.plain(f"Any {key}", 150)}
    hint = "60min" if key == "sla" else f"Any {key}"
    return {"type": "plain_text_input", "max_length": 200, "placeholder": kit.plain(hint, 150)}


def _input(name: str, label: str, element: Block) -> Block:
    label = "SLA" if name == "sla" else label
    named = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "optional": True, "label": kit.plain(label, 200), "element": named}
