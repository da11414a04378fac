"""What a service remembers of its queries, and what it says about it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from agents.answer import Answer
from agents.question import Question
from bot.compose import service
from bot.message import Message
from bot.service import Service, no_newer_than_read
from bot.settings import Settings
from bot.turns import answer_of, kept, published
from tests.conftest import NOW
from tools.table import Receipt
from tools.warehouse.cache import CachedWarehouse

ASKED = Message("shell", "", "What were the top 10 cost contributors last week?")


async def test_a_question_asked_again_is_answered_from_memory_and_says_so(bot: Service) -> None:
    first, second = await bot.answer(ASKED), await bot.answer(ASKED)
    assert first.evidence and {receipt.cached_at for receipt in first.evidence} == {None}
    assert {receipt.cached_at for receipt in second.evidence} == {NOW}
    assert (second.headline, second.tables[0].rows) == (first.headline, first.tables[0].rows)
    assert not {receipt.id for receipt in first.evidence} & {receipt.id for receipt in second.evidence}


async def test_without_a_memory_every_question_is_asked_anew(sample_file: Path) -> None:
    async with service(Settings(query_cache_seconds=0), now=NOW) as bot:
        answers = [await bot.answer(ASKED) for _ in range(2)]
        assert not isinstance(bot.warehouse, CachedWarehouse)
    assert {receipt.cached_at for answer in answers for receipt in answer.evidence} == {None}


def test_rows_from_memory_do_not_make_an_answer_newer_than_they_are() -> None:
    fresh = Receipt("r1", "held", "SELECT 1", {}, 1, 1.0)
    old = Receipt("r2", "cost", "SELECT 2", {}, 1, 1.0, cached_at=NOW - timedelta(minutes=4))
    question = Question("how much?", now=NOW)
    answer = Answer(question, "so much", evidence=(fresh, old), as_of=NOW - timedelta(minutes=1))
    assert no_newer_than_read(answer).as_of == NOW - timedelta(minutes=4)
    assert no_newer_than_read(replace(answer, evidence=(fresh,))).as_of == NOW - timedelta(minutes=1)
    assert no_newer_than_read(replace(answer, as_of=None)).as_of is None


def test_a_kept_receipt_still_says_when_its_rows_were_read() -> None:
    old = Receipt("r2", "cost", "SELECT 2", {}, 1, 1.0, cached_at=NOW)
    answer = Answer(Question("how much?", now=NOW), "so much", evidence=(old,))
    assert answer_of(kept(answer)).evidence == (old,)
    assert published(answer)["evidence"][0]["cached_at"] == NOW.isoformat()
