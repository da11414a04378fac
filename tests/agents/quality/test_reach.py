"""Plain questions reach their topic, and every follow-up that an answer offers is understood."""

from datetime import datetime

import pytest

from agents.quality import SPECIALIST
from bot.message import Message
from bot.service import Service

ASKED = (
    ("What's the data lineage for the sales_daily table?", "lineage"),
    ("which job writes sales_daily", "lineage"),
    ("which tables does nightly_etl write", "lineage"),
    ("where does net_amount in prod.sales.sales_daily come from", "lineage"),
    ("what breaks if prod.raw.returns is wrong", "impact"),
    ("can I safely drop dev.payments.baskets_etl", "impact"),
    ("which tables fail quality checks", "results"),
    ("is prod.gold.sales_monthly ok?", "results"),
    ("which tables are stale", "freshness"),
    ("is prod.gold.board_pack up to date", "freshness"),
    ("tables nobody reads anymore", "freshness"),
    ("which tables contain pii", "classification"),
    ("Which columns with personal data are new this week?", "classification"),
    ("unclassified tables", "classification"),
    ("who owns sales_daily", "ownership"),
    ("undocumented tables", "ownership"),
)


@pytest.mark.parametrize(("text", "topic"), ASKED)
async def test_a_plain_question_reaches_its_topic(bot: Service, now: datetime, text: str, topic: str) -> None:
    answer = await bot.answer(Message("shell", text, text))
    assert answer.question.topics == (f"quality.{topic}",)
    assert answer.agents == ("quality",) and answer.evidence and not answer.error_id
    assert answer.seconds < 8


async def test_every_topic_of_the_training_has_an_investigation() -> None:
    from pathlib import Path

    import agents.understand

    training = Path(agents.understand.__file__).parent / "training" / "quality.txt"
    topics = {line.removeprefix("## quality.") for line in training.read_text().splitlines() if line.startswith("## quality.")}
    assert topics == set(SPECIALIST.investigations) and SPECIALIST.brief in topics


async def test_follow_ups_are_understood(bot: Service, now: datetime) -> None:
    understanding = await bot.understanding()
    offered: dict[str, str] = {}
    for text, topic in ASKED:
        answer = await bot.answer(Message("shell", text, text))
        offered |= dict.fromkeys(answer.followups, topic)
    for text in offered:
        asked = understanding.understand(text, now=now)
        assert asked.action == "answer" and asked.agents and not asked.entities.unknown, text
    others = {text for text in offered if understanding.understand(text, now=now).agents != ("quality",)}
    assert len(others) >= 4
