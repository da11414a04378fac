"""Habits of failure: which jobs fail again and again, at which hours, with whom, and whether it gets worse."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from agents.reliability.jobs import Job
from agents.reliability.page import key

FEWEST_FAILURES, FEWEST_RUNS = 3, 10
SHORT = 1.5  # failed runs a streak, up to which a job is flaky rather than broken for long
WEEKDAY_SHARE = 0.75
TOGETHER, SHARED = timedelta(minutes=30), 0.5
DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True)
class Offender:
    """A job that failed several times; `streaks` counts how often it began to fail, `longest` the failures in a row."""

    job: Job
    streaks: int
    longest: int
    weekday: str  # the one on which most of its failures lie, where it runs every day

    @property
    def is_flaky(self) -> bool:
        return self.job.asked.failed / max(self.streaks, 1) <= SHORT

    @property
    def kind(self) -> str:
        return "flaky" if self.is_flaky else "long streaks"


def offenders(
    jobs: Iterable[Job], streaks: Iterable[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]], tz: str, days: int
) -> tuple[Offender, ...]:
    """Jobs with at least 3 failures in at least 10 runs, the most failures first."""
    counts: Counter[str] = Counter()
    longest: dict[str, int] = defaultdict(int)
    for row in streaks:
        counts[key(row)] += 1
        longest[key(row)] = max(longest[key(row)], row["failed_runs"])
    by_day: dict[str, Counter[int]] = defaultdict(Counter)
    for run in runs:
        by_day[key(run)][_local(run["end_time"], tz).weekday()] += 1
    found = [
        Offender(job, counts[job.key], longest[job.key], _weekday(job, by_day[job.key], days))
        for job in jobs
        if job.asked.failed >= FEWEST_FAILURES and job.asked.judged >= FEWEST_RUNS
    ]
    return tuple(sorted(found, key=lambda one: (-one.job.asked.failed, -one.job.asked.rate, one.job.key)))


def _weekday(job: Job, failures: Counter[int], days: int) -> str:
    if job.asked.any < 0.8 * days or sum(failures.values()) < FEWEST_FAILURES + 1:
        return ""
    day, count = failures.most_common(1)[0]
    return DAYS[day] if count >= WEEKDAY_SHARE * sum(failures.values()) else ""


@dataclass(frozen=True, slots=True)
class Peak:
    """An hour of the day or a weekday at which more runs fail than its share; `usual` is the rate of all runs."""

    name: str
    failed: int
    runs: int
    usual: float

    @property
    def rate(self) -> float:
        return self.failed / self.runs


def peaks(rows: Iterable[Mapping[str, Any]]) -> tuple[Peak, ...]:
    """From the rows of `outcomes_by_hour`: at least twice the usual rate, beyond what chance gives (three deviations)."""
    cells = list(rows)
    failed, runs = sum(row["failed"] for row in cells), sum(row["ok"] + row["failed"] for row in cells)
    if not failed:
        return ()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in cells:
        for name in (f"{row['hour']:02d}:00–{(row['hour'] + 1) % 24:02d}:00", DAYS[row["weekday"]]):
            sums[name][0] += row["failed"]
            sums[name][1] += row["ok"] + row["failed"]
    found = []
    for name, (bad, judged) in sums.items():
        expected = judged * failed / runs
        if bad >= 2 * expected and bad - expected > 3 * sqrt(expected):
            found.append(Peak(name, bad, judged, failed / runs))
    return tuple(sorted(found, key=lambda one: (-one.rate, one.name)))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two jobs that began to fail in the same half hour: `times`, of the times that the one that does so less began."""

    first: str
    second: str
    times: int
    of: int


def pairs(streaks: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[Pair, ...]:
    """Jobs that began to fail together at least 3 times, and half of the rarer one's times; the most often first.

    Beginnings are compared, not failures: two long streaks meet in many hours by chance.
    """
    slots: dict[int, set[str]] = defaultdict(set)
    for row in streaks:
        if key(row) in names:
            slots[int(row["first_failure_time"].timestamp() // TOGETHER.total_seconds())].add(key(row))
    counts, met = Counter[str](), Counter[tuple[str, str]]()
    for jobs in slots.values():
        counts.update(jobs)
        met.update(combinations(sorted(jobs), 2))
    found = [
        Pair(names[one], names[other], times, min(counts[one], counts[other]))
        for (one, other), times in met.items()
        if times >= FEWEST_FAILURES and times >= SHARED * min(counts[one], counts[other])
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.times, pair.first, pair.second)))


def _local(moment: datetime, tz: str) -> datetime:
    return moment.astimezone(ZoneInfo(tz))
