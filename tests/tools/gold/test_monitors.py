"""Drift: the figures of SQL against the same computed in Python, and what must not alarm."""

import asyncio
import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats

from tests.account import write_account
from tests.tools.gold.accounts import JOBS, NOW, RUNS, job, opened, run
from tools.errors import BadRequestError, MisconfiguredError
from tools.monitors import get_inference_drift, get_job_run_drift, monitored_job_run_drift
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

PAYLOADS = "system.__internal_logging.payload_logs"
ENTITIES = "system.serving.served_entities"
LAST = date(2026, 11, 23)
_random = random.Random(3)


def durations(count: int, minutes: float) -> list[float]:
    return [round(_random.lognormvariate(math.log(minutes), 0.2) * 60) / 60 for _ in range(count)]


BEFORE, AFTER, STEADY = durations(60, 20), durations(60, 26), [durations(60, 20) for _ in range(2)]


def week(name: str, values: list[float], last_day: date, job_id: str, failed: int = 0) -> list[dict[str, Any]]:
    """Runs spread over the seven days up to `last_day`; the first `failed` of them fail."""
    start = datetime.combine(last_day, datetime.min.time()) - timedelta(days=6)
    return [
        part
        for n, minutes in enumerate(values)
        for part in run(
            f"{name}{n}", start + timedelta(days=n % 7, hours=1, minutes=n), minutes,
            "FAILED" if n < failed else "SUCCEEDED", job_id,
        )
    ]  # fmt: skip


JOB_ROWS = {
    JOBS: [job("1", "drifting"), job("2", "steady")],
    RUNS: [
        *week("b", BEFORE, LAST - timedelta(days=7), "1"),
        *week("a", AFTER, LAST, "1"),
        *week("s", STEADY[0], LAST - timedelta(days=7), "2"),
        *week("t", STEADY[1], LAST, "2", failed=6),
        *week("x", [5] * 9, LAST - timedelta(days=7), "4"),
        *week("y", [50] * 9, LAST, "4"),
        *run("few", datetime(2026, 11, 23, 3), 5, "SUCCEEDED", "3"),
    ],
}


def jensen_shannon(new: np.ndarray, old: np.ndarray) -> float:
    middle = (new + old) / 2
    return math.sqrt(float(np.sum(new * np.log2(new / middle) + old * np.log2(old / middle))) / 2)


