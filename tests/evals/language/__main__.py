"""`python -m tests.evals.language`: that a model changes words alone, for 200 questions with and without one."""

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from agents.model import Limits, Model, databricks_chat
from agents.orchestrator import Orchestrator
from bot.compose import service, specialists
from bot.message import Message
from bot.service import Service
from bot.settings import Settings
from tests.account import write_account
from tests.capabilities import CAPABILITIES
from tests.conftest import NOW
from tests.evals.injection.trying import changed, parts
from tests.loopback_databricks import Engine, LoopbackWorkspace

LEAST = 200
WHEN = ("", "In the week of 9 November: ", "Since 1 November: ", "For prod-payments: ", "On 17 November: ")
WORDS = ("headline", "summary")


def questions() -> list[str]:
    """The question of each capability, as it stands and about other times and places."""
    return [f"{when}{each.question}" for each in CAPABILITIES for when in WHEN]


class Talker:
    """A model that says the truth, then what is forged, then fails, in turn; it settles nothing."""

    def __init__(self) -> None:
        self._turns = count()
        self.said: Counter[str] = Counter()

    def __call__(self, request: Mapping[str, Any]) -> Mapping[str, Any] | int:
        if request["tools"][0]["function"]["name"] == "Choice":
            return _reply("Choice", number=0)
        told = json.loads(request["messages"][-1]["content"].split("</data>")[0].removeprefix("<data>"))
        kind = ("true", "forged", "failed")[next(self._turns) % 3]
        self.said[kind] += 1
        if kind == "failed":
            return 500
        if kind == "forged":
            return _reply("Worded", headline=f"It was $4,711.08, because of {told['headline']}", summary="All else is fine.")
        return _reply("Worded", headline=f"In short: {told['headline']}", summary=told["summary"])


def _reply(tool: str, **arguments: Any) -> Mapping[str, Any]:
    return {"tool_calls": [{"id": "1", "type": "function", "function": {"name": tool, "arguments": json.dumps(arguments)}}]}


async def compared(bot: Service, model: Model, asked: list[str]) -> list[tuple[str, tuple[str, ...], bool]]:
    """Each question, the parts of its answer that a model changed beside words, and whether it changed words."""
    patient = Orchestrator(specialists(), deadline_seconds=120)
    silent, talking = (
        Service(patient, bot._sources, bot._threads, bot._vocabulary, model=one, clock=lambda: NOW) for one in (None, model)
    )
    found = []
    for text in asked:
        written, worded = await silent.answer(Message("shell", "", text)), await talking.answer(Message("shell", "", text))
        wrong = changed(parts(written), parts(worded))
        found.append((text, tuple(part for part in wrong if part not in WORDS), any(part in WORDS for part in wrong)))
    return found


async def measured(asked: list[str]) -> tuple[list[tuple[str, tuple[str, ...], bool]], Talker]:
    talker = Talker()
    with tempfile.TemporaryDirectory() as directory:
        engine = Engine(write_account(Path(directory) / "account.duckdb", {}))
        with LoopbackWorkspace(engine) as workspace:
            os.environ.update(workspace.environment)
            workspace.serving.always = talker
            limits = Limits(seconds=20, question_seconds=60, failures=10**6, day_tokens=10**9, question_tokens=10**6)
            model = Model(lambda: databricks_chat(("main",), seconds=20, max_tokens=400), limits)
            await model.warm_up()
            async with service(Settings(), now=NOW) as bot:
                return await compared(bot, model, asked), talker


def main() -> int:
    told, talker = asyncio.run(measured(questions()))
    if len(told) < LEAST or not sum(talker.said.values()):
        print("nothing was measured")
        return 1
    other = [(text, wrong) for text, wrong, _ in told if wrong]
    print("\n| with and without a model | questions |\n|---|---:|")
    print(f"| asked | {len(told)} |")
    print(f"| words changed | {sum(words for *_, words in told)} |")
    print(f"| figures, causes, findings, links or advice changed | {len(other)} |")
    for text, wrong in other:
        print(text, wrong)
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
