"""Plain questions reach each topic of cost, and its answer holds what every answer must."""

import pytest

from bot.message import Message
from bot.service import Service

QUESTIONS = (
    ("What will we spend this month?", "cost.forecast", "will cost about $"),
    ("spend forecast for prod-ml", "cost.forecast", "for prod-ml"),
    ("chargeback by team last month", "cost.chargeback", "charged to 8 teams"),
    ("split the bill by cost center", "cost.chargeback", "cost centers"),
    ("what did the marketing team spend last month", "cost.chargeback", "Team marketing owes"),
    ("how are we doing on our $3,000,000 annual commit", "cost.commitment", "$3,000,000.00 commitment"),
    ("how can we save money", "cost.optimization", "Could be saved"),
    ("idle clusters wasting money", "cost.optimization", "Idle clusters"),
    ("how much spend is untagged", "cost.untagged", "carries no tag"),
    ("any cost anomalies this month?", "cost.anomalies", "unusual days"),
    ("when do we hit the $300,000 budget", "cost.budget", "runs out on"),
    ("cost of serverless SQL last week", "cost.trend", "for serverless SQL cost $"),
)


@pytest.mark.parametrize(("text", "topic", "part"), QUESTIONS)
async def test_a_plain_question_is_answered(bot: Service, text: str, topic: str, part: str) -> None:
    answer = await bot.answer(Message("shell", "", text))
    assert not answer.error_id and topic in answer.question.topics
    assert part in answer.headline and "$" in answer.headline
    assert answer.question.period and answer.as_of and answer.baseline and answer.evidence
    assert any(link.title == "Cost Intelligence" for link in answer.links)
    known = {receipt.id for receipt in answer.evidence}
    assert all(set(finding.evidence) <= known for finding in answer.findings) and answer.findings
    assert all(set(grid.evidence) <= known for grid in answer.tables)


async def test_follow_ups_are_questions_that_the_bot_answers(bot: Service) -> None:
    """Of the topics whose follow-ups are always the same; those with a date in them are asked elsewhere."""
    answers = [await bot.answer(Message("shell", "", text)) for text in ("how can we save money", "spend forecast for prod-ml")]
    for text in sorted({follow for answer in answers for follow in answer.followups}):
        answer = await bot.answer(Message("shell", "", text))
        assert answer.question.action == "answer" and not answer.error_id, text
        assert "cannot answer yet" not in answer.headline and "no specialist" not in answer.headline, text
