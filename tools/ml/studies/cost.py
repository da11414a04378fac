"""The study of `cost-anomaly-detector`."""

from collections import defaultdict
from datetime import date, timedelta
from math import isfinite, log

import numpy as np

from tools.errors import BadRequestError
from tools.ml import gold
from tools.ml.anomaly import judge
from tools.ml.studies.study import NOTHING_TO_TRY, Measure, Records, Result, Study

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
    return Result("cost-anomaly-detector", state, (Measure("mean absolute log error", error, means, n),), figures)


def _cost_example(data: Costs) -> Records:
    return [{"series": "account", "day": day.isoformat(), "cost": cost} for day, cost in data[""][-35:]]


STUDY = Study("cost-anomaly-detector", gold.daily_cost, _fit_cost, _try_cost, _cost_example)
