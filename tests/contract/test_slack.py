"""Slack keeps the contract of adapters."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.slack.card import card
from agents.answer import Answer
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.limits import faults
from tests.adapters.slack.loopback import loopback_slack
from tests.adapters.slack.payloads import BOT, click, message
from tests.adapters.slack.test_card import markup
from tests.contract.adapter import AdapterContract, Json, Platform, Rendered

_clicks = itertools.count(1_764_000_100)


class Slack(Platform):
    def __init__(self, app: Running) -> None:
        self.app, self.service = app, app.service

    async def deliver(self, body: Json) -> None:
        status, _, _ = await self.app.send(body)
        assert status == 200

    def typed(self, text: str) -> Json:
        for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(sign, entity)
        return message(text)

    def own(self) -> list[Json]:
        return [
            message("mine", user=BOT),
            message("another's", bot_id="B0OTHER", subtype="bot_message"),
            message("an event", subtype="channel_join"),
        ]

    def pressed(self, question: str) -> Json:
        ts = f"{next(_clicks)}.000100"
        action = {"action_id": "ask:0", "value": json.dumps({"ask": question, "thread": "1.1"}), "action_ts": ts}
        return click(action, self.app.slack.url, ts="1.2", thread_ts="1.1", channel={"id": "D0ANA"})

    def answers(self) -> list[Json]:
        return self.app.slack.answers()

    def render(self, answer: Answer) -> Rendered:
        made = card(answer, thread="1.1", asked=answer.question.text)
        return Rendered(json.dumps(made.blocks), made.text, faults(made.blocks))

    def acting(self, rendered: Rendered) -> list[str]:
        blocks = json.loads(rendered.whole)
        found = [text for text in [*markup(blocks), rendered.text] if "<" in text or ">" in text]
        links = [element["url"] for block in blocks for element in block.get("elements", ()) if "url" in element]
        return found + [url for url in links if not url.startswith("https://adb-101.azuredatabricks.net/")]


class TestSlack(AdapterContract):
    def running(self, database: Path) -> AbstractAsyncContextManager[Platform]:
        return _running(database)

    def texts(self, platform: Any) -> list[str]:
        return [post.get("text") or "" for post in platform.app.slack.posts]


@asynccontextmanager
async def _running(database: Path) -> AsyncIterator[Platform]:
    async with loopback_slack() as slack, running(slack, database) as app:
        yield Slack(app)
