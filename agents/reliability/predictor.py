"""The next run of each job: when it is due, and how probable it is that it fails or is late, by the trained model."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tools.errors import OperatorError
from tools.ml.endpoint import Endpoints

if TYPE_CHECKING:
    from tools.ml.failure import Prediction, Run

# Fitted on a sample account with other dice than the one that tests and trials read:
# python -m tools.sample other.duckdb --today 2026-11-24 --seed 8
# python -m tools.ml.train duckdb:///other.duckdb --today 2026-11-24 --failure-weights agents/reliability/failure_weights.json
WEIGHTS = Path(__file__).parent / "failure_weights.json"
RISKY, LIKELY = 0.25, 0.5
UNSEEN = "its last runs all failed"
MODEL = "job-failure-predictor"
Served = Mapping[str, tuple[float, tuple[str, ...]]]  # by job key: probability of failure, and reasons


@dataclass(frozen=True, slots=True)
class Outlook:
    """`due` is the last start and the usual interval, None where too few runs tell one; `late` None without a target."""

    key: str
    failure: float
    late: float | None
    trouble: float
    reasons: tuple[str, ...]
    due: datetime | None
    row: int  # failures in a row up to now
    runs: int

    @property
    def is_risky(self) -> bool:
        return self.trouble >= RISKY


def read_outlooks(
    runs: Iterable[Mapping[str, Any]],
    feeds: Iterable[Mapping[str, Any]],
    now: datetime,
    targets: Mapping[str, float],
    only: frozenset[str] | None = None,
    served: Served | None = None,
) -> tuple[Outlook, ...]:
    """From the rows of `recent_runs` and `job_feeds`, the riskiest first; `targets` are minutes by job key.

    What an endpoint has `served` of a job stands in place of the probability by our own weights.
    """
    from tools.ml.failure import history_of, predict
    from tools.ml.linear import Linear

    model = Linear.from_json(WEIGHTS.read_text(encoding="utf-8"))
    ended = list(_runs(runs))
    history = history_of(ended, now, _upstream(feeds))
    past: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in ended:
        if run.counts:
            past[run.job].append(run)
    found = []
    for job in history.active(now):
        if only is None or "/".join(job) in only:
            due = _due(past[job], now)
            told = predict(model, history, job, due or now, targets.get("/".join(job)))
            if served and "/".join(job) in served:
                failure, reasons = served["/".join(job)]
                told = replace(told, failure=failure, reasons=reasons)
            found.append(_outlook(told, past[job], due))
    return tuple(sorted(found, key=lambda one: (-one.trouble, one.key)))


async def ask_endpoint(endpoints: Endpoints, runs: Iterable[Mapping[str, Any]], feeds: Iterable[Mapping[str, Any]]) -> Served:
    """The next run of each job as the endpoint sees it; raises LaterError or OperatorError where it does not say."""
    from tools.ml.run_rows import written

    rows = written(_runs(runs), _upstream(feeds))
    answer = await asyncio.to_thread(endpoints.predict, MODEL, rows)
    try:
        found = {
            f"{row['workspace_id']}/{row['job_id']}": (
                float(row["failure"]),
                tuple(filter(None, str(row["reasons"]).split("; "))),
            )
            for row in answer
        }
    except (KeyError, TypeError, ValueError) as error:
        raise OperatorError(f"The endpoint of {MODEL} answered something else than predictions.") from error
    if not found or not all(0 <= failure <= 1 for failure, _ in found.values()):
        raise OperatorError(f"The endpoint of {MODEL} gave no probabilities.")
    return found


def _runs(rows: Iterable[Mapping[str, Any]]) -> Iterator["Run"]:
    from tools.ml.failure import Run

    for row in rows:
        job = (row["workspace_id"], row["job_id"])
        yield Run(job, row["start_time"], row["end_time"], row["result_state"], row["compute_id"] or "", int(row["retries"]))


def _upstream(feeds: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for row in feeds:
        found[(row["workspace_id"], row["job_id"])].add((row["source_workspace_id"], row["source_job_id"]))
    return {job: tuple(sorted(sources)) for job, sources in found.items()}


def _due(own: list["Run"], now: datetime) -> datetime | None:
    """The first expected start after now; None for a job whose rhythm is not known or that has stopped."""
    starts = sorted(run.start for run in own)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    usual = timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if len(gaps) >= 2 else timedelta(0)
    if usual < timedelta(minutes=1) or now - starts[-1] > 3 * usual:
        return None
    return starts[-1] + usual * max(1, -(-(now - starts[-1]) // usual))


def _outlook(told: "Prediction", own: list["Run"], due: datetime | None) -> Outlook:
    late = None if told.late != told.late else told.late
    row = next((count for count, run in enumerate(reversed(own)) if not run.failed), len(own))
    return Outlook("/".join(told.job), told.failure, late, told.trouble, told.reasons or _plain(row, late), due, row, len(own))


def _plain(row: int, late: float | None) -> tuple[str, ...]:
    """Where the model names no reason: what is plain to see."""
    if row > 2:
        return (UNSEEN,)
    return ("its runs take about as long as its target",) if late is not None and late >= RISKY else ()
