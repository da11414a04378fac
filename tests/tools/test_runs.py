"""Runs at exact instants: hourly slices, runs that go on, shared ids, targets, lineage; rows that would show each mistake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.account import Rows, write_account
from tools.blast import job_feeds, job_owners, tables_below
from tools.errors import BadRequestError
from tools.period import Period
from tools.promises import kept_by_hour, kept_by_job
from tools.recent import LAST, recent_runs
from tools.runs import job_outcomes, outcomes_by_day, outcomes_by_hour
from tools.warehouse.embedded import EmbeddedWarehouse

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday
TODAY = Period.of_days(date(2026, 3, 11), date(2026, 3, 11), "UTC").clipped(NOW)
BEFORE = Period.of_days(date(2026, 3, 10), date(2026, 3, 10), "UTC")
RUNS, LINEAGE = "system.lakeflow.job_run_timeline", "system.access.table_lineage"


def part(job: str, run: str, start: str, end: str, state: str | None, workspace: str = "1") -> dict[str, Any]:
    """One slice of a run, on 10 or 11 March."""
    return {
        "workspace_id": workspace,
        "job_id": job,
        "run_id": run,
        "run_name": f"job {job}",
        "period_start_time": datetime.fromisoformat(f"2026-03-{start}:00"),
        "period_end_time": datetime.fromisoformat(f"2026-03-{end}:00"),
        "result_state": state,
    }


@asynccontextmanager
async def opened(path: Path, rows: Rows) -> AsyncIterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(write_account(path / "account.duckdb", rows), now=NOW)
    try:
        yield warehouse
    finally:
        await warehouse.close()


async def test_a_sliced_run_is_one_and_belongs_to_where_it_ended(tmp_path: Path) -> None:
    rows = [
        part("7", "a", "10T22:30", "10T23:30", None),
        part("7", "a", "10T23:30", "11T00:30", "FAILED"),
        part("7", "b", "10T10:00", "10T11:00", "SUCCEEDED"),
        part("7", "c", "11T11:00", "11T11:59", None),  # still running
        part("7", "d", "11T01:00", "11T02:00", "CANCELLED"),
        part("7", "e", "11T03:00", "11T03:00", "SKIPPED"),
    ]
    async with opened(tmp_path, {RUNS: rows}) as warehouse:
        (row,) = list(await job_outcomes(warehouse, TODAY, BEFORE, now=NOW))
        days = [(r["day"], r["ok"], r["failed"]) for r in await outcomes_by_day(warehouse, TODAY)]
        hours = [(r["weekday"], r["hour"], r["failed"]) for r in await outcomes_by_hour(warehouse, TODAY) if r["failed"]]
    assert (row["ok_asked"], row["failed_asked"], row["cancelled_asked"], row["skipped_asked"]) == (0, 1, 1, 1)
    assert (row["ok_before"], row["failed_before"], row["running"]) == (1, 0, 1)
    assert row["last_state"] == "SKIPPED"
    assert row["last_success"] == datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert days == [(date(2026, 3, 11), 0, 1)]
    assert hours == [(2, 0, 1)]


async def test_a_run_that_went_on_past_the_period_had_not_failed_yet(tmp_path: Path) -> None:
    rows = [part("7", "a", "10T22:30", "10T23:30", None), part("7", "a", "10T23:30", "11T00:30", "FAILED")]
    async with opened(tmp_path, {RUNS: rows}) as warehouse:
        (row,) = list(await job_outcomes(warehouse, BEFORE, Period(BEFORE.start, BEFORE.start), now=NOW))
    assert (row["failed_asked"], row["ok_asked"]) == (0, 0)


async def test_an_id_holds_only_within_its_workspace_and_names_narrow(tmp_path: Path) -> None:
    rows = [
        part("7", "a", "11T01:00", "11T02:00", "FAILED"),
        part("7", "a", "11T01:00", "11T02:00", "SUCCEEDED", workspace="2"),
    ]
    async with opened(tmp_path, {RUNS: rows}) as warehouse:
        both = {
            (r["workspace_id"], r["ok_asked"], r["failed_asked"]) for r in await job_outcomes(warehouse, TODAY, BEFORE, now=NOW)
        }
        one = await job_outcomes(warehouse, TODAY, BEFORE, now=NOW, workspaces=("2",))
        none = await job_outcomes(warehouse, TODAY, BEFORE, now=NOW, jobs=("another",))
    assert both == {("1", 0, 1), ("2", 1, 0)}
    assert [r["workspace_id"] for r in one] == ["2"]
    assert len(none) == 0


async def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    rows = [part("7", "a", "10T20:00", "10T23:30", "FAILED")]
    tokyo = Period.of_days(date(2026, 3, 11), date(2026, 3, 11), "Asia/Tokyo")
    async with opened(tmp_path, {RUNS: rows}) as warehouse:
        days = [(r["day"], r["failed"]) for r in await outcomes_by_day(warehouse, tokyo)]
        hours = [(r["weekday"], r["hour"]) for r in await outcomes_by_hour(warehouse, tokyo)]
    assert days == [(date(2026, 3, 11), 1)]
    assert hours == [(2, 8)]


async def test_targets_come_from_tags_or_the_question(tmp_path: Path) -> None:
    rows = [
        part("7", "a", "11T01:00", "11T01:30", "SUCCEEDED"),
        part("7", "b", "11T02:00", "11T02:31", "SUCCEEDED"),
        part("8", "c", "11T02:00", "11T02:31", "SUCCEEDED"),
        part("9", "d", "11T02:00", "11T02:31", "SUCCEEDED"),
        part("7", "e", "11T11:00", "11T11:59", None),
    ]
    made = datetime(2025, 1, 1)
    jobs = [
        {"workspace_id": "1", "job_id": "7", "name": "seven", "change_time": made, "tags": {"sla_minutes": "30"}},
        {"workspace_id": "1", "job_id": "8", "name": "eight", "change_time": made, "tags": {"sla": "gold"}},
    ]
    async with opened(tmp_path, {RUNS: rows, "system.lakeflow.jobs": jobs}) as warehouse:
        (own,) = list(await kept_by_job(warehouse, TODAY, BEFORE, now=NOW))
        asked = list(await kept_by_job(warehouse, TODAY, BEFORE, now=NOW, sla_minutes=31))
        hours = [(r["hour"], r["on_time"], r["late"]) for r in await kept_by_hour(warehouse, TODAY, now=NOW)]
        with pytest.raises(BadRequestError):
            await kept_by_job(warehouse, TODAY, BEFORE, now=NOW, sla_minutes=0)
    assert (own["job_name"], own["on_time_asked"], own["late_asked"], own["running_late"]) == ("seven", 1, 1, 1)
    assert [(r["on_time_asked"], r["late_asked"]) for r in asked] == [(2, 0), (1, 0), (1, 0)]
    assert (1, 1, 0) in hours
    assert (2, 0, 1) in hours


async def test_the_predictor_sees_the_last_runs_and_their_retries(tmp_path: Path) -> None:
    start = datetime(2026, 3, 8)
    rows = [
        part("7", f"{number:03}", "11T01:00", "11T01:00", "SUCCEEDED")
        | {"period_start_time": start + timedelta(hours=number), "period_end_time": start + timedelta(hours=number, minutes=9)}
        for number in range(LAST + 5)
    ]
    last = f"{LAST + 4:03}"
    tasks = [
        {"workspace_id": "1", "job_id": "7", "job_run_id": last, "run_id": run, "task_key": "load", "period_start_time": start,
         "period_end_time": start}
        for run in ("t1", "t2", "t3")
    ]  # fmt: skip
    async with opened(tmp_path, {RUNS: rows, "system.lakeflow.job_task_run_timeline": tasks}) as warehouse:
        found = list(await recent_runs(warehouse, NOW))
        earlier = list(await recent_runs(warehouse, NOW - timedelta(days=2)))
    assert [row["run_id"] for row in found] == [f"{number:03}" for number in range(5, LAST + 5)]
    assert [row["retries"] for row in found][-2:] == [0, 2]
    assert all(row["end_time"] <= NOW - timedelta(days=2) for row in earlier)


def edge(job: str, source: str | None, target: str | None) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "entity_type": "JOB",
        "entity_id": job,
        "source_table_full_name": source,
        "target_table_full_name": target,
        "event_time": datetime(2026, 3, 10, 8),
        "event_date": date(2026, 3, 10),
    }


async def test_what_hangs_on_a_job_follows_cycles_once(tmp_path: Path) -> None:
    lineage = [
        edge("1", None, "c.s.raw"),
        edge("2", "c.s.raw", "c.s.clean"),
        edge("3", "C.S.CLEAN", "c.s.gold"),
        edge("3", "c.s.gold", "c.s.raw"),
    ]
    usage = [
        {"workspace_id": "1", "usage_date": date(2026, 3, 9), "usage_end_time": datetime(2026, 3, 9, day), "usage_quantity": 1,
         "usage_metadata": {"job_id": "1"}, "identity_metadata": {"run_as": who}}
        for day, who in ((3, "old@example.com"), (9, "new@example.com"))
    ]  # fmt: skip
    first, last = date(2026, 3, 1), date(2026, 3, 11)
    async with opened(tmp_path, {LINEAGE: lineage, "system.billing.usage": usage}) as warehouse:
        below = [(r["table_full_name"], r["depth"]) for r in await tables_below(warehouse, first, last, ("1/1",))]
        feeds = {(r["job_id"], r["source_job_id"], r["table_full_name"]) for r in await job_feeds(warehouse, first, last)}
        owners = [(r["job_id"], r["owner"]) for r in await job_owners(warehouse, first, last)]
        with pytest.raises(BadRequestError):
            await job_feeds(warehouse, last, first)
    assert below == [("c.s.raw", 0), ("c.s.clean", 1), ("c.s.gold", 2)]
    assert {("2", "1", "c.s.raw"), ("3", "2", "c.s.clean")} <= feeds
    assert owners == [("1", "new@example.com")]
