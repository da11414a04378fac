"""Slash commands stand for plain questions."""

import pytest

from bot import commands
from bot.commands import COMMANDS, KEYS, find, question
from tools.errors import BadRequestError


@pytest.mark.parametrize(
    ("name", "typed", "asked"),
    [
        ("/cost-spike", "", "Why did our costs spike in the last 7 days?"),
        ("/cost-spike", "last Tuesday workspace:prod", "Why did our costs spike last Tuesday in workspace prod?"),
        ("/cost-spike", "workspace:prod", "Why did our costs spike in the last 7 days in workspace prod?"),
        ("/cost-spike", 'when:"last Tuesday"', "Why did our costs spike last Tuesday?"),
        ("/cost-spike", "Workspace:“prod eu” 2026-11-17?", "Why did our costs spike 2026-11-17 in workspace prod eu?"),
        ("/cost-spike", "yesterday at 10:30", "Why did our costs spike yesterday at 10:30?"),
        ("/job-slow", "job:{etl}", "Why is the job slower than usual in the last 7 days for job {etl}?"),
        ("/lineage", "table:main.sales.orders", "What is the lineage for table main.sales.orders?"),
        ("/health", "", "How healthy is our Databricks account today?"),
        ("/health", "help", "help"),
        ("/health", "why did costs rise last week?", "why did costs rise last week?"),
        ("/health", "see https://x.example/a", "see https://x.example/a"),
    ],
)
def test_what_is_asked(name: str, typed: str, asked: str) -> None:
    command = find(name)
    assert command is not None
    assert question(command, typed) == asked


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_asks_something_bare_and_by_its_example(command: commands.Command) -> None:
    for typed in ("", command.example):
        asked = question(command, typed)
        assert asked.strip() and "{" not in asked and "  " not in asked and " ?" not in asked


def test_an_unknown_key_gets_the_nearest_one_and_an_example() -> None:
    command = find("/failed-jobs")
    assert command is not None
    with pytest.raises(BadRequestError) as raised:
        question(command, "worksapce:prod")
    assert raised.value.choices == ("workspace",)
    assert "Try: /failed-jobs yesterday workspace:prod" in raised.value.sentence()
    with pytest.raises(BadRequestError, match="qqqq"):
        question(command, "qqqq:1")


def test_the_table_is_sound() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS) == 14
    assert all(phrase.count("{}") == 1 for phrase in KEYS.values())
    assert all(command.ask.count("{}") == 1 for command in COMMANDS)
    assert find("/unheard-of") is None


def test_the_help_names_every_command() -> None:
    lines = commands.help_lines()
    assert len(lines) == len(COMMANDS)
    assert lines[0] == "/cost-spike [when] [workspace:name] – Why did costs jump?"
