"""The study of `query-performance-forecaster`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import exp, log

import numpy as np

from tools.errors import BadRequestError
from tools.ml import gold, query_forecast
from tools.ml.query_forecast import Blend
from tools.ml.studies.study import NOTHING_TO_TRY, Measure, Records, Result, Study
from tools.warehouse import Warehouse


@dataclass(frozen=True)
class _Durations:
    days: dict[tuple[str, str], dict[date, float]]
    runs: list[list[tuple[datetime, float]]]

    @cached_property
    def rows(self) -> dict[str, list[query_forecast.Row]]:
        """Computed once: each row knows only what lies before it, so training and trial may share them."""
        by_name = {name: [days for (_, which), days in sorted(self.days.items()) if which == name] for name in LATENCIES}
        return {name: list(query_forecast.day_rows(series)) for name, series in by_name.items()}


LATENCIES = ("p50", "p95")


async def _read_durations(warehouse: Warehouse, first: date, until: date) -> _Durations:
    days, runs = await gold.warehouse_latency(warehouse, first, until), await gold.statement_runs(warehouse, first, until)
    return _Durations(days, runs)


def _fit_latency(data: _Durations, split: date) -> str:
    """A blend for each of p50 and p95; what has too few values is left out."""
    known = {name: [row for row in data.rows[name] if row.at < split] for name in LATENCIES}
    enough = {name: rows for name, rows in known.items() if len(rows) >= query_forecast.ENOUGH_ROWS}
    if not enough:
        raise BadRequestError("There are too few queries to learn from.", do="Train on a longer period.")
    return query_forecast.blends_to_json(
        {name: query_forecast.train(query_forecast.DAY_NAMES, rows) for name, rows in enough.items()}
    )


def _try_latency(state: str, data: _Durations, split: date) -> Result:
    measures, figures = [], {}
    for name, blend in query_forecast.blends_from_json(state).items():
        rows = [row for row in data.rows[name] if row.at >= split]
        if rows:
            measures.append(_distance(name, blend, rows))
            told = ((query_forecast.predict(blend, row.known), exp(row.became)) for row in rows)
            figures[f"{name}: share within the 80 % interval"] = sum(one.low <= came <= one.high for one, came in told) / len(
                rows
            )
    if not measures:
        raise BadRequestError(NOTHING_TO_TRY)
    return Result("query-performance-forecaster", state, tuple(measures), figures | _of_statements(data.runs, split))


def _distance(name: str, blend: Blend, rows: Sequence[query_forecast.Row]) -> Measure:
    recent, targets = np.array([row.known.recent for row in rows]), np.array([row.target for row in rows])
    guesses = {"last value": "yesterday", "7-day median": "week"}
    naive = {
        guess: float(np.abs(targets - recent[:, query_forecast.DAY_NAMES.index(feature)]).mean())
        for guess, feature in guesses.items()
    }
    return Measure(
        f"{name}: mean absolute log error", float(np.abs(targets - blend.model.values(recent)).mean()), naive, len(rows)
    )


def _of_statements(runs: list[list[tuple[datetime, float]]], split: date) -> dict[str, float]:
    """How the durations of repeated statements are told; every fifth statement, since one is as good as another."""
    errors, inside = [], 0
    for history in runs[::5]:
        for at, (when, seconds) in enumerate(history):
            if when.date() >= split and at >= query_forecast.LEAST and seconds > 0:
                told = query_forecast.predict_run(history[max(0, at - query_forecast.LAST_RUNS - 5) : at], when)
                errors.append(abs(log(seconds / told.value)))
                inside += told.low <= seconds <= told.high
    if not errors:
        return {}
    return {
        "repeated statements (every fifth): runs": float(len(errors)),
        "repeated statements: mean absolute log error": sum(errors) / len(errors),
        "repeated statements: share within the 80 % interval": inside / len(errors),
    }


def _latency_example(data: _Durations) -> Records:
    (house, name), days = sorted(data.days.items())[-1]
    return [{"warehouse_id": house, "which": name, "day": day.isoformat(), "seconds": days[day]} for day in sorted(days)[-28:]]


STUDY = Study("query-performance-forecaster", _read_durations, _fit_latency, _try_latency, _latency_example)
