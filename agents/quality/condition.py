"""How a table is: what monitoring says of it, when it changed last, and whether it is late against its own habit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from agents.quality.page import age

State = Literal["good", "bad", "late", "unknown"]
ENOUGH_WRITES = 4
PATIENCE = 1.5  # times the pause that 95 % of a table's pauses do not exceed


@dataclass(frozen=True, slots=True)
class Job:
    """A job that monitoring names as a possible cause, with its last status."""

    name: str
    status: str
    url: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One table. `status` is monitoring's word (empty = not monitored); hours are counted up to the end of the period."""

    status: str = ""
    failed: tuple[str, ...] = ()
    changed: datetime | None = None
    hours: float | None = None
    usual_hours: float | None = None
    is_late: bool = False
    impact: int = 0
    jobs: tuple[Job, ...] = ()

    @property
    def state(self) -> State:
        if self.status == "UNHEALTHY":
            return "bad"
        if self.status == "HEALTHY":
            return "good"
        return "late" if self.is_late else "unknown"

    @property
    def word(self) -> str:
        if self.status == "UNHEALTHY":
            return f"fails {' and '.join(self.failed)}" if self.failed else "unhealthy"
        if self.status:
            return self.status.lower()
        return "late" if self.is_late else "not monitored"

    @property
    def is_overdue(self) -> bool:
        """Whether the last change lies clearly longer back than usual."""
        return self.hours is None or self.hours > PATIENCE * (self.usual_hours or 24)

    @property
    def against(self) -> str:
        """The age of the last change beside the usual pause."""
        if self.hours is None:
            return "its last change is not recorded"
        usual = f", usually every {age(self.usual_hours)}" if self.usual_hours else ""
        return f"last changed {age(self.hours)} ago{usual}"


UNKNOWN = Condition()


def conditions(health: Iterable[Mapping[str, Any]], rhythm: Iterable[Mapping[str, Any]], as_of: datetime) -> dict[str, Condition]:
    """By lower-case table name, from rows of `health_of` (or of the results) and of `rhythm`."""
    found: dict[str, Condition] = {}
    for row in rhythm:
        long = row["long_hours"]
        is_late = row["writes"] >= ENOUGH_WRITES and long is not None and row["hours_since"] > PATIENCE * long + 1
        found[row["node"]] = Condition(
            changed=row["last_write"], hours=row["hours_since"], usual_hours=row["usual_hours"], is_late=is_late
        )
    for row in health:
        name = row["table_full_name"].lower()
        known = found.get(name, UNKNOWN)
        changed = max((time for time in (known.changed, row["last_commit_time"]) if time), default=None)
        checks = (("freshness", row["freshness_status"]), ("completeness", row["completeness_status"]))
        found[name] = replace(
            known,
            status=row["status"],
            failed=tuple(check for check, status in checks if status == "UNHEALTHY"),
            changed=changed,
            hours=(as_of - changed).total_seconds() / 3600 if changed else None,
            impact=row["impact_level"] or 0,
            jobs=blamed(row["upstream_jobs_json"]),
        )
    return found


def blamed(text: str | None) -> tuple[Job, ...]:
    """The jobs in the JSON list that monitoring gives as possible causes."""
    try:
        listed = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(
        Job(job.get("job_name") or job.get("job_id") or "a job", job.get("last_run_status") or "", job.get("run_page_url") or "")
        for job in listed or ()
        if isinstance(job, dict)
    )
