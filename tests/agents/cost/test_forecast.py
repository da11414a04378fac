"""What will be spent: sums that agree, an interval, a past error; refusals where the past is too short."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.answer import Answer
from agents.cost import SPECIALIST
from agents.cost.horizon import read_horizon
from agents.cost.series import backtest, land, look_ahead
from agents.figures import money
from agents.question import Question
from agents.specialist import Sources
from tests.account import write_account
from tests.agents.ask import CountingWarehouse, answered, days, opened, question
from tests.agents.cost.raw import Priced
from tools.budgets import Budget
from tools.errors import AskerError

NOVEMBER = days("2026-11-01", "2026-11-23")
DAY = date(2026, 11, 24)


async def foretold(warehouse: CountingWarehouse, now: datetime, text: str, **entities: Any) -> Answer:
    return await answered(SPECIALIST, question(text, "cost.forecast", now, **entities), warehouse)


async def test_this_month_is_what_was_spent_and_what_is_due(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await foretold(warehouse, now, "what will we spend this month?")
    (row,) = [row for row in answer.tables[0].rows if "this month" in row[0]]
    _, spent, due, total, low, high = row
    assert spent == raw.cost(NOVEMBER) and spent + due == total and low < total < high
    assert all(money(figure) in answer.headline for figure in (spent, due, total, low, high))
    assert any("off by" in finding.text and "run rate" in finding.text for finding in answer.findings)
    assert any("Last month cost" in finding.text for finding in answer.findings)
    assert "weekday pattern" in answer.summary and "1,000 simulated futures" in answer.summary
    assert len(warehouse.rounds) <= 2


async def test_the_same_month_reads_the_same_whatever_was_asked(warehouse: CountingWarehouse, now: datetime) -> None:
    month = {row for row in (await foretold(warehouse, now, "what will we spend this month?")).tables[0].rows if "this" in row[0]}
    ahead = {row for row in (await foretold(warehouse, now, "forecast for next quarter")).tables[0].rows if "this" in row[0]}
    assert month == ahead
    asked = question("are we within budget this month?", "cost.budget", now)
    budget = (Budget("account", "", Decimal(320_000)),)
    told = await SPECIALIST.investigations["budget"](asked, Sources(warehouse, budgets=budget))
    (row,) = month
    assert told.tables[0].rows[0][6:9] == row[3:6]


async def test_a_workspace_and_every_workspace(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    alone = await foretold(warehouse, now, "spend forecast for prod-ml", workspaces=("prod-ml",))
    assert "for prod-ml" in alone.headline and money(raw.cost(NOVEMBER, "workspace_name = 'prod-ml'")) in alone.headline
    each = await foretold(warehouse, now, "spend forecast by workspace this month", group_by=("workspace",))
    grid = each.tables[1]
    ml = next(row for row in grid.rows if row[0] == "prod-ml")
    (month,) = [row for row in alone.tables[0].rows if "this month" in row[0]]
    assert ml[1:] == month[1:]
    team = await foretold(warehouse, now, "forecast for team marketing", tags=(("team", "marketing"),))
    tagged = "coalesce(custom_tags['team'], custom_tags['Team'], custom_tags['TEAM']) = 'marketing'"
    assert money(raw.cost(NOVEMBER, tagged)) in team.headline


async def test_the_days_are_the_askers(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    tz = "America/New_York"
    answer = await answered(SPECIALIST, question("what will we spend this month?", "cost.forecast", now, tz=tz), warehouse)
    assert (
        money(raw.cost(days("2026-11-01", "2026-11-22", tz))) in answer.headline
    )  # the 23rd ends at 05:00 UTC, after the last row


async def test_dbus_are_refused_as_a_sum(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await foretold(warehouse, now, "project DBU usage for the next 90 days")
    assert answer.headline.startswith("The next 90 days") and any("DBUs" in gap for gap in answer.partial)


def account(path: Path, count: int) -> Path:
    """An account whose use began `count` whole days before today: four records a day, at a dollar each DBU."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    hours = [start - timedelta(days=count) + timedelta(hours=n) for n in range(0, 24 * count + 8, 6)]
    row = {"sku_name": "JOBS", "cloud": "AWS", "usage_unit": "DBU", "workspace_id": "1", "billing_origin_product": "JOBS"}
    usage = [
        row
        | {
            "usage_start_time": hour,
            "usage_end_time": hour + timedelta(hours=1),
            "usage_date": hour.date(),
            "usage_quantity": Decimal(10 + hour.day % 3),
            "record_type": "ORIGINAL",
        }
        for hour in hours
    ]
    price = {"sku_name": "JOBS", "cloud": "AWS", "usage_unit": "DBU", "currency_code": "USD", "price_end_time": None}
    price |= {"price_start_time": datetime(2020, 1, 1), "pricing": {"default": Decimal(1)}}
    return write_account(path, {"system.billing.usage": usage, "system.billing.list_prices": [price]})


