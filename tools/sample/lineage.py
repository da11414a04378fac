"""system.access: table and column lineage, as jobs write it on every run."""

from datetime import date

import duckdb

from tools.sample.catalog import columns, kind
from tools.sample.plan import Plan
from tools.sample.rows import seed_table
from tools.sample.workspaces import ACCOUNT_ID, METASTORE_ID

# One event per job, day and edge. Nothing is written by a run that failed, so a broken feed's lineage stops.
TABLES = """
INSERT INTO system_access.table_lineage BY NAME
SELECT $account AS account_id, $metastore AS metastore_id, r.workspace_id, 'JOB' AS entity_type, r.job_id AS entity_id,
    cast(r.run_number AS VARCHAR) AS entity_run_id,
       e.source AS source_table_full_name, split_part(e.source, '.', 1) AS source_table_catalog,
       split_part(e.source, '.', 2) AS source_table_schema,
       split_part(e.source, '.', 3) AS source_table_name, e.source_path, e.source_type,
       e.target AS target_table_full_name, split_part(e.target, '.', 1) AS target_table_catalog,
       split_part(e.target, '.', 2) AS target_table_schema,
       split_part(e.target, '.', 3) AS target_table_name, NULL::VARCHAR AS target_path, e.target_type,
       r.owner AS created_by,
       r.ended AS event_time, cast(r.ended AS DATE) AS event_date,
       format('{:016x}', hash(r.run_number, e.source, e.source_path, e.target, 1)) AS record_id,
       format('{:016x}', hash(r.run_number, 2)) AS event_id,
       struct_pack(job_info := struct_pack(job_id := r.job_id,
           job_run_id := cast(r.run_number AS VARCHAR))) AS entity_metadata
FROM runs r JOIN edges e USING (job_number)
WHERE r.state = 'SUCCEEDED' AND r.ended < $now AND r.copy = 0
    AND (r.slot = 0 OR (r.slot % 6 = 3 AND r.day >= $today - 14))
"""
COLUMNS = """
INSERT INTO system_access.column_lineage BY NAME
SELECT t.* EXCLUDE (record_id), format('{:016x}', hash(t.record_id, c.source_column, c.target_column)) AS record_id,
       c.source_column AS source_column_name, c.target_column AS target_column_name
FROM system_access.table_lineage t JOIN column_edges c ON c.source = t.source_table_full_name
    AND c.target = t.target_table_full_name
WHERE t.event_date >= $first AND t.event_date < $last AND (c.sales OR hash(t.record_id) % 4 = 0)
"""
READS = """
INSERT INTO system_access.table_lineage BY NAME
SELECT $account AS account_id, $metastore AS metastore_id, a.workspaces[1] AS workspace_id,
    ['NOTEBOOK', 'DASHBOARD_V3', 'DBSQL_QUERY'][1 + cast(n % 3 AS BIGINT)] AS entity_type,
       format('{:016x}', hash(a.actor, n)) AS entity_id, a.tables[1 + n] AS source_table_full_name,
       split_part(a.tables[1 + n], '.', 1) AS source_table_catalog,
       split_part(a.tables[1 + n], '.', 2) AS source_table_schema,
       split_part(a.tables[1 + n], '.', 3) AS source_table_name, 'TABLE' AS source_type,
       a.email AS created_by, d.start + to_hours(9 + n) AS event_time, d.day AS event_date,
       format('{:016x}', hash(a.actor, d.number, n, 3)) AS record_id,
       format('{:016x}', hash(a.actor, d.number, n, 4)) AS event_id
FROM actors a JOIN days d ON d.day >= $first AND d.day < $last AND d.weekday < 6 AND a.human AND a.until IS NULL,
    range(0, 3) r(n)
WHERE uniform(a.actor, d.number, n, 31) < 0.25 AND d.start + to_hours(9 + n) < $now
"""


def prepare(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Temporary tables of the edges: what each job reads and writes."""
    edges: list[dict[str, object]] = []
    for job in plan.account.jobs:
        if job.writes:
            target = {"job_number": job.number, "target": job.writes, "target_type": kind(job.writes)}
            edges += [{**target, "source": source, "source_path": None, "source_type": kind(source)} for source in job.reads]
            if not job.reads:
                edges.append(
                    {**target, "source": None, "source_path": f"s3://lakeshore-landing/{job.name}/", "source_type": "PATH"}
                )
            if job.number % 10 == 0:
                edges.append({**target, "source": None, "source_path": None, "source_type": None})
    # Feedback: customers is also enriched from customer_360, which is made from it.
    feedback = plan.account.job("customers_etl")
    edges.append(
        {
            "job_number": feedback.number,
            "target": feedback.writes,
            "target_type": "TABLE",
            "source": "prod.crm.customer_360",
            "source_path": None,
            "source_type": "TABLE",
        }
    )
    seed_table(connection, "edges", edges)
    seed_table(
        connection,
        "column_edges",
        [
            {
                "source": edge["source"],
                "target": edge["target"],
                "source_column": before,
                "target_column": after,
                "sales": len(columns(str(edge["target"]))) == 3,
            }
            for edge in edges
            if edge["source"]
            for before, after in zip(columns(str(edge["source"])), columns(str(edge["target"])), strict=False)
        ],
    )


def make(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    """Lineage of the days in [first, last); needs the table `runs` of those days."""
    common = {"account": ACCOUNT_ID, "metastore": METASTORE_ID, "now": plan.when.now}
    days = {"first": first, "last": last}
    connection.execute(TABLES, {**common, "today": plan.when.today})
    connection.execute(READS, {**common, **days})
    connection.execute(COLUMNS, days)
