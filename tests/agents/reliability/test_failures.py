"""Failed jobs: counts as in the raw runs, the planted job told as still failing."""

from datetime import datetime
from pathlib import Path

from agents.reliability import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.sample.stories import Story

RAW = """
SELECT count(*), count(DISTINCT (workspace_id, job_id)) FROM (
  SELECT workspace_id, job_id, run_id, max(result_state) AS state, max(period_end_time) AS ended
  FROM system_lakeflow.job_run_timeline GROUP BY ALL
) WHERE state IN ('FAILED', 'ERROR', 'TIMED_OUT', 'TIMEDOUT') AND ended >= '2026-11-18'
"""


async def test_counts_and_the_failing_job(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("what failed", "reliability.failures", now), warehouse)
    runs, jobs = rows(sample_file, RAW, {})[0]
    assert answer.headline.startswith(f"{runs} runs of {jobs} jobs failed")
    job = told["failing"].causes[0]["job"]
    assert any(row[0] == job and row[6] == "no" for row in answer.tables[0].rows)
    assert len(warehouse.rounds) == 1


async def test_an_empty_period_has_no_failures(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("what failed", "reliability.failures", now, period=days("2024-05-01", "2024-05-07"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No job run failed")
