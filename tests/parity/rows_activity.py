"""Audit, lineage, network and quality: people and service principals, cycles, writes without reads, mixed case."""

import random
from datetime import timedelta
from typing import Any

from tests.parity.rows_usage import DAYS, FIRST, PEOPLE, WORKSPACES

Row = dict[str, Any]
TABLES = tuple(f"main.{schema}.{name}" for schema in ("sales", "hr") for name in ("orders", "people", "totals", "raw"))
ACTIONS = (
    ("accounts", "login", {}),
    ("accounts", "tokenLogin", {}),
    ("unityCatalog", "getTable", {"full_name_arg": "main.hr.people"}),
    ("unityCatalog", "updatePermissions", {"securable_full_name": "main.sales.orders", "changes": "[]"}),
    ("unityCatalog", "deleteTable", {"full_name_arg": "main.sales.raw"}),
    ("databrickssql", "downloadQueryResult", {"fileType": "csv"}),
    ("notebook", "downloadLargeResults", {}),
    ("jobs", "runNow", {"jobId": "j1"}),
    ("secrets", "getSecret", {"scope": "s", "key": "k"}),
)
CONSTANT_EDGES = (("sales.raw", "sales.orders"), ("sales.orders", "sales.totals"), ("sales.totals", "sales.raw"))


def tables(random_: random.Random) -> dict[str, list[Row]]:
    lineage = [_edge(n, random_) for n in range(140)]
    return {
        "system.access.audit": [_event(n, random_) for n in range(260)],
        "system.access.table_lineage": lineage,
        "system.access.column_lineage": [
            edge | {"record_id": f"c{n}", "source_column_name": f"a{n % 3}", "target_column_name": f"b{n % 2}"}
            for n, edge in enumerate(lineage)
            if n % 2
        ],
        "system.access.outbound_network": [_outbound(n, random_) for n in range(30)],
        "system.access.inbound_network": [_inbound(n, random_) for n in range(30)],
        "system.access.assistant_events": [_assistant(n, random_) for n in range(40)],
        "system.access.clean_room_events": [_clean_room(n, random_) for n in range(8)],
        "system.data_quality_monitoring.table_results": [_quality(n, random_) for n in range(70)],
        "system.data_classification.results": [_classified(n, random_) for n in range(30)],
        "system.storage.predictive_optimization_operations_history": [_optimization(n, random_) for n in range(40)],
    }


def _moment(random_: random.Random) -> Any:
    return FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400), milliseconds=random_.choice((0, 250)))


def _event(number: int, random_: random.Random) -> Row:
    service, action, params = random_.choice(ACTIONS)
    time, status = _moment(random_), random_.choice((200, 200, 200, 200, 401, 403, 500, None))
    email = random_.choice((*PEOPLE, "System-User", "ANA@example.com"))
    return {
        "account_id": "a",
        "workspace_id": random_.choice((*WORKSPACES, "0")),
        "event_time": time,
        "event_date": time.date(),
        "source_ip_address": random_.choice(("10.0.0.1", "203.0.113.7", "198.51.100.9", None)),
        "user_agent": random_.choice(("Mozilla/5.0", "databricks-sdk-py", None)),
        "user_identity": {"email": email},
        "service_name": service,
        "action_name": action,
        "request_id": f"q{number}",
        "request_params": params or None,
        "response": {"status_code": status, "error_message": "denied" if status == 403 else None},
        "audit_level": "ACCOUNT_LEVEL" if number % 7 == 0 else "WORKSPACE_LEVEL",
        "event_id": f"ev{number}",
    }


def _edge(number: int, random_: random.Random) -> Row:
    source, target = random_.choice(TABLES), random_.choice(TABLES)
    if number < len(CONSTANT_EDGES) * 2:
        source, target = (f"main.{name}" for name in CONSTANT_EDGES[number % len(CONSTANT_EDGES)])
    if number % 10 == 8:
        source = None
    if number % 10 == 9:
        target = None
    time = _moment(random_)
    job = number % 3 == 0
    return {
        "account_id": "a",
        "metastore_id": "m",
        "workspace_id": random_.choice(WORKSPACES),
        "entity_type": "JOB" if job else random_.choice(("NOTEBOOK", "DASHBOARD_V3", None)),
        "entity_id": f"j{number % 5}" if job else f"n{number % 4}",
        "entity_run_id": f"run{number}" if job else None,
        **_table("source", source, number),
        **_table("target", target, number + 5),
        "created_by": random_.choice(PEOPLE),
        "event_time": time,
        "event_date": time.date(),
        "record_id": f"l{number}",
        "event_id": f"le{number}",
        "statement_id": f"s{number}",
        "entity_metadata": {"job_info": {"job_id": f"j{number % 5}", "job_run_id": f"run{number}"}} if job else None,
    }


