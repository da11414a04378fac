"""system.serving and the inference tables: endpoints, their requests, and payloads where they are logged."""

from datetime import date, timedelta

import duckdb

from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.resources import Endpoint
from tools.sample.rows import insert, seed_table
from tools.sample.workspaces import ACCOUNT_ID

PAYLOAD_DAYS = 45
REQUESTS = """
CREATE OR REPLACE TABLE made.requests AS
WITH everyday AS (
    SELECT e.*, d.day, d.number AS day_number, unnest(range(cast(e.requests * if(d.weekday > 5, 0.7,
        1) * (0.9 + 0.2 * uniform(e.endpoint, d.number, 0, 61)) AS BIGINT))) AS n, d.start
    FROM endpoint_seed e JOIN days d ON d.day >= $first AND d.day < $last
)
SELECT * EXCLUDE (start), start + to_milliseconds(cast(86400000 * uniform(endpoint, day_number, n,
    62) AS BIGINT)) AS request_time,
       hash(endpoint, day_number, n, $seed, 60) AS key, hash(endpoint, day_number, n, $seed, 64) % 1000 AS luck,
       normal(endpoint, day_number, n, 65) AS g, normal(endpoint, day_number, n, 66) AS g2,
       false AS burst
FROM everyday WHERE request_time < $now
UNION ALL
SELECT e.*, cast($burst_start AS DATE), 0, 900000 + n, $burst_start + to_milliseconds(cast(n * $burst_ms AS BIGINT)),
    hash(n, $seed, 67), if((n * 7919) % $burst_requests < $burst_errors, 2000, 500), 0.0, 0.0, true
FROM endpoint_seed e, range(0, $burst_requests) r(n)
WHERE e.endpoint = $burst_endpoint AND cast($burst_start AS DATE) >= $first AND cast($burst_start AS DATE) < $last
"""
USAGE = """
INSERT INTO system_serving.endpoint_usage BY NAME
SELECT workspace_id, $account AS account_id, if(key % 3 = 0, 'client-' || (key % 100000), NULL) AS client_request_id,
    format('{:016x}', key) AS databricks_request_id,
       if(burst, $burst_by, requesters[1 + cast(key % len(requesters) AS BIGINT)]) AS requester,
       CASE WHEN luck = 2000 THEN 429 WHEN luck < 5 THEN 500 WHEN luck < 9 THEN 400 ELSE 200 END AS status_code,
       request_time,
       CASE WHEN task IS NOT NULL THEN cast(600 * exp(0.5 * g) * if(burst, 8, 1) AS BIGINT) END AS input_token_count,
       CASE WHEN task = 'llm/v1/chat' AND luck <> 2000 THEN cast(180 * exp(0.5 * g2) * if(burst, 3, 1) AS BIGINT)
           END AS output_token_count,
       CASE WHEN task IS NOT NULL THEN cast(2500 * exp(0.5 * g) * if(burst, 8, 1) AS BIGINT)
           END AS input_character_count,
       CASE WHEN task = 'llm/v1/chat' AND luck <> 2000 THEN cast(750 * exp(0.5 * g2) * if(burst, 3, 1) AS BIGINT)
           END AS output_character_count,
       map {'team': team} AS usage_context, coalesce(task = 'llm/v1/chat' AND key % 2 = 0, false) AS request_streaming,
       served_entity_id
FROM requests
"""
# A fraud request carries the features that drift; its response the score, which follows them.
PAYLOADS = """
INSERT INTO system___internal_logging.payload_logs BY NAME
WITH felt AS (
    SELECT *, if(fraud AND day >= $drifted, 1.9, 1.0) AS shift, if(fraud AND day >= $slowed, $factor, 1.0) AS drag
        FROM requests WHERE logged AND NOT burst AND day >= $since
), scored AS (
    SELECT *, round(52 * exp(0.9 * g) * shift, 2) AS amount, round(11 * exp(0.8 * g2) * shift, 1) AS distance_km
        FROM felt
)
SELECT $account AS account_id, workspace_id, day AS request_date, format('{:016x}', key) AS databricks_request_id,
    if(key % 3 = 0, 'client-' || (key % 100000), NULL) AS client_request_id,
       request_time, CASE WHEN luck < 5 THEN 500 WHEN luck < 9 THEN 400 ELSE 200 END AS status_code,
       1.0 AS sampling_fraction,
       cast(if(task IS NULL, 42, 900) * exp(0.35 * g2) * drag AS BIGINT) AS execution_duration_ms,
       CASE WHEN luck = 77 THEN NULL WHEN task IS NULL
           THEN format('{{"dataframe_records": [{{"amount": {}, "distance_km": {}, "hour": {}, "merchant": "m{}"}}]}}',
               amount, distance_km, hour(request_time), key % 40)
            ELSE format('{{"messages": [{{"role": "user", "content": "question {}"}}]}}', key % 900) END AS request,
       CASE WHEN luck < 9 OR luck = 77 THEN NULL WHEN task IS NULL
           THEN format('{{"predictions": [{:.4f}]}}', least(0.99, 0.02 + 0.0004 * amount + 0.0011 * distance_km))
            ELSE '{"choices": [{"message": {"role": "assistant", "content": "an answer"}}]}' END AS response,
       if(luck = 77, ['MAX_REQUEST_SIZE_EXCEEDED'], CAST([] AS VARCHAR[])) AS logging_error_codes, served_entity_id,
       'inference-' || endpoint AS endpoint_table_id,
       requesters[1 + cast(key % len(requesters) AS BIGINT)] AS requester
FROM scored
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Served entities, one row per change, and the temporary table of endpoints."""
    endpoints = plan.account.endpoints
    insert(
        connection,
        "system_serving.served_entities",
        [row for number, one in enumerate(endpoints) for row in _entity_rows(plan, number, one)],
    )
    people = [person.email for person in plan.account.people if person.active]
    seed_table(
        connection,
        "endpoint_seed",
        [
            {
                "endpoint": number,
                "workspace_id": one.resource.workspace.id,
                "served_entity_id": one.entity_id,
                "task": one.task,
                "requests": float(one.requests),
                "logged": one.logged,
                "fraud": one == plan.drift.endpoint,
                "team": one.resource.team,
                "requesters": [people[(number * 5 + step) % len(people)] for step in range(6)],
            }
            for number, one in enumerate(endpoints)
        ],
    )


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Requests and payloads of the days in [first, last)."""
    burst, drift = plan.burst, plan.drift
    connection.execute(
        REQUESTS,
        {
            "first": first,
            "last": last,
            "seed": plan.seed,
            "now": plan.when.now,
            "burst_start": burst.start,
            "burst_endpoint": plan.account.endpoints.index(burst.endpoint),
            "burst_requests": burst.requests,
            "burst_errors": burst.errors,
            "burst_ms": (burst.end - burst.start) / timedelta(milliseconds=1) / burst.requests,
        },
    )
    connection.execute(USAGE, {"account": ACCOUNT_ID, "burst_by": burst.requester.email})
    connection.execute(
        PAYLOADS,
        {
            "account": ACCOUNT_ID,
            "drifted": drift.since,
            "slowed": drift.slow_since,
            "factor": drift.latency_factor,
            "since": plan.days_ago(PAYLOAD_DAYS),
        },
    )


def _entity_rows(plan: Plan, number: int, one: Endpoint) -> list[dict[str, object]]:
    of = one.resource
    own = one.entity_type == "CUSTOM_MODEL"
    row: dict[str, object] = {
        "served_entity_id": one.entity_id,
        "account_id": ACCOUNT_ID,
        "workspace_id": of.workspace.id,
        "created_by": of.owner.email,
        "endpoint_name": of.name,
        "endpoint_id": of.id,
        "served_entity_name": f"{of.name}-{one.version}",
        "entity_type": one.entity_type,
        "entity_name": one.model,
        "entity_version": one.version,
        "endpoint_config_version": 2,
        "task": one.task,
        "external_model_config": {"provider": "anthropic"} if one.entity_type == "EXTERNAL_MODEL" else None,
        "foundation_model_config": {"min_provisioned_throughput": 0, "max_provisioned_throughput": 9500}
        if one.entity_type == "FOUNDATION_MODEL"
        else None,
        "custom_model_config": {"min_concurrency": 0, "max_concurrency": 16, "compute_type": "CPU"} if own else None,
        "feature_spec_config": {"min_concurrency": 0, "max_concurrency": 4, "compute_type": "CPU"}
        if one.entity_type == "FEATURE_SPEC"
        else None,
        "change_time": at(plan.days_ago(55 + number), 9),
        "endpoint_delete_time": None,
    }
    if not own or int(one.version) < 2:
        return [row]
    before = row | {
        "served_entity_id": f"{one.entity_id[:-4]}0001",
        "entity_version": str(int(one.version) - 1),
        "endpoint_config_version": 1,
        "served_entity_name": f"{of.name}-{int(one.version) - 1}",
        "change_time": at(plan.days_ago(200 + number), 9),
    }
    return [before, row]
