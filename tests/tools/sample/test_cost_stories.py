"""The stories are true in the rows: dollars to the cent, counts exactly, computed in SQL from nothing but the file."""

from datetime import UTC, timedelta
from decimal import Decimal

import duckdb

from tests.tools.sample.ask import one
from tests.tools.sample.conftest import TODAY
from tools.sample.stories import Story, clean_days, last_tuesday

Stories = dict[str, Story]
CENT = Decimal("0.01")


def test_retries_cost_what_the_spike_says(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    facts = story["spike"].facts
    at = (facts["workspace_id"], facts["job_id"], facts["day"])
    attempts = one(
        sample,
        """
        SELECT sum(usd) FROM cost WHERE workspace_id = ? AND usage_metadata.job_id = ? AND usage_date = ?
            AND record_id LIKE 'c0ffee%'""",
        *at,
    )
    assert attempts.quantize(CENT) == story["spike"].usd
    usual = one(
        sample,
        """
        SELECT sum(usd) / 4 FROM cost WHERE workspace_id = ? AND usage_metadata.job_id = ?
            AND usage_date IN (?, ?, ?, ?)""",
        *at[:2],
        *(facts["day"] - timedelta(days=7 * week) for week in (1, 2, 3, 4)),
    )
    actual = one(sample, "SELECT sum(usd) FROM cost WHERE workspace_id = ? AND usage_metadata.job_id = ? AND usage_date = ?", *at)
    assert abs(float(actual) - usual - float(story["spike"].usd)) < 0.02 * float(story["spike"].usd)


def test_the_failed_attempts_of_the_spike_are_in_the_task_runs(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    facts = story["retries"].facts
    counted = one(
        sample,
        """
        SELECT count(DISTINCT run_id), count(DISTINCT job_run_id) FROM system_lakeflow.job_task_run_timeline
        WHERE workspace_id = ? AND job_id = ? AND task_key = ? AND result_state = 'FAILED' AND termination_code = ?
          AND CAST(period_end_time AS DATE) = ?""",
        facts["workspace_id"],
        facts["job_id"],
        facts["task"],
        facts["termination_code"],
        facts["day"],
    )
    assert counted == (facts["failed_attempts"], facts["failed_runs"])
    failed = sample.execute(
        "SELECT run_id FROM runs WHERE workspace_id = ? AND job_id = ? AND state = 'FAILED' AND CAST(started AS DATE) = ?",
        [facts["workspace_id"], facts["job_id"], facts["day"]],
    )
    assert sorted(run for (run,) in failed.fetchall()) == list(facts["run_ids"])
    recovered = one(
        sample,
        "SELECT min(started) FROM runs WHERE workspace_id = ? AND job_id = ? AND state = 'SUCCEEDED' AND started > ?",
        facts["workspace_id"],
        facts["job_id"],
        story["retries"].start,
    )
    assert abs(recovered.replace(tzinfo=UTC) - facts["recovered"]) < timedelta(minutes=1)


def test_a_double_record_on_the_tuesday_nets_out(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    counted = one(
        sample,
        """
        SELECT count(*), sum(usage_quantity), sum(usd) FILTER (record_type = 'ORIGINAL') FROM cost
        WHERE usage_metadata.job_name = ? AND usage_date = ? AND record_id LIKE 'c0ffee%'""",
        story["spike"].facts["retracted_job"],
        story["spike"].facts["day"],
    )
    assert counted[:2] == (2, 0)
    assert counted[2] > 300


def test_the_cluster_left_on_costs_what_is_told(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["left-on"]
    usd, hours = one(
        sample,
        """
        SELECT sum(usd), count(*) FROM cost WHERE workspace_id = ? AND usage_metadata.cluster_id = ?
          AND usage_start_time >= ? AND usage_end_time <= ?""",
        told.facts["workspace_id"],
        told.facts["cluster_id"],
        told.start,
        told.end,
    )
    assert (usd.quantize(CENT), hours) == (told.usd, told.facts["hours"])
    assert (
        one(
            sample,
            "SELECT auto_termination_minutes FROM system_compute.clusters WHERE cluster_id = ? AND "
            "workspace_id = ? "
            "AND change_time < ? ORDER BY change_time DESC LIMIT 1",
            told.facts["cluster_id"],
            told.facts["workspace_id"],
            told.start,
        )
        == 0
    )


def test_the_new_job_costs_what_is_told(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["newcomer"]
    usd, runs = one(
        sample,
        """
        SELECT sum(usd), count(DISTINCT usage_metadata.job_run_id) FROM cost WHERE workspace_id = ?
            AND usage_metadata.job_id = ?
          AND usage_start_time < ?""",
        told.facts["workspace_id"],
        told.facts["job_id"],
        told.end,
    )
    assert (usd.quantize(CENT), runs) == (told.usd, told.facts["runs"])
    assert (
        one(
            sample,
            "SELECT count(*) FROM cost JOIN runs ON run_id = usage_metadata.job_run_id WHERE usage_metadata.job_id = ?",
            told.facts["job_id"],
        )
        > 0
    )
    assert (
        one(
            sample,
            "SELECT count(*) FROM cost WHERE usage_metadata.job_id = ? AND dayofweek(usage_date) = 2",
            told.facts["job_id"],
        )
        == 0
    )


def test_one_price_rose_and_only_its_sku(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["repricing"]
    changed = sample.execute("""
        SELECT DISTINCT b.sku_name, a.pricing.effective_list."default", b.pricing.effective_list."default",
            b.price_start_time
        FROM system_billing.list_prices a JOIN system_billing.list_prices b USING (sku_name, cloud, currency_code)
        WHERE a.price_end_time = b.price_start_time AND a.price_start_time < b.price_start_time
            AND currency_code = 'USD'
          AND b.price_start_time > '2026-07-01'""").fetchall()
    new = (told.causes[0]["sku"], told.facts["old_price"], told.facts["new_price"], told.start.replace(tzinfo=None))
    assert changed == [new]


def test_sql_of_one_workspace_moved_to_serverless(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["migration"]
    sql = """SELECT coalesce(sum(usd) FILTER (usage_start_time < ?), 0),
        coalesce(sum(usd) FILTER (usage_start_time >= ?), 0)
        FROM cost WHERE workspace_id = ? AND sku_name = ?"""
    where = (told.start, told.start, told.facts["workspace_id"])
    falls, rises = one(sample, sql, *where, told.facts["falls"]), one(sample, sql, *where, told.facts["rises"])
    assert falls[0] > 1000 and falls[1] == 0
    assert rises[0] == 0 and rises[1] > 1000
    assert (
        one(
            sample,
            "SELECT warehouse_type FROM system_compute.warehouses WHERE warehouse_id = ? AND workspace_id "
            "= ? "
            "ORDER BY change_time DESC LIMIT 1",
            told.facts["warehouse_id"],
            told.facts["workspace_id"],
        )
        == "SERVERLESS"
    )


def test_clean_weeks_look_usual(sample: duckdb.DuckDBPyConnection) -> None:
    first, last = clean_days(TODAY)
    off = one(
        sample,
        """
        SELECT max(abs(usd / avg - 1)) FROM (SELECT usd, avg(usd) OVER (PARTITION BY dayofweek(usage_date)) AS avg
            FROM (SELECT usage_date, sum(usd) AS usd FROM cost WHERE usage_date BETWEEN ? AND ? GROUP BY 1))""",
        first,
        last,
    )
    assert off < 0.04


def test_the_tuesday_stands_out_of_the_total(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    day = last_tuesday(TODAY)
    actual, usual = one(
        sample,
        """
        SELECT sum(usd) FILTER (usage_date = ?), sum(usd) FILTER (usage_date IN (?, ?, ?, ?)) / 4 FROM cost""",
        day,
        *(day - timedelta(days=7 * week) for week in (1, 2, 3, 4)),
    )
    assert abs(float(actual) - usual - float(story["spike"].usd)) < 0.05 * float(story["spike"].usd)
