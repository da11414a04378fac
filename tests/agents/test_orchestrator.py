"""What fails becomes a sentence; several answers become one; nobody is left without a reply."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from agents.answer import Answer, Cause, Finding
from agents.orchestrator import Orchestrator
from agents.question import Agent, Entities, Question
from agents.specialist import Sources, Specialist
from tools.errors import MissingTableError, OperatorError
from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Empty:
    async def query(self, statement: Statement) -> Table:
        raise AssertionError("no query is expected")

    async def close(self) -> None: ...


def specialist(name: Agent, investigate: Callable[[Question, Sources], Awaitable[Answer]]) -> Specialist:
    return Specialist(name, name.title(), {}, investigate)


async def costly(question: Question, sources: Sources) -> Answer:
    return Answer(
        question,
        "Costs rose.",
        agents=("cost",),
        causes=(Cause({}, Decimal(5), 1.0, "rest"),),
        as_of=datetime(2026, 11, 24, 8, tzinfo=UTC),
    )


async def failing(question: Question, sources: Sources) -> Answer:
    return Answer(
        question,
        "3 jobs failed.",
        agents=("reliability",),
        findings=(Finding("high", "load failed", "reliability"),),
        as_of=datetime(2026, 11, 24, 6, tzinfo=UTC),
    )


def ask(**about: object) -> Question:
    return replace(Question("why?", agents=("cost",), now=NOW), **about)  # type: ignore[arg-type]


async def answer(question: Question, *specialists: Specialist) -> Answer:
    return await Orchestrator(specialists).answer(question, Sources(Empty()))


async def test_two_specialists_make_one_answer_that_names_both() -> None:
    both = await answer(ask(agents=("cost", "reliability")), specialist("cost", costly), specialist("reliability", failing))
    assert both.agents == ("cost", "reliability")
    assert "Costs rose." in both.headline and "3 jobs failed." in both.headline
    assert both.causes and both.findings
    assert both.as_of == datetime(2026, 11, 24, 6, tzinfo=UTC)


async def test_one_that_fails_is_a_sentence_and_the_rest_stands() -> None:
    async def broken(question: Question, sources: Sources) -> Answer:
        raise RuntimeError("secret detail")

    got = await answer(ask(agents=("cost", "security")), specialist("cost", costly), specialist("security", broken))
    assert got.headline == "Costs rose." and not got.error_id
    (gap,) = got.partial
    assert "Security specialist failed" in gap and "error " in gap
    assert "secret detail" not in gap


async def test_a_missing_table_names_the_grant() -> None:
    async def blind(question: Question, sources: Sources) -> Answer:
        raise MissingTableError("system.billing.usage")

    got = await answer(ask(), specialist("cost", blind))
    assert got.error_id and "GRANT" in got.summary


async def test_a_slow_one_is_given_up() -> None:
    async def slow(question: Question, sources: Sources) -> Answer:
        await asyncio.sleep(30)
        raise AssertionError

    both = Orchestrator((specialist("cost", costly), specialist("security", slow)), deadline_seconds=0.05)
    got = await both.answer(ask(agents=("cost", "security")), Sources(Empty()))
    assert "did not finish" in got.partial[0]


async def test_an_unknown_name_is_said_with_what_it_may_mean() -> None:
    got = await answer(ask(entities=Entities(unknown=(("workspace", "prood"),))), specialist("cost", costly))
    assert got.headline == "There is no workspace named “prood”." and got.error_id
    unsure = await answer(ask(entities=Entities(unsure=(("prood", ("prod-a", "prod-b")),))), specialist("cost", costly))
    assert "“prod-a” or “prod-b”" in unsure.summary


@pytest.mark.parametrize("action", ["clarify", "decline"])
async def test_without_an_answer_the_reason_is_given(action: str) -> None:
    got = await answer(ask(action=action, reason="Which one?"), specialist("cost", costly))
    assert got.headline == "Which one?" and not got.error_id


async def test_help_says_what_can_be_asked() -> None:
    got = await answer(ask(action="help", agents=()), specialist("cost", costly))
    assert "Cost" in got.summary and got.followups


async def test_an_error_is_logged_with_the_id_that_the_asker_sees(caplog: pytest.LogCaptureFixture) -> None:
    async def down(question: Question, sources: Sources) -> Answer:
        raise OperatorError("The query failed.")

    got = await answer(ask(), specialist("cost", down))
    assert got.error_id and got.error_id in caplog.text


async def test_a_topic_that_is_not_covered_gets_no_answer_to_another_question() -> None:
    got = await answer(ask(topics=("cost.forecast",)), Specialist("cost", "Cost", {"spike": costly}, costly))
    assert "cost: forecast, which I cannot answer yet" in got.headline and "spike" in got.summary
    assert not got.causes and not got.error_id


async def test_every_topic_of_a_specialist_that_was_asked_is_answered() -> None:
    both = ask(topics=("reliability.failures", "reliability.sla"), agents=("reliability",))
    got = await answer(both, Specialist("reliability", "Reliability", {"failures": failing, "sla": costly}, failing))
    assert got.headline == "3 jobs failed. Costs rose."


async def test_several_who_are_asked_about_no_period_speak_of_the_same_one() -> None:
    spike = Period.of_days(date(2026, 11, 17), date(2026, 11, 17), "UTC")

    async def find(question: Question, sources: Sources) -> Period | None:
        return spike

    async def when(question: Question, sources: Sources) -> Answer:
        return Answer(question, str(question.period), agents=("reliability",))

    cost = Specialist("cost", "Cost", {"spike": when}, when, focus={"spike": find})
    both = ask(agents=("cost", "reliability"), topics=("cost.spike",))
    assert (await answer(both, cost, specialist("reliability", when))).headline.count("17 Nov 2026") == 2
    named = replace(both, period=Period.of_days(date(2026, 11, 3), date(2026, 11, 3), "UTC"))
    assert "17 Nov" not in (await answer(named, cost, specialist("reliability", when))).headline
