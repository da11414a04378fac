"""What each model learns from and how it is tried: one study a model, in one tuple."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import isfinite, log
from typing import Any

import numpy as np

from tools.errors import BadRequestError
from tools.ml import failure, gold, query_forecast, threat
from tools.ml.anomaly import judge
from tools.ml.failure import Job, Run
from tools.ml.linear import Floats, Linear, probability
from tools.ml.naive import busiest, naive_failures
from tools.ml.scores import auroc, brier, calibration
from tools.ml.staged import stage
from tools.ml.threat import Event, Scale
from tools.warehouse import Warehouse

Records = list[dict[str, Any]]
TOP = 5
NOTHING_TO_TRY = "Nothing happened in the period on which the model is to be tried."


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate and how it did: `error` and `naive` are on the same rows of the later period, smaller is better."""

    name: str
    state: str
    metric: str
    error: float
    naive: Mapping[str, float]
    n: int
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Study:
    """`fit` sees nothing from `split` on; `trial` scores only what lies from it on; `example` is an input as served."""

    name: str
    read: Callable[[Warehouse, date, date], Awaitable[Any]]
    fit: Callable[[Any, date], str]
    trial: Callable[[str, Any, date], Result]
    example: Callable[[Any], Records]


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
    figures = {
        "distance between guessed and happened, ten groups": calibration(happened, guess),
        "AUROC": auroc(happened, guess),
        "AUROC of the last outcome": auroc(happened, last),
        "AUROC of the 30-day rate": auroc(happened, rate),
        "failures": float(happened.sum()),
    }
    naive = {"last outcome": brier(happened, last), "30-day rate": brier(happened, rate)}
    return Result("job-failure-predictor", state, "Brier score", brier(happened, guess), naive, len(tried), figures)


def _run_example(data: _Runs) -> Records:
    return [
        {
            "workspace_id": run.job[0],
            "job_id": run.job[1],
            "start": run.start.isoformat(),
            "end": run.end.isoformat(),
            "state": run.state,
            "compute": run.compute,
            "retries": run.retries,
        }
        for run in data.runs[:5]
    ]


@dataclass(frozen=True)
class _Durations:
    days: dict[tuple[str, str], dict[date, float]]
    runs: list[list[tuple[datetime, float]]]

    @cached_property
    def rows(self) -> dict[str, list[query_forecast.Row]]:
        """Computed once: each row knows only what lies before it, so training and trial may share them."""
        by_name = {name: [days for (_, which), days in sorted(self.days.items()) if which == name] for name in ("p50", "p95")}
        found = {name: list(query_forecast.day_rows(series)) for name, series in by_name.items()}
        return {**found, "run": list(query_forecast.run_rows(self.runs))}


DURATIONS = {"p50": query_forecast.DAY_NAMES, "p95": query_forecast.DAY_NAMES, "run": query_forecast.RUN_NAMES}


async def _read_durations(warehouse: Warehouse, first: date, until: date) -> _Durations:
    days, runs = await gold.warehouse_latency(warehouse, first, until), await gold.statement_runs(warehouse, first, until)
    return _Durations(days, runs)


def _fit_latency(data: _Durations, split: date) -> str:
    """A blend for each of p50, p95 and run; what has too few values is left out."""
    blends = {}
    for name, features in DURATIONS.items():
        rows = [row for row in data.rows[name] if _day(row) < split]
        if len(rows) >= query_forecast.ENOUGH_ROWS:
            blends[name] = query_forecast.train(features, rows)
    if not blends:
        raise BadRequestError("There are too few queries to learn from.", do="Train on a longer period.")
    return query_forecast.blends_to_json(blends)


def _try_latency(state: str, data: _Durations, split: date) -> Result:
    """The mean over p50, p95 and run of each one's mean absolute log error."""
    figures: dict[str, float] = {}
    errors: dict[str, list[float]] = defaultdict(list)
    count = 0
    for name, blend in query_forecast.blends_from_json(state).items():
        rows = [row for row in data.rows[name] if _day(row) >= split]
        if not rows:
            continue
        recent, targets = np.array([row.known.recent for row in rows]), np.array([row.target for row in rows])
        off = targets - blend.model.values(recent)
        scaled = off / np.array([row.known.yardstick for row in rows])
        inside = (blend.low <= scaled) & (scaled <= blend.high)
        guesses = {"model": off, "last value": targets - recent[:, 0], NAIVE_MEDIAN: targets - _usual(name, recent)}
        for guess, distance in guesses.items():
            errors[guess].append(float(np.abs(distance).mean()))
            figures[f"{name}: error of the {guess}"] = errors[guess][-1]
        figures[f"{name}: share within the 80 % interval"] = float(inside.mean())
        figures[f"{name}: n"] = float(len(rows))
        count += len(rows)
    if not count:
        raise BadRequestError(NOTHING_TO_TRY)
    means = {guess: sum(values) / len(values) for guess, values in errors.items()}
    error = means.pop("model")
    return Result("query-performance-forecaster", state, "mean absolute log error", error, means, count, figures)


