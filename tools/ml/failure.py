"""`job-failure-predictor`: how probable it is that the next run of a job fails or misses its SLA, and why.

Features come from runs that had ended when the predicted run starts, so nothing of the run itself is known.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import erf, inf, log, log1p, nan, sqrt
from statistics import median

import numpy as np

from tools.errors import BadRequestError, UnknownNameError
from tools.ml.linear import Floats, Linear, fit_probability, probability

FAILED = frozenset({"FAILED", "ERROR", "TIMED_OUT"})
SUCCEEDED = "SUCCEEDED"
RECENT, LONG = 5, 50  # runs looked back on
AROUND = 200  # failures of one workspace or compute that are remembered
PRIOR_RUNS = 5.0  # runs that the account's failure rate is worth beside a job's own
USUAL_SPREAD, LEAST_SPREAD = 0.15, 0.05  # log spread of durations assumed at first, and the least there is
GAPS = 3  # usual gaps of silence after which a job is no longer in use
TELLING = 0.3  # log odds, or probability of being late, from which something is a reason
LEAST_FAILURES = 10  # to learn from
RECENTLY = timedelta(hours=24)  # in which failures around it count
NAMES = (
    "last_failed",
    "failures_in_a_row",
    "overdue_success",
    "recent_rate",
    "long_rate",
    "slower",
    "retried",
    "upstream_failed",
    "compute_failures",
    "workspace_failures",
    "little_known",
)
WORDS = {
    "last_failed": "the last run failed",
    "failures_in_a_row": "several runs failed in a row",
    "overdue_success": "the last success is longer ago than usual",
    "recent_rate": "it failed often in its last {recent} runs",
    "long_rate": "it failed often in its last {long} runs",
    "slower": "its last runs took longer than usual",
    "retried": "its last runs needed retries",
    "upstream_failed": "a job that it reads from failed",
    "compute_failures": "other runs on its compute failed within a day",
    "workspace_failures": "other jobs of its workspace failed within a day",
    "little_known": "it has few runs to judge from",
}
Job = tuple[str, str]  # workspace id, job id


@dataclass(frozen=True, slots=True)
class Run:
    """One ended run; `state` is the result_state of system.lakeflow.job_run_timeline, `retries` its repeated attempts."""

    job: Job
    start: datetime
    end: datetime
    state: str
    compute: str = ""
    retries: int = 0

    @property
    def counts(self) -> bool:
        """Cancelled, skipped and blocked runs tell nothing about the job's health."""
        return self.state == SUCCEEDED or self.state in FAILED

    @property
    def failed(self) -> bool:
        return self.state in FAILED

    @property
    def minutes(self) -> float:
        return max(0.0, (self.end - self.start).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Prediction:
    """`failure` and `late` (nan without an SLA) are probabilities; `reasons` are the strongest, in words."""

    job: Job
    failure: float
    late: float
    reasons: tuple[str, ...]

    @property
    def trouble(self) -> float:
        """Probability that the run fails or is late."""
        return self.failure if self.late != self.late else 1 - (1 - self.failure) * (1 - self.late)


@dataclass(slots=True)
class _Past:
    outcomes: deque[bool] = field(default_factory=lambda: deque(maxlen=LONG))
    minutes: deque[float] = field(default_factory=lambda: deque(maxlen=LONG))
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=LONG))
    retries: deque[int] = field(default_factory=lambda: deque(maxlen=RECENT))
    row: int = 0
    last: datetime | None = None
    success: datetime | None = None
    compute: str = ""


