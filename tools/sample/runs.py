"""Job runs, made in DuckDB from the jobs' schedules: what both the bill and the run timelines are made of."""

from datetime import date, datetime

import duckdb

from tools.sample.costs import run_id
from tools.sample.jobs import Job
from tools.sample.plan import Plan
from tools.sample.rows import pairs, seed_table

# A run with one of these overrides keeps its start; `effects` hold from a moment on, `pinned` name single runs.
RUNS = """
CREATE OR REPLACE TABLE made.runs AS
WITH slots AS (
    SELECT j.*, d.day, d.number AS day_number, d.start AS midnight, unnest(j.starts) AS minute,
        unnest(range(len(j.starts))) AS slot
    FROM job_seed j JOIN days d ON list_contains(j.weekdays, d.weekday)
    WHERE d.day >= $first AND d.day < $last
      AND (j.month_day IS NULL OR j.month_day = day(d.day)) AND d.day >= j.created
      AND (j.deleted IS NULL OR d.day < j.deleted)
), rolled AS (
    SELECT s.*, c.copy, s.day_number * 100000000 + s.job_number * 10000 + s.slot * 100 + c.copy AS run_number,
           s.midnight + to_minutes(s.minute) + to_milliseconds(cast(uniform(s.job_number, s.day_number,
               s.slot * 100 + c.copy, 1) * 40000 AS BIGINT)) AS started,
           exp(least(0.07, 6 * s.noise) * normal(s.job_number, s.day_number, s.slot * 100 + c.copy, 2)) AS stretch,
           uniform(s.job_number, s.day_number, s.slot * 100 + c.copy, 3) AS luck,
           s.fail_rate * if(uniform(s.job_number, s.day_number // 3, 0, 4) < 0.06, 12, 0.5) AS risk
    FROM slots s, copies c
), judged AS (
    SELECT r.*, coalesce(e.factor + e.step * date_diff('day', e.since, r.started), 1) AS factor,
           coalesce(p.state, e.state, CASE
               WHEN r.luck < r.risk THEN 'FAILED' WHEN r.luck > 0.9988 THEN 'TIMED_OUT'
               WHEN r.luck > 0.9955 THEN 'CANCELLED'
               WHEN r.luck > 0.9953 AND r.usd < 60 THEN 'ERROR' WHEN r.luck > 0.993 AND r.usd < 60 THEN 'SKIPPED'
               WHEN r.luck > 0.9928 AND r.usd < 60 THEN 'BLOCKED' ELSE 'SUCCEEDED' END) AS state,
           coalesce(p.code, e.code) AS code, p.ended AS pinned_end
    FROM rolled r
    LEFT JOIN effects e ON e.job_number = r.job_number AND r.started >= e.since
    LEFT JOIN pinned p ON p.run_number = r.run_number
)
SELECT *, coalesce(pinned_end, started + to_milliseconds(cast(lasted * 60000 AS BIGINT))) AS ended,
       coalesce(code, CASE state
           WHEN 'SUCCEEDED' THEN 'SUCCESS' WHEN 'CANCELLED' THEN 'USER_CANCELED' WHEN 'TIMED_OUT' THEN 'TIMED_OUT'
           WHEN 'ERROR' THEN 'INTERNAL_ERROR'
           WHEN 'SKIPPED' THEN 'MAX_CONCURRENT_RUNS_EXCEEDED' WHEN 'BLOCKED' THEN 'MAX_JOB_QUEUE_SIZE_EXCEEDED'
           ELSE ['RUN_EXECUTION_ERROR', 'RUN_EXECUTION_ERROR', 'DRIVER_ERROR', 'CLUSTER_ERROR',
               'LIBRARY_INSTALLATION_ERROR', 'CLOUD_FAILURE', 'STORAGE_ACCESS_ERROR']
                [1 + cast(floor(7 * uniform(job_number, day_number // 3, 0, 5)) AS BIGINT)] END) AS termination
FROM (SELECT *, CASE state
          WHEN 'SUCCEEDED' THEN least(minutes * stretch * factor, 1439)
          WHEN 'TIMED_OUT' THEN least(minutes * 2.5, minutes + 240, 1439)
          WHEN 'SKIPPED' THEN 0.01 WHEN 'BLOCKED' THEN 0.01
          ELSE minutes * (0.2 + 0.6 * uniform(job_number, day_number, slot * 100 + copy, 6)) END AS lasted
      FROM judged)
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Temporary tables of the jobs and of what happens to their runs."""
    seed_table(connection, "job_seed", [_job(job, plan) for job in plan.account.jobs])
    seed_table(
        connection,
        "effects",
        [
            {
                "job_number": effect.job.number,
                "since": effect.since,
                "factor": effect.factor,
                "step": effect.step,
                "state": effect.state,
                "code": effect.code,
            }
            for effect in plan.effects
        ],
    )
    seed_table(connection, "pinned", _pinned(plan))


def make(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """The temporary table `runs` of the days in [first, last)."""
    connection.execute(RUNS, {"first": first, "last": last})


def _job(job: Job, plan: Plan) -> dict[str, object]:
    owner = job.owner
    return {
        "job_number": job.number,
        "workspace_id": job.workspace.id,
        "job_id": job.id,
        "name": job.name,
        "team": job.team,
        "owner": owner.email,
        "owner_id": owner.user_id,
        "weekdays": list(job.weekdays),
        "month_day": job.month_day,
        "starts": list(job.starts),
        "minutes": float(job.minutes),
        "usd": float(job.usd),
        "noise": job.noise,
        "weekend": job.weekend,
        "fail_rate": job.fail_rate,
        "cluster_id": job.cluster_id,
        "node_type": job.node_type,
        "workers": job.workers,
        "tasks": list(job.tasks),
        "tags_pairs": pairs(job.tags),
        "created": plan.days_ago(job.created_days_ago),
        "deleted": None if job.deleted_days_ago is None else plan.days_ago(job.deleted_days_ago),
        "description": job.description,
        "billed": job.billed,
        "reads": list(job.reads),
        "writes": job.writes,
        "serverless": job.kind == "jobs_serverless",
    }


def _pinned(plan: Plan) -> list[dict[str, object]]:
    """The scheduled runs of the Tuesday: they end with their last attempt; the evening run succeeds again."""
    ends: dict[str, datetime] = {}
    for attempt in plan.spike.attempts:
        if attempt.scheduled:
            ends[attempt.run_id] = max(attempt.end, ends.get(attempt.run_id, attempt.end))
    found: list[dict[str, object]] = [
        {"run_number": int(number), "state": "FAILED", "code": "RUN_EXECUTION_ERROR", "ended": end}
        for number, end in ends.items()
    ]
    evening = run_id(plan.spike.day, plan.spike.job, len(plan.spike.job.starts) - 1)
    return [*found, {"run_number": int(evening), "state": "SUCCEEDED", "code": None, "ended": None}]
