"""system.query.history: statements of people and tools on warehouses and serverless compute."""

from datetime import date

import duckdb

from tools.sample.plan import Plan
from tools.sample.rows import seed_table
from tools.sample.workspaces import ACCOUNT_ID

# statement, type, usual milliseconds, megabytes read, rows produced; some carry literals that no chat should show
STATEMENTS = (
    ("SELECT sales_date, sum(net_amount) FROM prod.sales.sales_daily GROUP BY 1", "SELECT", 1800, 900, 365),
    ("SELECT * FROM prod.gold.revenue_report WHERE month >= '2026-01-01'", "SELECT", 700, 40, 240),
    ("SELECT region, count(*) FROM prod.sales.orders_clean GROUP BY region", "SELECT", 2600, 2100, 14),
    ("SELECT * FROM prod.crm.customers WHERE email = 'maria.lopez@example.org'", "SELECT", 900, 310, 1),
    (
        "SELECT merchant, sum(amount) FROM prod.payments.transactions WHERE card = '4111111111111111' GROUP BY 1",
        "SELECT",
        4200,
        5200,
        60,
    ),
    (
        "SELECT p.sku, sum(s.quantity) FROM prod.supply.shipments s JOIN prod.supply.inventory p USING (sku) GROUP BY 1",
        "SELECT",
        6100,
        7400,
        5200,
    ),
    ("INSERT INTO prod.marketing.attribution SELECT * FROM staging_attribution", "INSERT", 14000, 9800, 0),
    (
        "MERGE INTO prod.crm.customer_360 t USING updates u ON t.id = u.id WHEN MATCHED THEN UPDATE SET *",
        "MERGE",
        26000,
        21000,
        0,
    ),
    ("SELECT count(*) FROM prod.web.sessions WHERE session_date = current_date()", "SELECT", 500, 90, 1),
    ("SELECT * FROM prod.finance.ledger ORDER BY posted_at DESC LIMIT 1000", "SELECT", 1500, 1200, 1000),
    ("CREATE OR REPLACE TABLE prod.gold.stores_ranked AS SELECT * FROM prod.ref.stores", "REPLACE", 9000, 800, 0),
    ("SELECT approx_percentile(latency, 0.95) FROM prod.web.sessions GROUP BY device", "SELECT", 8200, 11000, 5),
    ("OPTIMIZE prod.web.sessions ZORDER BY (session_date)", "OPTIMIZE", 95000, 41000, 0),
    ("SELECT 1", "SELECT", 30, 0, 1),
)
ASKED = """
CREATE OR REPLACE TABLE made.asked AS
WITH everyday AS (
    SELECT h.house, d.number AS day_number, c.copy,
        unnest(range(cast(h.a_day * if(d.weekday > 5, 0.3,
            1) * (0.9 + 0.2 * uniform(h.house, d.number, 0, 51)) AS BIGINT))) AS n,
           d.start + to_milliseconds(cast(3600000 * (h.opens + h.hours * (uniform(h.house, d.number, n * 100 + c.copy,
               52) + uniform(h.house, d.number, n * 100 + c.copy, 53)) / 2) AS BIGINT)) AS start_time,
           false AS rush
    FROM houses h CROSS JOIN copies c JOIN days d ON d.day >= $first AND d.day < $last
), rush AS (
    SELECT q.house, d.number AS day_number, 0 AS copy, 100000 + hour * 1000 + n AS n,
        d.start + to_hours(hour) + to_milliseconds(cast(n * 3600000 / 60 AS BIGINT)) AS start_time, true AS rush
    FROM queueing q JOIN days d ON d.day >= q.first AND d.day <= q.last AND d.day >= $first AND d.day < $last,
        (SELECT unnest(hours) AS hour FROM queueing), range(0, 60) r(n)
), heavy AS (
    SELECT s.house, d.number AS day_number, 0 AS copy, 200000 + n AS n,
        d.start + to_minutes(cast(545 + n * 47 AS BIGINT)) AS start_time, false AS rush
    FROM spilling s JOIN days d ON d.day >= s.since AND d.day >= $first AND d.day < $last, range(0, 8) r(n)
)
SELECT a.*, hash(house, day_number, n, copy, $seed) AS key, n >= 200000 AS heavy,
       rush OR exists (SELECT 1 FROM queueing q WHERE q.house = a.house AND cast(start_time AS DATE) BETWEEN q.first
           AND q.last AND list_contains(q.hours, hour(start_time))) AS queued
FROM (FROM everyday UNION ALL FROM rush UNION ALL FROM heavy) a WHERE start_time < $now - INTERVAL 10 MINUTE
"""
HISTORY = """
INSERT INTO system_query.history BY NAME
WITH drawn AS (
    SELECT a.*, h.* EXCLUDE (house), s.*, hash(a.key, 1) % 1000 AS luck,
        exp(0.3 * normal(a.house, a.day_number, a.n * 100 + a.copy, 54)) AS spread,
           uniform(a.house, a.day_number, a.n * 100 + a.copy, 55) AS u
    FROM asked a JOIN houses h USING (house) JOIN statements s
        ON s.statement = cast(floor(uniform(a.house, a.day_number, a.n * 100 + a.copy, 56) * uniform(a.house,
            a.day_number, a.n, 57) * $kinds) AS BIGINT)
), timed AS (
    SELECT *, NOT heavy AND luck BETWEEN 100 AND 219 AND type = 'SELECT' AS cached,
           CASE WHEN luck < 18 AND NOT heavy THEN 'FAILED' WHEN luck < 26
               AND NOT heavy THEN 'CANCELED' ELSE 'FINISHED' END AS execution_status,
           CASE WHEN queued THEN cast($wait * (0.6 + 0.8 * u) AS BIGINT)
               WHEN luck > 985 THEN cast(900 + 2500 * u AS BIGINT) ELSE 0 END AS at_capacity,
           CASE WHEN luck BETWEEN 30 AND 44 AND NOT queued THEN cast(if(serverless, 2500, 75000) * (0.6 + u) AS BIGINT)
               ELSE 0 END AS for_compute,
           cast(60 + 240 * u AS BIGINT) AS compiling, cast(if(heavy, 560000, ms) * spread AS BIGINT) AS running
    FROM drawn
), summed AS (
    SELECT *, if(cached, 0, running) AS executing, if(cached, 0, at_capacity) AS capacity,
        if(cached, 0, for_compute) AS compute_wait FROM timed
)
SELECT $account AS account_id, workspace_id, format('{:016x}', key) AS statement_id, person.email AS executed_by,
    format('{:016x}', hash(key, 2)) AS session_id, execution_status,
       if(luck % 19 = 7 AND NOT rush AND NOT heavy, {'type': 'SERVERLESS_COMPUTE', 'warehouse_id': NULL},
           {'type': 'WAREHOUSE', 'warehouse_id': warehouse_id}) AS compute,
       person.user_id AS executed_by_user_id, if(heavy, $heavy_text, text) AS statement_text,
       if(heavy, 'SELECT', type) AS statement_type,
       CASE execution_status WHEN 'FAILED' THEN ['[TABLE_OR_VIEW_NOT_FOUND] The table or view cannot be found.',
           '[DIVIDE_BY_ZERO] Division by zero.', '[PARSE_SYNTAX_ERROR] Syntax error at or near FROM.'
           ][1 + cast(key % 3 AS BIGINT)] END AS error_message,
       client AS client_application, 'Databricks JDBC Driver' AS client_driver,
       compiling + compute_wait + capacity + executing AS total_duration_ms,
       compute_wait AS waiting_for_compute_duration_ms, capacity AS waiting_at_capacity_duration_ms,
       executing AS execution_duration_ms, compiling AS compilation_duration_ms,
       executing * 6 AS total_task_duration_ms, cast(20 + 80 * u AS BIGINT) AS result_fetch_duration_ms, start_time,
       start_time + to_milliseconds(compiling + compute_wait + capacity + executing) AS end_time,
       start_time + to_milliseconds(compiling + compute_wait + capacity + executing) AS update_time,
       if(cached, 0, 1 + mb // 120) AS read_partitions, if(cached, 0, mb // 9) AS pruned_files,
       if(cached, 0, 1 + mb // 60) AS read_files,
       if(cached, 0, cast(mb * 9000 * spread AS BIGINT)) AS read_rows, produced AS produced_rows,
       if(cached, 0, cast(if(heavy, 210000, mb) * 1048576 * spread AS BIGINT)) AS read_bytes,
       cast(if(cached, 0, 100 * u) AS TINYINT) AS read_io_cache_percent, cached AS from_result_cache,
       CASE WHEN heavy THEN cast(cast($gigabytes AS BIGINT) * 1073741824 * (0.9 + 0.2 * u) AS BIGINT) WHEN mb > 7000
           AND luck > 960 AND NOT cached THEN cast(300000000 * u AS BIGINT) ELSE 0 END AS spilled_local_bytes,
       if(type IN ('INSERT', 'MERGE'), mb * 300000, 0) AS written_bytes,
       if(cached, 0, mb * 90000) AS shuffle_read_bytes,
       {'dashboard_id': if(client = 'Databricks Dashboards', 'dash-' || (key % 9), NULL),
       'sql_query_id': if(client = 'Databricks SQL Editor', 'query-' || (key % 80), NULL)} AS query_source,
       person.user_id AS executed_as_user_id, person.email AS executed_as,
       if(type IN ('INSERT', 'MERGE'), mb * 700, 0) AS written_rows,
               if(type IN ('INSERT', 'MERGE'), 1 + mb // 128, 0) AS written_files,
       format('{:016x}', if(cached, hash(text), key)) AS cache_origin_statement_id,
       map_from_entries(tags_pairs) AS query_tags
FROM (SELECT *, if(heavy, $heavy_by, people[1 + cast(hash(key, 3) % len(people) AS BIGINT)]) AS person,
             clients[1 + cast(hash(key, 4) % len(clients) AS BIGINT)] AS client FROM summed)
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Temporary tables: who asks which warehouse, what they ask, and the two incidents."""
    people = [{"email": person.email, "user_id": person.user_id} for person in plan.account.people if person.active]
    seed_table(connection, "houses", [_house(plan, number, people) for number in range(len(plan.account.warehouses))])
    seed_table(
        connection,
        "statements",
        [
            {"statement": number, "text": text, "type": kind, "ms": ms, "mb": mb, "produced": produced}
            for number, (text, kind, ms, mb, produced) in enumerate(STATEMENTS)
        ],
    )
    houses = plan.account.warehouses
    seed_table(
        connection,
        "queueing",
        [
            {
                "house": houses.index(plan.queueing.warehouse),
                "first": plan.queueing.first,
                "last": plan.queueing.last,
                "hours": list(plan.queueing.hours),
            }
        ],
    )
    seed_table(connection, "spilling", [{"house": houses.index(plan.spill.warehouse), "since": plan.spill.since}])


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Statements of the days in [first, last)."""
    connection.execute(ASKED, {"first": first, "last": last, "seed": plan.seed, "now": plan.when.now})
    spill = plan.spill
    connection.execute(
        HISTORY,
        {
            "account": ACCOUNT_ID,
            "kinds": len(STATEMENTS),
            "wait": plan.queueing.wait_seconds * 1000,
            "heavy_text": spill.statement,
            "gigabytes": spill.gigabytes,
            "heavy_by": {"email": spill.person.email, "user_id": spill.person.user_id},
        },
    )


def _house(plan: Plan, number: int, people: list[dict[str, str]]) -> dict[str, object]:
    one = plan.account.warehouses[number]
    hours = one.resource.hours
    clients = ("Databricks SQL Editor", "Databricks Dashboards", "Tableau", "Power BI", "dbt", "Databricks Genie")
    return {
        "house": number,
        "workspace_id": one.resource.workspace.id,
        "warehouse_id": one.resource.id,
        "a_day": float(one.queries),
        "opens": min(hours),
        "hours": len(hours),
        "serverless": one.type == "SERVERLESS",
        "people": [people[(number * 7 + step) % len(people)] for step in range(14)],
        "clients": [clients[(number + step) % len(clients)] for step in range(3)],
        "tags_pairs": [{"key": "source", "value": "sample|<!everyone>"}]
        if number == 3
        else [{"key": "source", "value": one.resource.team}],
    }
