"""system.billing: usage, list prices, contract prices."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb

from tools.sample.costs import Usage
from tools.sample.jobs import Job
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.pricelist import account_prices, list_prices
from tools.sample.prices import sku
from tools.sample.resources import Resource
from tools.sample.rows import insert, pairs, seed_table
from tools.sample.works import works
from tools.sample.workspaces import ACCOUNT_ID
from tools.warehouse.catalog import duckdb_type, system_tables

GROWTH_A_WEEK = 1.004

# Made once for each thing billed, not once for each of its hours.
WORK = """
CREATE OR REPLACE TABLE made.work AS
SELECT * EXCLUDE (tags_pairs, jobs_tier, sql_tier, dlt_tier, is_serverless, is_photon, serving_type,
    performance_target),
       map_from_entries(tags_pairs) AS custom_tags,
       struct_pack(jobs_tier := jobs_tier, sql_tier := sql_tier, dlt_tier := dlt_tier, is_serverless := is_serverless,
                   is_photon := is_photon, serving_type := serving_type, performance_target := performance_target
       )::{features} AS product_features
FROM billed
"""
# Hours of job runs and of everything else, in one shape; `usd` is what the hour costs at the first price.
HOURS = """
CREATE OR REPLACE TABLE made.hours AS
WITH of_runs AS (
    SELECT r.job_number AS work, r.run_number, r.day_number, r.slot * 100 + r.copy AS part, started,
           started + to_milliseconds(cast(if(pinned_end IS NULL, lasted, minutes) * 60000 AS BIGINT)) AS ended,
           r.usd / len(r.starts) / $scale * pow($growth, d.index / 7.0) * if(d.weekday > 5, r.weekend, 1)
               * (1 + r.noise * normal(r.job_number, r.day_number, 0, 11)) * (1 + 0.4 * r.noise * normal(r.job_number,
                   r.day_number, r.slot, 12)) AS usd
    FROM runs r JOIN days d USING (day)
    WHERE r.billed AND r.state NOT IN ('SKIPPED', 'BLOCKED')
), of_jobs AS (
    SELECT work, run_number, day_number, part, usd, started, ended,
        unnest(range(0, 1 + cast(date_diff('hour', started, ended) AS BIGINT))) AS ahead FROM of_runs
), of_rest AS (
    SELECT w.work, NULL::BIGINT AS run_number, d.number AS day_number, c.copy AS part, d.start AS midnight,
        unnest(w.hours) AS hour,
           w.usd / len(w.hours) / $scale * pow($growth, d.index / 7.0) * if(d.weekday > 5, w.weekend, 1)
               * greatest(0.1, 1 + w.noise * normal(w.work, d.number, 0, 11)) AS usd
    FROM work w JOIN days d ON d.day >= w.first AND d.day < w.last CROSS JOIN copies c
    WHERE w.hours IS NOT NULL AND d.day >= $first AND d.day < $last AND (d.weekday < 6 OR w.weekend > 0)
)
SELECT work, run_number, day_number, part, date_trunc('hour', started) + to_hours(ahead) AS start,
       usd * epoch(least(ended, date_trunc('hour', started) + to_hours(ahead + 1)) - greatest(started,
           date_trunc('hour', started) + to_hours(ahead)))
           / epoch(ended - started) AS usd
FROM of_jobs WHERE ended > date_trunc('hour', started) + to_hours(ahead)
UNION ALL
SELECT work, run_number, day_number, part, midnight + to_hours(hour),
    usd * (1 + 0.12 * (uniform(work, day_number, hour * 100 + part, 13) - 0.5))