def _table(side: str, name: str | None, number: int) -> Row:
    if name is None:
        return {}
    if number % 12 == 6:
        return {f"{side}_path": "s3://bucket/raw", f"{side}_type": "PATH"}
    catalog, schema, table = name.split(".")
    return {
        f"{side}_table_full_name": name,
        f"{side}_table_catalog": catalog,
        f"{side}_table_schema": schema,
        f"{side}_table_name": table,
        f"{side}_type": "VIEW" if table == "totals" else "TABLE",
    }


def _outbound(number: int, random_: random.Random) -> Row:
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES),
        "destination_type": random_.choice(("DNS", "STORAGE")),
        "destination": random_.choice(("pypi.example", "evil.example")),
        "dns_event": {"domain_name": "pypi.example", "rcode": 0} if number % 2 else None,
        "event_time": _moment(random_),
        "access_type": random_.choice(("DROP", "DRY_RUN")),
        "event_id": f"on{number}",
        "network_source_type": random_.choice(("General Compute", None)),
    }


def _inbound(number: int, random_: random.Random) -> Row:
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES),
        "event_id": f"in{number}",
        "request_path": "/api/2.0/sql",
        "source": {"ip": random_.choice(("203.0.113.7", "198.51.100.9"))},
        "authenticated_as": random_.choice(PEOPLE),
        "event_time": _moment(random_),
        "policy_outcome": random_.choice(("DENY", "ALLOW", "DRY_RUN_DENIAL")),
    }


def _assistant(number: int, random_: random.Random) -> Row:
    time = _moment(random_)
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES),
        "event_id": f"as{number}",
        "event_time": time,
        "event_date": time.date(),
        "initiated_by": random_.choice(PEOPLE),
    }


def _clean_room(number: int, random_: random.Random) -> Row:
    return {
        "account_id": "a",
        "metastore_id": "m",
        "event_id": f"cr{number}",
        "clean_room_name": "room",
        "event_type": random_.choice(("CLEAN_ROOM_CREATED", "RUN_NOTEBOOK_STARTED")),
        "event_time": _moment(random_),
    }


def _quality(number: int, random_: random.Random) -> Row:
    catalog, schema, table = random_.choice(TABLES).split(".")
    status = random_.choice(("Healthy", "Unhealthy", "HEALTHY", "unhealthy", "Unknown", None))
    rows = {
        "status": status,
        "last_value": random_.randrange(1000),
        "min_predicted_value": 100,
        "max_predicted_value": 900,
    }
    time = _moment(random_)
    return {
        "event_time": time,
        "catalog_name": catalog,
        "schema_name": schema,
        "table_name": table,
        "table_id": f"t-{schema}-{table}",
        "status": status,
        "freshness": {
            "status": status,
            "commit_freshness": {"status": status, "last_value": time - timedelta(hours=number)},
        },
        "completeness": {"status": status, "total_row_count": rows, "daily_row_count": rows if number % 3 else None},
        "downstream_impact": {"impact_level": number % 4, "num_downstream_tables": number % 7} if number % 5 else None,
        "root_cause_analysis": {
            "upstream_jobs": [{"job_id": "j1", "workspace_id": "1", "job_name": "job 1", "last_run_status": "FAILED"}]
        }
        if number % 4 == 0
        else None,
    }


def _classified(number: int, random_: random.Random) -> Row:
    catalog, schema, table = TABLES[number % len(TABLES)].split(".")
    time = _moment(random_)
    return {
        "catalog_id": "m",
        "table_id": f"t-{schema}-{table}",
        "latest_detected_time": time,
        "first_detected_time": time - timedelta(days=3),
        "catalog_name": catalog,
        "schema_name": schema,
        "table_name": table,
        "column_name": f"col{number % 6}",
        "data_type": "string",
        "class_tag": random_.choice(("class.email_address", "class.name", "class.us_ssn")),
        "samples": ["a@b", "c@d"] if number % 2 else None,
        "confidence": random_.choice(("HIGH", "LOW")),
        "frequency": random_.randrange(100) / 100,
    }


def _optimization(number: int, random_: random.Random) -> Row:
    catalog, schema, table = random_.choice(TABLES).split(".")
    start = _moment(random_)
    return {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES),
        "start_time": start,
        "end_time": start + timedelta(minutes=4),
        "catalog_name": catalog,
        "schema_name": schema,
        "table_name": table,
        "operation_type": random_.choice(("COMPACTION", "VACUUM", "ANALYZE")),
        "operation_id": f"op{number}",
        "operation_status": random_.choice(("SUCCESSFUL", "FAILED: INTERNAL_ERROR")),
        "operation_metrics": {"number_of_output_files": str(number)},
        "usage_unit": "ESTIMATED_DBU",
        "usage_quantity": f"{random_.randrange(1, 900) / 100}",
    }