class History:
    """Ended runs taken in one by one, in order of their end; gives the features of a run that starts now."""

    def __init__(self, upstream: Mapping[Job, Sequence[Job]] | None = None) -> None:
        self._upstream = upstream or {}
        self._jobs: dict[Job, _Past] = {}
        self._failures: dict[str, deque[tuple[datetime, Job]]] = defaultdict(lambda: deque(maxlen=AROUND))
        self._runs, self._failed = 1.0, 0.02

    def add(self, run: Run) -> None:
        if not run.counts:
            return
        past = self._jobs.setdefault(run.job, _Past())
        if past.last is not None:
            past.gaps.append(_hours(past.last, run.end))
        past.outcomes.append(run.failed)
        past.retries.append(run.retries)
        past.row = past.row + 1 if run.failed else 0
        past.last, past.compute = run.end, run.compute or past.compute
        self._runs, self._failed = self._runs + 1, self._failed + run.failed
        if run.failed:
            for place in {run.job[0], run.compute} - {""}:
                self._failures[place].append((run.end, run.job))
        else:
            past.success = run.end
            past.minutes.append(run.minutes)

    def features(self, job: Job, at: datetime) -> tuple[float, ...]:
        """In the order of NAMES; raises UnknownNameError for a job without an ended run."""
        past = self._known(job)
        recent = list(past.outcomes)[-RECENT:]
        usual_gap = max(median(past.gaps), 0.05) if past.gaps else 24.0
        since = _hours(past.success, at) if past.success else usual_gap * (len(past.outcomes) + 1)
        minutes = list(past.minutes)
        drift = log((sum(minutes[-3:]) / 3 + 0.1) / (median(minutes) + 0.1)) if len(minutes) >= RECENT else 0.0
        return (
            float(past.outcomes[-1]),
            log1p(past.row),
            min(4.0, log1p(max(0.0, since / usual_gap - 1))),
            self._log_odds(sum(recent), len(recent)),
            self._log_odds(sum(past.outcomes), len(past.outcomes)),
            max(-1.0, min(2.0, drift)),
            log1p(sum(past.retries)),
            float(any(each in self._jobs and self._jobs[each].outcomes[-1] for each in self._upstream.get(job, ()))),
            self._around(past.compute, job, at),
            self._around(job[0], job, at),
            1 / (1 + len(past.outcomes)),
        )

    def late(self, job: Job, sla_minutes: float) -> float:
        """Probability that a successful run takes longer: log-normal around its last few; nan where none succeeded."""
        if not 0 < sla_minutes < inf:
            raise BadRequestError(f"An SLA of {sla_minutes} minutes makes no sense.", do="Give a positive number of minutes.")
        minutes = [log(each + 0.01) for each in self._known(job).minutes]
        if not minutes:
            return nan
        recent, wider = minutes[-RECENT:], minutes[-4 * RECENT :]
        middle = sum(recent) / len(recent)
        squares = sum((each - middle) ** 2 for each in wider) + RECENT * USUAL_SPREAD**2
        spread = max(sqrt(squares / (len(wider) + RECENT)), LEAST_SPREAD)
        return 0.5 - 0.5 * erf((log(sla_minutes) - middle) / spread / sqrt(2))

    def recent_minutes(self, job: Job) -> float:
        """What its last few successful runs took, in the middle; nan where none succeeded."""
        minutes = list(self._known(job).minutes)[-RECENT:]
        return median(minutes) if minutes else nan

    def active(self, at: datetime) -> tuple[Job, ...]:
        """Jobs whose last run lies no further back than a few of their usual gaps."""
        return tuple(sorted(job for job, past in self._jobs.items() if past.last and at - past.last <= self._patience(past)))

    def _patience(self, past: _Past) -> timedelta:
        return timedelta(hours=GAPS * (median(past.gaps) if past.gaps else 24.0)) + RECENTLY

    def _known(self, job: Job) -> _Past:
        if job not in self._jobs:
            raise UnknownNameError("job with an ended run", job[1])
        return self._jobs[job]

    def _log_odds(self, failures: float, runs: int) -> float:
        share = (failures + PRIOR_RUNS * self._failed / self._runs) / (runs + PRIOR_RUNS)
        return log(share / (1 - share))

    def _around(self, place: str, job: Job, at: datetime) -> float:
        found = 0
        for when, whose in reversed(self._failures.get(place, ())):  # newest first
            if at - when > RECENTLY:
                break
            found += whose != job
        return log1p(found)


def training_rows(
    runs: Iterable[Run], upstream: Mapping[Job, Sequence[Job]] | None = None
) -> Iterator[tuple[Run, tuple[float, ...]]]:
    """Each run that counts with what was known as it started; the first run of a job has nothing to go by."""
    ordered = sorted((run for run in runs if run.counts), key=lambda run: (run.start, run.end, run.job))
    ended = sorted(ordered, key=_by_end)
    history, taken, seen = History(upstream), 0, set[Job]()
    for run in ordered:
        while taken < len(ended) and ended[taken].end <= run.start:
            history.add(ended[taken])
            seen.add(ended[taken].job)
            taken += 1
        if run.job in seen:
            yield run, history.features(run.job, run.start)


def train(runs: Iterable[Run], upstream: Mapping[Job, Sequence[Job]] | None = None) -> Linear:
    """A logistic model of failure. Raises BadRequestError where the runs hold fewer than ten failures."""
    return fit(list(training_rows(runs, upstream)))


def fit(rows: Sequence[tuple[Run, tuple[float, ...]]]) -> Linear:
    """`train` on rows that are there already."""
    happened = np.array([run.failed for run, _ in rows], dtype=bool)
    if happened.sum() < LEAST_FAILURES or happened.all():
        raise BadRequestError(f"{int(happened.sum())} failures are too few to learn from.", do="Train on a longer period.")
    return fit_probability(NAMES, np.array([features for _, features in rows]), happened)


def predict(model: Linear, history: History, job: Job, at: datetime, sla_minutes: float | None = None) -> Prediction:
    """The next run of `job` if it starts at `at`; raises UnknownNameError for a job without an ended run."""
    row = np.array([history.features(job, at)])
    late = history.late(job, sla_minutes) if sla_minutes is not None else nan
    reasons = _reasons(model, row)
    if late > TELLING:
        reasons = (f"its last runs took {history.recent_minutes(job):.0f} of at most {sla_minutes:.0f} minutes", *reasons)
    return Prediction(job, float(probability(model.values(row))[0]), late, reasons)


def at_risk(
    model: Linear, history: History, at: datetime, sla_minutes: Mapping[Job, float] | None = None, *, least: float = 0.2
) -> tuple[Prediction, ...]:
    """Jobs still in use whose next run fails or is late with at least that probability, the likeliest first."""
    limits = sla_minutes or {}
    told = (predict(model, history, job, at, limits.get(job)) for job in history.active(at))
    return tuple(sorted((each for each in told if each.trouble >= least), key=lambda each: (-each.trouble, each.job)))


def history_of(runs: Iterable[Run], at: datetime, upstream: Mapping[Job, Sequence[Job]] | None = None) -> History:
    """What is known at a moment: the runs that have ended by then."""
    history = History(upstream)
    for run in sorted((run for run in runs if run.end <= at), key=_by_end):
        history.add(run)
    return history


def _reasons(model: Linear, row: Floats) -> tuple[str, ...]:
    """The features that raise the odds most above those of an average run."""
    parts = model.parts(row)[0]
    strongest = sorted(range(len(parts)), key=lambda each: -parts[each])[:3]
    return tuple(
        WORDS[model.names[each]].format(recent=RECENT, long=LONG)
        for each in strongest
        if parts[each] > TELLING and row[0][each] > model.means[each]
    )


def _by_end(run: Run) -> tuple[datetime, datetime, Job]:
    return run.end, run.start, run.job


def _hours(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds() / 3600
