"""The predictor's weights beat the plain guesses on the sample, and the planted jobs are named with what to do."""

from datetime import datetime, timedelta
from pathlib import Path

from agents.reliability import SPECIALIST
from agents.reliability.predictor import read_outlooks
from tests.agents.ask import CountingWarehouse, answered, opened, question
from tools.period import Period
from tools.recent import recent_runs
from tools.sample.stories import Story

TOPIC = "reliability.risk"


async def test_the_failing_and_the_late_jobs_are_at_risk(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, question("which jobs are at risk", TOPIC, now), warehouse)
    shown = {row[0]: row for row in answer.tables[0].rows}
    for key in ("failing", "blocked"):
        assert shown[told[key].causes[0]["job"]][3] > 0.9
    late = shown[told["breaching"].causes[0]["job"]]
    assert late[3] < 0.1 < 0.5 < late[4]
    assert any(told["failing"].owner in line for line in answer.recommendations)
    assert len(warehouse.rounds) == 1


async def test_one_job_has_its_probability_and_its_next_run(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    job = told["breaching"].causes[0]["job"]
    answer = await answered(SPECIALIST, question(f"will {job} make its sla", TOPIC, now, jobs=(job,)), warehouse)
    assert answer.headline.startswith(
        f"The next run of {job} in {told['breaching'].causes[0]['workspace']}, due about Tue 24 Nov"
    )
    assert "12:35 UTC" in answer.headline  # every four hours from 00:35


async def test_time_ahead_narrows_to_what_is_due(warehouse: CountingWarehouse, now: datetime) -> None:
    period = Period(now, now + timedelta(hours=2))
    answer = await answered(SPECIALIST, question("at risk", TOPIC, now, period=period), warehouse)
    assert all(period.start <= row[2] < period.end for grid in answer.tables for row in grid.rows)
    assert "due in" in answer.headline


async def test_an_unknown_job_is_not_predicted(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("risk", TOPIC, now, jobs=("no_such_job",)), warehouse)
    assert answer.headline.startswith("There are no job runs of no_such_job")


async def test_the_weights_beat_the_last_rate_on_days_gone_by(sample_file: Path, now: datetime) -> None:
    """Brier scores of each job's next run after ten moments: what was known then, against what came."""
    errors, naive, count = 0.0, 0.0, 0
    async with opened(sample_file, now) as warehouse:
        after = [
            (row["workspace_id"], row["job_id"], row["start_time"], row["result_state"])
            for row in await recent_runs(warehouse, now)
        ]
        for back in range(2, 12):
            at = now - timedelta(hours=9 * back)
            known = list(await recent_runs(warehouse, at))
            rates: dict[str, list[bool]] = {}
            for row in known:
                if row["result_state"] in ("SUCCEEDED", "FAILED", "ERROR", "TIMED_OUT"):
                    rates.setdefault(f"{row['workspace_id']}/{row['job_id']}", []).append(row["result_state"] != "SUCCEEDED")
            told = {one.key: one.failure for one in read_outlooks(known, (), at, {})}
            next_runs: dict[str, tuple[datetime, str]] = {}
            for workspace, job, start, state in sorted(after, key=lambda run: run[2]):
                if start >= at and state in ("SUCCEEDED", "FAILED", "ERROR", "TIMED_OUT"):
                    next_runs.setdefault(f"{workspace}/{job}", (start, state))
            for key, (_, state) in next_runs.items():
                if key in told:
                    became, recent = float(state != "SUCCEEDED"), rates[key][-5:]
                    errors += (told[key] - became) ** 2
                    naive += (sum(recent) / len(recent) - became) ** 2
                    count += 1
    assert count > 800
    assert errors < naive
