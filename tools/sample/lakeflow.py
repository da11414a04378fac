"""system.lakeflow: jobs, tasks, pipelines and the timelines of their runs."""

from datetime import date, datetime, timedelta

import duckdb

from tools.sample.jobs import FIXED, Job
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.rows import insert, pairs, seed_table
from tools.sample.workspaces import ACCOUNT_ID, WORKSPACE

# A run over an hour is cut at the clock's hours; its outcome stands on the last slice only. One that goes on has none.
SLICES = """
    SELECT * EXCLUDE (ahead), greatest(started, date_trunc('hour', started) + to_hours(ahead)) AS period_start_time,
           least(ended, if(ended - started > INTERVAL 1 HOUR, date_trunc('hour', started) + to_hours(ahead + 1), ended),
               $now) AS period_end_time,
           ended <= $now AND (ended - started <= INTERVAL 1 HOUR
               OR date_trunc('hour', started) + to_hours(ahead + 1) >= ended) AS is_last
    FROM (SELECT *, unnest(range(if(ended - started > INTERVAL 1 HOUR,
        cast(ceil(epoch(ended - date_trunc('hour', started)) / 3600) AS BIGINT), 1))) AS ahead
          FROM {source} WHERE started < $now)
    WHERE date_trunc('hour', started) + to_hours(ahead) < $now
"""
RUN_TIMELINE = f"""
INSERT INTO system_lakeflow.job_run_timeline BY NAME
SELECT $account AS account_id, workspace_id, job_id, cast(run_number AS VARCHAR) AS run_id, period_start_time,
    period_end_time,
       CASE WHEN len(starts) = 1 AND minutes > 1400 THEN 'CONTINUOUS' WHEN luck BETWEEN 0.5 AND 0.515 THEN 'ONETIME'
            WHEN len(reads) = 0 AND writes IS NOT NULL THEN 'FILE_ARRIVAL' ELSE 'CRON' END AS trigger_type,
       if(is_last, state, NULL) AS result_state, 'JOB_RUN' AS run_type, name AS run_name,
       CAST(NULL AS VARCHAR[]) AS compute_ids,
       if(is_last, termination, NULL) AS termination_code,
       CASE WHEN len(starts) = 1 THEN map {{'run_date': map {{'value': cast(day AS VARCHAR), 'default': ''}}}}
           END AS job_parameters
FROM ({SLICES.format(source="runs")})
"""
# Tasks follow one another; a failed run fails in its second task (or its only one); some good runs needed two attempts.
TASK_TIMELINE = f"""
INSERT INTO system_lakeflow.job_task_run_timeline BY NAME
WITH tried AS (
    SELECT *, unnest(tasks) AS task_key, unnest(range(len(tasks))) AS task, if(len(tasks) = 1, 0, 1) AS weak,
           state = 'SUCCEEDED' AND luck BETWEEN 0.2 AND 0.2 + risk / 2 AS retried
    FROM runs WHERE run_number NOT IN (SELECT run_number FROM pinned WHERE state = 'FAILED')
        AND state NOT IN ('SKIPPED', 'BLOCKED')
), attempts AS (
    SELECT *, unnest(if(retried AND task = weak, [0, 1], [0])) AS attempt,
           if(state = 'SUCCEEDED', len(tasks) + cast(retried AS INTEGER), weak + 1) AS pieces
    FROM tried
), placed AS (
    SELECT * EXCLUDE (started, ended, state, termination),
        least(task + attempt + cast(retried AND task > weak AS INTEGER), pieces) AS piece,
           started AS run_started, (ended - started) / pieces AS step,
           CASE WHEN state <> 'SUCCEEDED' AND task > weak THEN 'SKIPPED' WHEN state <> 'SUCCEEDED'
               AND task < weak THEN 'SUCCEEDED'
                WHEN retried AND task = weak AND attempt = 0 THEN 'FAILED' ELSE state END AS state,
           CASE WHEN state <> 'SUCCEEDED' AND task > weak THEN 'UPSTREAM_FAILED' WHEN state <> 'SUCCEEDED'
               AND task < weak THEN 'SUCCESS'
                WHEN retried AND task = weak AND attempt = 0 THEN 'RUN_EXECUTION_ERROR' ELSE termination
                END AS termination
    FROM attempts
), timed AS (
    SELECT *, run_started + step * piece AS started,
        run_started + step * (piece + cast(state <> 'SKIPPED' AS INTEGER)) AS ended FROM placed
)
SELECT $account AS account_id, workspace_id, job_id,
    cast(run_number * 1000 + task * 100 + attempt AS VARCHAR) AS run_id, period_start_time, period_end_time,
       task_key, if(cluster_id IS NULL, NULL, [cluster_id]) AS compute_ids, if(is_last, state, NULL) AS result_state,
       cast(run_number AS VARCHAR) AS job_run_id, cast(run_number AS VARCHAR) AS parent_run_id,
       if(is_last, termination, NULL) AS termination_code
FROM ({SLICES.format(source="timed")})
"""
UPDATES = """
INSERT INTO system_lakeflow.pipeline_update_timeline BY NAME
WITH hourly AS (
    SELECT p.*, d.number, d.start + to_hours(unnest(p.hours)) AS period_start_time,
           uniform(p.number, d.number, 0, 41) AS luck
    FROM pipeline_seed p, (SELECT number, start FROM days WHERE day >= $first AND day < $last) d
)
SELECT $account AS account_id, workspace_id, pipeline_id,
    if(continuous, update_id(pipeline_id, number), format('{:016x}',
        hash(pipeline_id, period_start_time, $seed))) AS update_id,
       if(luck < 0.02, 'FULL_REFRESH', 'REFRESH') AS update_type, update_id(pipeline_id, number) AS request_id,
       run_as AS run_as_user_name,
       if(continuous, 'SERVICE_UPGRADE', 'JOB_TASK') AS trigger_type,
       CASE WHEN continuous AND hour(period_start_time) < 23 THEN NULL
           WHEN uniform(number, hour(period_start_time), hash(pipeline_id), 42) < 0.015 THEN 'FAILED'
            WHEN luck > 0.995 THEN 'CANCELED' ELSE 'COMPLETED' END AS result_state,
       struct_pack(type := 'CLASSIC', cluster_id := cluster_id) AS compute, period_start_time,
       period_start_time + if(continuous, INTERVAL 1 HOUR,
           to_minutes(8 + cast(30 * uniform(number, hour(period_start_time), hash(pipeline_id),
               43) AS BIGINT))) AS period_end_time
FROM hourly WHERE period_start_time + INTERVAL 1 HOUR <= $now
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Jobs, tasks and pipelines: one row per change."""
    insert(connection, "system_lakeflow.jobs", [row for job in plan.account.jobs for row in _job_rows(plan, job)])
    insert(connection, "system_lakeflow.job_tasks", [row for job in plan.account.jobs for row in _task_rows(plan, job)])
    pipelines = plan.account.pipelines
    insert(
        connection,
        "system_lakeflow.pipelines",
        [row for position in range(len(pipelines)) for row in _pipeline_rows(plan, position)],
    )
    seed_table(
        connection,
        "pipeline_seed",
        [
            {
                "number": number,
                "workspace_id": one.resource.workspace.id,
                "pipeline_id": one.resource.id,
                "hours": list(one.resource.hours),
                "continuous": one.continuous,
                "run_as": one.resource.owner.email,
                "cluster_id": f"0301-101010-dlt{number:05d}",
            }
            for number, one in enumerate(pipelines)
        ],
    )


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Timelines of the days in [first, last); needs the table `runs` of those days."""
    common = {"now": plan.when.now, "account": ACCOUNT_ID}
    connection.execute(RUN_TIMELINE, common)
    connection.execute(TASK_TIMELINE, common)
    connection.execute(UPDATES, {**common, "first": first, "last": last, "seed": plan.seed})


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """The Tuesday's re-runs and attempts, and runs that belong to no job of the account."""
    insert(connection, "system_lakeflow.job_run_timeline", [*_reruns(plan), *_submitted(plan)])
    insert(connection, "system_lakeflow.job_task_run_timeline", _attempts(plan))


