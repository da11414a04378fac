"""Serving endpoints: traffic, errors, tokens, latency and cost, computed by hand."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.tools.gold.accounts import PRICES, USAGE, opened, price, usage
from tools.serving import (
    get_endpoint_costs,
    get_endpoint_errors,
    get_endpoint_latency,
    get_endpoint_summary,
    get_endpoint_usage_trend,
    get_served_model_changes,
    get_token_usage,
)
from tools.warehouse.embedded import EmbeddedWarehouse

ENTITIES = "system.serving.served_entities"
REQUESTS = "system.serving.endpoint_usage"
PAYLOADS = "system.__internal_logging.payload_logs"
TODAY = date(2026, 11, 20)


def entity(key: str, endpoint: str, version: str, day: int, workspace: str = "1") -> dict[str, Any]:
    return {
        "served_entity_id": key,
        "workspace_id": workspace,
        "endpoint_name": endpoint,
        "served_entity_name": f"{endpoint}-{version}",
        "entity_name": f"prod.ml.{endpoint}",
        "entity_version": version,
        "change_time": datetime(2026, 11, day),
    }


def request(key: str, day: int, status: int, who: str = "app", tokens: tuple[int | None, int | None] = (None, None),
            workspace: str = "1") -> dict[str, Any]:  # fmt: skip
    return {
        "workspace_id": workspace,
        "served_entity_id": key,
        "status_code": status,
        "requester": who,
        "request_time": datetime(2026, 11, day, 9),
        "input_token_count": tokens[0],
        "output_token_count": tokens[1],
    }


def payload(key: str, milliseconds: int, status: int = 200, fraction: float | None = 1) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "served_entity_id": key,
        "request_date": TODAY,
        "status_code": status,
        "execution_duration_ms": milliseconds,
        "sampling_fraction": fraction,
    }


ROWS = {
    ENTITIES: [
        entity("e1", "fraud-old-name", "1", 1),
        entity("e1", "fraud", "1", 2),
        entity("e2", "fraud", "2", 19),
        entity("e3", "chat", "9", 1),
        entity("e4", "fraud", "1", 1, "2"),
    ],
    REQUESTS: [
        *(request("e1", 19, 200) for _ in range(8)),
        *(request("e2", 20, 200) for _ in range(6)),
        request("e2", 20, 500, "batch"),
        request("e2", 20, 503, "batch"),
        request("e2", 20, 429, "app"),
        request("e2", 20, 404, "app"),
        request("e3", 20, 200, "ann@x.com", (100, 50)),
        request("e3", 20, 200, "ann@x.com", (10, None)),
        request("e3", 20, 200, "bob@x.com", (30, 10)),
        request("e4", 20, 200, workspace="2"),
        request("unknown", 20, 200),
    ],
    PAYLOADS: [
        *(payload("e2", ms) for ms in (10, 20, 30, 40)),
        payload("e2", 9000, 500),
        payload("e2", 50, fraction=0.1),
    ],
    PRICES: [price()],
    USAGE: [
        usage(datetime(2026, 11, 20, 8), 30, endpoint_name="chat"),
        usage(datetime(2026, 11, 20, 8), 12, endpoint_name="forgotten"),
        usage(datetime(2026, 11, 20, 8), 4, endpoint_name="fraud"),
    ],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("serving"), ROWS) as open_warehouse:
        yield open_warehouse


async def test_endpoints_take_their_latest_name_and_are_told_apart_by_workspace(warehouse: EmbeddedWarehouse) -> None:
    rows = list(await get_endpoint_summary(warehouse, date(2026, 11, 19), TODAY))
    assert [(r["endpoint_name"], r["workspace_id"], r["requests"]) for r in rows] == [
        ("fraud", "1", 18), ("chat", "1", 3), ("unknown", "1", 1), ("fraud", "2", 1),
    ]  # fmt: skip
    fraud = rows[0]
    assert fraud["entities"] == "prod.ml.fraud v1, prod.ml.fraud v2"
    assert [fraud[c] for c in ("successful_requests", "client_errors", "throttled_requests", "server_errors")] == [
        14, 1, 1, 2,
    ]  # fmt: skip
    assert fraud["error_rate_pct"] == pytest.approx(400 / 18)
    assert (fraud["requesters"], fraud["input_tokens"]) == (2, None)
    assert (rows[1]["input_tokens"], rows[1]["output_tokens"]) == (140, 60)
    assert len(await get_endpoint_summary(warehouse, TODAY, TODAY, "fraud")) == 2


async def test_trend_stands_against_the_days_before(warehouse: EmbeddedWarehouse) -> None:
    before, today = [r for r in await get_endpoint_usage_trend(warehouse, "fraud", 2, TODAY) if r["workspace_id"] == "1"]
    assert (before["requests"], before["error_rate_pct"], before["baseline_requests"]) == (8, 0, None)
    assert (today["requests"], today["error_rate_pct"], today["baseline_requests"]) == (10, 40, 8)


async def test_tokens_by_caller_leave_uncounted_requests_out(warehouse: EmbeddedWarehouse) -> None:
    ann, bob = list(await get_token_usage(warehouse, TODAY, TODAY))
    assert (ann["requester"], ann["requests"], ann["total_tokens"], ann["pct_of_tokens"]) == ("ann@x.com", 2, 160, 80)
    assert (bob["rank"], bob["avg_tokens_per_request"]) == (2, 40)


async def test_errors_by_status_and_caller(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["status_code"]: r for r in await get_endpoint_errors(warehouse, TODAY, TODAY)}
    assert set(rows) == {404, 429, 500, 503}
    assert (rows[500]["top_requester"], rows[500]["pct_of_requests"]) == ("batch", 10)


async def test_latency_is_of_successful_requests_and_weighs_samples(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_endpoint_latency(warehouse, TODAY, TODAY))
    assert (row["endpoint_name"], row["logged_requests"], row["failed_requests"]) == ("fraud", 6, 1)
    assert (row["p50_latency_ms"], row["p95_latency_ms"], row["max_latency_ms"]) == (30, pytest.approx(48), 50)
    assert row["estimated_requests"] == 15


async def test_an_endpoint_without_requests_is_idle(warehouse: EmbeddedWarehouse) -> None:
    rows = {r["endpoint_name"]: r for r in await get_endpoint_costs(warehouse, TODAY, TODAY)}
    assert rows["forgotten"]["is_idle"] and not rows["chat"]["is_idle"]
    assert (rows["chat"]["total_cost_usd"], rows["chat"]["cost_per_1000_requests_usd"]) == (Decimal("30.00"), 10_000)
    assert rows["fraud"]["requests"] == 10


async def test_a_new_version_is_a_change_with_the_one_before(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_served_model_changes(warehouse, date(2026, 11, 18), TODAY))
    assert (row["endpoint_name"], row["entity_version"], row["previous_version"]) == ("fraud", "2", "1")
