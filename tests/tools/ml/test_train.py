"""Training on the sample: later days tried, only what is better kept, the stories found, MLflow and the endpoint in step."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.account import write_account
from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tools.errors import LaterError, OperatorError
from tools.ml import failure, gold, threat
from tools.ml.endpoint import Endpoints
from tools.ml.naive import busiest, naive_failures
from tools.ml.registry import MlflowRegistry
from tools.ml.scores import auroc, brier, calibration
from tools.ml.staged import stage
from tools.ml.studies import STUDIES
from tools.ml.studies.study import Measure, Result
from tools.ml.train import train
from tools.sample.stories import stories
from tools.warehouse.opening import open_warehouse

TODAY = date(2026, 11, 24)


class MemoryRegistry:
    """Keeps the models in a list."""

    def __init__(self) -> None:
        self.kept: list[Result] = []

    def last(self, name: str) -> str | None:
        return next((each.state for each in reversed(self.kept) if each.name == name), None)

    def register(self, result: Result, example: object) -> str:
        self.kept.append(result)
        return str(sum(each.name == result.name for each in self.kept))


async def read(sample_file: Path, now: datetime, study: str, days: int = 60) -> object:
    warehouse = open_warehouse(f"duckdb:///{sample_file}", now=now)
    try:
        chosen = next(each for each in STUDIES if each.name == study)
        return await chosen.read(warehouse, TODAY - timedelta(days=days), TODAY)
    finally:
        await warehouse.close()


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
async def test_each_model_beats_the_naive_guesses_and_is_the_same_twice(study, sample_file: Path, now: datetime) -> None:  # type: ignore[no-untyped-def]
    data = await read(sample_file, now, study.name)
    split = TODAY - timedelta(days=20)
    state = study.fit(data, split)
    assert state == study.fit(data, split)
    result = study.trial(state, data, split)
    assert result.measures
    assert all(measure.wins for measure in result.measures)
    assert study.example(data)


async def test_the_model_finds_every_security_story_in_the_top_five_of_its_day(sample_file: Path, now: datetime) -> None:
    warehouse = open_warehouse(f"duckdb:///{sample_file}", now=now)
    events = await gold.audit_events(warehouse, TODAY - timedelta(days=119), TODAY + timedelta(days=1))
    await warehouse.close()
    scale = threat.train(event for event in events if event.at.date() < TODAY - timedelta(days=30))
    found = threat.detect(scale, events, TODAY - timedelta(days=30), TODAY)
    for story in stories(now):
        if story.agents == ("security",) and "threat" in story.facts:
            ranked = sorted((each for each in found if each.day == story.start.date()), key=lambda each: -each.score)
            users = list(dict.fromkeys(each.user for each in ranked))
            assert story.causes[0]["user"] in users[:5], story.key
            kinds = {each.kind for each in found if each.user == story.causes[0]["user"]}
            assert any(kind.startswith(story.facts["threat"]) for kind in kinds), story.key


async def test_the_model_finds_the_failing_blocked_and_breaching_jobs(sample_file: Path, now: datetime) -> None:
    warehouse = open_warehouse(f"duckdb:///{sample_file}", now=now)
    first = TODAY - timedelta(days=42)
    runs = await gold.ended_runs(warehouse, first, TODAY + timedelta(days=1))
    upstream = await gold.upstream_jobs(warehouse, first, TODAY)
    await warehouse.close()
    told = {story.key: (story.facts["workspace_id"], story.facts["job_id"]) for story in stories(now) if "job_id" in story.facts}
    history = failure.history_of(runs, now, upstream)
    model = failure.train((run for run in runs if run.end < now - timedelta(days=3)), upstream)
    found = {each.job: each for each in failure.at_risk(model, history, now, {told["breaching"]: 60.0}, least=0.5)}
    assert {told["failing"], told["blocked"], told["breaching"]} <= set(found)
    assert told["failing"] in upstream[told["blocked"]]
    assert len(found) <= 8


async def test_only_what_is_better_is_kept_and_little_data_is_no_failure(tmp_path: Path, now: datetime) -> None:
    empty = write_account(tmp_path / "empty.duckdb", {})
    warehouse, registry = open_warehouse(f"duckdb:///{empty}", now=now), MemoryRegistry()
    decisions = await train(warehouse, registry, TODAY)
    await warehouse.close()
    assert [each.name for each in decisions] == [study.name for study in STUDIES]
    assert all(each.version is None and "not trained" in each.sentence() for each in decisions)
    assert registry.kept == []


def test_a_tie_or_one_better_guess_is_no_win() -> None:
    assert Measure("error", 0.1, {"last": 0.2, "median": 0.3}, 5).wins
    assert not Measure("error", 0.2, {"last": 0.2, "median": 0.3}, 5).wins
    assert not Measure("error", 0.1, {"last": 0.2}, 0).wins
    assert Measure("AUROC", 0.9, {"last": 0.8}, 5, True).wins
    assert not Measure("AUROC", 0.9, {"last": 0.8, "rate": 0.95}, 5, True).wins


def test_a_version_in_the_registry_is_the_last_one() -> None:
    registry, result = MemoryRegistry(), Result("m", "{}", (Measure("error", 0.5, {"naive": 0.9}, 3),))
    assert registry.last("m") is None
    assert (registry.register(result, []), registry.register(replace(result, state="[]"), [])) == ("1", "2")
    assert registry.last("m") == "[]"


def test_mlflow_keeps_a_model_that_answers_as_in_process(tmp_path: Path) -> None:
    import mlflow
    import pandas

    days = [{"series": "a", "day": f"2026-01-{day:02d}", "cost": 100.0 + day} for day in range(1, 29)]
    registry = MlflowRegistry(f"sqlite:///{tmp_path}/mlruns.db", artifacts=(tmp_path / "artifacts").as_uri())
    assert registry.last("cost-anomaly-detector") is None
    version = registry.register(
        Result("cost-anomaly-detector", "{}", (Measure("error", 0.1, {"naive": 0.2}, 9),), {"x": 1.0}), days
    )
    assert registry.last("cost-anomaly-detector") == "{}"
    from tools.ml.served import predict

    loaded = mlflow.pyfunc.load_model(f"models:/cost-anomaly-detector/{version}")
    assert loaded.metadata.signature is not None
    frame = pandas.DataFrame(days)
    pandas.testing.assert_frame_equal(loaded.predict(frame), predict("cost-anomaly-detector", "{}", frame))


@pytest.mark.parametrize("study", [study.name for study in STUDIES])
async def test_each_model_answers_rows_as_in_its_example(study: str, sample_file: Path, now: datetime) -> None:
    import pandas

    from tools.ml.served import predict

    data = await read(sample_file, now, study, 50)
    chosen = next(each for each in STUDIES if each.name == study)
    frame = pandas.DataFrame(chosen.example(data))
    answer = predict(study, chosen.fit(data, TODAY - timedelta(days=10)), frame)
    assert len(answer) >= 1
    assert not answer.select_dtypes("number").iloc[-1].isna().any()


async def test_an_endpoint_answers_and_its_troubles_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as workspace:
        for name, value in workspace.environment.items():
            monkeypatch.setenv(name, value)
        workspace.serving.endpoints["latency"] = {"predictions": [{"warehouse_id": "w", "seconds": 4.5}]}
        client = await asyncio.to_thread(lambda: WorkspaceClient(config=Config(retry_timeout_seconds=1)))
        endpoints = Endpoints(client, {"query-performance-forecaster": "latency", "job-failure-predictor": "gone"})
        assert endpoints.serves("query-performance-forecaster")
        assert not endpoints.serves("security-threat-detector")
        rows = [{"warehouse_id": "w", "which": "p95", "day": "2026-01-05", "seconds": 4.0}]
        answer = await asyncio.to_thread(endpoints.predict, "query-performance-forecaster", rows)
        assert answer == [{"warehouse_id": "w", "seconds": 4.5}]
        assert workspace.serving.requests[-1]["dataframe_records"] == rows
        with pytest.raises(OperatorError):
            await asyncio.to_thread(endpoints.predict, "job-failure-predictor", rows)
        workspace.faults.append(Fault("/invocations", 503, 99))
        with pytest.raises(LaterError):
            await asyncio.to_thread(endpoints.predict, "query-performance-forecaster", rows)
    engine.close()


def test_scores_and_naive_guesses_are_what_they_say() -> None:
    import numpy as np

    happened, guess = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.6, 0.6, 0.9])
    assert auroc(happened, guess) == pytest.approx(3.5 / 4)
    assert brier(happened, guess) == pytest.approx((0.01 + 0.36 + 0.16 + 0.01) / 4)
    assert calibration(happened, happened) == 0.0
    assert auroc(np.zeros(3), np.zeros(3)) != auroc(np.zeros(3), np.zeros(3))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    runs = [
        failure.Run(("w", "j"), at + timedelta(days=n), at + timedelta(days=n, hours=1), state)
        for n, state in enumerate(["FAILED", "SUCCEEDED", "FAILED", "SUCCEEDED"])
    ]
    last, rate = naive_failures(runs, runs[3:])
    assert (last.tolist(), rate.tolist()) == ([1.0], [pytest.approx(2 / 3)])
    calm = threat.Event("a@b.c", at, "getTable", "READ")
    events = [replace(calm, at=at + timedelta(days=n)) for n in range(9)]
    staged, wanted = stage(events, at.date() + timedelta(days=4))
    assert len(wanted) == 5
    assert len(staged) > len(events)
    assert busiest(staged, wanted[0][1])[wanted[0][1]] == ["a@b.c"]