def _job_rows(plan: Plan, job: Job) -> list[dict[str, object]]:
    born = at(plan.days_ago(job.created_days_ago), 9)
    row: dict[str, object] = {
        "account_id": ACCOUNT_ID,
        "workspace_id": job.workspace.id,
        "job_id": job.id,
        "name": job.name,
        "creator_id": job.owner.user_id,
        "tags_pairs": pairs(job.tags),
        "run_as": job.owner.user_id,
        "change_time": born,
        "delete_time": None,
        "description": job.description,
    }
    generated = len(FIXED) < job.number < len(plan.account.jobs)
    rows = (
        [row | {"name": f"{job.name[:60]}_v1"}, row | {"change_time": at(plan.days_ago(40), 11)}]
        if generated and job.number % 7 == 0
        else [row]
    )
    if job.deleted_days_ago is not None:
        gone = at(plan.days_ago(job.deleted_days_ago), 15)
        rows.append(row | {"change_time": gone, "delete_time": gone})
    return rows


def _task_rows(plan: Plan, job: Job) -> list[dict[str, object]]:
    born = at(plan.days_ago(job.created_days_ago), 9)
    return [
        {
            "account_id": ACCOUNT_ID,
            "workspace_id": job.workspace.id,
            "job_id": job.id,
            "task_key": task,
            "depends_on_keys": list(job.tasks[max(0, place - 1) : place]),
            "change_time": born + timedelta(minutes=change),
            "delete_time": None,
        }
        for place, task in enumerate(job.tasks)
        for change in range(1 + (job.number % 9 == 0))
    ]


