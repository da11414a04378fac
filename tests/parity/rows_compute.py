"""Clusters, nodes, warehouses and queries: rows per change, keys that repeat across workspaces, idle and busy nodes."""

import random
from datetime import timedelta
from typing import Any

from tests.parity.rows_usage import DAYS, FIRST, PEOPLE, WORKSPACES

Row = dict[str, Any]
NODE_TYPES = {"m5.xlarge": (4.0, 16_384, 0), "m5.4xlarge": (16.0, 65_536, 0), "g5.xlarge": (4.0, 16_384, 1)}


def tables(random_: random.Random) -> dict[str, list[Row]]:
    return {
        "system.compute.clusters": [
            _cluster(workspace, n, change, random_)
            for workspace in WORKSPACES[:2]
            for n in range(5)
            for change in range(1 + n % 2)
        ],
        "system.compute.node_timeline": [row for n in range(40) for row in _nodes(n, random_)],
        "system.compute.node_types": [
            {"account_id": "a", "node_type": name, "core_count": cores, "memory_mb": memory, "gpu_count": gpus}
            for name, (cores, memory, gpus) in NODE_TYPES.items()
        ],
        "system.compute.warehouses": [
            _warehouse(workspace, n, change) for workspace in WORKSPACES[:2] for n in range(3) for change in range(2)
        ],
        "system.compute.warehouse_events": [_warehouse_event(random_) for _ in range(80)],
        "system.query.history": [_query(n, random_) for n in range(300)],
    }


def _cluster(workspace: str, number: int, change: int, random_: random.Random) -> Row:
    changed = FIRST + timedelta(days=5 * change + number, hours=int(workspace))
    autoscales = number % 2 == 0
    return {
        "account_id": "a",
        "workspace_id": workspace,
        "cluster_id": f"c{number}",
        "cluster_name": f"cluster {number} v{change}",
        "owned_by": random_.choice(PEOPLE),
        "create_time": FIRST - timedelta(days=number),
        "delete_time": changed if number == 4 else None,
        "driver_node_type": "m5.xlarge",
        "worker_node_type": "m5.4xlarge" if number % 3 else "g5.xlarge",
        "worker_count": None if autoscales else 4,
        "min_autoscale_workers": 1 if autoscales else None,
        "max_autoscale_workers": 8 if autoscales else None,
        "auto_termination_minutes": random_.choice((0, 30, None)),
        "enable_elastic_disk": True,
        "tags": {"team": "data"} if number % 2 else None,
        "cluster_source": random_.choice(("UI", "JOB", "API")),
        "init_scripts": ["/init.sh"] if number == 1 else [],
        "dbr_version": random_.choice(("15.4.x-scala2.12", "10.4.x-scala2.12", "13.3.x-photon-scala2.12", None)),
        "change_time": changed,
        "change_date": changed.date(),
        "data_security_mode": random_.choice(("USER_ISOLATION", "NONE", None)),
    }


def _nodes(number: int, random_: random.Random) -> list[Row]:
    """One stretch of a cluster: a driver and two workers, a few minutes each, the last shorter."""
    start = FIRST + timedelta(minutes=random_.randrange(DAYS * 1440))
    workspace, cluster, busy = random_.choice(WORKSPACES[:2]), f"c{number % 5}", random_.random()
    return [
        {
            "account_id": "a",
            "workspace_id": workspace,
            "cluster_id": cluster,
            "instance_id": f"i{number}-{node}",
            "start_time": start + timedelta(minutes=minute),
            "end_time": start + timedelta(minutes=minute, seconds=60 if minute < 2 else 35),
            "driver": node == 0,
            "cpu_user_percent": round(busy * random_.random() * 90, 3),
            "cpu_system_percent": round(random_.random() * 8, 3),
            "cpu_wait_percent": round(random_.random() * 5, 3),
            "mem_used_percent": None if number % 13 == 0 else round(20 + busy * 70, 3),
            "mem_swap_percent": 0.0,
            "network_sent_bytes": random_.randrange(10**7),
            "network_received_bytes": random_.randrange(10**7),
            "disk_free_bytes_per_mount_point": {"/": random_.randrange(10**11)},
            "node_type": "m5.xlarge" if node == 0 else "m5.4xlarge",
            "private_ip": None,
        }
        for node in range(3)
        for minute in range(3)
    ]


