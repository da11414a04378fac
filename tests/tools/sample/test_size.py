from datetime import date
from pathlib import Path

import duckdb

from tests.tools.sample.ask import one
from tools.sample.account import account


def test_the_account_is_as_large_as_promised(sample: duckdb.DuckDBPyConnection) -> None:
    assert one(sample, "SELECT count(*) FROM system_billing.usage") > 400_000
    assert one(sample, "SELECT count(DISTINCT workspace_id) FROM system_access.workspaces_latest") >= 8
    assert one(sample, "SELECT count(*) FROM (SELECT DISTINCT workspace_id, job_id FROM system_lakeflow.jobs)") >= 150
    assert one(sample, "SELECT count(DISTINCT user_identity.email) FROM system_access.audit") >= 60
    assert one(sample, "SELECT count(*) FROM (SELECT DISTINCT workspace_id, warehouse_id FROM system_compute.warehouses)") >= 10
    assert one(sample, "SELECT count(DISTINCT endpoint_id) FROM system_serving.served_entities") >= 12
    assert len({person.email for person in account(7).people}) == len(account(7).people)


def test_it_covers_120_days_that_end_now(sample: duckdb.DuckDBPyConnection) -> None:
    first, last, days = one(
        sample, "SELECT min(usage_date), max(usage_date), count(DISTINCT usage_date) FROM system_billing.usage"
    )
    assert (first, last, days) == (date(2026, 7, 28), date(2026, 11, 24), 120)


def test_the_file_is_small(path: Path) -> None:
    assert path.stat().st_size < 120_000_000


def test_a_usual_day_costs_eight_to_twelve_thousand_dollars(sample: duckdb.DuckDBPyConnection) -> None:
    mean = one(sample, "SELECT sum(usd) / 119 FROM cost WHERE usage_date < '2026-11-24'")
    assert 8_000 < float(mean) < 12_000


def test_weekends_are_cheaper_and_the_account_grows_slowly(sample: duckdb.DuckDBPyConnection) -> None:
    weekday, weekend = one(
        sample,
        """
        SELECT avg(usd) FILTER (dayofweek(usage_date) IN (1, 2, 3, 4, 5)),
            avg(usd) FILTER (dayofweek(usage_date) IN (0, 6))
        FROM (SELECT usage_date, sum(usd) AS usd FROM cost WHERE usage_date < '2026-10-06' GROUP BY 1)""",
    )
    assert 0.6 < weekend / weekday < 0.85
    early, late = one(
        sample,
        """
        SELECT sum(usd) FILTER (usage_date < '2026-08-11'),
            sum(usd) FILTER (usage_date BETWEEN '2026-09-22' AND '2026-10-05') FROM cost""",
    )
    assert 1.01 < late / early < 1.06


def test_a_few_jobs_cost_most(sample: duckdb.DuckDBPyConnection) -> None:
    share = one(
        sample,
        """
        SELECT sum(usd) FILTER (place <= 20) / sum(usd) FROM (
            SELECT sum(usd) AS usd, row_number() OVER (ORDER BY sum(usd) DESC) AS place FROM cost
            WHERE billing_origin_product = 'JOBS' GROUP BY workspace_id, usage_metadata.job_id)""",
    )
    assert 0.4 < float(share) < 0.8


def test_usage_is_hourly_and_in_the_order_of_days(sample: duckdb.DuckDBPyConnection) -> None:
    assert (
        one(
            sample,
            """
        SELECT count(*) FROM system_billing.usage WHERE usage_end_time <> usage_start_time + INTERVAL 1 HOUR
           OR minute(usage_start_time) <> 0 OR usage_date <> CAST(usage_start_time AS DATE)""",
        )
        == 0
    )
    spread = one(
        sample,
        "SELECT max(span) FROM (SELECT rowid // 122880 AS part, max(usage_date) - min(usage_date) AS "
        "span "
        "FROM system_billing.usage GROUP BY 1)",
    )
    assert spread < 120
