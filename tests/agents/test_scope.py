"""The default workspace: when a question is narrowed to it, and when what was said counts instead."""

import pytest

from adapters.words import context
from agents.question import Action, Entities, Question
from agents.scope import in_default_workspace
from bot.message import Message
from bot.service import Service
from bot.turns import plain, question_of

KNOWN = ("prod", "dev")
COSTS = "What did we spend yesterday?"
ASSUMED = Question(COSTS, entities=Entities(workspaces=("prod",)), workspace_assumed=True)


def narrowed(text: str = COSTS, prior: Question | None = None, action: Action = "answer", **named: tuple[str, ...]) -> Question:
    return in_default_workspace(Question(text, action=action, entities=Entities(**named)), "prod", KNOWN, prior)


def test_a_question_that_names_none_is_about_the_default() -> None:
    assert narrowed().entities.workspaces == ("prod",) and narrowed().workspace_assumed
    assert narrowed(users=("ana@example.com",)).workspace_assumed


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (COSTS, {"workspaces": ("dev",)}),
        (COSTS, {"jobs": ("etl",)}),
        (COSTS, {"tables": ("main.sales.orders",)}),
        (COSTS, {"group_by": ("workspace",)}),
        ("What did we spend in all workspaces?", {}),
        ("Which workspaces cost most?", {}),
        ("What did we spend overall?", {}),
    ],
)
def test_what_was_said_counts_instead(text: str, named: dict[str, tuple[str, ...]]) -> None:
    found = narrowed(text, **named)
    assert found.entities == Entities(**named) and not found.workspace_assumed


def test_a_default_that_the_account_does_not_have_any_more_is_left_aside() -> None:
    question = Question(COSTS)
    for workspace in ("", "gone"):
        assert in_default_workspace(question, workspace, KNOWN, None) == question


def test_what_is_no_question_stays_as_it_is() -> None:
    for action in ("clarify", "decline", "help"):
        assert not narrowed(action=action).workspace_assumed  # type: ignore[arg-type]


def test_a_thread_goes_on_in_the_scope_it_has() -> None:
    assert narrowed("and last week?", prior=ASSUMED, workspaces=("prod",)).workspace_assumed
    assert not narrowed("and last week?", prior=Question("What did we spend overall?")).workspace_assumed
    assert narrowed("Which jobs failed?", prior=Question(COSTS, entities=Entities(jobs=("etl",)))).workspace_assumed


def test_it_is_kept_with_the_turn() -> None:
    assert question_of(plain(ASSUMED)).workspace_assumed


async def test_the_answer_is_about_the_default_and_says_so(bot: Service) -> None:
    text = "What were the top 10 cost contributors last week?"
    everything = await bot.answer(Message("slack", "", text))
    answer = await bot.answer(Message("slack", "", text, workspace="prod-payments"))
    assert answer.question.entities.workspaces == ("prod-payments",)
    assert "Workspace: prod-payments (your default)" in context(answer)
    assert answer.headline != everything.headline
    assert not any("your default" in line for line in context(everything))
