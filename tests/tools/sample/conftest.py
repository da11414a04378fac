"""One sample for all tests of this folder, built once and kept in the cache."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tools.sample.cache import sample_path
from tools.sample.stories import Story, stories

TODAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
SEED = 7
# The price that the account pays: its contract's, else the effective list price, in USD, valid at the end of the hour.
COST = """
CREATE TEMPORARY VIEW cost AS
SELECT u.*, w.workspace_name, coalesce(a.pricing."default", l.pricing.effective_list."default",
    l.pricing."default") AS price,
       CAST(u.usage_quantity AS DECIMAL(18, 6)) * CAST(price AS DECIMAL(12, 6)) AS usd
FROM system_billing.usage u
LEFT JOIN system_access.workspaces_latest w USING (workspace_id)
LEFT JOIN system_billing.list_prices l ON l.sku_name = u.sku_name AND l.cloud = u.cloud AND l.usage_unit = u.usage_unit
    AND l.currency_code = 'USD' AND u.usage_end_time >= l.price_start_time
    AND (l.price_end_time IS NULL OR u.usage_end_time < l.price_end_time)
LEFT JOIN system_billing.account_prices a ON a.sku_name = u.sku_name AND a.cloud = u.cloud
    AND a.usage_unit = u.usage_unit AND a.currency_code = 'USD' AND u.usage_end_time >= a.price_start_time
    AND (a.price_end_time IS NULL OR u.usage_end_time < a.price_end_time)
"""
RUNS = """
CREATE TEMPORARY VIEW runs AS
SELECT workspace_id, job_id, run_id, min(period_start_time) AS started, max(period_end_time) AS ended,
       max(result_state) AS state, max(termination_code) AS code, any_value(run_name) AS name, count(*) AS slices
FROM system_lakeflow.job_run_timeline GROUP BY ALL
"""


@pytest.fixture(scope="session")
def path() -> Path:
    return sample_path(TODAY, SEED)


@pytest.fixture(scope="session")
def sample(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(COST)
        connection.execute(RUNS)
        yield connection


@pytest.fixture(scope="session")
def story() -> dict[str, Story]:
    return {one.key: one for one in stories(TODAY, SEED)}
