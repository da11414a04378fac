"""Jobs by how their runs ended, in the asked period and the one before."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.figures import percent
from agents.reliability.page import key

TEAM = "team"
UNTAGGED = "(untagged)"


@dataclass(frozen=True, slots=True)
class Count:
    """Runs that ended in one period. Cancelled and skipped ones count neither as good nor as bad."""

    ok: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0

    @property
    def judged(self) -> int:
        return self.ok + self.failed

    @property
    def rate(self) -> float:
        """Share of the judged runs that failed."""
        return self.failed / self.judged if self.judged else 0.0

    @property
    def any(self) -> int:
        return self.judged + self.cancelled + self.skipped


@dataclass(frozen=True, slots=True)
class Named:
    """A job by its ids and names; `host` is its workspace's address."""

    workspace_id: str
    workspace: str
    host: str
    job_id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def key(self) -> str:
        return f"{self.workspace_id}/{self.job_id}"

    @property
    def place(self) -> str:
        return f"{self.name} in {self.workspace}"

    @property
    def address(self) -> tuple[str, str, str, str]:
        return self.name, self.host, self.workspace_id, self.job_id

    @property
    def team(self) -> str:
        return self.tags.get(TEAM, UNTAGGED)


@dataclass(frozen=True, slots=True)
class Job(Named):
    """One job; `last_*` are of the last run that ended in what was read."""

    asked: Count
    usual: Count
    last_time: datetime | None = None
    last_state: str = ""
    last_success: datetime | None = None
    running: int = 0
    deleted: datetime | None = None


def read_jobs(rows: Iterable[Mapping[str, Any]]) -> tuple[Job, ...]:
    """The rows of `job_outcomes`."""
    return tuple(
        Job(
            row["workspace_id"],
            row["workspace_name"],
            row["workspace_url"] or "",
            row["job_id"],
            row["job_name"],
            _count(row, "asked"),
            _count(row, "before"),
            row["last_time"],
            row["last_state"] or "",
            row["last_success"],
            row["running"],
            row["delete_time"],
            tags=read_tags(row["tags_json"]),
        )
        for row in rows
    )


def read_tags(text: str | None) -> dict[str, str]:
    """Tags by key in lower case: teams write the same key in different ways."""
    found = json.loads(text) if text else {}
    return {str(name).lower(): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def total(counts: Iterable[Count]) -> Count:
    kept = list(counts)
    return Count(
        sum(one.ok for one in kept),
        sum(one.failed for one in kept),
        sum(one.cancelled for one in kept),
        sum(one.skipped for one in kept),
    )


def rates(jobs: Sequence[Job]) -> tuple[Count, Count]:
    return total(job.asked for job in jobs), total(job.usual for job in jobs)


def share(count: Count) -> str:
    """The failure rate, or that nothing was judged."""
    return percent(count.rate) if count.judged else "no runs"


def owners(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Whom jobs run as, by key, from the rows of `job_owners`."""
    return {key(row): row["owner"] for row in rows}


def person(owner: str | None) -> str:
    """Whom to ask: a person or service principal by the name that billing knows."""
    return owner or "its owner"


def _count(row: Mapping[str, Any], part: str) -> Count:
    return Count(row[f"ok_{part}"], row[f"failed_{part}"], row[f"cancelled_{part}"], row[f"skipped_{part}"])
