"""The models as Databricks serves them: rows in, rows out, by the same functions that answer in process."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
from mlflow.pyfunc.model import PythonModel

from tools.errors import BadRequestError
from tools.ml import failure, query_forecast, run_rows, threat
from tools.ml.anomaly import judge
from tools.ml.linear import Linear

Records = list[dict[str, Any]]


class Served(PythonModel):
    """One model of the four; its state is a text beside it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = ""

    def load_context(self, context: Any) -> None:
        self.state = Path(context.artifacts["state"]).read_text()

    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:  # noqa: ARG002
        return predict(self.name, self.state, model_input)


def predict(name: str, state: str, frame: pandas.DataFrame) -> pandas.DataFrame:
    """The answer of a model to rows as in its input example."""
    return pandas.DataFrame(_ANSWERS[name](state, frame.to_dict("records")))


def _cost(_: str, rows: Records) -> Records:
    """Columns series, day, cost: a verdict for each day."""
    series: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for row in rows:
        series[str(row["series"])].append((date.fromisoformat(str(row["day"])[:10]), float(row["cost"])))
    return [
        {
            "series": name,
            "day": each.day.isoformat(),
            "actual": each.actual,
            "expected": each.expected,
            "low": each.low,
            "high": each.high,
            "score": each.score,
            "is_anomaly": each.is_anomaly,
            "direction": each.direction,
            "kind": each.kind,
        }
        for name, points in series.items()
        for each in judge(points)
    ]


def _latency(state: str, rows: Records) -> Records:
    """Columns warehouse_id, which (p50 or p95), day, seconds: the day after the last one of each."""
    blends = query_forecast.blends_from_json(state)
    series: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for row in rows:
        series[str(row["warehouse_id"]), str(row["which"])][date.fromisoformat(str(row["day"])[:10])] = float(row["seconds"])
    found = []
    for (house, which), days in series.items():
        if which not in blends:
            raise BadRequestError(f"There is no forecast of {which[:20]!r}.", do="Ask for p50 or p95.")
        next_day = max(days) + timedelta(days=1)
        told = query_forecast.predict_day(blends[which], days, next_day)
        found.append(
            {
                "warehouse_id": house,
                "which": which,
                "day": next_day.isoformat(),
                "seconds": told.value,
                "low": told.low,
                "high": told.high,
            }
        )
    return found


def _failure(state: str, rows: Records) -> Records:
    """Ended runs as in run_rows: the next run of each job, were it now."""
    runs, upstream = run_rows.read(rows)
    now = max((run.end for run in runs), default=None)
    if now is None:
        return []
    told = failure.at_risk(Linear.from_json(state), failure.history_of(runs, now, upstream), now, least=0.0)
    return [
        {"workspace_id": each.job[0], "job_id": each.job[1], "failure": each.failure, "reasons": "; ".join(each.reasons)}
        for each in told
    ]


def _threat(state: str, rows: Records) -> Records:
    """Audit events (user, at, action, category, address, failed, export, target): what stands out on the last day."""
    events = [
        threat.Event(
            str(row["user"]),
            datetime.fromisoformat(str(row["at"])),
            str(row["action"]),
            str(row["category"]),
            str(row.get("address") or ""),
            bool(row["failed"]),
            bool(row["export"]),
            str(row.get("target") or ""),
        )
        for row in rows
    ]
    last = max((event.at.date() for event in events), default=date.min)
    empty: Records = [{"user": "", "day": last.isoformat(), "kind": "none", "score": 0.0, "severity": "low", "events": 0}]
    return [
        {
            "user": each.user,
            "day": each.day.isoformat(),
            "kind": str(each.kind),
            "score": each.score,
            "severity": str(each.severity),
            "events": len(each.evidence),
        }
        for each in threat.detect(threat.Scale.from_json(state), events, last, last)
    ] or empty


_ANSWERS: Mapping[str, Callable[[str, Records], Records]] = {
    "cost-anomaly-detector": _cost,
    "query-performance-forecaster": _latency,
    "job-failure-predictor": _failure,
    "security-threat-detector": _threat,
}
