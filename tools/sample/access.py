"""system.access: workspaces, the audit log's everyday events, network and assistant events."""

from datetime import date

import duckdb

from tools.sample import security
from tools.sample.catalog import tables
from tools.sample.incidents import SENSITIVE
from tools.sample.moments import at
from tools.sample.people import Person
from tools.sample.plan import Plan
from tools.sample.rows import insert, seed_table
from tools.sample.workspaces import ACCOUNT_ID, METASTORE_ID

# service, action, request parameter, its possible values (`table` and `user` are filled in), weight of a hundred
ACTIONS = (
    ("unityCatalog", "getTable", "full_name_arg", "table", 26),
    ("databrickssql", "executeAdhocQuery", "warehouseId", "warehouse", 15),
    ("notebook", "runCommand", "notebookId", "id", 14),
    ("accounts", "tokenLogin", "user", "user", 10),
    ("unityCatalog", "generateTemporaryTableCredential", "table_full_name", "table", 7),
    ("jobs", "runNow", "job_id", "id", 5),
    ("clusters", "start", "cluster_id", "id", 4),
    ("accounts", "login", "user", "user", 4),
    ("workspace", "fileExport", "path", "path", 3),
    ("dbfs", "read", "path", "path", 3),
    ("jobs", "update", "job_id", "id", 2),
    ("secrets", "getSecret", "scope", "scope", 2),
    ("databrickssql", "downloadQueryResult", "queryId", "id", 1),
    ("mlflowExperiment", "searchRuns", "experiment_id", "id", 1),
    ("clusters", "edit", "cluster_id", "id", 1),
    ("accounts", "aadBrowserLogin", "user", "user", 1),
    ("modelRegistry", "getModelVersion", "name", "id", 1),
)
RARE = ("tokens", "generateDbToken", "tokenId", "id")
# People keep their own hours, in their own zone, with a few evenings; service principals work round the clock.
AUDIT = """
INSERT INTO system_access.audit BY NAME
WITH events AS (
    SELECT a.*, d.number AS day_number, d.day, c.copy,
           unnest(range(cast(a.a_day * if(d.weekday > 5, a.weekend,
               1) * (0.75 + 0.5 * uniform(a.actor, d.number, c.copy, 21)) AS BIGINT))) AS n
    FROM actors a JOIN days d ON d.day >= $first AND d.day < $last AND (a.until IS NULL OR d.day <= a.until)
    CROSS JOIN copies c
), drawn AS (
    SELECT *, uniform(actor, day_number, n * 100 + copy, 22) AS u, uniform(actor, day_number, n * 100 + copy, 23) AS v,
           uniform(actor, day_number, n * 100 + copy, 24) AS w, hash(actor, day_number, n, copy, $seed) AS key
    FROM events
), timed AS (
    SELECT *, timezone(zone, cast(day AS TIMESTAMP) + to_milliseconds(cast(3600000 * CASE
               WHEN NOT human THEN 24 * u WHEN v < 0.015 THEN 19 + 3.5 * u ELSE 8.5 + 9 * u
               END AS BIGINT))) AS event_time
    FROM drawn
)
SELECT $account AS account_id, if(t.service = 'accounts', '0',
    e.workspaces[1 + cast(floor(e.w * len(e.workspaces)) AS BIGINT)]) AS workspace_id, '2.0' AS version,
       event_time, cast(event_time AS DATE) AS event_date,
       if(human AND e.key % 20 = 0, e.mobile, ip) AS source_ip_address,
       agents[1 + cast(e.key % len(agents) AS BIGINT)] AS user_agent,
       if(human, cast(hash(actor, day) // 1000 AS VARCHAR), NULL) AS session_id,
       struct_pack(email := email, subject_name := name) AS user_identity, t.service AS service_name,
       t.action AS action_name,
       format('{:016x}', hash(e.key, 1)) AS request_id,
       map([t.parameter, 'caller'], [CASE t.fill
           WHEN 'table' THEN tables[1 + cast(hash(e.key, 2) % len(tables) AS BIGINT)] WHEN 'user' THEN email
           WHEN 'warehouse' THEN warehouses[1 + cast(hash(e.key, 2) % len(warehouses) AS BIGINT)]
           WHEN 'path' THEN '/Users/' || email || '/report_' || (e.key % 40) WHEN 'scope' THEN 'scope-' || (e.key % 6)
           ELSE cast(hash(e.key, 3) // 100000 AS VARCHAR) END, if(human, 'browser', 'sdk')]) AS request_params,
       CASE WHEN hash(e.key, 4) % 1000 < 12 THEN struct_pack(status_code := 403,
           error_message := 'PERMISSION_DENIED: user does not have the required privilege', "result" := NULL)
            WHEN hash(e.key, 4) % 1000 < 16 AND t.service = 'accounts'
            THEN struct_pack(status_code := 401, error_message := 'Invalid credentials', "result" := NULL)
            WHEN hash(e.key, 4) % 1000 < 22 THEN struct_pack(status_code := 404,
            error_message := 'RESOURCE_DOES_NOT_EXIST', "result" := NULL)
            ELSE struct_pack(status_code := 200, error_message := NULL, "result" := NULL) END AS response,
       if(t.service = 'accounts', 'ACCOUNT_LEVEL', 'WORKSPACE_LEVEL') AS audit_level,
       format('{:016x}', e.key) AS event_id,
       struct_pack(run_by := email, run_as := email) AS identity_metadata
FROM timed e JOIN actions t ON t.bucket = cast(floor(hash(e.key, 5) % 1000 / 10) AS BIGINT)
WHERE event_time < $now
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Workspaces, and temporary tables of who acts and how."""
    insert(
        connection,
        "system_access.workspaces_latest",
        [
            {
                "account_id": ACCOUNT_ID,
                "workspace_id": place.id,
                "workspace_name": place.name,
                "workspace_url": f"https://{place.host}",
                "create_time": at(plan.days_ago(700 + number)),
                "status": "RUNNING",
            }
            for number, place in enumerate(plan.account.workspaces)
        ],
    )
    ordinary = [name for name in tables(plan.account) if name not in SENSITIVE]
    actors = [_actor(plan, number, person, ordinary) for number, person in enumerate(plan.account.people)]
    system = Person("System-User", "System-User", "0", "platform", "UTC", "10.0.0.1", human=False)
    seed_table(connection, "actors", [*actors, _actor(plan, len(actors), system, ordinary)])
    buckets = [action[:4] for action in ACTIONS for _ in range(action[4])]
    seed_table(
        connection,
        "actions",
        [
            {"bucket": bucket, "service": service, "action": action, "parameter": parameter, "fill": fill}
            for bucket, (service, action, parameter, fill) in enumerate([*buckets[:99], RARE])
        ],
    )


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Everyday audit events of the days in [first, last)."""
    connection.execute(AUDIT, {"first": first, "last": last, "seed": plan.seed, "account": ACCOUNT_ID, "now": plan.when.now})


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """The security incidents and the small tables around the audit log."""
    insert(connection, "system_access.audit", security.events(plan))
    insert(connection, "system_access.inbound_network", security.denials(plan))
    insert(connection, "system_access.outbound_network", security.blocked_domains(plan))
    humans = [person for person in plan.account.people if person.human and person.active]
    insert(
        connection,
        "system_access.assistant_events",
        [
            {
                "account_id": ACCOUNT_ID,
                "workspace_id": plan.account.workspaces[back % 4].id,
                "event_id": f"assistant-{back}",
                "event_time": at(plan.days_ago(back % 110 + 1), 9 + back % 8, back % 60),
                "event_date": plan.days_ago(back % 110 + 1),
                "user_agent": "Mozilla/5.0",
                "initiated_by": humans[back * 7 % len(humans)].email,
            }
            for back in range(400)
        ],
    )
    insert(
        connection,
        "system_access.clean_room_events",
        [
            {
                "account_id": ACCOUNT_ID,
                "metastore_id": METASTORE_ID,
                "event_id": "clean-room-1",
                "clean_room_name": "retail-partners",
                "central_clean_room_id": "cr-71f0",
                "initiator_global_metastore_id": f"aws:us-east-1:{METASTORE_ID}",
                "event_type": "CLEAN_ROOM_CREATED",
                "clean_room_created_metadata": {
                    "collaborators": [{"collaborator_global_metastore_id": "aws:eu-west-1:9f2c", "collaborator_alias": "partner"}]
                },
                "event_time": at(plan.days_ago(100), 12),
                "initiator_collaborator_alias": "owner",
            }
        ],
    )


def _actor(plan: Plan, number: int, person: Person, ordinary: list[str]) -> dict[str, object]:
    own = [ordinary[(number * 11 + step * 5) % len(ordinary)] for step in range(7)]
    if person.team in ("payments", "risk"):
        own += SENSITIVE[:2]
    places, houses = plan.account.workspaces, plan.account.warehouses
    return {
        "actor": number,
        "email": person.email,
        "name": person.name,
        "zone": person.zone,
        "human": person.human,
        "ip": person.ip,
        "mobile": f"198.51.100.{200 + number % 50}",
        "a_day": 17.0 if person.human else 42.0,
        "weekend": 0.06 if person.human else 0.9,
        "until": None if person.active else plan.revival.last_seen,
        "tables": own,
        "workspaces": [places[(number + step) % len(places)].id for step in range(2)],
        "warehouses": [houses[(number + step) % len(houses)].resource.id for step in range(2)],
        "agents": ["Mozilla/5.0 (Macintosh)", "Mozilla/5.0 (Windows NT 10.0)", "databricks-sql-connector/3.7"]
        if person.human
        else ["databricks-sdk-py/0.71.0", "Apache-Spark/3.5", "terraform-provider-databricks/1.96"],
    }
