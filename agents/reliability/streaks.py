"""Streaks of failed runs: since when a job fails, whether it has recovered, and the failing job above it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agents.reliability.page import key
from tools.period import Period


@dataclass(frozen=True, slots=True)
class Streak:
    """From the first failed run to the next success; `recovered` None = still failing at the end of what was read.

    `above` is the job key of the one that failed first and feeds this one through `table`.
    """

    key: str
    job: str
    workspace: str
    first: datetime
    recovered: datetime | None
    failed: int
    minutes: float
    code: str
    above: str = ""
    table: str = ""

    @property
    def is_open(self) -> bool:
        return self.recovered is None


def read_streaks(rows: Iterable[Mapping[str, Any]], asked: Period, feeds: Iterable[Mapping[str, Any]]) -> tuple[Streak, ...]:
    """The rows of `get_job_incidents` that touch the period, each with the job above by the rows of `job_feeds`."""
    found = [streak for row in rows if _touches(streak := _streak(row), asked)]
    sources: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in feeds:
        sources[key(row)].append((key(row, "source_"), row["table_full_name"]))
    return tuple(_linked(streak, found, sources.get(streak.key, ())) for streak in found)


def newest(streaks: Iterable[Streak]) -> dict[str, Streak]:
    """The last streak of each job."""
    return {streak.key: streak for streak in sorted(streaks, key=lambda one: one.first)}


def root(streak: Streak, known: Mapping[str, Streak]) -> Streak:
    """The streak that began it all; lineage can have cycles, which end where they began."""
    seen = {streak.key}
    while streak.above in known and streak.above not in seen:
        streak = known[streak.above]
        seen.add(streak.key)
    return streak


def _linked(streak: Streak, found: Sequence[Streak], sources: Iterable[tuple[str, str]]) -> Streak:
    """The earliest failing job above: it failed before, and had not recovered when this one began to fail."""
    above = [
        (other.first, other.key, table)
        for source, table in sources
        for other in found
        if other.key == source and other.first <= streak.first and (other.recovered is None or other.recovered >= streak.first)
    ]
    return replace(streak, above=min(above)[1], table=min(above)[2]) if above else streak


def _touches(streak: Streak, asked: Period) -> bool:
    return streak.first < asked.end and (streak.recovered is None or streak.recovered > asked.start)


def _streak(row: Mapping[str, Any]) -> Streak:
    return Streak(
        key(row),
        row["job_name"],
        row["workspace_name"],
        row["first_failure_time"],
        row["recovered_time"],
        row["failed_runs"],
        float(row["duration_minutes"]),
        row["last_termination_code"] or "UNKNOWN",
    )
