"""Slower jobs: the planted one found with its bottleneck; figures as in the raw runs; calm weeks left alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean, median

from agents.performance import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.period import Period
from tools.sample.stories import Story

TOPIC = "performance.jobs"
ASKED = "Why are my ETL jobs running slower than last week?"
RUNS = """
SELECT job_id, minutes, started FROM (
  SELECT job_id, run_id, min(period_start_time) AS started,
    date_sub('second', min(period_start_time), max(period_end_time)) / 60.0 AS minutes, max(result_state) AS state
  FROM system_lakeflow.job_run_timeline WHERE workspace_id = $place GROUP BY job_id, run_id
) WHERE state = 'SUCCEEDED' AND started >= $start AND started < $end AND job_id = $job
"""


def minutes(path: Path, story: Story, start: datetime, end: datetime) -> list[float]:
    ids = {"place": story.facts["workspace_id"], "job": story.facts["job_id"], "start": start, "end": end}
    return [float(row[1]) for row in rows(path, RUNS, ids)]


async def test_the_slower_etl_job_is_named_with_its_bottleneck(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["slower"]
    job = story.causes[0]["job"]
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), warehouse)
    monday = story.start
    slow, usual = minutes(sample_file, story, monday, now), minutes(sample_file, story, monday - timedelta(days=7), monday)
    change = median(slow) / median(usual) - 1
    assert answer.headline.startswith(f"{job} in {story.causes[0]['workspace']} takes {change:.0%} longer than before")
    assert f"{median(slow):.1f} min against {median(usual):.1f} min" in answer.headline
    assert f"the bottleneck is the {story.facts['bottleneck']}" in answer.headline
    assert f"{story.facts['old_node_type']} → {story.facts['new_node_type']}" in answer.summary
    assert abs(1 + change - story.facts["factor"]) < 0.1
    assert any(story.owner in line for line in answer.recommendations)
    assert any(story.facts["job_id"] in link.url for link in answer.links)
    assert any(receipt.tool == "get_job_duration_trends" for receipt in answer.evidence)


async def test_causes_sum_exactly_to_the_minutes_lost(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), warehouse)
    first, rest = answer.causes[0], answer.causes[-1]
    assert first.dims == told["slower"].causes[0]
    assert answer.causes[1].dims == told["breaching"].causes[0]
    assert rest.dims == {}
    story = told["slower"]
    slow = minutes(sample_file, story, story.start, now)
    usual = minutes(sample_file, story, story.start - timedelta(days=7), story.start)
    assert abs(first.delta - Decimal(str(len(slow) * (mean(slow) - mean(usual))))) < Decimal("0.01")
    total = sum((cause.delta for cause in answer.causes), Decimal(0))
    assert total - rest.delta == sum((cause.delta for cause in answer.causes[:-1]), Decimal(0))
    assert abs(sum(cause.share for cause in answer.causes) - 1) < 1e-9


async def test_a_job_without_a_visible_bottleneck_is_told_so(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    job = told["breaching"].causes[0]["job"]
    answer = await answered(SPECIALIST, question(f"why is {job} slow", TOPIC, now, jobs=(job,)), warehouse)
    assert "bottleneck" not in answer.headline
    assert "do not show what holds it up" in answer.summary
    assert any("cluster and runtime are as they were" in finding.text for finding in answer.findings)
    assert all(cause.dims.get("job") == job for cause in answer.causes[:-1])
    assert sum((cause.delta for cause in answer.causes), Decimal(0)) == Decimal(str(round(_mean_change(answer), 2)))


def _mean_change(answer: object) -> float:
    grid = next(grid for grid in answer.tables if grid.title.startswith("Where"))  # type: ignore[attr-defined]
    return float(grid.rows[-1][3])


async def test_the_parts_of_a_run_sum_to_the_run(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), warehouse)
    grid = next(grid for grid in answer.tables if grid.title.startswith("Where"))
    for column in (1, 2):
        assert abs(sum(row[column] or 0 for row in grid.rows[:-1]) - grid.rows[-1][column]) < 0.02


async def test_calm_weeks_have_no_slower_job(warehouse: CountingWarehouse, now: datetime) -> None:
    for first, last in (("2026-10-05", "2026-10-11"), ("2026-10-12", "2026-10-18")):
        answer = await answered(SPECIALIST, question("jobs slower?", TOPIC, now, period=days(first, last)), warehouse)
        assert answer.headline.startswith("No job got slower")
        assert not answer.causes
        assert answer.findings[0].severity == "good"


async def test_the_longest_jobs_are_ranked_when_asked(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("longest running jobs", TOPIC, now, top_n=3), warehouse)
    assert answer.headline.startswith("The longest job is ")
    grid = next(grid for grid in answer.tables if grid.title == "Longest jobs")
    assert len(grid.rows) == 3
    assert [row[3] for row in grid.rows] == sorted((row[3] for row in grid.rows), reverse=True)


async def test_what_runs_now(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("what is running right now", TOPIC, now), warehouse)
    running = rows(
        sample_file,
        "SELECT count(DISTINCT (workspace_id, job_id)) FROM (SELECT workspace_id, job_id, run_id "
        "FROM system_lakeflow.job_run_timeline WHERE period_start_time >= $since "
        "GROUP BY ALL HAVING max(result_state) IS NULL)",
        {"since": now - timedelta(days=2)},
    )[0][0]
    assert answer.headline.startswith(f"{running} jobs running now")


async def test_the_comparison_of_the_question_is_kept(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    monday = told["slower"].start
    compare = Period(monday - timedelta(days=14), monday - timedelta(days=7))
    asked = question(ASKED, TOPIC, now, period=Period(monday, now))

    answer = await answered(SPECIALIST, replace(asked, compare=compare), warehouse)
    assert str(compare) in answer.baseline


async def test_charts_show_the_days(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), warehouse)
    chart = answer.charts[0]
    values = next(iter(chart.series.values()))
    assert len(chart.x) == len(values)
    assert min(values[-2:]) > 1.5 * max(values[:-2])


async def test_every_topic_takes_two_rounds_at_most(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    job = told["slower"].causes[0]["job"]
    for topic in SPECIALIST.investigations:
        for jobs in ((), (job,)):
            warehouse.rounds.clear()
            await answered(SPECIALIST, question("why so slow", f"performance.{topic}", now, jobs=jobs), warehouse)
            assert len(warehouse.rounds) <= 2, (topic, warehouse.rounds)


async def test_an_empty_period_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    period = days("2024-05-01", "2024-05-07")
    for topic in ("jobs", "queries", "warehouses", "clusters"):
        answer = await answered(SPECIALIST, question("slow?", f"performance.{topic}", now, period=period), warehouse)
        assert answer.headline.startswith("There are no"), topic
        assert "to Tue 24 Nov 2026" in answer.summary


async def test_findings_cite_receipts_of_the_answer(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in SPECIALIST.investigations:
        answer = await answered(SPECIALIST, question("why slow", f"performance.{topic}", now), warehouse)
        known = {receipt.id for receipt in answer.evidence}
        cited = [finding.evidence for finding in answer.findings] + [grid.evidence for grid in answer.tables]
        assert all(ids and set(ids) <= known for ids in cited), topic
