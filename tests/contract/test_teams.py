"""Teams keeps the contract of adapters."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.teams.card import card
from agents.answer import Answer
from tests.adapters.teams.activities import BOT, PERSONAL, execute, message
from tests.adapters.teams.conftest import Running, running
from tests.adapters.teams.limits import card_faults, elements
from tests.adapters.teams.loopback import loopback_teams
from tests.contract.adapter import AdapterContract, Json, Platform, Rendered


class Teams(Platform):
    def __init__(self, app: Running) -> None:
        self.app, self.service = app, app.service

    async def deliver(self, body: Json) -> None:
        status, _, _ = await self.app.send(body)
        assert status in (200, 202)

    def typed(self, text: str) -> Json:
        return message(text)

    def own(self) -> list[Json]:
        return [
            message("mine", **{"from": {"id": BOT}}),
            message("another's", **{"from": {"id": "28:other", "role": "bot"}}),
            message("a reaction") | {"type": "messageReaction"},
        ]

    def pressed(self, question: str) -> Json:
        return execute({"ask": question}, PERSONAL)

    def answers(self) -> list[Json]:
        return self.app.teams.answers()

    def render(self, answer: Answer) -> Rendered:
        made = card(answer, asked=answer.question.text)
        assert made.card
        return Rendered(json.dumps(made.card), made.text, card_faults(made.card))

    def acting(self, rendered: Rendered) -> list[str]:
        made = json.loads(rendered.whole)
        read = [fact["value"] for element in elements(made) for fact in element.get("facts", ())]
        read += [element["text"] for element in elements(made) if element["type"] == "TextBlock"]
        marks = ("://", "](", "<at>", "<!")  # unescaped, these link and mention where Markdown is read
        found = [text for text in [*read, made["fallbackText"]] if any(mark in text.replace("\\<", "") for mark in marks)]
        links = [element["url"] for element in elements(made) if element["type"] == "Action.OpenUrl"]
        return found + [url for url in links if not url.startswith("https://adb-101.azuredatabricks.net/")]


class TestTeams(AdapterContract):
    def running(self, database: Path) -> AbstractAsyncContextManager[Platform]:
        return _running(database)

    def texts(self, platform: Any) -> list[str]:
        return [post.get("text") or "" for post in platform.app.teams.posts]


@asynccontextmanager
async def _running(database: Path) -> AsyncIterator[Platform]:
    async with loopback_teams() as teams, running(teams, database) as app:
        yield Teams(app)
