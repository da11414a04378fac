"""The app's own tab: what can be asked, how the account is, what one asked before, and one's time zone."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from zoneinfo import available_timezones

from slack_sdk.web.async_client import AsyncWebClient

from adapters.asked import Asked
from adapters.slack import blocks as kit
from adapters.slack.blocks import Block
from adapters.slack.heard import Heard, Reply
from adapters.slack.modal import Suggest
from adapters.slack.payload import Payload, asker, team, user
from adapters.slack.turns import Turns
from bot.message import Message
from bot.store import Store

log = logging.getLogger(__name__)
ZONE, WORKSPACE = "zone", "default_workspace"
EVERYWHERE = "All workspaces"
HEALTH = "How healthy is our Databricks account today?"
HEALTH_SECONDS = 3_600.0
RECENT = 5
# Each specialist: what it answers, and a question to begin with.
ABILITIES = (
    ("Cost", "what is spent, why that changed, budgets and forecasts", "Why did our costs spike last Tuesday?"),
    ("Security", "who did what, threats, access and rights", "Are there any security anomalies in the last 24 hours?"),
    ("Performance", "slow jobs, queries, warehouses and clusters", "What are the slowest queries in the last 24 hours?"),
    ("Reliability", "failed jobs, their causes, SLAs", "Which jobs failed in the last 24 hours?"),
    ("Quality", "stale or broken tables, lineage", "Which tables have data quality issues today?"),
    ("ML operations", "models and serving endpoints", "How healthy are our models and serving endpoints?"),
)


def home_view(recent: Sequence[str], zone: str, health: str, workspace: str | None = None) -> Block:
    """The tab for one person; `zone` is empty where they leave it to their Slack profile.

    `workspace` is empty for all of them, None where the account's names are not known.
    """
    shown: list[Block] = [kit.headline("Ask about your Databricks account")]
    if health:
        shown.append(kit.section(f"*Now*\n{kit.escape(health, 1_000)}"))
    shown.append(kit.section("Mention me in a channel, write to me under *Messages*, or begin with one of these:"))
    for at, (title, does, example) in enumerate(ABILITIES):
        shown.append(kit.section(f"*{title}*: {kit.escape(does)}"))
        shown += kit.actions([kit.button(example, f"example:{at}", {"ask": example})])
    if recent:
        shown += [{"type": "divider"}, kit.section("*You asked*")]
        shown += kit.actions(kit.button(question, f"again:{at}", {"ask": question}) for at, question in enumerate(recent))
    return {"type": "home", "blocks": [*shown, {"type": "divider"}, *_settings(zone, workspace)]}


def zones(typed: str) -> list[str]:
    """Time zones whose names hold what was typed."""
    wanted = typed.strip().lower().replace(" ", "_")
    return sorted(name for name in available_timezones() if wanted in name.lower())


def _settings(zone: str, workspace: str | None) -> list[Block]:
    shown = [kit.section("*Time zone* in which my days are counted"), _menu(ZONE, "As in my Slack profile", 2, zone)]
    if workspace is not None:
        about = "*Default workspace*, which my questions are about where they name none"
        shown += [kit.section(about), _menu(WORKSPACE, EVERYWHERE, 0, workspace)]
    return shown


def _menu(action: str, placeholder: str, letters: int, chosen: str) -> Block:
    """A menu whose options come as one types, after so many letters."""
    menu: Block = {
        "type": "external_select",
        "action_id": action,
        "placeholder": kit.plain(placeholder, 150),
        "min_query_length": letters,
    }
    if chosen:
        menu["initial_option"] = option(chosen)
    return {"type": "actions", "elements": [menu]}


def option(name: str) -> Block:
    return {"text": kit.plain(name, 75), "value": name[:150]}


class Home:
    """`suggest` finds the account's names of a kind that hold what was typed."""

    def __init__(
        self,
        client: AsyncWebClient,
        service: Asked,
        store: Store,
        turns: Turns,
        suggest: Suggest | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._service = service
        self._store = store
        self._turns = turns
        self._suggest = suggest
        self._clock = clock
        self._health = ""
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def show(self, body: Payload) -> None:
        """Shows the tab with the health line that is known; a line that is too old is renewed after, and shown then."""
        await self._publish(body)
        if await self._renewed():
            await self._publish(body)

    async def set_zone(self, body: Payload, name: str) -> None:
        """Keeps a person's time zone, which from then on counts instead of the profile's."""
        if name in available_timezones():
            await self._prefer(body, tz=name)
        await self._publish(body)

    async def workspaces(self, typed: str) -> list[str]:
        """What may be the default: all of them, or one whose name holds what was typed."""
        names = await self._suggest("workspace", typed) if self._suggest else ()
        return [EVERYWHERE, *names]

    async def set_workspace(self, body: Payload, name: str) -> None:
        """Keeps the workspace that a person's questions are about where they name none."""
        if name in await self.workspaces(name):
            await self._prefer(body, workspace="" if name == EVERYWHERE else name)
        await self._publish(body)

    async def ask(self, body: Payload, question: str) -> None:
        """Asks an example or an earlier question in the conversation with us, where its answer goes."""
        who, where = user(body), team(body)
        channel = str((await self._client.conversations_open(users=who))["channel"]["id"])
        posted = await self._client.chat_postMessage(channel=channel, text=f"You asked: {kit.escape(question)}")
        ts = str(posted["ts"])
        message = Message("slack", f"{where}:{channel}:{ts}", question, team=where, channel=channel, thread=ts, user=who)
        heard = Heard(message, Reply(channel, thread_ts=ts), ts=ts)
        if words := await self._turns.take(heard):
            self._turns.refuse(heard, words)

    async def _publish(self, body: Payload) -> None:
        person = asker(body)
        recent = await self._store.asked_by(person, 4 * RECENT)
        chosen = await self._store.preferences(person)
        zone, workspace = (str(chosen.get(name, "")) for name in ("tz", "workspace"))
        asked = list(dict.fromkeys(recent))[:RECENT]
        view = home_view(asked, zone, self._health, workspace if self._suggest else None)
        await self._client.views_publish(user_id=user(body), view=view)

    async def _prefer(self, body: Payload, **changed: str) -> None:
        person = asker(body)
        await self._store.prefer(person, {**await self._store.preferences(person), **changed})

    async def _renewed(self) -> bool:
        async with self._asking:
            if self._asked_at is not None and self._clock() - self._asked_at < HEALTH_SECONDS:
                return False
            self._asked_at = self._clock()
            answer = await self._service.answer(Message("slack", "", HEALTH))
            if not answer.error_id:
                self._health = answer.headline
            return not answer.error_id