def binned(new: list[float], old: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both over the tenths of the old values, half a value added to each."""
    edges = np.quantile(old, np.arange(0.1, 0.95, 0.1))
    counts = [np.bincount(np.searchsorted(edges, values, side="left"), minlength=10) + 0.5 for values in (new, old)]
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("jobs"), JOB_ROWS) as warehouse:
        yield warehouse


async def test_job_drift_equals_the_textbook(jobs: EmbeddedWarehouse) -> None:
    rows = {r["slice_name"]: r for r in await get_job_run_drift(jobs, LAST - timedelta(days=6), LAST, 7, "job_id")}
    drifting, new, old = rows["drifting"], *binned(AFTER, BEFORE)
    assert drifting["slice_value"] == "1/1"
    assert drifting["population_stability_index"] == pytest.approx(float(np.sum((new - old) * np.log(new / old))))
    assert drifting["js_distance"] == pytest.approx(jensen_shannon(new, old))
    expected = stats.ks_2samp(AFTER, BEFORE, method="asymp")
    assert drifting["ks_test"] == pytest.approx(expected.statistic)
    assert drifting["ks_p_value"] < 0.001 and expected.pvalue < 0.001
    assert drifting["duration_drift_pct"] == pytest.approx(100 * (np.mean(AFTER) / np.mean(BEFORE) - 1))
    assert drifting["p90_duration_drift_pct"] == pytest.approx(100 * (np.quantile(AFTER, 0.9) / np.quantile(BEFORE, 0.9) - 1))
    assert drifting["drift_level"] == "MAJOR"


async def test_a_steady_job_does_not_alarm_but_its_failures_show(jobs: EmbeddedWarehouse) -> None:
    rows = {r["slice_name"]: r for r in await get_job_run_drift(jobs, LAST - timedelta(days=6), LAST, 7, "job_id")}
    steady = rows["steady"]
    assert steady["drift_level"] == "NONE"
    ok = STEADY[1][6:]
    assert steady["ks_p_value"] == pytest.approx(stats.ks_2samp(ok, STEADY[0], method="asymp").pvalue, abs=0.05)
    assert (steady["success_rate"], steady["success_rate_drift"], steady["failure_count_drift"]) == (90, -10, 6)
    assert (rows["3"]["drift_level"], rows["3"]["count_delta"]) == ("UNKNOWN", None)
    assert (rows["4"]["drift_level"], rows["4"]["duration_drift_pct"]) == ("UNKNOWN", 900)


async def test_windows_lie_back_to_back_from_the_last_day(jobs: EmbeddedWarehouse) -> None:
    newest, oldest = list(await get_job_run_drift(jobs, LAST - timedelta(days=13), LAST, 7))
    assert (newest["window_start"], newest["window_end"]) == (LAST - timedelta(days=6), LAST)
    assert (newest["window_cmp_start"], newest["window_cmp_end"]) == (
        LAST - timedelta(days=13), LAST - timedelta(days=7),
    )  # fmt: skip
    assert (newest["total_runs"], newest["count_delta"], oldest["total_runs"]) == (130, 1, 129)
    assert (newest["slice_key"], newest["slice_value"]) == (None, None)
    assert len(await get_job_run_drift(jobs, LAST - timedelta(days=2), LAST, 1)) == 3


async def test_the_drift_table_has_daily_and_weekly_rows(jobs: EmbeddedWarehouse) -> None:
    sql = """SELECT granularity, slice_key, count(*) AS rows FROM fact_job_run_drift_metrics
             WHERE drift_type = 'CONSECUTIVE' GROUP BY granularity, slice_key"""
    assert {r["granularity"]: r["rows"] for r in await jobs.query(Statement("t", sql)) if not r["slice_key"]} == {
        "1 day": 14,
    }  # fmt: skip
    weekly = "SELECT window, slice_name, drift_level FROM fact_job_run_drift_metrics WHERE slice_key = 'job_id'"
    rows = {r["slice_name"]: r for r in await jobs.query(Statement("t", weekly)) if r["drift_level"] == "MAJOR"}
    assert set(rows) == {"drifting"}


async def test_bad_input_is_named(jobs: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="slice_key = 'moon'"):
        await get_job_run_drift(jobs, LAST, LAST, 7, "moon")
    with pytest.raises(BadRequestError, match="window_days = 0"):
        await get_job_run_drift(jobs, LAST, LAST, 0)
    with pytest.raises(MisconfiguredError, match="is not a schema"):
        await monitored_job_run_drift(jobs, "x; DROP TABLE y", LAST, LAST)


def test_lakehouse_monitoring_is_read_where_it_is(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {})
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA gold_monitoring")
        connection.execute(
            """CREATE TABLE gold_monitoring.fact_job_run_timeline_drift_metrics AS
            SELECT {'start': day, 'end': day + INTERVAL 1 DAY} AS "window", '1 day' AS granularity, slice_key,
                   'x' AS slice_value, column_name, drift_type, -5.5 AS success_rate_drift, 3 AS failure_count_drift,
                   0.0 AS run_count_drift_pct, 0.0 AS duration_drift_pct, 0.0 AS p90_duration_drift_pct,
                   0.0 AS p99_duration_drift_pct, 0.0 AS duration_cv_drift, 0 AS long_running_drift
            FROM (VALUES (TIMESTAMP '2026-11-23', NULL, ':table', 'CONSECUTIVE'),
                         (TIMESTAMP '2026-11-23', 'job_id', ':table', 'CONSECUTIVE'),
                         (TIMESTAMP '2026-11-23', NULL, 'run_id', 'CONSECUTIVE'),
                         (TIMESTAMP '2026-11-23', NULL, ':table', 'BASELINE'),
                         (TIMESTAMP '2026-11-24', NULL, ':table', 'CONSECUTIVE'))
                 AS t(day, slice_key, column_name, drift_type)"""
        )
    warehouse = EmbeddedWarehouse(path, NOW)
    read = asyncio.run(monitored_job_run_drift(warehouse, "account.gold_monitoring", LAST, LAST))
    assert [(r["window_start"], r["success_rate_drift"]) for r in read] == [
        (datetime(2026, 11, 23, tzinfo=UTC), pytest.approx(-5.5)),
    ]  # fmt: skip
    asyncio.run(warehouse.close())


OLD_SCORES = [round(_random.gauss(0.2, 0.05), 6) for _ in range(80)]
NEW_SCORES = [round(_random.gauss(0.3, 0.05), 6) for _ in range(80)]
SHOPS = [[f"shop {_random.randrange(40)}" for _ in range(80)] for _ in range(2)]
AMOUNTS = [round(_random.uniform(0, 100), 3) for _ in range(80)]


def payload(day: date, request: str, response: str, status: int = 200) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "served_entity_id": "e1",
        "request_date": day,
        "status_code": status,
        "request": request,
        "response": response,
    }


def scored(day: date, n: int, scores: list[float], shops: list[str]) -> dict[str, Any]:
    """Two records a request, as records and as a split frame by turns."""
    features = [
        {"amount": AMOUNTS[i], "first name": f"secret{i}", "plan": "gold" if i % 4 else None, "shop": shops[i]}
        for i in (n, n + 1)
    ]
    body: dict[str, Any] = {"dataframe_records": features}
    if n % 4:
        body = {"dataframe_split": {"columns": list(features[0]), "data": [list(f.values()) for f in features]}}
    return payload(day, json.dumps(body), json.dumps({"predictions": scores[n : n + 2]}))


MODEL_ROWS = {
    ENTITIES: [
        {"served_entity_id": "e1", "workspace_id": "1", "endpoint_name": "fraud", "change_time": datetime(2026, 1, 1)},
    ],
    PAYLOADS: [
        *(scored(LAST - timedelta(days=3), n, OLD_SCORES, SHOPS[0]) for n in range(0, 80, 2)),
        *(scored(LAST, n, NEW_SCORES, SHOPS[1]) for n in range(0, 80, 2)),
        payload(LAST, "not json", ""),
        payload(LAST, json.dumps({"dataframe_records": [{"amount": 1e9}]}), "{}", status=500),
        payload(LAST, json.dumps({"instances": [{"note": "x"}]}), json.dumps({"predictions": [{"label": "yes"}]})),
    ],
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("models"), MODEL_ROWS) as warehouse:
        yield warehouse


async def test_inference_drift_equals_the_textbook_and_hides_values(models: EmbeddedWarehouse) -> None:
    table = await get_inference_drift(models, LAST, LAST, "fraud", 7)
    rows = {(r["kind"], r["field"]): r for r in table}
    score, new, old = rows["PREDICTION", "prediction"], *binned(NEW_SCORES, OLD_SCORES)
    assert (score["current_count"], score["baseline_count"], score["field_type"]) == (80, 80, "NUMERIC")
    assert score["population_stability_index"] == pytest.approx(float(np.sum((new - old) * np.log(new / old))))
    assert score["js_distance"] == pytest.approx(jensen_shannon(new, old))
    assert score["ks_test"] == pytest.approx(stats.ks_2samp(NEW_SCORES, OLD_SCORES).statistic)
    assert score["mean_shift_sd"] == pytest.approx((np.mean(NEW_SCORES) - np.mean(OLD_SCORES)) / np.std(OLD_SCORES, ddof=1))
    assert score["drift_level"] == "MAJOR"
    assert "secret" not in str(table.rows)


async def test_unchanged_inputs_do_not_alarm(models: EmbeddedWarehouse) -> None:
    rows = {(r["kind"], r["field"]): r for r in await get_inference_drift(models, LAST, LAST)}
    amount, plan, name = (rows["INPUT", field] for field in ("amount", "plan", "first name"))
    assert (amount["ks_test"], amount["ks_p_value"], amount["drift_level"]) == (0, 1, "NONE")
    assert (amount["current_count"], amount["current_mean"]) == (80, pytest.approx(np.mean(AMOUNTS)))
    assert (plan["field_type"], plan["current_null_pct"], plan["drift_level"]) == ("CATEGORICAL", 25, "NONE")
    assert (name["field_type"], name["drift_level"]) == ("TEXT", "UNKNOWN")
    shop = rows["INPUT", "shop"]  # forty shops drawn alike: chance alone moves the index above 0.25
    assert (shop["field_type"], shop["drift_level"]) == ("CATEGORICAL", "NONE")
    assert shop["population_stability_index"] > 0.25
    assert rows["PREDICTION", "label"]["drift_level"] == "UNKNOWN"


async def test_a_baseline_makes_sense(models: EmbeddedWarehouse) -> None:
    with pytest.raises(BadRequestError, match="baseline_days = 0"):
        await get_inference_drift(models, LAST, LAST, baseline_days=0)
    short = await get_inference_drift(models, LAST, LAST, baseline_days=2)
    assert set(short.column("drift_level")) == {"UNKNOWN"}
