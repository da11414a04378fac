"""Jobs, runs, tasks and pipelines: hourly slices, runs without an end, repairs, ids that repeat across workspaces."""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tests.parity.rows_usage import DAYS, FIRST, PEOPLE, WORKSPACES

Row = dict[str, Any]
ENDS = (
    ("SUCCEEDED", "SUCCESS"),
    ("SUCCEEDED", "SUCCESS"),
    ("SUCCEEDED", "SUCCESS"),
    ("FAILED", "RUN_EXECUTION_ERROR"),
    ("ERROR", "DRIVER_ERROR"),
    ("TIMED_OUT", "RUN_TIMEOUT"),
    ("CANCELLED", "USER_CANCELED"),
    ("SKIPPED", "MAX_CONCURRENT_RUNS_EXCEEDED"),
    (None, None),
)


def tables(random_: random.Random) -> dict[str, list[Row]]:
    runs = [_run(n, random_) for n in range(140)]
    return {
        "system.lakeflow.jobs": [
            _job(workspace, n, change) for workspace in WORKSPACES[:2] for n in range(5) for change in range(1 + n % 2)
        ],
        "system.lakeflow.job_tasks": [
            _task(workspace, n, key) for workspace in WORKSPACES[:2] for n in range(5) for key in ("extract", "load")
        ],
        "system.lakeflow.job_run_timeline": [slice_ for run in runs for slice_ in run],
        "system.lakeflow.job_task_run_timeline": [row for run in runs for row in _task_runs(run, random_)],
        "system.lakeflow.pipelines": [_pipeline(n, change) for n in range(3) for change in range(2)],
        "system.lakeflow.pipeline_update_timeline": [_update(n, random_) for n in range(50)],
    }


def _job(workspace: str, number: int, change: int) -> Row:
    return {
        "account_id": "a",
        "workspace_id": workspace,
        "job_id": f"j{number}",
        "name": f"job {number} of {workspace} v{change}",
        "creator_id": "u1",
        "tags": {"team": "data", "sla": "60"} if number % 2 else None,
        "run_as": PEOPLE[number % len(PEOPLE)],
        "change_time": FIRST + timedelta(days=change * 7, hours=number),
        "delete_time": FIRST + timedelta(days=30) if number == 4 and change == 0 else None,
        "description": None,
    }


def _task(workspace: str, number: int, key: str) -> Row:
    return {
        "account_id": "a",
        "workspace_id": workspace,
        "job_id": f"j{number}",
        "task_key": key,
        "depends_on_keys": [] if key == "extract" else ["extract"],
        "change_time": FIRST + timedelta(hours=number),
    }


def _run(number: int, random_: random.Random) -> list[Row]:
    """The slices of one run: long ones have one per hour, and only the last knows how it ended."""
    start = FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400))
    minutes = random_.choice((3, 17, 42, 95, 150))
    state, code = random_.choice(ENDS)
    cuts = [*range(0, minutes, 60), minutes]
    shared = {
        "account_id": "a",
        "workspace_id": WORKSPACES[number % 2],
        "job_id": f"j{number % 5}",
        "run_id": f"run{number}",
        "trigger_type": random_.choice(("CRON", "ONETIME", "FILE_ARRIVAL", None)),
        "run_type": "WORKFLOW_RUN" if number % 17 == 0 else "JOB_RUN",
        "run_name": None,
        "compute_ids": [f"c{number % 5}"] if number % 3 else [],
        "job_parameters": {"p": {"value": "1"}} if number % 4 == 0 else None,
    }
    return [
        shared
        | {
            "period_start_time": start + timedelta(minutes=begin),
            "period_end_time": start + timedelta(minutes=end),
            "result_state": state if end == minutes else None,
            "termination_code": code if end == minutes else None,
        }
        for begin, end in pairwise(cuts)
    ]


def _task_runs(run: list[Row], random_: random.Random) -> list[Row]:
    """Attempts of the two tasks; a third of the failed loads is tried again."""
    first, last = run[0], run[-1]
    rows = []
    for key in ("extract", "load"):
        attempts = 2 if key == "load" and random_.random() < 0.3 else 1
        for attempt in range(attempts):
            final = attempt == attempts - 1
            state = (last["result_state"] if key == "load" else "SUCCEEDED") if final else "FAILED"
            rows.append(
                {
                    "account_id": "a",
                    "workspace_id": first["workspace_id"],
                    "job_id": first["job_id"],
                    "run_id": f"{first['run_id']}-{key}-{attempt}",
                    "period_start_time": first["period_start_time"] + timedelta(minutes=attempt * 3),
                    "period_end_time": first["period_start_time"] + timedelta(minutes=attempt * 3 + 2),
                    "task_key": key,
                    "compute_ids": first["compute_ids"],
                    "result_state": state,
                    "job_run_id": first["run_id"],
                    "parent_run_id": first["run_id"],
                    "termination_code": "SUCCESS" if state == "SUCCEEDED" else None,
                }
            )
    return rows


def _pipeline(number: int, change: int) -> Row:
    return {
        "workspace_id": "1",
        "pipeline_id": f"p{number}",
        "pipeline_type": "ETL_PIPELINE",
        "name": f"pipeline {number} v{change}",
        "created_by": "ana@example.com",
        "run_as": "bo@example.com",
        "tags": {"team": "data"},
        "settings": {"photon": True, "continuous": number == 1, "serverless": None},
        "configuration": None,
        "change_time": FIRST + timedelta(days=change),
        "account_id": "a",
    }


def _update(number: int, random_: random.Random) -> Row:
    start = FIRST + timedelta(minutes=random_.randrange(DAYS * 1440))
    return {
        "workspace_id": "1",
        "pipeline_id": f"p{number % 3}",
        "update_id": f"u{number}",
        "update_type": random_.choice(("REFRESH", "FULL_REFRESH")),
        "request_id": f"ur{number}",
        "run_as_user_name": "bo@example.com",
        "trigger_type": random_.choice(("JOB_TASK", "USER_ACTION", None)),
        "result_state": random_.choice(("COMPLETED", "FAILED", "CANCELED", None)),
        "compute": {"type": "SERVERLESS", "cluster_id": None},
        "period_start_time": start,
        "period_end_time": start + timedelta(minutes=random_.randrange(1, 55)),
        "refresh_selection": [{"table_catalog": "main", "table_schema": "sales", "table_name": "orders"}] if number % 2 else [],
        "account_id": "a",
    }
