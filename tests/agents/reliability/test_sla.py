"""SLA compliance: rates as in the raw runs, the planted breach, its hours, a question's own minutes, no target at all."""

from datetime import datetime, timedelta
from pathlib import Path

from agents.reliability import SPECIALIST
from tests.account import write_account
from tests.agents.ask import CountingWarehouse, answered, days, opened, question, rows
from tools.sample.stories import Story

TOPIC = "reliability.sla"
ASKED = "Are we meeting our job SLAs this week?"
RAW = """
WITH runs AS (
  SELECT workspace_id, job_id, run_id, max(result_state) AS state, min(period_start_time) AS started,
    max(period_end_time) AS ended
  FROM system_lakeflow.job_run_timeline GROUP BY ALL
), targets AS (
  SELECT workspace_id, job_id, max(tags['sla_minutes']) AS target FROM system_lakeflow.jobs GROUP BY ALL
)
SELECT count(*), count(*) FILTER (state = 'SUCCEEDED' AND ended - started <= to_seconds(60 * target)),
  count(*) FILTER (state = 'SUCCEEDED' AND ended - started > to_seconds(60 * target)),
  count(*) FILTER (state <> 'SUCCEEDED'), count(DISTINCT (workspace_id, job_id))
FROM (SELECT r.*, CAST({target} AS DOUBLE) AS target FROM runs r LEFT JOIN targets t USING (workspace_id, job_id))
WHERE ended >= $start AND ended < $end AND target IS NOT NULL AND state IN ('SUCCEEDED', 'FAILED', 'ERROR', 'TIMED_OUT')
"""


def raw(path: Path, start: datetime, end: datetime, target: str = "target") -> tuple[int, ...]:
    """Judged, on time, late, failed runs, and jobs."""
    return rows(path, RAW.replace("{target}", target), {"start": start, "end": end})[0]


async def test_the_breaching_job_is_named_with_its_rate(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["breaching"]
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), warehouse)
    judged, on_time, late, failed, jobs = raw(sample_file, story.start, now)
    place = f"{story.causes[0]['job']} in {story.causes[0]['workspace']}"
    assert answer.headline.startswith(f"No, 1 of {jobs} jobs with a target missed it")
    assert f"{on_time} of {judged} runs ended well and on time" in answer.headline
    assert f"{place} missed its SLA of {story.facts['sla_minutes']} min {late + failed} times" in answer.headline
    assert answer.findings[0].severity == "high"
    assert story.owner in answer.recommendations[0]
    assert answer.baseline.startswith("Mon 16 Nov 2026")
    assert any("At risk: the next run of" in finding.text and place in finding.text for finding in answer.findings)
    assert len(warehouse.rounds) == 1


async def test_a_calm_week_says_yes(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    period = days("2026-10-05", "2026-10-11")
    answer = await answered(SPECIALIST, question(ASKED, TOPIC, now, period=period), warehouse)
    judged, on_time, *_ = raw(sample_file, period.start, period.end)
    assert judged == on_time
    assert answer.headline.startswith("Yes, each of 3 jobs with a target kept its SLA")
    assert f"{on_time} of {judged} runs" in answer.headline
    assert not answer.recommendations


async def test_the_minutes_of_the_question_are_for_all_jobs(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    period = days("2026-11-16", "2026-11-22")
    asked = question("sla of 60 minutes", TOPIC, now, period=period, sla_minutes=60)
    answer = await answered(SPECIALIST, asked, warehouse)
    judged, on_time, late, failed, _ = raw(sample_file, period.start, period.end, "60")
    assert f"{on_time:,} of {judged:,} runs ended well and on time" in answer.headline
    assert f"{late} were late and {failed} failed" in answer.summary


async def test_the_hours_of_breaches_are_the_askers(warehouse: CountingWarehouse, now: datetime) -> None:
    for tz in ("UTC", "Asia/Tokyo"):
        answer = await answered(SPECIALIST, question(ASKED, TOPIC, now, tz=tz), warehouse)
        grid = next(grid for grid in answer.tables if grid.title.startswith("When SLAs are missed"))
        hours = {int(row[1][:2]) for row in grid.rows}
        first = 0 if tz == "UTC" else 9  # the job starts at 00:35 UTC and every four hours after
        assert hours, tz
        assert hours <= {(first + 4 * n) % 24 for n in range(6)}, tz


async def test_a_job_without_a_target_cannot_be_judged(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("did nightly_etl meet its sla", TOPIC, now, jobs=("nightly_etl",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("nightly_etl in prod-analytics has no target (tag sla_minutes)")
    assert len(warehouse.rounds) == 2


async def test_a_job_that_is_not_there_keeps_no_sla(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("sla?", TOPIC, now, jobs=("no_such_job",)), warehouse)
    assert answer.headline.startswith("There are no job runs of no_such_job")


async def test_failed_and_late_runs_are_breaches_and_cancelled_ones_are_not(tmp_path: Path) -> None:
    now = datetime.fromisoformat("2026-03-11T12:00:00+00:00")
    states = [("SUCCEEDED", 20), ("SUCCEEDED", 40), ("FAILED", 5), ("CANCELLED", 5), ("TIMED_OUT", 90)]
    start = datetime(2026, 3, 10)
    runs = [
        {
            "workspace_id": "1",
            "job_id": "7",
            "run_id": str(number),
            "period_start_time": start + timedelta(hours=number),
            "period_end_time": start + timedelta(hours=number, minutes=minutes),
            "result_state": state,
        }
        for number, (state, minutes) in enumerate(states)
    ]
    job = {"workspace_id": "1", "job_id": "7", "name": "load", "change_time": datetime(2025, 1, 1), "tags": {"sla_minutes": "30"}}
    path = write_account(tmp_path / "account.duckdb", {"system.lakeflow.job_run_timeline": runs, "system.lakeflow.jobs": [job]})
    async with opened(path, now) as one:
        answer = await answered(SPECIALIST, question(ASKED, TOPIC, now), one)
    assert "load in 1 missed its SLA of 30 min 3 times of 4" in answer.headline
    assert "1 of 4 runs ended well and on time (25%" in answer.headline
    assert "1 late and 2 failed of 4 runs" in answer.findings[0].text