NAIVE_MEDIAN = "7-day median, of runs that of the last twenty"


def _usual(name: str, recent: Floats) -> Floats:
    return recent[:, query_forecast.RUN_NAMES.index("last_twenty") if name == "run" else query_forecast.DAY_NAMES.index("week")]


def _day(row: query_forecast.Row) -> date:
    return row.at.date() if isinstance(row.at, datetime) else row.at


def _latency_example(data: _Durations) -> Records:
    (house, name), days = sorted(data.days.items())[-1]
    return [{"warehouse_id": house, "which": name, "day": day.isoformat(), "seconds": days[day]} for day in sorted(days)[-28:]]


Costs = dict[str, list[tuple[date, float]]]


def _fit_cost(_: Costs, __: date) -> str:
    """Nothing is learned beforehand: each series is judged by its own past."""
    return "{}"


def _try_cost(state: str, data: Costs, split: date) -> Result:
    errors: dict[str, list[float]] = defaultdict(list)
    alarms = inside = 0
    for series in data.values():
        values = dict(series)
        for each in judge(series):
            week = [values[day] for k in range(1, 8) if (day := each.day - timedelta(days=k)) in values]
            if each.day < split or len(week) < 7 or min(each.actual, each.expected, *week) <= 0 or not isfinite(each.expected):
                continue
            for name, guess in (("model", each.expected), ("last value", week[0]), ("7-day median", float(np.median(week)))):
                errors[name].append(abs(log(each.actual / guess)))
            alarms += each.is_anomaly
            inside += each.low <= each.actual <= each.high
    if not errors:
        raise BadRequestError(NOTHING_TO_TRY)
    means = {name: sum(values) / len(values) for name, values in errors.items()}
    error, n = means.pop("model"), len(errors["model"])
    figures = {"share within the 95 % interval": inside / n, "anomalies": float(alarms)}
    return Result("cost-anomaly-detector", state, "mean absolute log error", error, means, n, figures)


def _cost_example(data: Costs) -> Records:
    return [{"series": "account", "day": day.isoformat(), "cost": cost} for day, cost in data[""][-35:]]


def _fit_threat(data: list[Event], split: date) -> str:
    return threat.train(event for event in data if event.at.date() < split).to_json()


def _try_threat(state: str, data: list[Event], split: date) -> Result:
    """Attacks are staged on the last days of people; the error is the share not among the day's five strangest."""
    scale = Scale.from_json(state)
    staged, wanted = stage(data, split)
    if not wanted:
        raise BadRequestError(NOTHING_TO_TRY)
    last = max(event.at.date() for event in staged)
    ranked: dict[date, list[str]] = defaultdict(list)
    for each in threat.detect(scale, staged, split, last, least=0.1):
        if each.user not in ranked[each.day]:
            ranked[each.day].append(each.user)
    missed = sum(user not in ranked[day][:TOP] for user, day in wanted) / len(wanted)
    loud = busiest(staged, split)
    naive = sum(user not in loud[day][:TOP] for user, day in wanted) / len(wanted)
    alarms = len({(each.user, each.day) for each in threat.detect(scale, data, split, last)})
    return Result(
        "security-threat-detector",
        state,
        f"staged attacks missed in the top {TOP} of their day",
        missed,
        {"busiest against their own average": naive},
        len(wanted),
        {"user-days found in the account as it is": float(alarms)},
    )


def _event_example(data: list[Event]) -> Records:
    """The first event of each day of whoever comes last by name: long enough a past to be judged by."""
    last = max(event.user for event in data)
    first_of = {event.at.date(): event for event in reversed(data) if event.user == last}
    ends = [data[0], data[-1]]
    return [
        {
            "user": event.user,
            "at": event.at.isoformat(),
            "action": event.action,
            "category": event.category,
            "address": event.address,
            "failed": event.failed,
            "export": event.export,
            "target": event.target,
        }
        for event in sorted([*first_of.values(), *ends], key=lambda each: each.at)
    ]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


STUDIES = (
    Study("cost-anomaly-detector", gold.daily_cost, _fit_cost, _try_cost, _cost_example),
    Study("query-performance-forecaster", _read_durations, _fit_latency, _try_latency, _latency_example),
    Study("job-failure-predictor", _read_runs, _fit_failure, _try_failure, _run_example),
    Study("security-threat-detector", gold.audit_events, _fit_threat, _try_threat, _event_example),
)
