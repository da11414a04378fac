"""A yearly commitment: used, heading for, and what the tables cannot know."""

from datetime import datetime

from agents.answer import Answer
from agents.cost import SPECIALIST
from agents.figures import money
from tests.agents.ask import CountingWarehouse, answered, days, question
from tests.agents.cost.raw import Priced


async def tracked(warehouse: CountingWarehouse, now: datetime, amount: float | None) -> Answer:
    return await answered(
        SPECIALIST, question("how are we doing on our commit?", "cost.commitment", now, amount_usd=amount), warehouse
    )


async def test_without_an_amount_use_is_told_and_the_amount_asked_for(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await tracked(warehouse, now, None)
    assert "Name the commitment" in answer.headline and "$3,000,000" in answer.recommendations[0]
    assert len(warehouse.rounds) == 1


async def test_months_are_those_of_the_raw_rows(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await tracked(warehouse, now, 1_500_000.0)
    months = raw.rows("SELECT strftime(usage_date, '%b %Y'), sum(usd) FROM priced WHERE usage_date < '2026-11-24' GROUP BY 1")
    shown = {row[0]: row[1] for row in answer.tables[0].rows}
    assert all(abs(shown[month] - spent) <= 1 for month, spent in months)
    assert money(answer.tables[0].rows[-1][2]) in answer.headline


async def test_one_that_is_too_small_names_the_day_it_is_used_up(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await tracked(warehouse, now, 1_500_000.0)
    assert "over, used up on " in answer.headline and "chance to use it up by 31 December is 100%" in answer.summary
    assert answer.findings[0].severity == "high" and "account team before" in answer.recommendations[0]


async def test_one_that_is_used_up_says_so(warehouse: CountingWarehouse, now: datetime) -> None:
    assert "it is used up, by $" in (await tracked(warehouse, now, 1_000_000.0)).headline


async def test_half_a_year_of_history_does_not_prove_that_too_little_is_used(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await tracked(warehouse, now, 3_000_000.0)
    assert "which the tables do not hold" in answer.headline and "unused" not in answer.headline
    assert any("28 Jul 2026 only" in gap for gap in answer.partial) and "chance" not in answer.summary


async def test_a_year_without_usage_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("commit last year", "cost.commitment", now, period=days("2025-01-01", "2025-12-31"), amount_usd=1e6)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("There is no usage in") and "28 Jul 2026" in answer.summary
