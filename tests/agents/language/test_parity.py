"""With a model or without one, the figures and causes are the same; `make eval` asks two hundred questions."""

from collections.abc import Callable

from agents.model import Limits, Model
from bot.service import Service
from tests.agents.language.conftest import loaded
from tests.capabilities import CAPABILITIES
from tests.evals.language.__main__ import LEAST, Talker, compared, questions
from tests.loopback_databricks import LoopbackWorkspace


async def test_a_model_changes_words_alone(
    bot: Service, talking: Callable[[Model], Service], workspace: LoopbackWorkspace
) -> None:
    workspace.serving.always = talker = Talker()
    model = await loaded(Limits(seconds=20, question_seconds=60, failures=10**6))
    told = await compared(bot, model, [each.question for each in CAPABILITIES[::5]])
    assert [(text, wrong) for text, wrong, _ in told if wrong] == []
    assert any(words for *_, words in told) and len(talker.said) == 3


def test_the_evaluation_asks_two_hundred_questions() -> None:
    assert len(set(questions())) >= LEAST
