"""The anomaly detector beside simple ones: F1 and average precision over series-days, and its processor time."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from tests.evals.ml.series import BASELINES, DAYS, FIRST, TRIED, Series
from tools.ml.anomaly import judge


@dataclass(frozen=True, slots=True)
class Score:
    """How a detector did; `n` are the judged series-days, `positive` those that were changed."""

    detector: str
    f1: float
    precision: float
    recall: float
    average_precision: float
    n: int
    positive: int
    ms: float = float("nan")


def compare(series: Iterable[Series]) -> list[Score]:
    """Ours first; nothing where there is no series."""
    kept = list(series)
    if not kept:
        return []
    started = time.process_time()
    verdicts = [judge([(FIRST + timedelta(days=at), value) for at, value in enumerate(each.values)]) for each in kept]
    ms = (time.process_time() - started) * 1000 / len(kept)
    alarms = [[(verdict.score, verdict.is_anomaly) for verdict in each] for each in verdicts]
    found = [_score("ours", kept, alarms, ms)]
    for name, detector, alarm in BASELINES:
        scores = [[(score, score > alarm) for score in detector(each.values)] for each in kept]
        found.append(_score(name, kept, scores))
    return found


def _score(name: str, series: list[Series], alarms: list[list[tuple[float, bool]]], ms: float = float("nan")) -> Score:
    rows = [
        (at in each.wrong, *judged[at])
        for each, judged in zip(series, alarms, strict=True)
        for at in range(DAYS - TRIED, DAYS)
        if at not in each.doubtful
    ]
    wrong, scores, called = (np.array(column) for column in zip(*rows, strict=True))
    hits = float((wrong & called).sum())
    precision, recall = hits / max(float(called.sum()), 1.0), hits / max(float(wrong.sum()), 1.0)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return Score(name, f1, precision, recall, average_precision(wrong, scores), len(rows), int(wrong.sum()), ms)


def average_precision(wrong: "np.typing.NDArray[np.bool_]", scores: "np.typing.NDArray[np.float64]") -> float:
    """Mean of the precision at each true one, from the highest score down; among equal scores the true ones come last."""
    order = np.lexsort((wrong, -scores))
    hits = np.cumsum(wrong[order])
    return float((hits / np.arange(1, len(order) + 1))[wrong[order]].mean()) if wrong.any() else float("nan")
