"""Patterns, retries and drift: the planted jobs found, figures as in the raw runs, calm weeks left alone; the rules alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agents.reliability import SPECIALIST
from agents.reliability.habits import pairs, peaks
from tests.account import write_account
from tests.agents.ask import CountingWarehouse, answered, days, opened, question, rows
from tools.sample.stories import Story


async def test_the_job_with_most_failures_leads(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("which jobs fail the most", "reliability.patterns", now), warehouse)
    start = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=27)
    name, failed, judged = rows(
        sample_file,
        "SELECT any_value(name), count(*) FILTER (state <> 'SUCCEEDED') AS failed, count(*) FROM ("
        "SELECT workspace_id, job_id, run_id, max(result_state) AS state, max(period_end_time) AS ended "
        "FROM system_lakeflow.job_run_timeline GROUP BY ALL) r JOIN "
        "(SELECT workspace_id, job_id, max(name) AS name FROM system_lakeflow.jobs GROUP BY ALL) j USING (workspace_id, job_id) "
        "WHERE ended >= $start AND ended < $now AND state IN ('SUCCEEDED', 'FAILED', 'ERROR', 'TIMED_OUT') "
        "GROUP BY workspace_id, job_id ORDER BY failed DESC LIMIT 1",
        {"start": start, "now": now},
    )[0]
    assert answer.headline.startswith(f"{name} in ")
    assert f"{failed} of {judged} runs failed" in answer.headline
    assert (answer.tables[0].rows[0][0], answer.tables[0].rows[0][3]) == (name, failed)
    assert len(warehouse.rounds) == 1


async def test_flaky_jobs_are_those_with_short_streaks(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("top 5 flaky jobs", "reliability.patterns", now, top_n=5), warehouse)
    grid = answer.tables[0]
    assert len(grid.rows) == 5
    assert {row[8] for row in grid.rows} == {"flaky"}
    assert all(row[3] <= 1.5 * row[6] for row in grid.rows)


async def test_the_trend_is_told_with_both_rates(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("is reliability getting worse", "reliability.patterns", now, period=days("2026-11-18", "2026-11-24"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("Reliability is getting worse: ")


def cell(weekday: int, hour: int, ok: int, failed: int) -> dict[str, int]:
    return {"weekday": weekday, "hour": hour, "ok": ok, "failed": failed}


def test_an_hour_is_a_peak_only_beyond_chance() -> None:
    quiet = [cell(day, hour, 99, 1) for day in range(7) for hour in range(24)]
    assert peaks(quiet) == ()
    loud = [cell(day, hour, 60, 40) if hour == 3 else cell(day, hour, 99, 1) for day in range(7) for hour in range(24)]
    assert [peak.name for peak in peaks(loud)] == ["03:00–04:00"]


def began(job: str, hours: int) -> dict[str, Any]:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours, minutes=5)
    return {"workspace_id": "1", "job_id": job, "first_failure_time": at}


def test_jobs_that_begin_to_fail_together_are_a_pair() -> None:
    names = {"1/a": "a", "1/b": "b", "1/c": "c"}
    found = pairs([began(job, hours) for job in ("a", "b") for hours in (0, 30, 60)] + [began("c", 90)], names)
    assert [(one.first, one.second, one.times, one.of) for one in found] == [("a", "b", 3, 3)]


async def test_the_retries_of_the_spike_did_not_help(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    story = told["retries"]
    day = story.facts["day"].isoformat()
    answer = await answered(SPECIALIST, question("retries", "reliability.retries", now, period=days(day, day)), warehouse)
    first = answer.tables[0].rows[0]
    assert first[0] == story.causes[0]["job"]
    assert (first[4], first[5], first[7]) == (story.facts["retries"] - story.facts["reruns"], 0, story.facts["task"])
    assert answer.findings[0].severity == "high"
    assert "retries rarely help" in answer.recommendations[0]
    assert story.owner in answer.recommendations[0]


async def test_a_job_without_retries_needs_none(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("retries", "reliability.retries", now, jobs=("fx_rates_ingest",), period=days("2026-11-20", "2026-11-22"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No task was tried again in ")


async def test_drift_finds_the_slower_jobs(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("drift of runs", "reliability.drift", now), warehouse)
    found = {row[0]: row[2] for row in answer.tables[0].rows}
    assert found == {told[key].causes[0]["job"]: "slower" for key in ("slower", "breaching")}
    assert len(warehouse.rounds) == 1


async def test_calm_weeks_do_not_drift(warehouse: CountingWarehouse, now: datetime) -> None:
    for first, last in (("2026-10-05", "2026-10-11"), ("2026-10-19", "2026-10-25")):
        asked = question("drift", "reliability.drift", now, period=days(first, last))
        answer = await answered(SPECIALIST, asked, warehouse)
        assert "run as usual" in answer.headline
        assert answer.findings[0].severity == "good"


def every(job: str, first: datetime, last: datetime, hours: int, minutes: int) -> list[dict[str, Any]]:
    found, start = [], first
    while start < last:
        found.append(
            {
                "workspace_id": "1",
                "job_id": job,
                "run_id": f"{job}-{start:%m%d%H}",
                "run_name": job,
                "period_start_time": start,
                "period_end_time": start + timedelta(minutes=minutes),
                "result_state": "SUCCEEDED",
            }
        )
        start += timedelta(hours=hours)
    return found


async def test_silent_fewer_more_and_hasty_jobs_are_found_and_deleted_ones_left_out(tmp_path: Path) -> None:
    begin, turn, end = datetime(2026, 2, 9), datetime(2026, 3, 9), datetime(2026, 3, 11, 12)
    runs = [
        *every("silent", begin, turn, 6, 20),
        *every("deleted", begin, turn, 12, 20),
        *every("fewer", begin, turn, 3, 20),
        *every("fewer", turn, end, 12, 20),
        *every("more", begin, turn, 12, 20),
        *every("more", turn, end, 3, 20),
        *every("hasty", begin, turn, 6, 20),
        *every("hasty", turn, end, 6, 2),
        *every("steady", begin, end, 6, 20),
    ]
    jobs = [
        {"workspace_id": "1", "job_id": job, "name": job, "change_time": begin, "delete_time": turn if job == "deleted" else None}
        for job in ("silent", "deleted", "fewer", "more", "hasty", "steady")
    ]
    path = write_account(tmp_path / "account.duckdb", {"system.lakeflow.job_run_timeline": runs, "system.lakeflow.jobs": jobs})
    async with opened(path, end.replace(tzinfo=UTC)) as one:
        asked = question("drift", "reliability.drift", end.replace(tzinfo=UTC))
        answer = await answered(SPECIALIST, asked, one)
        silent = question("jobs that stopped running", "reliability.failures", end.replace(tzinfo=UTC))
        stopped = await answered(SPECIALIST, silent, one)
    found = {row[0]: row[2] for row in answer.tables[0].rows}
    assert found == {"silent": "stopped running", "fewer": "fewer runs", "more": "more runs", "hasty": "much faster"}
    assert {row[0] for row in stopped.tables[0].rows} == {"silent", "fewer"}
    assert answer.findings[0].severity == "high"
