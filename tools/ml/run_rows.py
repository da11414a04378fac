"""Job runs as the rows in which a served `job-failure-predictor` takes them: written and read in one place."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tools.ml.failure import Job, Run

Rows = list[dict[str, Any]]


def written(runs: Iterable[Run], upstream: Mapping[Job, Sequence[Job]]) -> Rows:
    """Columns workspace_id, job_id, start, end, state, compute, retries; upstream, the jobs `workspace/job` that it reads
    from, with spaces between."""
    return [
        {
            "workspace_id": run.job[0],
            "job_id": run.job[1],
            "start": run.start.isoformat(),
            "end": run.end.isoformat(),
            "state": run.state,
            "compute": run.compute,
            "retries": run.retries,
            "upstream": " ".join(map("/".join, upstream.get(run.job, ()))),
        }
        for run in runs
    ]


def read(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Run], dict[Job, list[Job]]]:
    """The runs, and the jobs that each job reads from."""
    runs = [
        Run(
            _job_of(row),
            datetime.fromisoformat(str(row["start"])),
            datetime.fromisoformat(str(row["end"])),
            str(row["state"]),
            str(row.get("compute") or ""),
            int(row.get("retries") or 0),
        )
        for row in rows
    ]
    return runs, {_job_of(row): [_job(each) for each in str(row.get("upstream") or "").split()] for row in rows}


def _job_of(row: Mapping[str, Any]) -> Job:
    return str(row["workspace_id"]), str(row["job_id"])


def _job(name: str) -> Job:
    workspace, _, job = name.partition("/")
    return workspace, job