FROM of_rest
"""

USAGE = """
INSERT INTO system_billing.usage BY NAME
WITH metered AS (
    SELECT h.*, w.* EXCLUDE (work, usd), greatest(cast(h.usd / w.price AS DECIMAL(38, 6)), 0.000001) AS quantity,
           hash(h.work, h.run_number, h.start, h.part, $seed) AS key
    FROM hours h JOIN work w USING (work)
    WHERE h.start + INTERVAL 1 HOUR <= $complete OR (h.start + INTERVAL 1 HOUR <= $arriving
        AND hash(h.work, h.start, $seed, 14) % 100 < 55)
), recorded AS (
    SELECT *, unnest(if(key % 240 = 0 AND noise > 0.015 AND cast(start AS DATE) + 6 <= $today,
                        ['ORIGINAL', 'RETRACTION', 'RESTATEMENT'], ['ORIGINAL'])) AS record
    FROM metered
)
SELECT $account AS account_id, workspace_id, format('{:016x}', hash(key, record)) AS record_id, sku_name, cloud,
       start AS usage_start_time, start + INTERVAL 1 HOUR AS usage_end_time, cast(start AS DATE) AS usage_date,
       custom_tags, unit AS usage_unit,
       CASE record WHEN 'RETRACTION' THEN -quantity
           WHEN 'RESTATEMENT' THEN cast(quantity * 0.96 AS DECIMAL(38, 6)) ELSE quantity END AS usage_quantity,
       struct_pack(
           cluster_id := cluster_id, job_id := job_id, warehouse_id := warehouse_id, node_type := node_type,
               job_run_id := cast(run_number AS VARCHAR),
           notebook_id := notebook_id, dlt_pipeline_id := pipeline_id, endpoint_name := endpoint_name,
               endpoint_id := endpoint_id,
           dlt_update_id := if(pipeline_id IS NULL, NULL, update_id(pipeline_id, day_number)), job_name := job_name,
               notebook_path := notebook_path,
           app_id := app_id, app_name := app_name, metastore_id := metastore_id, database_instance_id := database_id,
               index_id := index_id
       ) AS usage_metadata,
       struct_pack(run_as := run_as, created_by := created_by, owned_by := owned_by) AS identity_metadata,
       record AS record_type,
       cast(start AS DATE) + if(record = 'ORIGINAL', cast(hour(start) >= 20 AS INTEGER),
           3 + cast(key % 3 AS INTEGER)) AS ingestion_date,
       product AS billing_origin_product,
       product_features,
       usage_type
FROM recorded
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """The temporary table `work` (everything billed), and all prices."""
    seed_table(connection, "billed", works(plan))
    connection.execute(WORK.format(features=duckdb_type(system_tables()["system.billing.usage"]["product_features"])))
    insert(connection, "system_billing.list_prices", list_prices(plan))
    insert(connection, "system_billing.account_prices", account_prices(plan))


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date, scale: int) -> None:
    """Usage rows of the days in [first, last); needs the table `runs` of those days."""
    when = plan.when
    connection.execute(HOURS, {"first": first, "last": last, "scale": scale, "growth": GROWTH_A_WEEK})
    connection.execute(
        USAGE,
        {
            "seed": plan.seed,
            "complete": when.complete_until,
            "arriving": when.now - timedelta(hours=1),
            "today": when.today,
            "account": ACCOUNT_ID,
        },
    )


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """The incidents' own rows, and a double record that was taken back."""
    planted = (*plan.spike.usage, *plan.left_on.usage, *plan.newcomer.usage)
    rows = [_planted(usage, f"{plan.seed:04x}-{number}") for number, usage in enumerate(planted)]
    insert(connection, "system_billing.usage", [*rows, *_taken_back(plan)])


def _planted(usage: Usage, key: str) -> dict[str, object]:
    of: Job | Resource
    if usage.job:
        of, cluster = usage.job, usage.job.cluster_id
    else:
        assert usage.cluster is not None, "planted usage belongs to a job or a cluster"
        of, cluster = usage.cluster.resource, usage.cluster.resource.id
    meter, day = usage.sku.meter, usage.start.date()
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": of.workspace.id,
        "record_id": f"c0ffee{key}",
        "sku_name": usage.sku.name,
        "cloud": usage.sku.cloud,
        "usage_start_time": usage.start,
        "usage_end_time": usage.start + timedelta(hours=1),
        "usage_date": day,
        "custom_tags_pairs": pairs(of.tags),
        "usage_unit": meter.unit,
        "usage_quantity": usage.quantity,
        "usage_metadata": {
            "cluster_id": cluster,
            "job_id": usage.job.id if usage.job else None,
            "job_run_id": usage.run_id,
            "job_name": usage.job.name if usage.job else None,
            "node_type": usage.job.node_type if usage.job else None,
        },
        "identity_metadata": {"run_as": of.owner.email},
        "record_type": "ORIGINAL",
        "ingestion_date": day,
        "billing_origin_product": meter.product,
        "product_features": {"jobs_tier": "CLASSIC" if usage.job else None, "is_serverless": False, "is_photon": meter.photon},
        "usage_type": meter.usage_type,
    }


def _taken_back(plan: Plan) -> list[dict[str, object]]:
    """On the Tuesday one job was metered twice: whoever counts only ORIGINAL rows sees a cost that never was."""
    job = plan.account.job("card_transactions_stream")
    price = sku(job.kind, job.workspace)
    usage = Usage(at(plan.spike.day, 15), (Decimal("312.40") / price.price).quantize(Decimal("0.000001")), price, job)
    row = _planted(usage, f"{plan.seed:04x}-twice")
    undone = {"record_id": f"{row['record_id']}-undone", "record_type": "RETRACTION", "usage_quantity": -usage.quantity}
    return [row, row | undone]
