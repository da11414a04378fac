"""The example of the README, made anew: `python -m tests.examples` writes it, a test keeps it true."""

import asyncio
import json
import re
from pathlib import Path

from adapters.slack.card import card
from adapters.terminal import render
from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.settings import Settings
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "Why did our costs spike last Tuesday?"
CARD = ROOT / "docs" / "card.json"
README = ROOT / "README.md"
_EXAMPLE = re.compile(r"(?<=```text\n)Tue 17 Nov 2026.*?(?=\n```)", re.DOTALL)


async def example() -> Answer:
    """The demo's question on the sample account of a fixed day."""
    async with service(Settings(), now=NOW) as bot:
        return await bot.answer(Message("shell", "", QUESTION))


def as_text(answer: Answer) -> str:
    return re.sub(r"Answered in [\d.]+ s", "Answered in 0.2 s", render(answer)).strip()


def as_card(answer: Answer) -> str:
    """The card's blocks as Block Kit Builder takes them; ids and the clock are fixed."""
    text = json.dumps({"blocks": card(answer, chart_file="F0000000000").blocks}, ensure_ascii=False, indent=2)
    return re.sub(r"Answered in [\d.]+ s", "Answered in 0.2 s", text.replace(answer.id, "00000000")) + "\n"


def shown_in_readme() -> str:
    found = _EXAMPLE.search(README.read_text())
    return found[0] if found else ""


def write() -> None:
    answer = asyncio.run(example())
    CARD.write_text(as_card(answer))
    README.write_text(_EXAMPLE.sub(lambda _: as_text(answer), README.read_text()))


if __name__ == "__main__":
    write()
