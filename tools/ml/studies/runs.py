"""The study of `job-failure-predictor`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np

from tools.errors import BadRequestError
from tools.ml import failure, gold, run_rows
from tools.ml.failure import Job, Run
from tools.ml.linear import Linear, probability
from tools.ml.naive import naive_failures
from tools.ml.scores import auroc, brier, calibration
from tools.ml.studies.study import NOTHING_TO_TRY, Measure, Records, Result, Study
from tools.warehouse import Warehouse


@dataclass(frozen=True)
class _Runs:
    runs: list[Run]
    upstream: Mapping[Job, tuple[Job, ...]]

    @cached_property
    def rows(self) -> list[tuple[Run, tuple[float, ...]]]:
        return list(failure.training_rows(self.runs, self.upstream))


async def _read_runs(warehouse: Warehouse, first: date, until: date) -> _Runs:
    runs = await gold.ended_runs(warehouse, first, until)
    # lineage of the trial period is not known when the model is trained
    return _Runs(runs, await gold.upstream_jobs(warehouse, first, until - timedelta(days=30)))


def _fit_failure(data: _Runs, split: date) -> str:
    edge = _midnight(split)
    return failure.fit([row for row in data.rows if row[0].end < edge]).to_json()


def _try_failure(state: str, data: _Runs, split: date) -> Result:
    edge, model = _midnight(split), Linear.from_json(state)
    tried = [(run, row) for run, row in data.rows if run.start >= edge]
    if not tried:
        raise BadRequestError(NOTHING_TO_TRY)
    happened = np.array([run.failed for run, _ in tried], dtype=float)
    guess = probability(model.values(np.array([row for _, row in tried])))
    last, rate = naive_failures(data.runs, [run for run, _ in tried])
    guesses = {"last outcome": last, "30-day rate": rate}
    measures = (
        Measure(
            "Brier score", brier(happened, guess), {name: brier(happened, each) for name, each in guesses.items()}, len(tried)
        ),
        Measure(
            "AUROC", auroc(happened, guess), {name: auroc(happened, each) for name, each in guesses.items()}, len(tried), True
        ),
    )
    figures = {
        "distance between guessed and happened, ten groups": calibration(happened, guess),
        "failures": float(happened.sum()),
    }
    return Result("job-failure-predictor", state, measures, figures)


def _run_example(data: _Runs) -> Records:
    return run_rows.written(data.runs[:5], data.upstream)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


STUDY = Study("job-failure-predictor", _read_runs, _fit_failure, _try_failure, _run_example)
