"""What the cost specialist answers about the sample account, against the raw rows and the planted incidents."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import Settings
from tests.conftest import NOW
from tests.walk.raw import RawCosts, total
from tools.sample.cache import moment_of
from tools.sample.stories import stories


@pytest.fixture
async def asked(sample_file: Path) -> AsyncIterator[Service]:
    async with service(Settings(warehouse=f"duckdb:///{sample_file}"), now=NOW) as bot:
        yield bot


async def ask(bot: Service, text: str, tz: str = "UTC") -> Answer:
    answer = await bot.answer(Message("shell", "", text, tz=tz))
    assert not answer.error_id, answer.headline
    return answer


async def test_a_cluster_left_on_is_named_with_its_owner(asked: Service, sample_file: Path) -> None:
    story = next(s for s in stories(moment_of(sample_file)) if s.key == "left-on")
    saturday = story.start.date() + timedelta(days=(5 - story.start.weekday()) % 7)
    answer = await ask(asked, f"why did costs spike on {saturday:%-d %B %Y} in workspace {story.causes[0]['workspace']}?")
    assert answer.causes[0].dims == story.causes[0]
    assert story.owner in answer.summary
    assert any("auto-termination" in line for line in answer.recommendations)


async def test_a_new_job_inside_a_usual_day_is_told_and_not_blamed(asked: Service, sample_file: Path) -> None:
    story = next(s for s in stories(moment_of(sample_file)) if s.key == "newcomer")
    answer = await ask(asked, f"why did costs spike on {story.start:%-d %B %Y}?")
    assert "was not unusual" in answer.headline and not answer.causes
    assert story.causes[0]["job"] in answer.summary and "did not exist in the baseline" in answer.summary


async def test_the_wrong_day_is_put_right(asked: Service) -> None:
    answer = await ask(asked, "why did costs spike on 18 November 2026?")
    assert "Wed 18 Nov 2026 was not unusual" in answer.headline
    assert "Tuesday 17 Nov was: " in answer.summary
    assert "Why did costs change on 17 November 2026?" in answer.followups


async def test_without_a_day_the_most_unusual_one_is_found(asked: Service) -> None:
    answer = await ask(asked, "why did our costs spike?")
    assert "Tue 17 Nov 2026" in answer.headline and answer.causes


async def test_today_is_compared_with_as_much_of_a_day(asked: Service) -> None:
    answer = await ask(asked, "what did we spend today so far?")
    assert answer.as_of and answer.question.period and answer.question.period.end == answer.as_of
    assert answer.baseline == f"Tue 17 Nov 2026 00:00 – {answer.as_of:%H:%M} UTC"
    before = Decimal(answer.headline.rpartition("($")[2].rstrip(").").replace(",", ""))
    now = Decimal(answer.headline.partition("cost $")[2].partition(",  ")[0].partition(", ")[0].replace(",", ""))
    assert Decimal("0.5") < now / before < Decimal("3")


async def test_a_months_cost_is_that_of_the_raw_rows(asked: Service, sample_file: Path) -> None:
    answer = await ask(asked, "what did we spend from 1 to 7 November 2026?")
    raw = RawCosts(sample_file)
    spent = sum((sum(raw.of_day(date(2026, 11, day)).values(), Decimal(0)) for day in range(1, 8)), Decimal(0))
    assert f"cost ${spent.quantize(Decimal('0.01')):,.2f}" in answer.headline


async def test_a_ranking_of_jobs_holds_jobs_only(asked: Service, sample_file: Path) -> None:
    answer = await ask(asked, "top 5 jobs by cost on 17 November 2026")
    raw = RawCosts(sample_file)
    first = answer.tables[0].rows[0]
    name, workspace = str(first[0]).rstrip(")").split(" (")
    assert len(answer.tables[0].rows) == 5 and name == "ledger_matching"
    assert first[1] == total(raw.of_day(date(2026, 11, 17)), workspace, raw.jobs_named(name))


async def test_a_budget_is_told_by_the_days_it_covers(asked: Service) -> None:
    answer = await ask(asked, "are we within a budget of $300,000 this month?")
    assert "1 Nov – 23 Nov 2026" in answer.headline and "$230,000.00" in answer.headline


async def test_the_askers_day_is_not_utcs(asked: Service, sample_file: Path) -> None:
    answer = await ask(asked, "why did our costs spike last Tuesday?", tz="America/New_York")
    with duckdb.connect(str(sample_file), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM system_billing.usage WHERE usage_start_time >= ? AND usage_start_time < ?",
            [datetime(2026, 11, 17, 5), datetime(2026, 11, 18, 5)],
        ).fetchone()
    assert found and found[0] > 1000
    assert answer.question.period and answer.question.period.start == datetime(2026, 11, 17, 5, tzinfo=UTC)
    assert "America/New_York" in str(answer.question.period)


async def test_a_change_is_split_and_covered_to_the_cent(asked: Service) -> None:
    answer = await ask(asked, "why did our costs spike last Tuesday?")
    change = sum((cause.delta for cause in answer.causes), Decimal(0))
    (split,) = [grid for grid in answer.tables if grid.title == "Volume, price, new and gone"]
    *parts, last = split.rows
    assert sum(row[1] for row in parts) == last[1] == change
    for grid in answer.tables:
        if grid.title.startswith("By "):
            assert abs(sum(row[-1] for row in grid.rows) - change) <= Decimal("0.05")


async def test_with_billing_alone_the_answer_stands_and_says_what_is_missing(tmp_path: Path, sample_file: Path) -> None:
    path = tmp_path / "billing.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"ATTACH '{sample_file}' AS sample (READ_ONLY); CREATE SCHEMA system_billing")
        for table in ("usage", "list_prices"):
            connection.execute(f"CREATE TABLE system_billing.{table} AS SELECT * FROM sample.system_billing.{table}")
    async with service(Settings(warehouse=f"duckdb:///{path}"), now=NOW) as bot:
        answer = await ask(bot, "why did our costs spike last Tuesday?")
    assert answer.causes[0].share > 0.9 and "job" in answer.causes[0].dims
    assert any("system.lakeflow.job_task_run_timeline" in gap and "GRANT" in gap for gap in answer.partial)
    assert any("system.billing.account_prices" in gap for gap in answer.partial)
