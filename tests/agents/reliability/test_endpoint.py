"""The risk answer takes its probabilities from a serving endpoint where one is configured, and says so where that fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from agents.answer import Answer
from agents.reliability import risk
from agents.specialist import Sources
from bot.compose import service
from bot.message import Message
from bot.settings import read_settings
from tests.account import write_account
from tests.agents.ask import CountingWarehouse, question
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tools.errors import MisconfiguredError
from tools.ml.endpoint import Endpoints, open_endpoints
from tools.sample.stories import Story

MODEL = "job-failure-predictor"


@pytest.fixture
async def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopbackWorkspace]:
    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    engine.close()


async def asked(warehouse: CountingWarehouse, endpoints: Endpoints | None, now: datetime) -> Answer:
    return await risk.investigate(
        question("which jobs are at risk", "reliability.risk", now), Sources(warehouse, endpoints=endpoints)
    )


async def test_the_endpoint_gives_probability_and_reasons(
    workspace: LoopbackWorkspace, warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    facts = told["failing"].facts
    row = {"workspace_id": facts["workspace_id"], "job_id": facts["job_id"], "failure": 0.987, "reasons": "it said so"}
    workspace.serving.endpoints["risk"] = {"predictions": [row]}
    answer = await asked(warehouse, await asyncio.to_thread(open_endpoints, {MODEL: "risk"}), now)
    shown = {grid_row[0]: grid_row for grid_row in answer.tables[0].rows}[told["failing"].causes[0]["job"]]
    assert (shown[3], shown[7]) == (0.987, "it said so")
    assert not any("built-in" in line for line in answer.partial)
    sent = workspace.serving.requests[-1]["dataframe_records"]
    assert len(sent) > 1000
    assert {"workspace_id", "job_id", "start", "end", "state", "compute", "retries", "upstream"} == set(sent[0])


@pytest.mark.parametrize(
    "predictions", [None, [], [{"job_id": "1"}], [{"workspace_id": "1", "job_id": "1", "failure": 7, "reasons": ""}]]
)
async def test_where_the_endpoint_fails_the_built_in_model_answers_and_says_so(
    workspace: LoopbackWorkspace, warehouse: CountingWarehouse, now: datetime, predictions: object
) -> None:
    if predictions is not None:
        workspace.serving.endpoints["risk"] = {"predictions": predictions}
    answer = await asked(warehouse, await asyncio.to_thread(open_endpoints, {MODEL: "risk"}), now)
    plain = await asked(warehouse, None, now)
    assert answer.headline == plain.headline
    assert [line for line in answer.partial if line not in plain.partial] == [answer.partial[0]]
    assert answer.partial[0].endswith("The predictions are those of the built-in model.")


async def test_an_endpoint_of_another_model_is_not_asked(
    workspace: LoopbackWorkspace, warehouse: CountingWarehouse, now: datetime
) -> None:
    await asked(warehouse, await asyncio.to_thread(open_endpoints, {"query-performance-forecaster": "latency"}), now)
    assert workspace.serving.requests == []


async def test_the_setting_leads_to_the_endpoint(
    workspace: LoopbackWorkspace, monkeypatch: pytest.MonkeyPatch, sample_file: Path, now: datetime
) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_MODEL_ENDPOINTS", f'{{"{MODEL}": "risk"}}')
    monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", f"duckdb:///{sample_file}")
    workspace.serving.endpoints["risk"] = {"predictions": []}
    async with service(read_settings(), now=now) as built:
        await built.answer(Message("shell", "1", "Which jobs are likely to fail next?"))
    assert [set(request) for request in workspace.serving.requests] == [{"dataframe_records"}]


def test_endpoints_without_a_workspace_are_refused_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CONFIG_PROFILE", "DATABRICKS_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none.cfg"))
    with pytest.raises(MisconfiguredError, match="no Databricks workspace"):
        open_endpoints({MODEL: "risk"})
