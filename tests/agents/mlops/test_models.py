"""Health, drift, retraining and features on the planted stories, against the raw rows."""

import json
from bisect import bisect_left
from datetime import datetime
from math import log
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from agents.mlops import SPECIALIST
from agents.question import Question
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.sample.stories import Story


def about(story: Story, text: str, topic: str, now: datetime, **more: Any) -> Question:
    return question(text, topic, now, models=(story.facts["model"],), **more)


def values(path: Path, story: Story, field: str, first: str, last: str) -> list[float]:
    """What the raw payloads carry, read without any layer of ours."""
    bodies = rows(
        path,
        "SELECT request FROM system___internal_logging.payload_logs WHERE served_entity_id = $id AND status_code < 400 "
        "AND request IS NOT NULL AND request_date BETWEEN $first AND $last",
        {"id": story.facts["served_entity_id"], "first": first, "last": last},
    )
    return [float(record[field]) for (body,) in bodies for record in json.loads(body)["dataframe_records"]]


def stability(now: list[float], before: list[float]) -> float:
    """The population stability index over the tenths of the baseline."""
    edges = quantiles(before, n=10, method="inclusive")
    parts = []
    for found in (now, before):
        counts = [0.5] * 10
        for value in found:
            counts[bisect_left(edges, value)] += 1
        parts.append([count / sum(counts) for count in counts])
    return sum((p - q) * log(p / q) for p, q in zip(*parts, strict=True))


