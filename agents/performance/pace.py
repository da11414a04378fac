"""How long jobs take in a period beside the one before, and which are really slower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.figures import cents
from tools.links import resource_url

SLOWER = 0.15
FEW = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """One job's successful runs, in minutes: asked, the period before, the month before that."""

    workspace_id: str
    workspace: str
    host: str
    job_id: str
    job: str
    runs: int
    mean: float
    median: float
    longest: float
    usual_runs: int
    usual_mean: float
    usual: float
    usual_p90: float
    usual_longest: float
    month_runs: int
    month: float
    month_longest: float
    failed: int
    running: int
    running_since: datetime | None

    @property
    def key(self) -> str:
        return f"{self.workspace_id}/{self.job_id}"

    @property
    def change(self) -> float:
        """Of the median, against the period before: 0.8 = 80% longer."""
        return self.median / self.usual - 1 if self.usual else 0.0

    @property
    def is_comparable(self) -> bool:
        return self.runs > 0 and self.usual_runs > 0

    @property
    def extra(self) -> Decimal:
        """Minutes that the runs took beyond as many runs of the period before, to the hundredth."""
        return cents(Decimal(str(self.runs * (self.mean - self.usual_mean)))) if self.is_comparable else Decimal(0)

    @property
    def is_slower(self) -> bool:
        """Longer than the period and the month before by more than the runs vary; with few runs, than any of these."""
        if self.runs == 0 or self.usual_runs < FEW or self.change < SLOWER:
            return False
        if self.month_runs >= FEW and self.median < (1 + SLOWER) * self.month:
            return False
        limit = self.usual_p90 if self.runs >= FEW else max(self.usual_longest, self.month_longest)
        return self.median > limit

    @property
    def is_faster(self) -> bool:
        return self.runs >= FEW and self.usual_runs >= FEW and self.change <= -SLOWER

    @property
    def url(self) -> str:
        return resource_url(self.host, self.workspace_id, "job", self.job_id) or ""


def read_paces(rows: Sequence[Mapping[str, Any]]) -> tuple[Pace, ...]:
    """The rows of `job_durations`."""
    return tuple(_pace(row) for row in rows)


def _pace(row: Mapping[str, Any]) -> Pace:
    def figure(name: str) -> float:
        return float(row[name] or 0)

    return Pace(
        workspace_id=row["workspace_id"],
        workspace=row["workspace_name"],
        host=row["workspace_url"] or "",
        job_id=row["job_id"],
        job=row["job_name"],
        runs=row["runs_asked"],
        mean=figure("mean_asked"),
        median=figure("median_asked"),
        longest=figure("max_asked"),
        usual_runs=row["runs_before"],
        usual_mean=figure("mean_before"),
        usual=figure("median_before"),
        usual_p90=figure("p90_before"),
        usual_longest=figure("max_before"),
        month_runs=row["runs_month"],
        month=figure("median_month"),
        month_longest=figure("max_month"),
        failed=row["failed_runs"],
        running=row["running"],
        running_since=row["running_since"],
    )
