"""Without a table the answer says which and why; an account without anything says so; what all topics hold to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.reliability import SPECIALIST
from agents.understand import Understanding
from tests.account import Rows, write_account
from tests.agents.ask import CountingWarehouse, answered, days, opened, question
from tools.errors import MissingTableError
from tools.names import read_names
from tools.sample.stories import Story

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
GONE = ("system.billing.usage", "system.access.table_lineage", "system.lakeflow.pipeline_update_timeline")


def account() -> Rows:
    start = datetime(2026, 3, 11) - timedelta(days=10)
    runs = [
        {
            "workspace_id": "1",
            "job_id": "7",
            "run_id": str(number),
            "run_name": "nightly",
            "period_start_time": start + timedelta(hours=6 * number),
            "period_end_time": start + timedelta(hours=6 * number, minutes=30),
            "result_state": "FAILED" if number > 37 else "SUCCEEDED",
            "termination_code": "DRIVER_ERROR" if number > 37 else "SUCCESS",
        }
        for number in range(42)
    ]
    return {"system.lakeflow.job_run_timeline": runs}


async def test_what_is_missing_is_said_and_the_rest_stands(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=GONE)
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("what failed", "reliability.failures", NOW), warehouse)
        incidents = await answered(SPECIALIST, question("open incidents", "reliability.incidents", NOW), warehouse)
    assert answer.headline.startswith("4 of 26 runs failed in ")
    for table in GONE:
        assert any(f"{table} is not available" in gap for gap in answer.partial), table
    assert "nightly in 1, open, since Tue 10 Mar 2026 12:30 UTC, 4 failed runs" in incidents.headline


async def test_without_runs_the_table_and_the_grant_are_named(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {}, leave_out=("system.lakeflow.job_run_timeline",))
    async with opened(path, NOW) as warehouse:
        for topic in SPECIALIST.investigations:
            with pytest.raises(MissingTableError) as caught:
                await answered(SPECIALIST, question("failed?", f"reliability.{topic}", NOW), warehouse)
            assert "system.lakeflow.job_run_timeline" in caught.value.what, topic


async def test_an_account_without_anything_says_so(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {})
    async with opened(path, NOW) as warehouse:
        for topic in SPECIALIST.investigations:
            answer = await answered(SPECIALIST, question("failed?", f"reliability.{topic}", NOW), warehouse)
            assert "so nothing can be said" in answer.headline, topic
            assert "holds nothing at all" in answer.summary, topic


async def test_every_topic_takes_two_rounds_at_most(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    job = told["failing"].causes[0]["job"]
    for topic in SPECIALIST.investigations:
        for jobs in ((), (job,)):
            warehouse.rounds.clear()
            await answered(SPECIALIST, question("what about it", f"reliability.{topic}", now, jobs=jobs), warehouse)
            assert len(warehouse.rounds) <= 2, (topic, warehouse.rounds)


async def test_empty_periods_hold_no_verdict(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in set(SPECIALIST.investigations) - {"risk"}:
        asked = question("what about it", f"reliability.{topic}", now, period=days("2024-05-01", "2024-05-07"))
        answer = await answered(SPECIALIST, asked, warehouse)
        assert "so nothing can be said" in answer.headline, topic
        assert "to Tue 24 Nov 2026" in answer.summary, topic


async def test_findings_cite_receipts_and_the_answer_knows_its_age(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in SPECIALIST.investigations:
        answer = await answered(SPECIALIST, question("what about it", f"reliability.{topic}", now), warehouse)
        known = {receipt.id for receipt in answer.evidence}
        cited = [finding.evidence for finding in answer.findings] + [grid.evidence for grid in answer.tables]
        assert all(ids and set(ids) <= known for ids in cited), topic
        assert answer.as_of == now, topic
        assert answer.question.period is not None, topic
        assert 3 <= len(answer.followups) <= 4, topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Are we meeting our job SLAs this week?", "sla"),
        ("sla of 60 minutes compliance last week", "sla"),
        ("which jobs failed yesterday", "failures"),
        ("why does returns_enrichment keep failing", "failures"),
        ("any failed pipelines last week", "failures"),
        ("are there patterns in the failures", "patterns"),
        ("top 5 flaky jobs", "patterns"),
        ("Which incidents are still open?", "incidents"),
        ("what is our mean time to recovery", "incidents"),
        ("how many retries last week", "retries"),
        ("job run drift metrics", "drift"),
        ("fewer runs than usual", "drift"),
        ("which jobs are at risk", "risk"),
        ("jobs likely to miss sla", "risk"),
        ("what is the runbook for returns_ingest", "runbook"),
        ("playbook for cluster launch failures", "runbook"),
    ],
)
async def test_a_plain_question_reaches_its_investigation(
    understood: Understanding, now: datetime, text: str, topic: str
) -> None:
    asked = understood.understand(text, now=now)
    assert f"reliability.{topic}" in asked.topics
    assert SPECIALIST.investigations_for(asked)[0] is SPECIALIST.investigations[topic]


async def test_every_followup_is_a_question_that_is_answered(
    warehouse: CountingWarehouse, understood: Understanding, now: datetime
) -> None:
    for topic in SPECIALIST.investigations:
        answer = await answered(SPECIALIST, question("what about it", f"reliability.{topic}", now), warehouse)
        for text in answer.followups:
            asked = understood.understand(text, now=now)
            assert asked.action == "answer", (topic, text)
        agents = [understood.understand(text, now=now).agents for text in answer.followups]
        assert any("reliability" not in found for found in agents), topic


@pytest.fixture
async def understood(warehouse: CountingWarehouse, now: datetime) -> Understanding:
    return Understanding(await read_names(warehouse, now.date()))