async def test_the_fraud_model_drifts_and_is_slow(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["drift"]
    answer = await answered(SPECIALIST, about(story, story.question, "mlops.health", now), warehouse)
    requests, failed = rows(
        sample_file,
        "SELECT count(*), count(*) FILTER (status_code >= 400) FROM system_serving.endpoint_usage "
        "WHERE served_entity_id = $id AND request_time >= '2026-11-18' AND request_time < $now",
        {"id": story.facts["served_entity_id"], "now": now},
    )[0]
    slow = rows(
        sample_file,
        "SELECT quantile_cont(execution_duration_ms, 0.95) FROM system___internal_logging.payload_logs "
        "WHERE served_entity_id = $id AND status_code < 400 AND request_time >= '2026-11-18' AND request_time < $now",
        {"id": story.facts["served_entity_id"], "now": now},
    )[0][0]
    assert answer.headline.startswith(f"{story.causes[0]['endpoint']} ({story.facts['model']} version {story.facts['version']})")
    assert f"since {story.start:%a %-d %b} (UTC)" in answer.headline
    assert all(field in answer.headline for field in story.facts["inputs"])
    assert f"p95 {slow:.0f} ms" in answer.headline
    assert f"since {story.facts['slow_since']:%a %-d %b}" in answer.headline
    assert answer.summary.startswith(f"{requests:,} requests")
    assert f"{100 * failed / requests:.1f}% failed" in answer.summary
    assert "not recorded" in answer.summary
    assert any(story.owner in line for line in answer.recommendations)
    assert any(found.text.startswith("Ruled out: a new version") for found in answer.findings)
    assert any("prod.ml.fraud_features changed" in found.text for found in answer.findings)
    assert {link.title for link in answer.links} >= {"Endpoint fraud-detection", "Model prod.ml.fraud_detection"}
    known = {receipt.id for receipt in answer.evidence}
    assert all(found.evidence and set(found.evidence) <= known for found in answer.findings)


async def test_drift_figures_are_those_of_the_raw_payloads(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["drift"]
    answer = await answered(SPECIALIST, about(story, "is it drifting", "mlops.drift", now), warehouse)
    shown = {row[0]: row for row in answer.tables[0].rows}
    for field in story.facts["inputs"]:
        new = values(sample_file, story, field, "2026-11-18", "2026-11-24")
        old = values(sample_file, story, field, "2026-10-21", "2026-11-17")
        _, _, level, current, baseline, index, *_, count = shown[field]
        assert level == "major"
        assert count == len(new)
        assert abs(current - mean(new)) < 1e-6
        assert abs(baseline - mean(old)) < 1e-6
        assert abs(index - stability(new, old)) < 0.02
    assert shown["hour"][2] == shown["merchant"][2] == "none"
    assert answer.charts[0].highlight == f"{story.start:%-d %b}"


async def test_before_the_story_nothing_drifts(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    calm = days("2026-11-09", "2026-11-15")
    drift = await answered(SPECIALIST, about(told["drift"], "drift?", "mlops.drift", now, period=calm), warehouse)
    health = await answered(SPECIALIST, about(told["drift"], "health?", "mlops.health", now, period=calm), warehouse)
    retrain = await answered(SPECIALIST, about(told["drift"], "retrain?", "mlops.retraining", now, period=calm), warehouse)
    assert "does not drift" in drift.headline
    assert "looks healthy" in health.headline
    assert {found.severity for found in health.findings} <= {"good", "info"}
    assert retrain.headline.startswith("No")


async def test_all_models_name_those_in_trouble_only(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("are our models healthy", "mlops.health", now), warehouse)
    bad = [told["drift"].causes[0]["endpoint"], told["burst"].causes[0]["endpoint"]]
    assert answer.headline.startswith("2 of 12 endpoints need attention")
    assert all(name in answer.headline for name in bad)
    calm = next(found.text for found in answer.findings if found.severity == "good")
    assert not any(name in calm for name in bad)
    assert [row[0] for row in answer.tables[0].rows[:2]] == bad


async def test_retraining_says_yes_why_and_what_is_ready(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["drift"]
    answer = await answered(SPECIALIST, about(story, "should we retrain it", "mlops.retraining", now), warehouse)
    newest, score = rows(
        sample_file,
        "SELECT run_name, list_filter(aggregated_metrics, lambda m: m.metric_name = 'val_auc')[1].latest_value "
        "FROM system_mlflow.runs_latest r JOIN system_mlflow.experiments_latest e USING (experiment_id) "
        "WHERE e.name = '/Shared/fraud-detection' AND r.status = 'FINISHED' AND r.tags['mlflow.parentRunId'] IS NULL "
        "ORDER BY r.start_time DESC LIMIT 1",
    )[0]
    assert answer.headline.startswith(f"Yes: version {story.facts['version']} of {story.facts['model']}")
    assert f"val_auc {score:.4g}" in answer.headline
    assert any(newest in line for line in answer.recommendations)
    assert "Latency and errors are no reasons" in answer.summary


async def test_models_in_all_are_judged_as_alone(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("which models need retraining", "mlops.retraining", now), warehouse)
    assert answer.headline == "1 of 7 models should be retrained: fraud-detection."
    alone = await answered(SPECIALIST, about(told["drift"], "retrain?", "mlops.retraining", now), warehouse)
    assert alone.headline in [found.text for found in answer.findings]


async def test_what_others_trained_is_not_ours_to_retrain(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("should we retrain it", "mlops.retraining", now, endpoints=("support-assistant",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No: claude-sonnet is an external model")


async def test_no_payloads_is_not_no_drift(warehouse: CountingWarehouse, now: datetime) -> None:
    model = ("prod.ml.product_recommender",)
    drift = await answered(SPECIALIST, question("drift?", "mlops.drift", now, models=model), warehouse)
    health = await answered(SPECIALIST, question("healthy?", "mlops.health", now, models=model), warehouse)
    retrain = await answered(SPECIALIST, question("retrain?", "mlops.retraining", now, models=model), warehouse)
    assert "cannot be tested for drift" in drift.headline
    assert any("Latency of product-recommender is not recorded" in gap for gap in health.partial)
    assert "drift cannot be tested" in retrain.headline


async def test_part_of_a_day_is_not_taken_for_drift(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("drift today?", "mlops.drift", now, period=days("2026-11-24", "2026-11-24"), models=("prod.ml.churn_score",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "does not drift" in answer.headline
    assert "over the 7 UTC days to 24 Nov" in answer.baseline


async def test_accuracy_in_production_is_said_not_to_be_recorded(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, about(told["drift"], "is it still accurate", "mlops.health", now), warehouse)
    assert answer.headline.startswith("How accurate fraud-detection")
    assert "not recorded" in answer.headline


async def test_the_version_that_served_then(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    august = days("2026-08-01", "2026-08-31")
    asked = about(told["drift"], "which version was live", "mlops.health", now, period=august)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("fraud-detection: Version 13 serves since Fri 8 May 2026")


async def test_features_are_found_by_lineage_with_their_age(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, about(told["drift"], "features?", "mlops.features", now), warehouse)
    inputs = {row[0] for row in answer.tables[0].rows if row[1] == "input"}
    expected = rows(
        sample_file,
        "SELECT DISTINCT source_table_full_name FROM system_access.table_lineage "
        "WHERE target_table_full_name = 'prod.ml.fraud_features' AND event_date > '2026-10-25'",
    )
    assert inputs == {name for (name,) in expected}
    assert answer.headline.startswith("The features of fraud-detection")
    assert "prod.ml.fraud_features changed" in answer.headline
    assert {row[0] for row in answer.tables[1].rows} == {"amount", "distance_km", "hour", "merchant"}


async def test_what_is_asked_of_features_is_answered_first(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    said = {
        "null features?": "No input value is missing in requests to fraud-detection",
        "which features does it use": "Requests to fraud-detection (prod.ml.fraud_detection version 14) carry 4 features",
        "feature importance": "How much each feature of fraud-detection",
    }
    for text, start in said.items():
        answer = await answered(SPECIALIST, about(told["drift"], text, "mlops.features", now), warehouse)
        assert answer.headline.startswith(start)


async def test_versions_are_compared_on_the_same_metric(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, about(told["drift"], "champion vs challenger", "mlops.health", now), warehouse)
    assert "before it version 13" in answer.headline
    assert "Version 17 reached val_auc" in answer.headline
    assert "of fraud-detection-challenger reached val_auc" in answer.headline


async def test_every_topic_takes_two_rounds_at_most(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    for topic in SPECIALIST.investigations:
        for models in ((), (told["drift"].facts["model"],)):
            warehouse.rounds.clear()
            await answered(SPECIALIST, question("how is it", f"mlops.{topic}", now, models=models), warehouse)
            assert len(warehouse.rounds) <= 2, (topic, warehouse.rounds)