def _warehouse(workspace: str, number: int, change: int) -> Row:
    changed = FIRST + timedelta(days=change * 9, hours=number)
    return {
        "warehouse_id": f"wh{number}",
        "workspace_id": workspace,
        "account_id": "a",
        "warehouse_name": f"warehouse {number} v{change}",
        "warehouse_type": ("PRO", "CLASSIC", "SERVERLESS")[number],
        "warehouse_channel": "CURRENT",
        "warehouse_size": ("SMALL", "X_LARGE", "2X_SMALL")[number],
        "min_clusters": 1,
        "max_clusters": 1 + number * 2,
        "auto_stop_minutes": (10, 0, 45)[number],
        "tags": {"team": "bi"},
        "change_time": changed,
        "delete_time": changed if number == 2 and change else None,
        "created_by": "ana@example.com",
    }


def _warehouse_event(random_: random.Random) -> Row:
    kind = random_.choice(("STARTING", "RUNNING", "SCALED_UP", "SCALED_DOWN", "STOPPING", "STOPPED"))
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES[:2]),
        "warehouse_id": f"wh{random_.randrange(3)}",
        "event_type": kind,
        "cluster_count": 0 if kind == "STOPPED" else random_.randrange(1, 4),
        "event_time": FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400)),
    }


def _query(number: int, random_: random.Random) -> Row:
    start = FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400), milliseconds=random_.choice((0, 125)))
    parts = [
        random_.choice((None, random_.randrange(20_000))) if random_.random() < 0.3 else random_.randrange(9_000)
        for _ in range(4)
    ]
    total = sum(part or 0 for part in parts)
    on_warehouse = number % 6 != 0
    status = random_.choice(("FINISHED", "FINISHED", "FINISHED", "FAILED", "CANCELED"))
    compute = {"type": "WAREHOUSE", "warehouse_id": f"wh{number % 3}"} if on_warehouse else {"type": "SERVERLESS_COMPUTE"}
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES[:2]),
        "statement_id": f"s{number}",
        "executed_by": random_.choice(PEOPLE),
        "execution_status": status,
        "compute": compute,
        "statement_text": random_.choice(("SELECT * FROM sales", "select 1 -- it's 100%", "INSERT INTO x VALUES (1)", None)),
        "statement_type": random_.choice(("SELECT", "INSERT", "MERGE", None)),
        "error_message": "[DIVIDE_BY_ZERO] Division by zero" if status == "FAILED" else None,
        "client_application": random_.choice(("Databricks SQL Dashboard", "Databricks SQL", None)),
        "total_duration_ms": total,
        "waiting_for_compute_duration_ms": parts[0],
        "waiting_at_capacity_duration_ms": parts[1],
        "execution_duration_ms": parts[2],
        "compilation_duration_ms": parts[3],
        "total_task_duration_ms": total * 3,
        "result_fetch_duration_ms": random_.randrange(50),
        "start_time": start,
        "end_time": start + timedelta(milliseconds=total),
        "update_time": start + timedelta(milliseconds=total + 5),
        "read_files": random_.randrange(100),
        "pruned_files": random_.choice((None, random_.randrange(300))),
        "read_rows": random_.randrange(10**6),
        "produced_rows": random_.randrange(1000),
        "read_bytes": random_.choice((None, 0, random_.randrange(10**10))),
        "read_io_cache_percent": random_.choice((0, 37, 100, None)),
        "from_result_cache": number % 11 == 0,
        "spilled_local_bytes": random_.choice((0, 0, random_.randrange(10**10), None)),
        "written_bytes": random_.randrange(10**6),
        "shuffle_read_bytes": random_.randrange(10**8),
        "query_source": {"dashboard_id": "d1"} if number % 4 == 0 else {"job_info": {"job_id": f"j{number % 5}"}},
        "executed_as": random_.choice(PEOPLE),
        "query_tags": {"team": "bi"} if number % 5 == 0 else None,
    }
