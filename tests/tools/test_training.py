"""Runs of a model by tag or by the name of their experiment, and the tables of its training: rows that would mislead."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.account import write_account
from tools.period import Period
from tools.training import stem, tables_of_training, training_runs
from tools.warehouse.embedded import EmbeddedWarehouse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = Period(datetime(2026, 11, 1, tzinfo=UTC), NOW)


def experiment(number: str, name: str, **more: Any) -> dict[str, Any]:
    return {"workspace_id": "1", "experiment_id": number, "name": name, **more}


def run(key: str, number: str, tags: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    start = datetime(2026, 11, 10)
    return {"workspace_id": "1", "experiment_id": number, "run_id": key, "tags": tags or {}, "start_time": start, **more}


def edge(source: str | None, target: str | None, job: str, day: int = 10) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "entity_type": "JOB",
        "entity_id": job,
        "entity_run_id": f"{job}-{day}",
        "source_table_full_name": source,
        "target_table_full_name": target,
        "event_time": datetime(2026, 11, day),
        "event_date": date(2026, 11, day),
    }


async def test_a_run_is_of_a_model_by_tag_or_by_experiment(tmp_path: Path) -> None:
    rows = {
        "system.mlflow.experiments_latest": [
            experiment("1", "/Users/ann@x.com/Card_fraud-model v2"),
            experiment("2", "/Shared/other"),
            experiment("3", "/Shared/card_fraud_model_v2", delete_time=datetime(2026, 11, 15)),
            experiment("4", "/Shared/card_fraud_model_v2_old"),
        ],
        "system.mlflow.runs_latest": [
            run("by-name", "1"),
            run("by-tag", "2", {"any": "prod.ml.card_fraud_model_v2"}),
            run("longer-tag", "2", {"any": "prod.ml.card_fraud_model_v2_old"}),
            run("deleted", "1", delete_time=datetime(2026, 11, 11)),
            run("of-deleted", "3"),
            run("longer-name", "4"),
            run("too-early", "1", start_time=datetime(2026, 10, 31)),
        ],
    }
    warehouse = EmbeddedWarehouse(write_account(tmp_path / "account.duckdb", rows), now=NOW)
    table = await training_runs(warehouse, MONTH, models=("prod.ml.card_fraud_model_v2",))
    named = await training_runs(warehouse, MONTH, experiments=("/Shared/other",))
    await warehouse.close()
    assert set(table.column("run_id")) == {"by-name", "by-tag"}
    assert set(named.column("run_id")) == {"by-tag", "longer-tag"}


async def test_tables_by_the_job_or_by_their_own_name_not_by_their_schema(tmp_path: Path) -> None:
    rows = {
        "system.lakeflow.jobs": [
            {"workspace_id": "1", "job_id": key, "name": name, "change_time": datetime(2026, 1, 1)}
            for key, name in (("a", "fraud_training"), ("b", "build"), ("c", "other"))
        ],
        "system.access.table_lineage": [
            edge("prod.x.features", None, "a"),
            edge("prod.x.cards", "prod.x.fraud_features", "b"),
            edge("prod.x.cards", "prod.fraud.daily", "c"),
            edge("prod.x.old", "prod.x.fraud_features", "b", day=1),
        ],
    }
    warehouse = EmbeddedWarehouse(write_account(tmp_path / "account.duckdb", rows), now=NOW)
    table = await tables_of_training(warehouse, date(2026, 11, 5), NOW, ("fraud",))
    await warehouse.close()
    found = {(row["source_name"], row["target_name"], row["job_name"]) for row in table}
    assert found == {("prod.x.features", None, "fraud_training"), ("prod.x.cards", "prod.x.fraud_features", "build")}


def test_a_stem_forgets_what_separates_words() -> None:
    assert stem("prod.ml.fraud_detection") == stem("Fraud-Detection") == "frauddetection"
