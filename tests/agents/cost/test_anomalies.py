"""Unusual days over a period: the planted ones, with their causes; none where none was planted."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from agents.answer import Answer
from agents.cost import SPECIALIST
from agents.cost.events import Judged, find_events
from agents.figures import money
from tests.agents.ask import CountingWarehouse, answered, days, opened, question
from tests.agents.cost.raw import Priced
from tests.agents.cost.test_forecast import account
from tools.ml.anomaly import judge
from tools.period import Period
from tools.sample.stories import Story, clean_days


async def judged(warehouse: CountingWarehouse, now: datetime, period: Period | None = None, **entities: Any) -> Answer:
    asked = question("any cost anomalies?", "cost.anomalies", now, period=period, **entities)
    return await answered(SPECIALIST, asked, warehouse)


async def test_the_spike_and_the_cluster_left_on_are_found_with_their_causes(
    warehouse: CountingWarehouse, told: dict[str, Story], raw: Priced, now: datetime
) -> None:
    answer = await judged(warehouse, now)
    spike, left_on = told["spike"], told["left-on"]
    day = days(spike.start.date().isoformat(), spike.start.date().isoformat())
    assert f"{spike.start:%a %-d %b %Y}" in answer.headline and spike.causes[0]["job"] in answer.headline
    assert money(raw.cost(day)) in answer.headline
    first, second = answer.findings[:2]
    assert first.severity == "high" and spike.owner in first.text and "was expected" in first.text
    assert left_on.causes[0]["cluster"] in second.text and left_on.owner in second.text
    assert any(told["newcomer"].causes[0]["job"] in finding.text for finding in answer.findings)
    assert len(warehouse.rounds) == 2 and len(warehouse.rounds[1]) == 3
    assert "new normal" not in answer.headline and answer.charts[0].highlight


async def test_a_clean_month_is_clean(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    _, last = clean_days(now)
    period = days("2026-09-10", last.isoformat())
    answer = await judged(warehouse, now, period)
    assert answer.headline.startswith(f"Nothing unusual in {period}: {money(raw.cost(period))} over {len(period.days)} days")
    assert answer.findings[0].severity == "good" and not answer.tables


async def test_a_workspace_is_judged_by_itself(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await judged(warehouse, now, workspaces=(told["left-on"].causes[0]["workspace"],))
    assert f"{told['left-on'].start + timedelta(days=1):%a %-d}" in answer.headline
    assert told["left-on"].causes[0]["cluster"] in answer.headline
    assert not any("10 –" in finding.text and "−$" in finding.text for finding in answer.findings)


async def test_a_day_that_is_not_over_is_compared_hour_for_hour(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await judged(warehouse, now, Period(days("2026-11-24", "2026-11-24").start, now))
    assert "(so far) was not unusual" in answer.headline


async def test_an_empty_period_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await judged(warehouse, now, days("2025-03-01", "2025-03-31"))
    assert answer.headline.startswith("There is no usage in") and "The account has usage from" in answer.summary


async def test_a_young_account_says_that_it_cannot_tell(tmp_path: Path, now: datetime) -> None:
    async with opened(account(tmp_path / "young.duckdb", 8), now) as warehouse:
        answer = await judged(warehouse, now)
    assert answer.headline.startswith("Nothing unusual") and any("Only 7 days" in gap for gap in answer.partial)


def test_days_in_a_row_are_one_event_and_an_echo_is_none() -> None:
    first = date(2026, 9, 1)
    usual = [100.0 if (first + timedelta(days=n)).weekday() < 5 else 40.0 for n in range(70)]
    usual[58:62] = [400.0, 400.0, 400.0, 400.0]
    verdicts = {verdict.day: verdict for verdict in judge([(first + timedelta(days=n), value) for n, value in enumerate(usual)])}
    found = find_events(Judged({("account", ""): verdicts}), list(verdicts))
    assert [event.days for event in found] == [tuple(first + timedelta(days=n) for n in range(58, 62))]
