"""Experiments and runs on the sample account: best on the same metric, what failed, who ran them."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from agents.mlops import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.errors import UnknownNameError

FRAUD, CHALLENGER = "/Shared/fraud-detection", "/Shared/fraud-detection-challenger"
_BEST = """
SELECT r.run_name, m.latest_value, r.run_id FROM (SELECT *, unnest(aggregated_metrics) AS m FROM system_mlflow.runs_latest) r
JOIN system_mlflow.experiments_latest e USING (experiment_id)
WHERE e.name = $name AND r.status = 'FINISHED' AND m.metric_name = $metric
  AND r.start_time >= '2026-10-26' AND r.start_time < $now
ORDER BY m.latest_value {order} LIMIT 1
"""


def best(path: Path, name: str, now: datetime, metric: str = "val_auc", order: str = "DESC") -> tuple[Any, ...]:
    return rows(path, _BEST.format(order=order), {"name": name, "metric": metric, "now": now})[0]


async def test_two_experiments_are_compared_on_the_same_metric(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    asked = question("compare them", "mlops.experiments", now, experiments=(FRAUD, CHALLENGER))
    answer = await answered(SPECIALIST, asked, warehouse)
    one, other = best(sample_file, CHALLENGER, now), best(sample_file, FRAUD, now)
    assert one[1] > other[1]
    assert answer.headline.startswith(
        f"fraud-detection-challenger leads on val_auc: {one[1]:.4g} ({one[0]}) against {other[1]:.4g} in fraud-detection "
        f"({other[0]})"
    )
    assert "within the usual spread" in answer.headline
    assert [row[0] for row in answer.tables[0].rows] == [CHALLENGER, FRAUD]


async def test_the_best_run_by_its_last_value_with_its_settings_and_curve(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    asked = question("hyperparameters of the best run", "mlops.experiments", now, experiments=(FRAUD,))
    answer = await answered(SPECIALIST, asked, warehouse)
    name, value, run = best(sample_file, FRAUD, now)
    steps, top = rows(
        sample_file,
        "SELECT count(*), arg_max(metric_step, metric_value) FROM system_mlflow.run_metrics_history "
        "WHERE run_id = $run AND metric_name = 'val_auc'",
        {"run": run},
    )[0]
    depth = rows(sample_file, "SELECT params['max_depth'] FROM system_mlflow.runs_latest WHERE run_id = $run", {"run": run})[0][0]
    assert answer.headline.startswith(f"{name} is the best of ")
    assert f"val_auc {value:.4g} with max_depth = {depth}" in answer.headline
    assert len(answer.charts[0].x) == steps
    assert answer.charts[0].highlight == str(top)
    assert any("trained past its best step" in found.text for found in answer.findings)


async def test_lower_is_better_for_a_loss(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("which run has the lowest train_loss", "mlops.experiments", now, experiments=(FRAUD,))
    answer = await answered(SPECIALIST, asked, warehouse)
    name, value, _ = best(sample_file, FRAUD, now, "train_loss", "ASC")
    assert answer.headline.startswith(name)
    assert f"train_loss {value:.4g}" in answer.headline


async def test_a_metric_that_no_run_has_is_said_to_be_absent(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("lowest rmse", "mlops.experiments", now), warehouse)
    assert answer.headline.startswith("No run records rmse.")


async def test_failed_runs_are_counted_and_named(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("failed training runs", "mlops.experiments", now), warehouse)
    failed, count = rows(
        sample_file,
        "SELECT count(*) FILTER (status = 'FAILED'), count(*) FROM system_mlflow.runs_latest r "
        "JOIN system_mlflow.experiments_latest e USING (experiment_id) "
        "WHERE e.delete_time IS NULL AND start_time >= '2026-10-26' AND start_time < $now",
        {"now": now},
    )[0]
    assert answer.headline.startswith(f"{failed} training runs of {count} failed")
    assert {row[2] for row in answer.tables[1].rows} == {"failed"}


async def test_who_ran_them(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("who ran them", "mlops.experiments", now, experiments=(FRAUD,))
    answer = await answered(SPECIALIST, asked, warehouse)
    people = rows(
        sample_file,
        "SELECT created_by, count(*) n FROM system_mlflow.runs_latest r "
        "JOIN system_mlflow.experiments_latest e USING (experiment_id) "
        "WHERE e.name = $name AND start_time >= '2026-10-26' AND start_time < $now GROUP BY 1 ORDER BY n DESC, 1",
        {"name": FRAUD, "now": now},
    )
    assert answer.headline.startswith(f"{len(people)} users ran ")
    assert f"{people[0][0]} most of them ({people[0][1]})" in answer.headline


async def test_two_periods_side_by_side(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("compare", "mlops.experiments", now, experiments=(FRAUD,), period=days("2026-11-01", "2026-11-24"))
    answer = await answered(SPECIALIST, replace(asked, compare=days("2026-10-01", "2026-10-31")), warehouse)
    assert answer.findings[0].text.startswith("12 runs (1 failed) against ")


async def test_a_run_by_its_id(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    run = best(sample_file, FRAUD, now)[2]
    answer = await answered(SPECIALIST, question(f"metrics of run {run}", "mlops.experiments", now), warehouse)
    assert [row[0] for row in answer.tables[0].rows] == [best(sample_file, FRAUD, now)[0]]
    with pytest.raises(UnknownNameError):
        await answered(SPECIALIST, question(f"metrics of run {'0' * 32}", "mlops.experiments", now), warehouse)


async def test_a_period_without_runs_says_which_there_are(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("best run", "mlops.experiments", now, period=days("2024-01-01", "2024-01-31"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No MLflow run starts in")
    assert "system.mlflow.runs_latest holds runs from" in answer.summary
