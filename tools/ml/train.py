"""Train the models on gold, try them on a later period, and keep what beats both the last version and the naive guess.

`python -m tools.ml.train duckdb:///sample.duckdb --today 2026-11-24 --track sqlite:///mlruns.db`
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from tools.errors import BadRequestError, HealthMonitorError
from tools.ml.registry import MlflowRegistry, Registry
from tools.ml.studies import STUDIES
from tools.ml.studies.study import Result, Study
from tools.warehouse import Warehouse
from tools.warehouse.opening import open_warehouse

PAST = timedelta(days=120)
TRIAL = timedelta(days=30)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a training came to; `version` is the registered one, None where the candidate was not better.

    `refused` says why nothing could be trained or tried, with no `result` then.
    """

    name: str
    result: Result | None = None
    previous: float | None = None
    version: str | None = None
    refused: str = ""

    def sentence(self) -> str:
        if self.result is None:
            return f"{self.name}: not trained. {self.refused}"
        verdict = f"registered as version {self.version}" if self.version else "not registered"
        before = "no earlier version" if self.previous is None else f"last version {self.previous:.4f}"
        told = (
            f"{each.name} {each.value:.4f} ({', '.join(f'{name} {value:.4f}' for name, value in each.naive.items())}; n {each.n})"
            for each in self.result.measures
        )
        return f"{self.name}: {'; '.join(told)}; {before}: {verdict}"


async def train(warehouse: Warehouse, registry: Registry, today: date) -> list[Decision]:
    """Each model, trained on what lies before the last thirty days and tried on those; smaller errors are better."""
    decisions = []
    for study in STUDIES:
        try:
            decisions.append(_decide(study, await study.read(warehouse, today - PAST, today), registry, today - TRIAL))
        except BadRequestError as error:  # too little to learn from is no reason to leave out the other models
            decisions.append(Decision(study.name, refused=error.sentence()))
    return decisions


async def failure_weights(warehouse: Warehouse, today: date) -> str:
    """The job-failure-predictor fitted on everything before `today`, as agents/reliability keeps it."""
    study = next(each for each in STUDIES if each.name == "job-failure-predictor")
    return study.fit(await study.read(warehouse, today - PAST, today), today)


def _decide(study: Study, data: Any, registry: Registry, split: date) -> Decision:
    result = study.trial(study.fit(data, split), data, split)
    previous = _previous(study, data, registry, split)
    better = all(each.wins for each in result.measures) and (previous is None or result.error < previous)
    version = registry.register(result, study.example(data)) if better else None
    return Decision(study.name, result, previous, version)


def _previous(study: Study, data: Any, registry: Registry, split: date) -> float | None:
    """How the last registered version does on the same days; None where there is none, or none that this code can read."""
    last = registry.last(study.name)
    try:
        return study.trial(last, data, split).error if last is not None else None
    except (KeyError, TypeError, ValueError):
        return None


def main() -> int:
    options = _options()
    today = options.today or datetime.now(UTC).date()
    now = datetime.combine(today, datetime.min.time(), UTC)
    try:
        warehouse = open_warehouse(
            options.warehouse, warehouse_id=options.warehouse_id, catalog=options.catalog, schema=options.schema, now=now
        )
        if options.failure_weights:
            options.failure_weights.write_text(asyncio.run(_closing(warehouse, failure_weights(warehouse, today))) + "\n")
            return 0
        place = ".".join(filter(None, (options.catalog, options.schema)))
        registry = MlflowRegistry(options.track, options.registry, place=place, artifacts=options.artifacts)
        for decision in asyncio.run(_closing(warehouse, train(warehouse, registry, today))):
            sys.stdout.write(decision.sentence() + "\n")
    except HealthMonitorError as error:
        sys.stderr.write(f"{error.sentence()} (error {error.id})\n")
        return 1
    return 0


async def _closing(warehouse: Warehouse, work: Awaitable[Found]) -> Found:
    try:
        return await work
    finally:
        await warehouse.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.ml.train", description="Train, try and register the models.")
    parser.add_argument("warehouse", help="duckdb:///path/file.duckdb, or databricks")
    parser.add_argument("--warehouse-id", default="")
    parser.add_argument("--catalog", default="", help="of the gold layer, and of the models in Unity Catalog")
    parser.add_argument("--schema", default="")
    parser.add_argument("--today", type=date.fromisoformat, help="the day (UTC) after the last one learned from")
    parser.add_argument("--track", default="databricks", help="MLflow tracking URI")
    parser.add_argument("--registry", default="", help="MLflow registry URI, databricks-uc for Unity Catalog")
    parser.add_argument("--artifacts", default="", help="where the models' files go, if not where the tracking server says")
    parser.add_argument("--failure-weights", type=Path, help="only fit the failure predictor, and write its weights here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
