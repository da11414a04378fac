"""Incidents: the planted chain as one, with its tables, runs and cost; recovery times as in the raw runs; grouping rules."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

from agents.counts import span
from agents.reliability import SPECIALIST
from agents.reliability.groups import group
from agents.reliability.streaks import Streak
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.sample.stories import Story

TOPIC = "reliability.incidents"
RUNS = """
SELECT workspace_id, job_id, max(result_state) AS state, max(period_end_time) AS ended, run_id
FROM system_lakeflow.job_run_timeline GROUP BY workspace_id, job_id, run_id
HAVING max(result_state) IN ('SUCCEEDED', 'FAILED', 'ERROR', 'TIMED_OUT') ORDER BY ended, run_id
"""


def recoveries(path: Path, first: datetime, last: datetime) -> list[float]:
    """Minutes from the first failure to the next success of each streak with a failure in the period, as they ended."""
    open_since: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    found = []
    for workspace, job, state, naive, _ in rows(path, RUNS):
        key, ended = (workspace, job), naive.replace(tzinfo=UTC)
        if state == "SUCCEEDED" and key in open_since:
            start, latest = open_since.pop(key)
            if latest >= first and start < last:
                found.append((ended - start).total_seconds() / 60)
        elif state != "SUCCEEDED":
            open_since[key] = (open_since.get(key, (ended, ended))[0], ended)
    return found


async def test_the_open_chain_is_one_incident_with_its_impact(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    feed, waiting, stale = told["failing"], told["blocked"], told["stale"]
    answer = await answered(SPECIALIST, question("Which incidents are still open?", TOPIC, now), warehouse)
    job, place = feed.causes[0]["job"], feed.causes[0]["workspace"]
    assert f"the gravest: {job} in {place} and 1 more job, open" in answer.headline
    first = answer.findings[0]
    assert first.severity == "critical"
    assert f"it spread to {waiting.causes[0]['job']}" in first.text
    grid = answer.tables[0]
    assert (grid.rows[0][1], grid.rows[0][6], grid.rows[0][10]) == (job, 2, feed.owner)
    below = next(table for table in answer.tables if table.title == f"Tables that hang on {job}")
    assert set(stale.facts["unhealthy"]) <= {row[0] for row in below.rows}
    assert grid.rows[0][8] == len(below.rows)
    assert feed.owner in answer.recommendations[0]
    assert len(warehouse.rounds) == 2


async def test_runs_and_dollars_of_the_incident(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    jobs = [told[name].facts for name in ("failing", "blocked")]
    answer = await answered(SPECIALIST, question("open incidents", TOPIC, now), warehouse)
    failed, dollars = 0, 0.0
    for facts in jobs:
        ids = {"place": facts["workspace_id"], "job": facts["job_id"], "since": told["failing"].start}
        failed += rows(
            sample_file,
            "SELECT count(*) FROM system_lakeflow.job_run_timeline WHERE workspace_id = $place AND job_id = $job "
            "AND result_state = 'FAILED' AND period_end_time >= $since",
            ids,
        )[0][0]
        dollars += float(rows(sample_file, COST, ids)[0][0])
    assert answer.tables[0].rows[0][7] == failed
    assert abs(answer.tables[0].rows[0][9] - dollars) < 0.01


COST = """
SELECT sum(CAST(u.usage_quantity AS DOUBLE) * CAST(coalesce(
  a.pricing.default, l.pricing.effective_list.default, l.pricing.default) AS DOUBLE))
FROM system_billing.usage u
JOIN system_billing.list_prices l ON u.sku_name = l.sku_name AND u.cloud = l.cloud AND u.usage_unit = l.usage_unit
  AND u.usage_end_time >= l.price_start_time AND (l.price_end_time IS NULL OR u.usage_end_time < l.price_end_time)
LEFT JOIN system_billing.account_prices a ON a.currency_code = 'USD' AND u.sku_name = a.sku_name
  AND u.cloud = a.cloud AND u.usage_unit = a.usage_unit
  AND u.usage_end_time >= a.price_start_time AND (a.price_end_time IS NULL OR u.usage_end_time < a.price_end_time)
WHERE u.workspace_id = $place AND l.currency_code = 'USD' AND u.usage_metadata.job_id = $job AND u.usage_metadata.job_run_id IN (
  SELECT run_id FROM system_lakeflow.job_run_timeline WHERE workspace_id = $place AND job_id = $job
    AND result_state = 'FAILED' AND period_end_time >= $since)
"""


async def test_the_time_to_recovery_is_that_of_the_raw_runs(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("what is our mttr", TOPIC, now), warehouse)
    start = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=6)
    found = recoveries(sample_file, start, now)
    assert f": {span(mean(found))} (median " in answer.headline
    assert f"over {len(found)} recoveries" in answer.headline


async def test_one_jobs_incident_shows_the_tables_it_reaches(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    job = told["failing"].causes[0]["job"]
    answer = await answered(SPECIALIST, question(f"impact of the {job} failure", TOPIC, now, jobs=(job,)), warehouse)
    shown = [grid for grid in answer.tables if not grid.detail]
    assert any(grid.title == f"Tables that hang on {job}" for grid in shown)


async def test_a_healthy_job_has_no_incident(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    job = told["breaching"].causes[0]["job"]
    answer = await answered(SPECIALIST, question("incidents", TOPIC, now, jobs=(job,)), warehouse)
    assert answer.headline.startswith(f"There was no incident of {job}")
    assert answer.findings[0].severity == "good"


async def test_an_empty_period_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("outage?", TOPIC, now, period=days("2024-05-01", "2024-05-07")), warehouse)
    assert answer.headline.startswith("There are no job runs in ")


async def test_the_gravest_keeps_its_tables_among_many(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    asked = question("incidents", TOPIC, now, period=days("2026-11-01", "2026-11-22"))
    answer = await answered(SPECIALIST, asked, warehouse)
    first = next(row for row in answer.tables[0].rows if row[1] == told["failing"].causes[0]["job"])
    assert first[0] == "critical"
    assert first[8] > len(told["stale"].facts["unhealthy"])
    assert "not recovered by the end of that time" in answer.headline


START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def streak(job: str, minutes: int, lasts: int | None, code: str = "CLOUD_FAILURE", above: str = "") -> Streak:
    first = START + timedelta(minutes=minutes)
    recovered = None if lasts is None else first + timedelta(minutes=lasts)
    return Streak(f"1/{job}", job, "prod", first, recovered, 1, 0.0, code, above, "a.b.c" if above else "")


def test_a_job_fed_by_a_failing_one_belongs_to_its_incident() -> None:
    one, other = group([streak("late", 60, None, above="1/feed"), streak("feed", 0, None), streak("own", 60, 30)])
    assert one.jobs == ("feed", "late")
    assert one.is_open
    assert one.end is None
    assert other.jobs == ("own",)


def test_three_jobs_at_once_are_an_outage_and_two_are_chance() -> None:
    assert len(group([streak("a", 0, 60), streak("b", 5, 60), streak("c", 12, 90)])) == 1
    assert len(group([streak("a", 0, 60), streak("b", 5, 60)])) == 2
    own = "RUN_EXECUTION_ERROR"
    assert len(group([streak("a", 0, 60, own), streak("b", 5, 60, own), streak("c", 12, 90, own)])) == 3


def test_a_job_that_fails_again_soon_has_not_recovered() -> None:
    (one,) = group([streak("a", 0, 60), streak("a", 120, 60)])
    assert one.is_flapping
    assert one.end == START + timedelta(minutes=180)
    assert len(group([streak("a", 0, 60), streak("a", 60 * 24, 60)])) == 2
