"""One test for each way in which the system tables mislead: the rows that would show the mistake are there."""

from typing import Any

import duckdb
import pytest

# trap → a query that counts rows which only exist if the trap is set
TRAPS = {
    "a retraction takes back an original row": """
        SELECT count(*) FROM system_billing.usage r JOIN system_billing.usage o ON o.record_type = 'ORIGINAL'
            AND o.usage_quantity = -r.usage_quantity AND o.sku_name = r.sku_name
            AND o.usage_start_time = r.usage_start_time
            AND o.workspace_id = r.workspace_id AND o.usage_metadata IS NOT DISTINCT FROM r.usage_metadata
        WHERE r.record_type = 'RETRACTION'""",
    "a restatement arrives days later": """
        SELECT count(*) FROM system_billing.usage WHERE record_type = 'RESTATEMENT'
            AND ingestion_date > usage_date + 2""",
    "usage without a price": "SELECT count(*) FROM cost WHERE price IS NULL",
    "a price changed inside the period": """
        SELECT count(*) FROM system_billing.list_prices WHERE price_start_time BETWEEN '2026-07-28' AND '2026-11-24'
            AND price_end_time IS NULL""",
    "closed price windows": "SELECT count(*) FROM system_billing.list_prices WHERE price_end_time < '2026-07-28'",
    "prices in a second currency": "SELECT count(*) FROM system_billing.list_prices WHERE currency_code = 'EUR'",
    "promotions: default is not what counts": """
        SELECT count(*) FROM system_billing.list_prices WHERE pricing."default" > pricing.effective_list."default"
            AND pricing.promotional."default" = pricing.effective_list."default" """,
    "a contract below the list price": """
        SELECT count(*) FROM system_billing.account_prices a
            JOIN system_billing.list_prices l USING (sku_name, cloud, currency_code)
        WHERE a.price_end_time IS NULL AND l.price_end_time IS NULL
            AND a.pricing."default" < l.pricing.effective_list."default" """,
    "gigabytes": "SELECT count(*) FROM system_billing.usage WHERE usage_unit = 'GB'",
    "tokens": "SELECT count(*) FROM system_billing.usage WHERE usage_unit = 'TOKEN'",
    "storage units": "SELECT count(*) FROM system_billing.usage WHERE usage_unit = 'DSU'",
    "usage without a job": "SELECT count(*) FROM system_billing.usage WHERE usage_metadata.job_id IS NULL",
    "usage without run_as": "SELECT count(*) FROM system_billing.usage WHERE identity_metadata.run_as IS NULL",
    "tag keys in three spellings": """
        SELECT count(*) FROM (SELECT 1 FROM system_billing.usage WHERE custom_tags['team'] IS NOT NULL LIMIT 1)
        CROSS JOIN (SELECT 1 FROM system_billing.usage WHERE custom_tags['Team'] IS NOT NULL LIMIT 1)
        CROSS JOIN (SELECT 1 FROM system_billing.usage WHERE custom_tags['TEAM'] IS NOT NULL LIMIT 1)""",
    "a run cut into hourly slices": "SELECT count(*) FROM runs WHERE slices > 1 AND state IS NOT NULL",
    "a run that still runs": "SELECT count(*) FROM runs WHERE state IS NULL",
    "a run cancelled by a person": "SELECT count(*) FROM runs WHERE state = 'CANCELLED' AND code = 'USER_CANCELED'",
    "a run skipped": "SELECT count(*) FROM runs WHERE state = 'SKIPPED' AND code = 'MAX_CONCURRENT_RUNS_EXCEEDED'",
    "a run timed out": "SELECT count(*) FROM runs WHERE state = 'TIMED_OUT'",
    "a run without a job definition": """
        SELECT count(*) FROM runs LEFT JOIN system_lakeflow.jobs j USING (workspace_id, job_id)
            WHERE j.job_id IS NULL""",
    "a run repaired to success": """
        SELECT count(*) FROM (SELECT job_run_id, task_key FROM system_lakeflow.job_task_run_timeline
            GROUP BY ALL HAVING count(DISTINCT run_id) > 1 AND bool_or(result_state = 'SUCCEEDED')
                AND bool_or(result_state = 'FAILED'))""",
    "a job id in two workspaces": """
        SELECT count(*) FROM (SELECT job_id FROM system_lakeflow.jobs GROUP BY 1
            HAVING count(DISTINCT workspace_id) > 1)""",
    "a cluster id in two workspaces": """
        SELECT count(*) FROM (SELECT cluster_id FROM system_compute.clusters GROUP BY 1
            HAVING count(DISTINCT workspace_id) > 1)""",
    "a warehouse id in two workspaces": """
        SELECT count(*) FROM (SELECT warehouse_id FROM system_compute.warehouses GROUP BY 1
            HAVING count(DISTINCT workspace_id) > 1)""",
    "a pipeline id in two workspaces": """
        SELECT count(*) FROM (SELECT pipeline_id FROM system_lakeflow.pipelines GROUP BY 1
            HAVING count(DISTINCT workspace_id) > 1)""",
    "a job renamed": """
        SELECT count(*) FROM (SELECT 1 FROM system_lakeflow.jobs GROUP BY workspace_id,
            job_id HAVING count(DISTINCT name) > 1)""",
    "a job deleted": "SELECT count(*) FROM system_lakeflow.jobs WHERE delete_time IS NOT NULL",
    "a warehouse deleted": "SELECT count(*) FROM system_compute.warehouses WHERE delete_time IS NOT NULL",
    "a warehouse resized": """
        SELECT count(*) FROM (SELECT 1 FROM system_compute.warehouses GROUP BY workspace_id, warehouse_id
            HAVING count(DISTINCT warehouse_size) > 1)""",
    "answers from the result cache": "SELECT count(*) FROM system_query.history WHERE from_result_cache",
    "statements canceled, with one L": "SELECT count(*) FROM system_query.history WHERE execution_status = 'CANCELED'",
    "statements on serverless compute": "SELECT count(*) FROM system_query.history WHERE compute.type = 'SERVERLESS_COMPUTE'",
    "personal data in a statement": "SELECT count(*) FROM system_query.history WHERE statement_text LIKE '%@example.org%'",
    "driver and workers": """
        SELECT count(*) FROM (SELECT 1 FROM system_compute.node_timeline GROUP BY cluster_id
            HAVING count(DISTINCT driver) = 2)""",
    "the system acts": "SELECT count(*) FROM system_access.audit WHERE user_identity.email = 'System-User'",
    "service principals act": "SELECT count(*) FROM system_access.audit WHERE user_identity.email NOT LIKE '%@%'",
    "account-level events": "SELECT count(*) FROM system_access.audit WHERE workspace_id = '0' AND audit_level = 'ACCOUNT_LEVEL'",
    "a secret in parameters": "SELECT count(*) FROM system_access.audit WHERE request_params['string_value'] LIKE 'dapi%'",
    "a write without a read": """
        SELECT count(*) FROM system_access.table_lineage WHERE source_table_full_name IS NULL
            AND source_path IS NULL""",
    "a read without a write": "SELECT count(*) FROM system_access.table_lineage WHERE target_table_full_name IS NULL",
    "a path as a source": "SELECT count(*) FROM system_access.table_lineage WHERE source_type = 'PATH' AND source_path LIKE 's3://%'",
    "a view as a target": "SELECT count(*) FROM system_access.table_lineage WHERE target_type = 'VIEW'",
    "the same edge again": """
        SELECT count(*) FROM (SELECT 1 FROM system_access.table_lineage GROUP BY source_table_full_name,
            target_table_full_name
            HAVING count(*) > 100)""",
    "a cycle": """
        SELECT count(*) FROM system_access.table_lineage a JOIN system_access.table_lineage b
            ON a.source_table_full_name = b.target_table_full_name
                AND a.target_table_full_name = b.source_table_full_name""",
    "states in mixed case": "SELECT count(*) FROM system_data_quality_monitoring.table_results WHERE status = 'Unhealthy'",
    "an endpoint without an inference table": """
        SELECT count(*) FROM (SELECT served_entity_id FROM system_serving.endpoint_usage EXCEPT
            SELECT served_entity_id FROM system___internal_logging.payload_logs)""",
    "a served entity replaced by a newer version": """
        SELECT count(*) FROM (SELECT 1 FROM system_serving.served_entities GROUP BY endpoint_id
            HAVING count(DISTINCT entity_version) > 1)""",
    "nested runs": "SELECT count(*) FROM system_mlflow.runs_latest WHERE tags['mlflow.parentRunId'] IS NOT NULL",
    "the last step is not the best": """
        SELECT count(*) FROM (SELECT max(metric_value) AS best, arg_max(metric_value, metric_step) AS last
            FROM system_mlflow.run_metrics_history WHERE metric_name = 'val_auc' GROUP BY run_id)
                WHERE last < best - 0.01""",
    "a metric that is not a number": "SELECT count(*) FROM system_mlflow.run_metrics_history WHERE isnan(metric_value)",
    "a job name that calls the channel": "SELECT count(*) FROM system_lakeflow.jobs WHERE name LIKE '<!channel>%|%'",
    "a job name with backticks": "SELECT count(*) FROM system_lakeflow.jobs WHERE name LIKE '%`%`%'",
    "a job name with an emoji": "SELECT count(*) FROM system_lakeflow.jobs WHERE name LIKE '🚀%'",
    "a job name of 400 characters": "SELECT count(*) FROM system_lakeflow.jobs WHERE length(name) >= 380",
    "a job name that gives orders": "SELECT count(*) FROM system_lakeflow.jobs WHERE name LIKE 'Ignore previous instructions%'",
    "a description that gives orders": (
        "SELECT count(*) FROM system_lakeflow.jobs WHERE description LIKE 'If you are an assistant%'"
    ),
    "a tag value with markup": "SELECT count(*) FROM system_billing.usage WHERE custom_tags['note'] LIKE '%<!here>%'",
    "a user name with markup": "SELECT count(*) FROM system_access.audit WHERE user_identity.subject_name LIKE '%<!channel>%'",
    "a table name with markup": """
        SELECT count(*) FROM system_access.audit WHERE request_params['full_name_arg'] LIKE '%<!here>%'""",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_trap_is_set(sample: duckdb.DuckDBPyConnection, trap: str) -> None:
    found: Any = sample.execute(TRAPS[trap]).fetchone()
    assert found[0] > 0


def test_between_a_tenth_and_a_sixth_of_the_cost_has_no_team(sample: duckdb.DuckDBPyConnection) -> None:
    share: Any = sample.execute("""
        SELECT sum(usd) FILTER (coalesce(custom_tags['team'], custom_tags['Team'],
            custom_tags['TEAM']) IS NULL) / sum(usd)
        FROM cost""").fetchone()
    assert 0.04 < share[0] < 0.17


def test_the_last_hours_are_incomplete_and_nothing_comes_from_the_future(sample: duckdb.DuckDBPyConnection) -> None:
    rows: Any = sample.execute("""
        SELECT hour(usage_start_time) AS hour, count(*) AS n FROM system_billing.usage
            WHERE usage_date = '2026-11-24' GROUP BY 1""")
    today = dict(rows.fetchall())
    usual: Any = sample.execute("""
        SELECT hour(usage_start_time) AS hour, count(*) / 4 AS n FROM system_billing.usage
        WHERE usage_date IN ('2026-11-03', '2026-11-10', '2026-10-27', '2026-10-20') GROUP BY 1""")
    before = dict(usual.fetchall())
    assert max(today) == 8
    assert all(0.9 < today[hour] / before[hour] < 1.1 for hour in range(4))
    assert all(today[hour] / before[hour] < 0.75 for hour in range(4, 9))


def test_only_the_last_slice_of_a_run_has_an_outcome(sample: duckdb.DuckDBPyConnection) -> None:
    early: Any = sample.execute("""
        SELECT count(*) FROM system_lakeflow.job_run_timeline t JOIN runs r USING (workspace_id, job_id, run_id)
        WHERE t.result_state IS NOT NULL AND t.period_end_time < r.ended""").fetchone()
    assert early[0] == 0


def test_slices_of_a_run_join_without_gap(sample: duckdb.DuckDBPyConnection) -> None:
    gaps: Any = sample.execute("""
        SELECT count(*) FROM (SELECT period_start_time, lag(period_end_time) OVER (
            PARTITION BY workspace_id, run_id ORDER BY period_start_time) AS before
                FROM system_lakeflow.job_run_timeline)
        WHERE before <> period_start_time""").fetchone()
    assert gaps[0] == 0


def test_keys_are_unique(sample: duckdb.DuckDBPyConnection) -> None:
    for table, key in (
        ("billing.usage", "record_id"),
        ("access.audit", "event_id"),
        ("query.history", "statement_id"),
        ("serving.endpoint_usage", "databricks_request_id"),
        ("access.table_lineage", "record_id"),
        ("mlflow.run_metrics_history", "record_id"),
    ):
        rows: Any = sample.execute(f"SELECT count(*) - count(DISTINCT {key}) FROM system_{table}").fetchone()
        assert rows[0] == 0, table
