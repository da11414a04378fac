"""Budgets: what was spent of them, when they run out, how probable that is."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from agents.answer import Answer
from agents.cost import SPECIALIST
from agents.figures import money
from agents.specialist import Sources
from bot.settings import SAMPLE_BUDGETS
from tests.agents.ask import CountingWarehouse, days, question
from tests.agents.cost.raw import Priced
from tools.budgets import Budget, read_budgets
from tools.errors import MisconfiguredError
from tools.period import Period

NOVEMBER = days("2026-11-01", "2026-11-23")
TEAM = "coalesce(custom_tags['team'], custom_tags['Team'], custom_tags['TEAM'])"


async def compared(
    warehouse: CountingWarehouse, now: datetime, *budgets: Budget, period: Period | None = None, **entities: Any
) -> Answer:
    asked = question("are we within budget?", "cost.budget", now, period=period, **entities)
    return await SPECIALIST.investigations["budget"](asked, Sources(warehouse, budgets=budgets))


async def test_every_budget_of_the_file_is_that_of_the_raw_rows(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await compared(warehouse, now, *read_budgets(SAMPLE_BUDGETS))
    places, teams = raw.by(NOVEMBER, "workspace_name"), raw.by(NOVEMBER, TEAM)
    for row in answer.tables[0].rows:
        name = row[0].rpartition(" ")[2]
        spent = raw.cost(NOVEMBER) if row[0] == "the account" else places.get(name) or teams[name.removeprefix("team=")]
        assert abs(row[3] - spent) <= Decimal("0.01"), row[0]
        assert row[2] == (row[1] * 23 / 30).quantize(Decimal("0.01")) and row[4] == row[3] - row[2]
    assert len(warehouse.rounds) == 2 and sum(map(len, warehouse.rounds)) == 2


async def test_a_budget_that_will_not_last_names_the_day(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await compared(warehouse, now, amount_usd=300_000.0)
    row = answer.tables[0].rows[0]
    runs_out, chance = row[-1], row[-2]
    assert date(2026, 11, 24) <= runs_out <= date(2026, 11, 30) and chance == 1.0
    assert f"runs out on {runs_out:%a %-d %b %Y}" in answer.headline and "100%" in answer.summary
    assert f"Agree {money(row[6] - 300_000)} more" in answer.recommendations[1]


async def test_one_that_is_used_up_names_the_day_it_was(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await compared(warehouse, now, amount_usd=200_000.0)
    day = answer.tables[0].rows[0][-1]
    assert f"was used up on {day:%-d %b}" in answer.headline
    before = raw.cost(days("2026-11-01", (day.replace(day=day.day - 1)).isoformat()))
    assert before <= 200_000 < raw.cost(days("2026-11-01", day.isoformat()))


async def test_one_that_lasts_is_good(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await compared(warehouse, now, amount_usd=600_000.0)
    assert "is expected to last" in answer.headline and answer.tables[0].rows[0][-1] is None
    assert answer.findings[0].severity == "good" and not answer.recommendations


async def test_a_close_one_has_a_chance_between(warehouse: CountingWarehouse, now: datetime) -> None:
    month = (await compared(warehouse, now, amount_usd=300_000.0)).tables[0].rows[0][6]
    answer = await compared(warehouse, now, amount_usd=float(month))
    assert 0.2 < answer.tables[0].rows[0][-2] < 0.8


async def test_a_month_that_is_over_is_not_foretold(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await compared(warehouse, now, amount_usd=320_000.0, period=days("2026-10-01", "2026-10-31"))
    assert answer.tables[0].columns[-1] == "over %" and "expected" not in answer.summary
    assert money(raw.cost(days("2026-10-01", "2026-10-31"))) in answer.headline


async def test_a_part_of_a_month_is_not_foretold_either(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await compared(warehouse, now, amount_usd=320_000.0, period=days("2026-11-01", "2026-11-10"))
    assert answer.tables[0].columns[-1] == "over %"


async def test_a_tag_that_cost_is_not_known_by_is_said(warehouse: CountingWarehouse, now: datetime) -> None:
    budgets = (Budget("account", "", Decimal(320_000)), Budget("tag", "floor=3", Decimal(10)))
    answer = await compared(warehouse, now, *budgets)
    assert len(answer.tables[0].rows) == 1 and any("floor=3" in gap for gap in answer.partial)
    with pytest.raises(MisconfiguredError, match="can be computed"):
        await compared(warehouse, now, budgets[1])


async def test_without_budgets_the_question_is_told_what_to_do(warehouse: CountingWarehouse, now: datetime) -> None:
    with pytest.raises(MisconfiguredError, match="no budgets"):
        await compared(warehouse, now)
