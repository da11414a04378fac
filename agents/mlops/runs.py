"""MLflow runs as values: their metrics, which metric judges them, which run is best."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from statistics import mean, stdev
from typing import Any

LOWER = re.compile(r"loss|error|rmse|mae|mape|mse|perplexity|deviance|latency|wer\b", re.IGNORECASE)
HELD_OUT = re.compile(r"^(val|valid|validation|test|eval|holdout|cv)[_\-./]", re.IGNORECASE)
SETTINGS = re.compile(r"^(learning_rate|lr|epoch|step|seed)|time|duration|memory|^system/", re.IGNORECASE)
METRICS = re.compile(
    r"\b(rmse|mae|mape|mse|r2|f1|auc|roc-auc|accuracy|precision|recall|loss|logloss|ndcg|map|bleu|rouge|perplexity)\b"
)
SECRET = re.compile(r"token|secret|password|passwd|credential|api_?key|access_?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """`metrics` by name: last, lowest and highest value; a value that is no number is None."""

    id: str
    name: str
    experiment: str
    experiment_id: str
    workspace_id: str
    workspace: str
    host: str
    person: str
    status: str
    start: datetime
    end: datetime | None
    is_nested: bool
    model: str
    version: str
    params: Mapping[str, str]
    metrics: Mapping[str, tuple[float | None, float | None, float | None]]

    def last(self, metric: str) -> float | None:
        return self.metrics.get(metric, (None, None, None))[0]

    def best(self, metric: str) -> float | None:
        """The value at the best step, which need not be the last."""
        _, low, high = self.metrics.get(metric, (None, None, None))
        return low if is_lower_better(metric) else high

    @property
    def is_finished(self) -> bool:
        return self.status == "FINISHED"

    @property
    def has_failed(self) -> bool:
        return self.status in ("FAILED", "KILLED")


def read_runs(rows: Iterable[Mapping[str, Any]]) -> tuple[Run, ...]:
    """As tools.training.training_runs gives them, newest first."""
    return tuple(
        Run(
            row["run_id"],
            row["run_name"] or row["run_id"],
            row["experiment_name"],
            row["experiment_id"],
            row["workspace_id"],
            row["workspace_name"],
            row["workspace_url"] or "",
            row["created_by"] or "",
            row["status"] or "",
            row["start_time"],
            row["end_time"],
            row["parent_run_id"] is not None,
            row["model_name"] or "",
            row["model_version"] or "",
            _params(row["params_json"]),
            _metrics(row["metrics_json"]),
        )
        for row in rows
    )


def _params(text: str | None) -> dict[str, str]:
    found = json.loads(text) if text else None
    return {key: "hidden" if SECRET.search(key) else str(value)[:60] for key, value in (found or {}).items()}


def _metrics(text: str | None) -> dict[str, tuple[float | None, float | None, float | None]]:
    found = json.loads(text) if text else None
    return {
        one["metric_name"]: (_number(one.get("latest_value")), _number(one.get("min_value")), _number(one.get("max_value")))
        for one in found or ()
    }


def _number(value: Any) -> float | None:
    """Spark writes NaN as a text, DuckDB as a bare word; neither counts."""
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def is_lower_better(metric: str) -> bool:
    return bool(LOWER.search(metric))


def names(runs: Sequence[Run]) -> tuple[str, ...]:
    """Metrics that judge a model, the most common first; held-out before training, settings left out."""
    count: dict[str, int] = {}
    for run in runs:
        for name in run.metrics:
            if not SETTINGS.search(name):
                count[name] = count.get(name, 0) + 1
    return tuple(sorted(count, key=lambda name: (not HELD_OUT.match(name), is_lower_better(name), -count[name], name)))


def metric_of(runs: Sequence[Run], text: str) -> str:
    """The metric that the question names, whole or in part (auc for val_auc), else the one that judges most runs; '' = none."""
    known = names(runs)
    said = set(re.findall(r"[a-z0-9_@.]+", text.lower()))
    for name in known:
        if name.lower() in said:
            return name
    for name in known:
        if said & {part for part in re.split(r"[^a-z0-9@]+", name.lower()) if not HELD_OUT.match(f"{part}_") and part != "train"}:
            return name
    return next(iter(known), "")


def unknown_metric(runs: Sequence[Run], text: str) -> str:
    """A metric that the question names and no run has; '' = none."""
    known = " ".join(name.lower() for name in names(runs))
    return next((word for word in METRICS.findall(text.lower()) if word.replace("-", "_") not in known), "")


def ranked(runs: Iterable[Run], metric: str) -> list[Run]:
    """Finished runs that have the metric, best last value first."""
    scored = [run for run in runs if run.is_finished and run.last(metric) is not None]
    return sorted(scored, key=lambda run: (_signed(run.last(metric), metric), run.id), reverse=True)


def _signed(value: float | None, metric: str) -> float:
    return -(value or 0.0) if is_lower_better(metric) else (value or 0.0)


def usual(runs: Iterable[Run], metric: str) -> tuple[float, float] | None:
    """Mean and spread of the last values; None below three runs."""
    values = [value for run in runs if run.is_finished and (value := run.last(metric)) is not None]
    return (mean(values), stdev(values)) if len(values) >= 3 else None


def of_version(runs: Iterable[Run], version: str) -> Run | None:
    """The run that trained a version, as its tag says; not a nested trial."""
    return next((run for run in runs if version and run.version == version and not run.is_nested), None)


def experiment_title(name: str) -> str:
    """/Shared/fraud-detection and /Users/ann@x.com/fraud both end in what people call it."""
    return name.rsplit("/", 1)[-1] or name


def settings(run: Run) -> str:
    """The first six parameters of a run."""
    return ", ".join(f"{key} = {value}" for key, value in list(run.params.items())[:6])
