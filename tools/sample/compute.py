"""system.compute: clusters, nodes, node types, warehouses and their events."""

from datetime import date, datetime, timedelta

import duckdb

from tools.sample.incidents import ETL_JOBS, SLA_JOBS
from tools.sample.jobs import Job
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.resources import Cluster, Warehouse
from tools.sample.rows import insert, pairs, seed_table
from tools.sample.workspaces import ACCOUNT_ID, Workspace

NODES = (
    ("m5d.xlarge", 4, 16384, 0),
    ("r5d.xlarge", 4, 32768, 0),
    ("r5d.2xlarge", 8, 65536, 0),
    ("r5d.4xlarge", 16, 131072, 0),
    ("i3.2xlarge", 8, 62464, 0),
    ("g5.xlarge", 4, 16384, 1),
    ("Standard_D4ds_v5", 4, 16384, 0),
    ("Standard_E8ds_v4", 8, 65536, 0),
    ("Standard_E16ds_v4", 16, 131072, 0),
)

# Interactive clusters of the last week and job clusters of the last two: a row per node and minute while they are up.
NODES_OF_RUNS = """
SELECT c.*, r.started AS up, date_diff('minute', r.started, least(r.ended, $now)) AS minutes, r.factor > 1
    AND c.slower AS strained, r.run_number AS salt
FROM runs r JOIN watched c ON c.job_number = r.job_number WHERE r.day >= $job_days AND r.started < $now AND r.copy = 0
"""
NODES_OF_PEOPLE = """
SELECT c.*, d.start + to_hours(list_min(c.hours)) AS up,
    least(60 * len(c.hours), date_diff('minute', d.start + to_hours(list_min(c.hours)), $now)) AS minutes,
        false AS strained, d.number AS salt
FROM watched c JOIN days d ON d.day >= $first AND d.day < $last AND d.weekday < 6 AND d.day > $people_days
    AND d.start + to_hours(list_min(c.hours)) < $now WHERE c.hours IS NOT NULL
UNION ALL
SELECT c.*, $left_start, date_diff('minute', $left_start, $left_end), false, 1 FROM watched c WHERE c.left_on
    AND cast($left_start AS DATE) >= $first AND cast($left_start AS DATE) < $last
"""
TIMELINE = """
INSERT INTO system_compute.node_timeline BY NAME
WITH up AS ({up}), nodes AS (SELECT *, unnest(range(node_count)) AS node FROM up), samples AS (
    SELECT *, unnest(range(minutes)) AS minute, hash(cluster_id, workspace_id, salt) AS machine FROM nodes
), felt AS (
    SELECT *, uniform(salt, node, minute, 81) AS u,
        if(left_on AND salt = 1, 1.5, if(strained, 92, cpu) * if(node = 0, 0.5, 1)) AS level FROM samples
)
SELECT $account AS account_id, workspace_id, cluster_id,
    format('i-{{:012x}}', machine % 281474976710656 + node) AS instance_id, up + to_minutes(minute) AS start_time,
        up + to_minutes(minute + 1) AS end_time,
       node = 0 AS driver, least(96, level * (0.8 + 0.35 * u)) AS cpu_user_percent,
       level * 0.05 * (0.5 + u) AS cpu_system_percent, 1 + 3 * u AS cpu_wait_percent,
       least(97, if(strained, 88, mem) * (0.92 + 0.12 * u)) AS mem_used_percent,
       if(strained, 6 * u, 0) AS mem_swap_percent, cast(level * 90000 * u AS BIGINT) AS network_sent_bytes,
       cast(level * 150000 * u AS BIGINT) AS network_received_bytes,
       map {{'/': cast(50000000000 - 1000000000 * u AS BIGINT)}} AS disk_free_bytes_per_mount_point,
       if(strained AND node > 0, $smaller, node_type) AS node_type,
       '10.139.' || (machine % 200) || '.' || (10 + node) AS private_ip
FROM felt
"""
EVENTS = """
INSERT INTO system_compute.warehouse_events BY NAME
WITH busy AS (
    SELECT w.*, d.day, d.start FROM house_seed w JOIN days d ON d.day >= $first AND d.day < $last
        AND (d.weekday < 6 OR w.weekend > 0)
), events AS (
    SELECT *, unnest([{'k': 'STARTING', 'h': opens, 'm': 0, 'c': 0}, {'k': 'RUNNING', 'h': opens, 'm': 3, 'c': 1},
        {'k': 'SCALED_UP', 'h': 11, 'm': 7, 'c': most}, {'k': 'SCALED_DOWN', 'h': 16, 'm': 12, 'c': 1},
                      {'k': 'STOPPING', 'h': closes + 1, 'm': 0, 'c': 1},
                          {'k': 'STOPPED', 'h': closes + 1, 'm': 1, 'c': 0}]) AS e
    FROM busy
)
SELECT $account AS account_id, workspace_id, warehouse_id, e.k AS event_type, e.c AS cluster_count,
    start + to_hours(e.h) + to_minutes(e.m) AS event_time
FROM events WHERE (most > 1 OR NOT starts_with(e.k, 'SCALED')) AND (e.h < 24 OR auto_stop > 0)
    AND start + to_hours(e.h) + to_minutes(e.m) < $now
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Definitions: one row per change."""
    insert(
        connection,
        "system_compute.node_types",
        [
            {"account_id": ACCOUNT_ID, "node_type": name, "core_count": float(cores), "memory_mb": memory, "gpu_count": gpus}
            for name, cores, memory, gpus in NODES
        ],
    )
    interactive = [row for number, one in enumerate(plan.account.clusters) for row in _cluster_rows(plan, number, one)]
    jobs = [row for job in plan.account.jobs if job.cluster_id for row in _job_cluster_rows(plan, job)]
    insert(connection, "system_compute.clusters", interactive + jobs)
    insert(
        connection,
        "system_compute.warehouses",
        [row for number, one in enumerate(plan.account.warehouses) for row in _warehouse_rows(plan, number, one)],
    )
    seed_table(connection, "watched", [*_watched_jobs(plan), *_watched_clusters(plan)])
    seed_table(
        connection,
        "house_seed",
        [
            {
                "workspace_id": one.resource.workspace.id,
                "warehouse_id": one.resource.id,
                "weekend": one.resource.weekend,
                "most": one.max_clusters,
                "auto_stop": one.auto_stop,
                "opens": min(one.resource.hours),
                "closes": max(one.resource.hours),
            }
            for one in plan.account.warehouses
        ],
    )


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Node samples and warehouse events of the days in [first, last); needs the table `runs` of those days."""
    when, days = plan.when, {"first": first, "last": last}
    common = {"account": ACCOUNT_ID, "now": when.now}
    connection.execute(EVENTS, {**common, **days})
    if last > when.monday - timedelta(days=7):
        connection.execute(
            TIMELINE.format(up=NODES_OF_RUNS),
            {**common, "job_days": when.monday - timedelta(days=7), "smaller": plan.smaller_node},
        )
    connection.execute(
        TIMELINE.format(up=NODES_OF_PEOPLE),
        {
            **common,
            **days,
            "smaller": plan.smaller_node,
            "people_days": plan.days_ago(8),
            "left_start": plan.left_on.start,
            "left_end": plan.left_on.end,
        },
    )


def _watched_jobs(plan: Plan) -> list[dict[str, object]]:
    return [
        {
            "job_number": job.number,
            "workspace_id": job.workspace.id,
            "cluster_id": job.cluster_id,
            "node_type": job.node_type,
            "hours": None,
            "left_on": False,
            "slower": job == plan.slower.job,
            "node_count": 3 if job == plan.slower.job else 2,
            "cpu": 58.0,
            "mem": 55.0,
        }
        for job in plan.account.jobs
        if job.name in (*ETL_JOBS, *SLA_JOBS)
    ]


def _watched_clusters(plan: Plan) -> list[dict[str, object]]:
    """Every third interactive cluster is oversized for what it does."""
    return [
        {
            "job_number": None,
            "workspace_id": one.resource.workspace.id,
            "cluster_id": one.resource.id,
            "node_type": one.node_type,
            "hours": list(one.resource.hours),
            "left_on": one == plan.left_on.cluster,
            "slower": False,
            "node_count": 2,
            "cpu": 7.0 if number % 3 == 0 else 38.0,
            "mem": 18.0 if number % 3 == 0 else 48.0,
        }
        for number, one in enumerate(plan.account.clusters)
    ]


def _cluster_row(
    place: Workspace,
    id_: str,
    name: str,
    owner: str,
    node: str,
    workers: int,
    changed: datetime,
    labels: dict[str, str],
    source: str,
) -> dict[str, object]:
    aws = place.cloud == "AWS"
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": place.id,
        "cluster_id": id_,
        "cluster_name": name,
        "owned_by": owner,
        "create_time": changed,
        "delete_time": None,
        "driver_node_type": node,
        "worker_node_type": node,
        "worker_count": workers,
        "min_autoscale_workers": None,
        "max_autoscale_workers": None,
        "auto_termination_minutes": None,
        "enable_elastic_disk": True,
        "tags_pairs": pairs(labels),
        "cluster_source": source,
        "init_scripts": [],
        "aws_attributes": {"first_on_demand": 1, "availability": "SPOT_WITH_FALLBACK", "zone_id": "us-east-1a"} if aws else None,
        "azure_attributes": None
        if aws
        else {"first_on_demand": 1, "availability": "ON_DEMAND_AZURE", "spot_bid_max_price": -1.0},
        "dbr_version": "15.4.x-scala2.12",
        "change_time": changed,
        "change_date": changed.date(),
        "data_security_mode": "USER_ISOLATION" if source == "UI" else "SINGLE_USER",
        "policy_id": None,
    }


def _cluster_rows(plan: Plan, number: int, one: Cluster) -> list[dict[str, object]]:
    owner, born = one.resource.owner.email, at(plan.days_ago(200 + number), 10)
    row = _cluster_row(
        one.resource.workspace,
        one.resource.id,
        one.resource.name,
        owner,
        one.node_type,
        one.workers,
        born,
        one.resource.tags,
        "UI",
    )
    row |= {"auto_termination_minutes": one.auto_termination}
    rows = [row]
    if number % 5 == 0:
        later = at(plan.days_ago(70 - number), 14)
        rows.append(
            row
            | {
                "change_time": later,
                "change_date": later.date(),
                "dbr_version": "16.4.x-scala2.12",
                "min_autoscale_workers": 1,
                "max_autoscale_workers": one.workers + 2,
                "worker_count": None,
            }
        )
    if one == plan.left_on.cluster:
        # Somebody switched the automatic stop off before the weekend.
        off = plan.left_on.start - timedelta(hours=2)
        rows.append(row | {"change_time": off, "change_date": off.date(), "auto_termination_minutes": 0})
        on = plan.left_on.end + timedelta(hours=1)
        rows.append(row | {"change_time": on, "change_date": on.date()})
    return rows


def _job_cluster_rows(plan: Plan, job: Job) -> list[dict[str, object]]:
    born = at(plan.days_ago(job.created_days_ago), 9)
    row = _cluster_row(
        job.workspace,
        str(job.cluster_id),
        f"job-{job.id}-run",
        job.owner.email,
        job.node_type,
        job.workers,
        born,
        job.tags,
        "JOB",
    )
    rows = [row]
    if job == plan.slower.job:
        changed = plan.slower.since
        rows.append(row | {"change_time": changed, "change_date": changed.date(), "worker_node_type": plan.smaller_node})
    if job.deleted_days_ago is not None:
        gone = at(plan.days_ago(job.deleted_days_ago), 15)
        rows.append(row | {"change_time": gone, "change_date": gone.date(), "delete_time": gone})
    return rows


def _warehouse_rows(plan: Plan, number: int, one: Warehouse) -> list[dict[str, object]]:
    of = one.resource
    row: dict[str, object] = {
        "warehouse_id": of.id,
        "workspace_id": of.workspace.id,
        "account_id": ACCOUNT_ID,
        "warehouse_name": of.name,
        "warehouse_type": one.type,
        "warehouse_channel": "CURRENT",
        "warehouse_size": one.size,
        "min_clusters": 1,
        "max_clusters": one.max_clusters,
        "auto_stop_minutes": one.auto_stop,
        "tags_pairs": pairs(of.tags),
        "change_time": at(plan.days_ago(320 + number)),
        "delete_time": None,
        "created_by": of.owner.email,
    }
    rows = [row]
    if number % 4 == 0:
        rows = [
            row | {"warehouse_name": f"{of.name}-tmp", "warehouse_size": "SMALL"},
            row | {"change_time": at(plan.days_ago(150))},
        ]
    if one == plan.migration.warehouse:
        rows.append(row | {"change_time": at(plan.migration.start), "warehouse_type": "SERVERLESS"})
    if number == len(plan.account.warehouses) - 1:
        gone = row | {"warehouse_id": "004e1f0a9c3b77d2", "warehouse_name": "legacy-reporting", "warehouse_type": "CLASSIC"}
        rows += [gone, gone | {"change_time": at(plan.days_ago(90)), "delete_time": at(plan.days_ago(90))}]
    return rows
