"""Without a table the answer says which and why; figures of a small account by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.performance import SPECIALIST
from tests.account import Rows, write_account
from tests.agents.ask import answered, opened, question
from tools.errors import MissingTableError

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday
SLOW_SINCE = datetime(2026, 3, 9)


def run(day: datetime, minutes: int) -> list[dict[str, Any]]:
    """One run with one task, started two minutes late."""
    start, end = day + timedelta(hours=3), day + timedelta(hours=3, minutes=minutes)
    key = f"{day:%Y%m%d}"
    own = {"workspace_id": "1", "job_id": "7", "period_end_time": end, "result_state": "SUCCEEDED"}
    return [
        {**own, "run_id": key, "period_start_time": start, "run_name": "nightly"},
        {
            **own,
            "run_id": f"{key}1",
            "job_run_id": key,
            "period_start_time": start + timedelta(minutes=2),
            "task_key": "load",
            "compute_ids": ["c"],
        },
    ]


def account() -> Rows:
    days = [datetime(2026, 3, 11) - timedelta(days=back) for back in range(40)]
    runs = [run(day, 50 if day >= SLOW_SINCE else 30) for day in days]
    return {
        "system.lakeflow.job_run_timeline": [one for one, _ in runs],
        "system.lakeflow.job_task_run_timeline": [task for _, task in runs],
        "system.lakeflow.jobs": [{"workspace_id": "1", "job_id": "7", "name": "nightly", "change_time": datetime(2025, 1, 1)}],
    }


async def test_what_is_missing_is_said_and_the_rest_stands(tmp_path: Path) -> None:
    gone = ("system.compute.node_timeline", "system.query.history", "system.billing.usage")
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=gone)
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("why slower", "performance.jobs", NOW), warehouse)
    assert answer.headline.startswith("nightly in 1 takes 67% longer than before: 50.0 min against 30.0 min")
    for table in gone:
        assert any(f"{table} is not available" in gap for gap in answer.partial), table


async def test_without_runs_the_table_and_the_grant_are_named(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {}, leave_out=("system.lakeflow.job_run_timeline",))
    async with opened(path, NOW) as warehouse:
        with pytest.raises(MissingTableError) as caught:
            await answered(SPECIALIST, question("why slower", "performance.jobs", NOW), warehouse)
    assert "system.lakeflow.job_run_timeline" in caught.value.what


async def test_the_tasks_of_a_run_add_up(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        asked = question("why is nightly slow", "performance.jobs", NOW, jobs=("nightly",))
        answer = await answered(SPECIALIST, asked, warehouse)
    parts = {cause.dims.get("task", ""): cause.delta for cause in answer.causes}
    assert parts["load"] == 20
    assert sum(parts.values()) == 20


async def test_an_account_without_anything_says_so(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {})
    async with opened(path, NOW) as warehouse:
        for topic in SPECIALIST.investigations:
            answer = await answered(SPECIALIST, question("slow?", f"performance.{topic}", NOW), warehouse)
            assert "holds nothing at all" in answer.summary, topic
