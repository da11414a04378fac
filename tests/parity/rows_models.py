"""Experiments, runs, endpoints and payloads: many steps per metric, deleted runs, responses that are no JSON."""

import json
import random
from datetime import timedelta
from typing import Any

from tests.parity.rows_usage import DAYS, FIRST, PEOPLE, WORKSPACES

Row = dict[str, Any]


def tables(random_: random.Random) -> dict[str, list[Row]]:
    runs = [_run(n, random_) for n in range(45)]
    return {
        "system.mlflow.experiments_latest": [_experiment(n) for n in range(4)],
        "system.mlflow.runs_latest": runs,
        "system.mlflow.run_metrics_history": [row for n, run in enumerate(runs) for row in _steps(n, run, random_)],
        "system.serving.served_entities": [_entity(n, change) for n in range(3) for change in range(2)],
        "system.serving.endpoint_usage": [_call(n, random_) for n in range(220)],
        "system.__internal_logging.payload_logs": [_payload(n, random_) for n in range(120)],
    }


def _experiment(number: int) -> Row:
    return {
        "account_id": "a",
        "workspace_id": WORKSPACES[number % 2],
        "experiment_id": f"x{number}",
        "name": f"/Users/ana/experiment {number}",
        "create_time": FIRST - timedelta(days=number),
        "update_time": FIRST + timedelta(days=number),
        "delete_time": FIRST + timedelta(days=40) if number == 3 else None,
    }


def _run(number: int, random_: random.Random) -> Row:
    start = FIRST + timedelta(minutes=random_.randrange(DAYS * 1440))
    status = random_.choice(("FINISHED", "FINISHED", "FAILED", "RUNNING", "KILLED"))
    values = [round(random_.random(), 4) for _ in range(2)]
    return {
        "account_id": "a",
        "workspace_id": WORKSPACES[number % 4 % 2],
        "run_id": f"m{number}",
        "experiment_id": f"x{number % 4}",
        "created_by": random_.choice(PEOPLE),
        "start_time": start,
        "end_time": None if status == "RUNNING" else start + timedelta(minutes=random_.randrange(1, 300)),
        "update_time": start + timedelta(hours=6),
        "delete_time": start + timedelta(days=1) if number % 15 == 0 else None,
        "run_name": f"run {number}",
        "status": status,
        "params": {"lr": "0.1"} if number % 2 else None,
        "tags": {"mlflow.parentRunId": f"m{number - 1}"} if number % 6 == 5 else {},
        "aggregated_metrics": [
            {"metric_name": name, "min_value": value / 2, "max_value": value, "latest_value": value * 0.75}
            for name, value in zip(("accuracy", "loss"), values, strict=True)
        ]
        if number % 7
        else [],
    }


def _steps(number: int, run: Row, random_: random.Random) -> list[Row]:
    return [
        {
            "account_id": "a",
            "insert_time": run["start_time"] + timedelta(minutes=step),
            "record_id": f"ms{number}-{name}-{step}",
            "workspace_id": run["workspace_id"],
            "experiment_id": run["experiment_id"],
            "run_id": run["run_id"],
            "metric_name": name,
            "metric_time": run["start_time"] + timedelta(minutes=step),
            "metric_step": step,
            "metric_value": round(random_.random(), 5),
        }
        for name in ("accuracy", "loss")
        for step in range(3)
    ]


def _entity(number: int, change: int) -> Row:
    return {
        "served_entity_id": f"se{number}",
        "account_id": "a",
        "workspace_id": WORKSPACES[number % 2],
        "created_by": "ana@example.com",
        "endpoint_name": f"endpoint-{number}",
        "endpoint_id": f"e{number}",
        "served_entity_name": f"model-{number}-{change + 1}",
        "entity_type": ("CUSTOM_MODEL", "FOUNDATION_MODEL", "EXTERNAL_MODEL")[number],
        "entity_name": f"main.ml.model_{number}",
        "entity_version": str(change + 1),
        "endpoint_config_version": change + 1,
        "task": "llm/v1/chat" if number else None,
        "change_time": FIRST + timedelta(days=change * 12),
        "endpoint_delete_time": FIRST + timedelta(days=41) if number == 2 and change else None,
    }


def _call(number: int, random_: random.Random) -> Row:
    return {
        "workspace_id": WORKSPACES[number % 3 % 2],
        "account_id": "a",
        "client_request_id": f"cl{number}",
        "databricks_request_id": f"dr{number}",
        "requester": random_.choice(PEOPLE),
        "status_code": random_.choice((200, 200, 200, 400, 429, 500)),
        "request_time": FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400)),
        "input_token_count": random_.choice((None, random_.randrange(4000))),
        "output_token_count": random_.choice((None, random_.randrange(900))),
        "usage_context": {"app": "bot"} if number % 3 == 0 else None,
        "request_streaming": number % 2 == 0,
        "served_entity_id": f"se{number % 3}",
    }


def _payload(number: int, random_: random.Random) -> Row:
    time = FIRST + timedelta(seconds=random_.randrange(DAYS * 86_400))
    prediction = round(random_.gauss(0.4 + number / 400, 0.1), 4)
    return {
        "account_id": "a",
        "workspace_id": "1",
        "request_date": time.date(),
        "databricks_request_id": f"dr{number}",
        "client_request_id": f"cl{number}",
        "request_time": time,
        "status_code": 200 if number % 9 else 500,
        "sampling_fraction": 1.0,
        "execution_duration_ms": random_.randrange(5, 900),
        "request": json.dumps({"dataframe_records": [{"amount": random_.randrange(100), "kind": "a"}]}),
        "response": json.dumps({"predictions": [prediction]}) if number % 9 else "upstream error",
        "logging_error_codes": [] if number % 5 else ["MAX_REQUEST_SIZE_EXCEEDED"],
        "served_entity_id": "se0",
        "requester": random_.choice(PEOPLE),
    }
