"""Endpoints on the planted burst and slowness, by every side that a question can ask for, against the raw rows."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agents.mlops import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.period import Period
from tools.sample.stories import Story

WEEK = "request_time >= '2026-11-18' AND request_time < $now"


async def test_the_burst_is_told_with_its_caller_and_hours(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["burst"]
    name, caller = story.causes[0]["endpoint"], story.causes[0]["user"]
    answer = await answered(SPECIALIST, question("why does it fail", "mlops.endpoints", now, endpoints=(name,)), warehouse)
    burst = next(found.text for found in answer.findings if found.text.startswith(caller))
    assert f"made {story.facts['requests']:,} requests to {name} (before: 0)" in burst
    assert f"{story.facts['errors']:,} failed with 429 between {story.start:%a %-d %b %H:%M}" in burst
    assert any(caller in line and "back-off" in line for line in answer.recommendations)


async def test_causes_of_failures_add_up(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["burst"]
    name = story.causes[0]["endpoint"]
    answer = await answered(SPECIALIST, question("why does it fail", "mlops.endpoints", now, endpoints=(name,)), warehouse)
    failed, before = rows(
        sample_file,
        f"SELECT count(*) FILTER ({WEEK}), count(*) FILTER (request_time >= '2026-11-11 14:00' AND request_time < '2026-11-18') "
        "FROM system_serving.endpoint_usage WHERE status_code >= 400 AND served_entity_id = $id",
        {"now": now, "id": story.facts["served_entity_id"]},
    )[0]
    assert sum(cause.delta for cause in answer.causes) == failed - before
    assert answer.causes[0].dims == {"user": story.causes[0]["user"], "status": str(story.facts["status_code"])}
    assert answer.causes[0].delta == story.facts["errors"]
    assert not answer.causes[-1].dims


async def test_without_a_why_there_are_no_causes(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    name = told["burst"].causes[0]["endpoint"]
    answer = await answered(SPECIALIST, question("does it fail", "mlops.endpoints", now, endpoints=(name,)), warehouse)
    assert not answer.causes


async def test_a_slow_endpoint_rules_out_load_and_version(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["drift"]
    name = story.causes[0]["endpoint"]
    answer = await answered(SPECIALIST, question("why is it slow", "mlops.endpoints", now, endpoints=(name,)), warehouse)
    p95, before = rows(
        sample_file,
        f"SELECT quantile_cont(execution_duration_ms, 0.95) FILTER ({WEEK}), quantile_cont(execution_duration_ms, 0.95) "
        "FILTER (request_time >= '2026-11-11 14:00' AND request_time < '2026-11-18') "
        "FROM system___internal_logging.payload_logs WHERE status_code < 400 AND served_entity_id = $id",
        {"now": now, "id": story.facts["served_entity_id"]},
    )[0]
    assert f"p95 {p95:.0f} ms instead of {before:.0f} ms" in answer.headline
    assert f"since {story.facts['slow_since']:%a %-d %b}" in answer.headline
    ruled_out = [found.text for found in answer.findings if found.text.startswith("Ruled out")]
    assert len(ruled_out) == 2
    assert not answer.causes
    assert answer.charts[0].kind == "line"


async def test_trouble_that_began_days_ago_is_still_seen_today(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question(
        "is it slow today", "mlops.endpoints", now, endpoints=("fraud-detection",), period=days("2026-11-24", "2026-11-24")
    )
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "slower than before" in answer.headline and "not slower" not in answer.headline
    assert "since Fri 20 Nov" in answer.headline
    assert "latency: the 28 days before" in answer.baseline


async def test_latency_that_nobody_records_is_not_called_good(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("is it slow", "mlops.endpoints", now, endpoints=("price-optimizer",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("The latency of price-optimizer (prod.ml.price_optimizer version 4) is not recorded")
    assert not answer.charts


async def test_tokens_are_those_of_the_raw_rows(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("how many tokens did we use", "mlops.endpoints", now), warehouse)
    into, out = rows(
        sample_file,
        f"SELECT sum(input_token_count), sum(output_token_count) FROM system_serving.endpoint_usage WHERE {WEEK}",
        {"now": now},
    )[0]
    assert answer.headline.startswith(f"{into + out:,} tokens were used in the 7 days to now ({into:,} in, {out:,} out)")
    assert told["burst"].causes[0]["endpoint"] in answer.headline
    assert answer.tables[1].rows[0][1] == told["burst"].causes[0]["user"]


async def test_a_custom_model_counts_no_tokens(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("token usage", "mlops.endpoints", now, endpoints=("fraud-detection",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "counts no tokens" in answer.headline


async def test_costs_are_those_of_the_priced_usage(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("status", "mlops.endpoints", now, endpoints=("churn-score",), period=days("2026-11-02", "2026-11-08"))
    answer = await answered(SPECIALIST, asked, warehouse)
    cost = rows(
        sample_file,
        "SELECT sum(u.usage_quantity::DOUBLE * coalesce(a.pricing.default, p.pricing.effective_list.default)::DOUBLE) "
        "FROM system_billing.usage u "
        "LEFT JOIN system_billing.list_prices p ON u.sku_name = p.sku_name AND u.cloud = p.cloud AND u.usage_unit = p.usage_unit "
        "AND p.currency_code = 'USD' AND u.usage_end_time >= p.price_start_time "
        "AND (p.price_end_time IS NULL OR u.usage_end_time < p.price_end_time) "
        "LEFT JOIN system_billing.account_prices a "
        "ON u.sku_name = a.sku_name AND u.cloud = a.cloud AND u.usage_unit = a.usage_unit "
        "AND a.currency_code = 'USD' AND u.usage_end_time >= a.price_start_time "
        "AND (a.price_end_time IS NULL OR u.usage_end_time < a.price_end_time) "
        "WHERE u.usage_metadata.endpoint_name = 'churn-score' AND u.usage_start_time >= '2026-11-02' "
        "AND u.usage_start_time < '2026-11-09'",
    )[0][0]
    assert f"cost ${float(cost):.2f}" in answer.summary


async def test_callers_and_users_are_named(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    caller, name = told["burst"].causes[0]["user"], told["burst"].causes[0]["endpoint"]
    all_callers = await answered(SPECIALIST, question("which apps call it", "mlops.endpoints", now, endpoints=(name,)), warehouse)
    assert all_callers.headline.startswith(f"{caller} called {name}")
    one = await answered(SPECIALIST, question("requests of it", "mlops.endpoints", now, users=(caller,)), warehouse)
    assert one.headline.startswith(f"{caller} made ")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("idle endpoints", "No endpoint is idle in the 7 days to now; the least used is sentiment-staging"),
        ("which endpoints have errors", "1 endpoint with unusual errors in the 7 days to now: doc-summarizer"),
        ("serving latency", "1 of 4 endpoints whose latency is recorded got slower"),
        ("endpoint traffic", "8,"),
        ("serving endpoints status", "2 of 12 endpoints are in trouble"),
    ],
)
async def test_each_side_has_its_own_headline(warehouse: CountingWarehouse, now: datetime, text: str, start: str) -> None:
    answer = await answered(SPECIALIST, question(text, "mlops.endpoints", now), warehouse)
    assert answer.headline.startswith(start)


async def test_a_calm_week_has_nothing_unusual(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("endpoint health", "mlops.endpoints", now, period=days("2026-11-02", "2026-11-08"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("All 12 endpoints are fine")
    assert [found.severity for found in answer.findings] == ["good"]


async def test_days_are_the_askers(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("status", "mlops.endpoints", now, tz="Asia/Tokyo", endpoints=("fraud-detection",))
    answer = await answered(SPECIALIST, asked, warehouse)
    count = rows(
        sample_file,
        "SELECT count(*) FROM system_serving.endpoint_usage u JOIN system_serving.served_entities e USING (served_entity_id) "
        "WHERE e.endpoint_name = 'fraud-detection' AND request_time >= '2026-11-17 15:00' AND request_time < $now",
        {"now": now},
    )[0][0]
    assert answer.summary.startswith(f"{count:,} requests")


async def test_another_period_can_be_compared_with(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    week, month = days("2026-11-16", "2026-11-22"), days("2026-10-12", "2026-10-18")
    asked = question("traffic", "mlops.endpoints", now, period=week, endpoints=("fraud-detection",))
    answer = await answered(SPECIALIST, replace(asked, compare=month), warehouse)
    counts = [_count(sample_file, period) for period in (week, month)]
    assert answer.tables[0].rows[0][5:7] == tuple(counts)
    assert answer.baseline == str(month)


def _count(path: Path, period: Period) -> int:
    return int(
        rows(
            path,
            "SELECT count(*) FROM system_serving.endpoint_usage u JOIN system_serving.served_entities e USING (served_entity_id) "
            "WHERE e.endpoint_name = 'fraud-detection' AND request_time >= $start AND request_time < $end",
            {"start": period.start, "end": period.end},
        )[0][0]
    )
