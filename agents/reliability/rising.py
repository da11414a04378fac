"""Why the failure rate rose: which workspaces or jobs failed more often than they used to, in failed runs."""

from collections.abc import Sequence
from decimal import Decimal

from agents.answer import Cause
from agents.counts import many
from agents.reliability.jobs import Job, rates

DIMS = ("workspace", "job")
REST = "All other jobs, and chance"
TENTH = Decimal("0.1")


def rate_causes(jobs: Sequence[Job]) -> tuple[Cause, ...]:
    """Failed runs beyond those that as many runs would have had at the earlier rate: causes and the rest sum exactly.

    Empty where the rate did not rise, there is no earlier run, or no element stands out beyond chance.
    """
    from tools.ml.ratio import localize_ratio

    now, before = rates(jobs)
    if not now.judged or not before.judged or now.rate <= before.rate:
        return ()
    frame = {
        "workspace": [job.workspace for job in jobs],
        "job": [job.name for job in jobs],
        "failed": [job.asked.failed for job in jobs],
        "runs": [job.asked.judged for job in jobs],
        "failed_before": [job.usual.failed for job in jobs],
        "runs_before": [job.usual.judged for job in jobs],
    }
    whole = _tenths(now.failed - now.judged * before.rate)
    free, parts = list(jobs), list[Cause]()
    for element in localize_ratio(frame, DIMS, "failed", "runs", "failed_before", "runs_before"):
        mine = [
            job
            for job in free
            if all(value == {"workspace": job.workspace, "job": job.name}[dim] for dim, value in element.items())
        ]
        free = [job for job in free if job not in mine]
        parts.append(_cause(element, mine, before.rate, whole))
    rest = whole - sum((part.delta for part in parts), Decimal(0))
    return (*parts, Cause({}, rest, float(rest / whole), REST, unit="failed runs")) if parts and whole else ()


def _cause(element: dict[str, str], jobs: Sequence[Job], earlier: float, whole: Decimal) -> Cause:
    """The element's failures beside those of its own earlier rate; of the account's where it did not run before."""
    now, before = rates(jobs)
    awaited = _tenths(now.judged * (before.rate if before.judged else earlier))
    delta = now.failed - awaited
    name = " in ".join(element[dim] for dim in reversed(DIMS) if dim in element)
    text = f"{name}: {now.failed:,} of {many(now.judged, 'run')} failed, usual would be {awaited:,}."
    share = float(delta / whole) if whole else 0.0
    return Cause(element, delta, share, text, Decimal(now.failed), awaited, unit="failed runs")


def _tenths(value: float) -> Decimal:
    return Decimal(value).quantize(TENTH)
