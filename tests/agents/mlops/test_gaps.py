"""Small accounts by hand: what is missing is said, what does not exist is not called healthy, names are read as written."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.words import plain_text
from agents.mlops import SPECIALIST
from tests.account import Rows, write_account
from tests.agents.ask import answered, days, opened, question
from tools.errors import MissingTableError, UnknownNameError

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday
PAYLOADS = "system.__internal_logging.payload_logs"
REQUESTS = "system.serving.endpoint_usage"
ENTITIES = "system.serving.served_entities"
RUNS = "system.mlflow.runs_latest"


def entity(key: str, endpoint: str, version: str, since: datetime, *, workspace: str = "1", config: int = 1) -> dict[str, Any]:
    return {
        "served_entity_id": key,
        "workspace_id": workspace,
        "endpoint_name": endpoint,
        "entity_type": "CUSTOM_MODEL",
        "entity_name": "prod.ml.risk_model",
        "entity_version": version,
        "endpoint_config_version": config,
        "change_time": since,
        "created_by": "owner@x.com",
    }


def request(day: int, number: int, *, key: str = "e2", status: int = 200, workspace: str = "1") -> dict[str, Any]:
    return {
        "workspace_id": workspace,
        "served_entity_id": key,
        "status_code": status,
        "requester": "app",
        "request_time": datetime(2026, 3, day, 8) + timedelta(seconds=number),
    }


def payload(
    day: date, number: int, amount: float, *, milliseconds: int = 40, workspace: str = "1", key: str = "e2"
) -> dict[str, Any]:
    return {
        "workspace_id": workspace,
        "served_entity_id": key,
        "request_date": day,
        "request_time": datetime(day.year, day.month, day.day, 8) + timedelta(seconds=number),
        "status_code": 200,
        "sampling_fraction": 1.0,
        "execution_duration_ms": milliseconds,
        "request": json.dumps({"dataframe_records": [{"amount": amount, "token": "hush"}]}),
        "response": json.dumps({"predictions": [0.5]}),
    }


def account() -> Rows:
    """A model whose amounts double on 9 March, of which version 2 serves; its namesake in another workspace stays calm."""
    calm = [payload(date(2026, 2, 20) + timedelta(days=n // 20), n, 10 + n % 20) for n in range(340)]
    moved = [payload(date(2026, 3, 9) + timedelta(days=n // 40), n, 30 + 2 * (n % 20)) for n in range(80)]
    other = [payload(date(2026, 3, 5) + timedelta(days=n // 20), n, 10 + n % 20, workspace="2", key="e3") for n in range(120)]
    usual = [payload(date(2026, 2, 20) + timedelta(days=n // 20), n, 10 + n % 20, workspace="2", key="e3") for n in range(200)]
    return {
        ENTITIES: [
            entity("e1", "risk", "1", datetime(2025, 6, 1)),
            entity("e2", "risk", "2", datetime(2026, 2, 1), config=2),
            entity("e3", "risk", "7", datetime(2026, 2, 1), workspace="2"),
        ],
        REQUESTS: [request(day, number) for day in range(1, 11) for number in range(40)]
        + [request(10, number, key="e3", workspace="2") for number in range(40)],
        PAYLOADS: calm + moved + other + usual,
    }


async def test_drift_of_one_workspace_is_not_that_of_its_namesake(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    asked = question("drift?", "mlops.drift", NOW)
    async with opened(path, NOW) as warehouse:
        both = await answered(SPECIALIST, asked, warehouse)
        asked = question("drift?", "mlops.drift", NOW, endpoints=("risk",), workspaces=("2",))
        calm = await answered(SPECIALIST, asked, warehouse)
    assert both.headline.startswith("risk (prod.ml.risk_model version 2) drifts since Mon 9 Mar (UTC): amount")
    assert "hush" not in plain_text(both)
    assert "version 7) does not drift" in calm.headline


async def test_a_name_with_several_endpoints_says_which_was_taken(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("how is my risk model", "mlops.health", NOW), warehouse)
    assert "“risk” was read as risk in 1; there is also risk in 2." in answer.summary


@pytest.mark.parametrize("topic", ["health", "endpoints", "drift", "retraining", "features"])
async def test_a_model_that_does_not_exist_is_not_healthy(tmp_path: Path, topic: str) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        with pytest.raises(UnknownNameError) as caught:
            await answered(SPECIALIST, question("how is the banana model doing", f"mlops.{topic}", NOW), warehouse)
        assert "“banana”" in caught.value.what
        with pytest.raises(UnknownNameError):
            await answered(SPECIALIST, question("how is it", f"mlops.{topic}", NOW, endpoints=("riskk",)), warehouse)


async def test_words_of_the_trade_are_no_names(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        for text in ("is the new model better", "how are our production models", "is my latest model ok"):
            answer = await answered(SPECIALIST, question(text, "mlops.health", NOW), warehouse)
            assert "2 endpoints" in answer.headline, text


async def test_without_payloads_the_rest_stands_and_says_why_once(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=(PAYLOADS,))
    async with opened(path, NOW) as warehouse:
        health = await answered(
            SPECIALIST, question("?", "mlops.health", NOW, models=("prod.ml.risk_model",), workspaces=("1",)), warehouse
        )
        state = await answered(SPECIALIST, question("status", "mlops.endpoints", NOW), warehouse)
        with pytest.raises(MissingTableError):
            await answered(SPECIALIST, question("drift?", "mlops.drift", NOW), warehouse)
    for answer in (health, state):
        assert len([gap for gap in answer.partial if PAYLOADS in gap]) == 1
    assert "240 requests" in health.summary


async def test_without_usage_no_count_is_invented(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=(REQUESTS,))
    async with opened(path, NOW) as warehouse:
        health = await answered(
            SPECIALIST, question("?", "mlops.health", NOW, models=("prod.ml.risk_model",), workspaces=("1",)), warehouse
        )
        state = await answered(SPECIALIST, question("status", "mlops.endpoints", NOW), warehouse)
    for answer in (health, state):
        assert any(f"{REQUESTS} is not available" in gap for gap in answer.partial)
        assert "0 requests" not in plain_text(answer)
        assert "no request" not in answer.headline.lower()
    assert "inputs drift" in health.headline


async def test_without_their_names_endpoints_still_have_traffic(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=(ENTITIES,))
    async with opened(path, NOW) as warehouse:
        state = await answered(SPECIALIST, question("how many requests", "mlops.endpoints", NOW), warehouse)
        drift = await answered(SPECIALIST, question("how is the risk model", "mlops.drift", NOW), warehouse)
    assert state.headline.startswith("280 requests")
    assert {row[0] for row in state.tables[0].rows} == {"e2", "e3"}
    assert any(ENTITIES in gap for gap in state.partial)
    assert drift.headline == "Which serving endpoints there are is not known."
    assert any(ENTITIES in gap for gap in drift.partial)


async def test_an_endpoint_that_was_deleted_keeps_its_traffic(tmp_path: Path) -> None:
    rows = account()
    gone = {**entity("e9", "old", "1", datetime(2026, 1, 1)), "endpoint_delete_time": datetime(2026, 3, 10, 12)}
    rows = {**rows, ENTITIES: [*rows[ENTITIES], gone], REQUESTS: [request(9, number, key="e9") for number in range(50)]}
    path = write_account(tmp_path / "account.duckdb", rows)
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("traffic", "mlops.endpoints", NOW), warehouse)
    assert "50 requests" in answer.headline
    assert "most to old (50)" in answer.headline


async def test_without_runs_health_stands(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account(), leave_out=(RUNS, "system.access.table_lineage"))
    async with opened(path, NOW) as warehouse:
        asked = question("?", "mlops.health", NOW, endpoints=("risk",), workspaces=("1",))
        answer = await answered(SPECIALIST, asked, warehouse)
        with pytest.raises(MissingTableError):
            await answered(SPECIALIST, question("best run", "mlops.experiments", NOW), warehouse)
    assert "needs attention" in answer.headline
    assert any(RUNS in gap for gap in answer.partial)


async def test_an_empty_period_says_which_days_there_are(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        for topic in ("health", "endpoints"):
            asked = question("?", f"mlops.{topic}", NOW, endpoints=("risk",), period=days("2025-11-01", "2025-11-05"))
            answer = await answered(SPECIALIST, asked, warehouse)
            assert answer.headline.startswith("No requests to risk are recorded in Sat 1 Nov 2025"), topic
            assert "from Sun 1 Mar 2026 to Tue 10 Mar 2026" in answer.summary


async def test_an_account_without_anything_says_so(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {})
    async with opened(path, NOW) as warehouse:
        for topic in SPECIALIST.investigations:
            answer = await answered(SPECIALIST, question("how is it", f"mlops.{topic}", NOW), warehouse)
            assert answer.headline.startswith(("No serving endpoint exists", "No MLflow run starts")), topic
            assert not answer.findings


async def test_without_a_workspace_of_that_name_nothing_is_claimed(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", account())
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("models?", "mlops.health", NOW, workspaces=("dev",)), warehouse)
    assert answer.headline == "No serving endpoint exists in dev."


async def test_retrain_where_the_last_training_is_older_than_the_drift(tmp_path: Path) -> None:
    run = {
        "workspace_id": "1",
        "experiment_id": "5",
        "run_id": "a" * 32,
        "run_name": "risk-2",
        "created_by": "ann@x.com",
        "status": "FINISHED",
        "start_time": datetime(2026, 1, 20),
        "tags": {"model_name": "prod.ml.risk_model", "model_version": "2"},
        "params": {"api_token": "hush", "depth": "4"},
        "aggregated_metrics": [{"metric_name": "val_auc", "min_value": 0.5, "max_value": 0.9, "latest_value": float("nan")}],
    }
    experiment = {"workspace_id": "1", "experiment_id": "5", "name": "/Shared/scores"}
    rows = {**account(), RUNS: [run], "system.mlflow.experiments_latest": [experiment]}
    path = write_account(tmp_path / "account.duckdb", rows)
    async with opened(path, NOW) as warehouse:
        asked = question("retrain?", "mlops.retraining", NOW, endpoints=("risk",), workspaces=("1",))
        answer = await answered(SPECIALIST, asked, warehouse)
        wide = question(
            "best run", "mlops.experiments", NOW, experiments=("/Shared/scores",), period=days("2026-01-01", "2026-01-31")
        )
        board = await answered(SPECIALIST, wide, warehouse)
    assert answer.headline.startswith("Yes: retrain prod.ml.risk_model: it drifts (amount ")
    assert "the last training was Tue 20 Jan 2026, before a full day of it" in answer.headline
    assert "none of them finished with a metric" in board.headline
    assert "hush" not in plain_text(board)


async def test_a_whole_name_in_the_text_is_found_however_it_is_written(tmp_path: Path) -> None:
    rows = account()
    rows = {
        **rows,
        ENTITIES: [*rows[ENTITIES], {**entity("e8", "demand-forecast", "3", datetime(2026, 1, 1)), "entity_name": "x.y.z"}],
    }
    path = write_account(tmp_path / "account.duckdb", rows)
    async with opened(path, NOW) as warehouse:
        for text in ("should we retrain demand_forecast", "retrain the demand forecast?"):
            answer = await answered(SPECIALIST, question(text, "mlops.retraining", NOW), warehouse)
            assert "x.y.z" in answer.headline, text