async def test_too_little_history_is_refused_and_said(tmp_path: Path, now: datetime) -> None:
    async with opened(account(tmp_path / "young.duckdb", 9), now) as warehouse:
        answer = await foretold(warehouse, now, "forecast for next month")
    assert answer.headline.startswith("There are only 9 days of cost: too few for a forecast, which needs 14.")
    assert not answer.tables


async def test_little_history_is_a_wider_range_and_says_so(tmp_path: Path, now: datetime) -> None:
    async with opened(account(tmp_path / "short.duckdb", 20), now) as warehouse:
        answer = await foretold(warehouse, now, "forecast for next month")
    assert any("Only 20 days of history" in gap for gap in answer.partial)
    assert any("too little history to try" in finding.text for finding in answer.findings)
    (row,) = [row for row in answer.tables[0].rows if "next month" in row[0]]
    assert (row[5] - row[4]) / row[3] > Decimal("0.3")


async def test_nothing_at_all_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await foretold(warehouse, now, "forecast for nowhere", workspaces=("nowhere",))
    assert answer.headline.startswith("There is no usage for nowhere") and "The account has usage from" in answer.summary


async def test_too_far_is_refused(warehouse: CountingWarehouse, now: datetime) -> None:
    with pytest.raises(AskerError, match="too far ahead"):
        await foretold(warehouse, now, "forecast for the next 3 years")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what will we spend this month", "2026-11-01", "2026-11-30"),
        ("forecast spend for next month", "2026-12-01", "2026-12-31"),
        ("where will costs land at the end of the month", "2026-11-01", "2026-11-30"),
        ("project DBU usage for the next 90 days", "2026-11-24", "2027-02-21"),
        ("how much should I plan for next quarter", "2027-01-01", "2027-03-31"),
        ("how much will we spend by end of year", "2026-01-01", "2026-12-31"),
        ("what should I put in the budget for next year", "2027-01-01", "2027-12-31"),
        ("forecast for December", "2026-12-01", "2026-12-31"),
        ("forecast for March", "2027-03-01", "2027-03-31"),
        ("cost next week", "2026-11-30", "2026-12-06"),
        ("cost of the next two weeks", "2026-11-24", "2026-12-07"),
        ("in 3 months", "2026-11-24", "2027-02-23"),
        ("what will tomorrow cost", "2026-11-25", "2026-11-25"),
        ("run rate", "2026-11-01", "2026-11-30"),
        ("was werden wir nächsten Monat ausgeben", "2026-12-01", "2026-12-31"),
    ],
)
def test_horizons(now: datetime, text: str, first: str, last: str) -> None:
    horizon = read_horizon(question(text, "cost.forecast", now))
    assert (horizon.first.isoformat(), horizon.last.isoformat()) == (first, last)


def test_what_comes_later_changes_no_backtest_and_no_forecast() -> None:
    past = {DAY - timedelta(days=n): Decimal(100 + (n % 7) * 10) for n in range(1, 90)}
    ahead = look_ahead(past, DAY + timedelta(days=30))
    assert ahead is not None
    longer = look_ahead(past, DAY + timedelta(days=60))
    assert longer is not None and longer.expected[:31] == ahead.expected[:31]
    tried = backtest(past, 7)
    assert tried is not None and tried.tried == 8 and tried.error < 0.02
    assert backtest({day: cost for day, cost in past.items() if day >= DAY - timedelta(days=20)}, 7) is None


def test_a_landing_counts_each_day_once(now: datetime) -> None:
    past = {DAY - timedelta(days=n): Decimal(100) for n in range(1, 60)}
    ahead = look_ahead(past, DAY + timedelta(days=30))
    assert ahead is not None
    landing = land(past, ahead, read_horizon(question("this month", "cost.forecast", now)))
    assert landing.spent == Decimal(2300) and abs(landing.due - 700) < 10


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("What will we spend on 3 December?", date(2026, 12, 3)),
        ("spend on December 3rd, 2026", date(2026, 12, 3)),
        ("forecast for 2026-12-31", date(2026, 12, 31)),
        ("what will 5 January cost", date(2027, 1, 5)),
    ],
)
def test_a_named_day_to_come_is_the_one_foretold(text: str, day: date) -> None:
    asked = read_horizon(Question(text, now=datetime(2026, 11, 24, 10, tzinfo=UTC)))
    assert (asked.first, asked.last) == (day, day)
