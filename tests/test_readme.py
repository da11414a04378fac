"""What the README shows is what happens."""

import asyncio
import re

import pytest

from agents.answer import Answer
from tests.examples import CARD, README, ROOT, as_card, as_text, example, shown_in_readme


@pytest.fixture(scope="module")
def answer() -> Answer:
    return asyncio.run(example())


def test_the_answer_shown_is_the_answer_given(answer: Answer) -> None:
    assert shown_in_readme() == as_text(answer)


def test_the_card_shown_is_the_card_posted(answer: Answer) -> None:
    assert CARD.read_text() == as_card(answer)


def test_every_make_command_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^ *|`)make ([a-z0-9-]+)", README.read_text(), re.MULTILINE))
    assert named and named <= targets


def test_every_file_that_is_linked_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text()):
        assert (ROOT / target).exists(), target


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_the_diagram_names_what_there_is() -> None:
    [diagram] = re.findall(r"^## How it is built\n\n```text\n(.*?)```", README.read_text(), re.MULTILINE | re.DOTALL)
    for noun, home in (("Message", "bot/message.py"), ("Question", "agents/question.py"), ("Answer", "agents/answer.py")):
        assert noun in diagram and f"class {noun}:" in (ROOT / home).read_text()
    for verb in ("read", "card"):
        assert f"─ {verb} ─>" in diagram and (ROOT / "adapters" / "slack" / f"{verb}.py").exists()
    assert "orchestrator" in diagram and (ROOT / "agents" / "orchestrator.py").exists()
    folders = re.findall(r"^\| `(\w+)/` \|", README.read_text(), re.MULTILINE)
    assert folders and all((ROOT / folder / "__init__.py").exists() for folder in folders)
