"""Jobs with a target, and how their runs kept it in the asked period and the one before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.attempt import Attempt
from agents.question import Question
from agents.reliability.jobs import Named, owners, read_tags
from agents.reliability.predictor import Outlook
from tools.period import Period


@dataclass(frozen=True, slots=True)
class Kept:
    """Runs on time, late, and failed (never on time)."""

    on_time: int = 0
    late: int = 0
    failed: int = 0

    @property
    def runs(self) -> int:
        return self.on_time + self.late + self.failed

    @property
    def breaches(self) -> int:
        return self.late + self.failed

    @property
    def rate(self) -> float:
        return self.on_time / self.runs if self.runs else 0.0


@dataclass(frozen=True, slots=True)
class Promise(Named):
    """One job and its target in minutes; medians and the longest are of successful runs."""

    target: float
    asked: Kept
    usual: Kept
    median: float | None
    usual_median: float | None
    longest: float | None
    last_breach: datetime | None
    running_late: int = 0

    @property
    def is_hopeless(self) -> bool:
        """It usually takes longer than the target, so that the target is none for it."""
        return bool(self.usual_median and self.usual_median > self.target)

    @property
    def is_breaching(self) -> bool:
        return bool(self.asked.breaches or self.running_late)


def read_promises(rows: Iterable[Mapping[str, Any]]) -> tuple[Promise, ...]:
    """The rows of `kept_by_job`, most breaches first."""
    found = [
        Promise(
            row["workspace_id"],
            row["workspace_name"],
            row["workspace_url"] or "",
            row["job_id"],
            row["job_name"],
            float(row["target_minutes"]),
            Kept(row["on_time_asked"], row["late_asked"], row["failed_asked"]),
            Kept(row["on_time_before"], row["late_before"], row["failed_before"]),
            row["median_asked"],
            row["median_before"],
            row["longest_asked"],
            row["last_breach"],
            row["running_late"],
            tags=read_tags(row["tags_json"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (-one.asked.breaches, -one.running_late, one.key)))


def together(parts: Sequence[Kept]) -> Kept:
    return Kept(sum(one.on_time for one in parts), sum(one.late for one in parts), sum(one.failed for one in parts))


@dataclass(frozen=True, slots=True)
class Facts:
    """`target` is the question's minutes; `stand_in` says that no job has a target and all were measured against one."""

    question: Question
    asked: Period
    usual: Period
    promises: tuple[Promise, ...]
    target: float | None
    stand_in: bool
    risky: tuple[Outlook, ...]
    read: Mapping[str, Attempt]

    @property
    def breaching(self) -> list[Promise]:
        return [one for one in self.promises if one.is_breaching]

    @property
    def now(self) -> Kept:
        return together([one.asked for one in self.promises])

    @property
    def before(self) -> Kept:
        return together([one.usual for one in self.promises])

    @property
    def owners(self) -> dict[str, str]:
        return owners(self.read["owners"])

    def ids(self, *tables: str) -> tuple[str, ...]:
        return tuple(found for table in tables for found in self.read[table].ids)
