"""Failed jobs: counts as in the raw runs, the planted jobs told with what fed them, and no failure claimed of nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from agents.reliability import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.period import Period
from tools.sample.stories import Story

TOPIC = "reliability.failures"
RAW = """
SELECT count(*), count(*) FILTER (state IN ('FAILED', 'ERROR', 'TIMED_OUT')),
  count(DISTINCT (workspace_id, job_id)) FILTER (state IN ('FAILED', 'ERROR', 'TIMED_OUT'))
FROM (
  SELECT workspace_id, job_id, run_id, max(result_state) AS state, max(period_end_time) AS ended
  FROM system_lakeflow.job_run_timeline GROUP BY ALL
) WHERE ended >= $start AND ended < $end AND state IN ('SUCCEEDED', 'FAILED', 'ERROR', 'TIMED_OUT')
"""


def raw(path: Path, start: datetime, end: datetime) -> tuple[int, int, int]:
    judged, failed, jobs = rows(path, RAW, {"start": start, "end": end})[0]
    return judged, failed, jobs


async def test_counts_and_the_failing_job(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("what failed", TOPIC, now), warehouse)
    start = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=6)
    judged, failed, jobs = raw(sample_file, start, now)
    assert answer.headline.startswith(f"{failed:,} of {judged:,} runs failed in ")
    assert f"{jobs} jobs" in answer.headline
    story = told["failing"]
    assert f"first look at {story.causes[0]['job']} in {story.causes[0]['workspace']}" in answer.headline
    first = answer.tables[0].rows[0]
    assert (first[0], first[7], first[9]) == (story.causes[0]["job"], "no", story.owner)
    assert story.owner in answer.recommendations[0]
    assert any(story.facts["job_id"] in link.url for link in answer.links)
    assert len(warehouse.rounds) == 1


async def test_the_day_of_the_spike_names_the_costly_job(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["retries"]
    day = story.facts["day"].isoformat()
    answer = await answered(SPECIALIST, question("which jobs failed", TOPIC, now, period=days(day, day)), warehouse)
    judged, failed, _ = raw(sample_file, story.start, story.end)
    assert answer.headline.startswith(f"{failed} of {judged:,} runs failed on ")
    first = answer.tables[0].rows[0]
    assert first[0] == story.causes[0]["job"]
    assert first[2] == story.facts["failed_runs"]
    assert first[4] == story.facts["termination_code"]
    assert answer.findings[0].severity == "high"
    assert story.facts["task"] in answer.findings[0].text


async def test_a_job_that_waits_for_a_failing_one_is_told_so(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["blocked"]
    job, above = story.causes[0]["job"], story.facts["upstream_job"]
    answer = await answered(SPECIALIST, question(f"why does {job} keep failing", TOPIC, now, jobs=(job,)), warehouse)
    assert answer.headline.startswith(f"{job} in {story.causes[0]['workspace']} failed in ")
    assert answer.headline.endswith(f": {above} failed first.")
    assert story.facts["reads"] in answer.summary
    assert answer.recommendations[0].startswith(f"{job}: mend {above} first")
    assert answer.causes[0].dims == {"reason": f"{above} failed first"}


async def test_causes_of_a_rise_sum_exactly(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    period = days("2026-11-16", "2026-11-22")
    answer = await answered(SPECIALIST, question("why did job failures rise", TOPIC, now, period=period), warehouse)
    _, failed, _ = raw(sample_file, period.start, period.end)
    _, before, _ = raw(sample_file, period.start - timedelta(days=7), period.start)
    assert sum((cause.delta for cause in answer.causes), Decimal(0)) == failed - before
    assert abs(sum(cause.share for cause in answer.causes) - 1) < 1e-9
    assert answer.causes[-1].dims == {}


async def test_causes_are_not_told_where_nobody_asks_why(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("what failed", TOPIC, now), warehouse)
    assert not answer.causes


async def test_a_healthy_job_did_not_fail_and_says_of_how_many(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    job, facts = told["breaching"].causes[0]["job"], told["breaching"].facts
    answer = await answered(SPECIALIST, question(f"did {job} fail", TOPIC, now, jobs=(job,)), warehouse)
    count = rows(
        sample_file,
        "SELECT count(*) FROM system_lakeflow.job_run_timeline WHERE workspace_id = $place AND job_id = $job "
        "AND result_state = 'SUCCEEDED' AND period_end_time >= '2026-11-18'",
        {"place": facts["workspace_id"], "job": facts["job_id"]},
    )[0][0]
    assert answer.headline.startswith(f"{job} in {told['breaching'].causes[0]['workspace']} did not fail in ")
    assert f": {count} of {count} judged runs succeeded" in answer.headline
    assert answer.findings[0].severity == "good"


async def test_an_unknown_job_never_reads_as_healthy(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("did it fail", TOPIC, now, jobs=("no_such_job",)), warehouse)
    assert answer.headline.startswith("There are no job runs of no_such_job in ")
    assert "did not fail" not in answer.headline


async def test_an_empty_period_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("what failed", TOPIC, now, period=days("2024-05-01", "2024-05-07"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("There are no job runs in ")
    assert "from Tue 28 Jul 2026 to Tue 24 Nov 2026" in answer.summary


async def test_hours_are_exact_and_days_are_the_askers(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    hours = Period(now - timedelta(hours=3), now)
    answer = await answered(SPECIALIST, question("what failed", TOPIC, now, period=hours), warehouse)
    judged, failed, _ = raw(sample_file, hours.start, hours.end)
    assert answer.headline.startswith(f"{failed} of {judged} runs failed in the last 3 hours")
    local = days("2026-11-21", "2026-11-21", "America/Los_Angeles")
    asked = question("what failed", TOPIC, now, tz="America/Los_Angeles", period=local)
    answer = await answered(SPECIALIST, asked, warehouse)
    judged, failed, _ = raw(sample_file, local.start, local.end)
    assert answer.headline.startswith(f"{failed} of {judged:,} runs failed on Sat 21 Nov 2026 America/Los_Angeles")


async def test_the_comparison_of_the_question_is_kept(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("failure rate", TOPIC, now, period=days("2026-11-16", "2026-11-22"))
    compare = days("2026-10-05", "2026-10-11")
    answer = await answered(SPECIALIST, replace(asked, compare=compare), warehouse)
    judged, failed, _ = raw(sample_file, compare.start, compare.end)
    assert answer.baseline.startswith(str(compare))
    assert f"{100 * failed / judged:.1f}%" in answer.baseline


async def test_a_class_and_a_workspace_narrow(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(
        SPECIALIST,
        question("timed out jobs", TOPIC, now, period=days("2026-11-01", "2026-11-20"), workspaces=("prod-analytics",)),
        warehouse,
    )
    assert "(timed out)" in answer.headline
    grid = next(grid for grid in answer.tables if grid.title == "Failed jobs")
    assert {row[1] for row in grid.rows} == {"prod-analytics"}
    assert {row[4] for row in grid.rows} == {"TIMED_OUT"}


async def test_cancelled_runs_are_no_failures(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    period = days("2026-11-16", "2026-11-22")
    answer = await answered(SPECIALIST, question("cancelled runs", TOPIC, now, period=period), warehouse)
    count = rows(
        sample_file,
        "SELECT count(*) FROM system_lakeflow.job_run_timeline WHERE result_state = 'CANCELLED' "
        "AND period_end_time >= $start AND period_end_time < $end",
        {"start": period.start, "end": period.end},
    )[0][0]
    assert answer.headline.startswith(f"{count} runs of ")
    assert answer.headline.endswith("that is no failure.")


async def test_groups_and_top_n(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("by team", TOPIC, now, group_by=("team",)), warehouse)
    grid = answer.tables[0]
    assert grid.title == "Failed runs by team"
    assert sum(row[1] for row in grid.rows) == int(answer.headline.split()[0])
    answer = await answered(SPECIALIST, question("top 3", TOPIC, now, top_n=3), warehouse)
    assert len(answer.tables[0].rows) == 3


async def test_the_chart_holds_each_day(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    period = days("2026-11-16", "2026-11-22")
    answer = await answered(SPECIALIST, question("what failed", TOPIC, now, period=period), warehouse)
    chart = answer.charts[0]
    wanted = [raw(sample_file, day, day + timedelta(days=1))[1] for day in (period.start + timedelta(days=n) for n in range(7))]
    assert list(chart.series["failed runs"]) == [float(count) for count in wanted]


async def test_a_named_pipeline_is_answered_by_its_updates(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    period = days("2026-11-01", "2026-11-20")
    asked = question("did it fail", TOPIC, now, period=period, pipelines=("staging_medallion",))
    answer = await answered(SPECIALIST, asked, warehouse)
    failed, updates = rows(
        sample_file,
        "SELECT count(*) FILTER (state = 'FAILED'), count(*) FROM (SELECT u.update_id, max(u.result_state) AS state, "
        "min(u.period_start_time) AS started FROM system_lakeflow.pipeline_update_timeline u "
        "WHERE (workspace_id, pipeline_id) IN ("
        "SELECT (workspace_id, pipeline_id) FROM system_lakeflow.pipelines WHERE name = 'staging_medallion') GROUP BY ALL) "
        "WHERE started >= $start AND started < $end",
        {"start": period.start, "end": period.end},
    )[0]
    assert answer.headline.startswith(f"{failed} updates of {updates} of pipeline staging_medallion failed")
    empty = await answered(SPECIALIST, replace(asked, period=days("2024-05-01", "2024-05-02")), warehouse)
    assert empty.headline.startswith("There are no pipeline updates of staging_medallion")