def _pipeline_rows(plan: Plan, position: int) -> list[dict[str, object]]:
    one = plan.account.pipelines[position]
    row: dict[str, object] = {
        "account_id": ACCOUNT_ID,
        "workspace_id": one.resource.workspace.id,
        "pipeline_id": one.resource.id,
        "pipeline_type": "ETL_PIPELINE",
        "name": one.resource.name,
        "created_by": one.resource.owner.email,
        "run_as": one.resource.owner.email,
        "tags_pairs": pairs(one.resource.tags),
        "settings": {
            "photon": one.edition != "CORE",
            "development": False,
            "continuous": one.continuous,
            "serverless": False,
            "edition": one.edition,
            "channel": "CURRENT",
        },
        "configuration_pairs": pairs({"pipelines.trigger.interval": "1 hour"}),
        "change_time": at(plan.days_ago(300 + position)),
        "delete_time": None,
    }
    renamed = position % 4 == 0
    return [row | {"name": f"{one.resource.name}_old"}, row | {"change_time": at(plan.days_ago(60))}] if renamed else [row]


def _reruns(plan: Plan) -> list[dict[str, object]]:
    spans: dict[str, tuple[datetime, datetime]] = {}
    for attempt in plan.spike.attempts:
        if not attempt.scheduled:
            first = spans.get(attempt.run_id, (attempt.start - timedelta(minutes=3), attempt.end))[0]
            spans[attempt.run_id] = (first, attempt.end)
    job = plan.spike.job
    return [
        _run_row(
            job.workspace.id,
            job.id,
            run,
            slice_,
            "ONETIME",
            "JOB_RUN",
            job.name,
            ("FAILED", "RUN_EXECUTION_ERROR") if last else (None, None),
        )
        for run, (start, end) in spans.items()
        for slice_, last in _sliced(start, end)
    ]


def _submitted(plan: Plan) -> list[dict[str, object]]:
    """Runs submitted by an orchestrator outside: no job definition stands behind them."""
    place, rows = WORKSPACE["dev-sandbox"].id, []
    for back in range(1, 120):
        for number in range(3):
            start = at(plan.days_ago(back), 9 + number, 17)
            kind, run = ("SUBMIT_RUN", "WORKFLOW_RUN")[number == 2], str(9 * 10**14 + back * 10 + number)
            rows.append(
                _run_row(
                    place,
                    run,
                    run,
                    (start, start + timedelta(minutes=11 + number)),
                    "ONETIME",
                    kind,
                    f"airflow-{back}-{number}",
                    ("SUCCEEDED", "SUCCESS"),
                )
            )
    return rows


def _attempts(plan: Plan) -> list[dict[str, object]]:
    job, rows, last = plan.spike.job, [], {attempt.run_id: attempt for attempt in plan.spike.attempts}
    for attempt in plan.spike.attempts:
        if attempt.number == 0:
            loading = (attempt.start - timedelta(minutes=3), attempt.start)
            rows.append(_task_row(job, attempt.run_id, 0, 0, loading, ("SUCCEEDED", "SUCCESS")))
        for slice_, ends in _sliced(attempt.start, attempt.end):
            rows.append(
                _task_row(
                    job, attempt.run_id, 1, attempt.number, slice_, ("FAILED", "RUN_EXECUTION_ERROR") if ends else (None, None)
                )
            )
        if last[attempt.run_id] is attempt:
            rows.append(_task_row(job, attempt.run_id, 2, 0, (attempt.end, attempt.end), ("SKIPPED", "UPSTREAM_FAILED")))
    return rows


def _sliced(start: datetime, end: datetime) -> list[tuple[tuple[datetime, datetime], bool]]:
    if end - start <= timedelta(hours=1):
        return [((start, end), True)]
    cuts, hour = [start], start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while hour < end:
        cuts.append(hour)
        hour += timedelta(hours=1)
    return [((first, second), second == end) for first, second in zip(cuts, [*cuts[1:], end], strict=True)]


def _run_row(
    place: str,
    job_id: str,
    run: str,
    span: tuple[datetime, datetime],
    trigger: str,
    kind: str,
    name: str,
    outcome: tuple[str | None, str | None],
) -> dict[str, object]:
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": place,
        "job_id": job_id,
        "run_id": run,
        "period_start_time": span[0],
        "period_end_time": span[1],
        "trigger_type": trigger,
        "result_state": outcome[0],
        "run_type": kind,
        "run_name": name,
        "termination_code": outcome[1],
    }


def _task_row(
    job: Job, run: str, task: int, attempt: int, span: tuple[datetime, datetime], outcome: tuple[str | None, str | None]
) -> dict[str, object]:
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": job.workspace.id,
        "job_id": job.id,
        "run_id": str(int(run) * 1000 + task * 100 + attempt),
        "period_start_time": span[0],
        "period_end_time": span[1],
        "task_key": job.tasks[task],
        "compute_ids": [job.cluster_id],
        "result_state": outcome[0],
        "job_run_id": run,
        "parent_run_id": run,
        "termination_code": outcome[1],
    }
