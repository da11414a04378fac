"""Failed runs as tables and a chart."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from agents.answer import Chart, Grid
from agents.reliability import classes
from agents.reliability.failed import Facts, Failing, code_of
from agents.reliability.jobs import Job, total
from agents.reliability.runbooks import OURS

BY: dict[str, Callable[[Job], str]] = {"team": lambda job: job.team, "workspace": lambda job: job.workspace}
MOST_JOBS, MOST_RUNS = 10, 50


def grids(facts: Facts) -> Iterator[Grid]:
    by = next((name for name in facts.question.entities.group_by if name in BY), None)
    if by:
        yield _grouped(facts, by)
    yield _jobs(facts, detail=bool(by) or len(facts.question.entities.jobs) == 1)
    yield _runs(facts, detail=len(facts.question.entities.jobs) != 1)
    yield _codes(facts)


def charts(facts: Facts) -> tuple[Chart, ...]:
    """Failed runs of each day of the asker's zone; of all classes, whatever the question narrows to."""
    rows = list(facts.read["days"])
    if len(rows) < 2 or facts.focus:
        return ()
    days = tuple(f"{row['day']:%a %-d %b}" for row in rows)
    failed = tuple(float(row["failed"]) for row in rows)
    peak = days[failed.index(max(failed))] if max(failed) else ""
    told = ", ".join(f"{day} {count:.0f}" for day, count in zip(days, failed, strict=True))
    alt = f"by day ({facts.asked.tz}): {told}."
    return (Chart("Failed runs per day", "bar", days, {"failed runs": failed}, "runs", alt, peak),)


def _jobs(facts: Facts, *, detail: bool) -> Grid:
    columns = ("job", "workspace", "failed runs", "of", "code", "first", "last", "recovered", "after", "owner", "cost")
    rows = tuple(
        (
            one.job.name,
            one.job.workspace,
            len(one.runs),
            one.job.asked.judged,
            one.code,
            min(run["end_time"] for run in one.runs),
            one.runs[0]["end_time"],
            "no" if one.is_open else "yes",
            one.above or None,
            one.owner,
            one.cost,
        )
        for one in facts.failing[: facts.question.entities.top_n or MOST_JOBS]
    )
    kinds = ("text", "text", "number", "number", *["text"] * 6, "usd")
    return Grid("Failed jobs", columns, rows, kinds, facts.ids("failed", "incidents", "costs", "owners"), detail)


def _runs(facts: Facts, *, detail: bool) -> Grid:
    newest = sorted(
        ((one, run) for one in facts.failing for run in one.runs), key=lambda pair: pair[1]["end_time"], reverse=True
    )[:MOST_RUNS]
    rows = tuple(
        (run["end_time"], one.job.name, run["run_id"], run["result_state"], code_of(run), _minutes(run["duration_minutes"]))
        for one, run in (newest if detail else newest[:10])
    )
    kinds = (*["text"] * 5, "number")
    return Grid(
        "Failed runs, newest first",
        ("failed at", "job", "run", "state", "code", "minutes"),
        rows,
        kinds,
        facts.ids("failed"),
        detail,
    )


def _codes(facts: Facts) -> Grid:
    counts: Counter[tuple[str, str]] = Counter()
    jobs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in facts.failing:
        for run in one.runs:
            found = (classes.of_run(run), code_of(run))
            counts[found] += 1
            jobs[found].add(one.job.key)
    rows = tuple(
        (classes.WORDS[kind], code, count, count / len(facts.runs), len(jobs[(kind, code)]), f"{OURS.name}/{kind}.md")
        for (kind, code), count in counts.most_common()
    )
    kinds = ("text", "text", "number", "percent", "number", "text")
    return Grid(
        "Why they failed",
        ("class", "code", "failed runs", "share", "jobs", "runbook"),
        rows,
        kinds,
        facts.ids("failed"),
        detail=True,
    )


def _grouped(facts: Facts, by: str) -> Grid:
    failing: dict[str, list[Failing]] = defaultdict(list)
    for one in facts.failing:
        failing[BY[by](one.job)].append(one)
    rows = []
    for group, found in sorted(failing.items(), key=lambda item: -sum(len(one.runs) for one in item[1])):
        judged = total(job.asked for job in facts.jobs if BY[by](job) == group).judged
        failed = sum(len(one.runs) for one in found)
        rows.append((group, failed, judged, failed / judged, len(found), sum(one.cost or 0 for one in found)))
    columns = (by, "failed runs", "of", "rate", "failing jobs", "cost")
    kinds = ("text", "number", "number", "percent", "number", "usd")
    return Grid(f"Failed runs by {by}", columns, tuple(rows), kinds, facts.ids("failed", "outcomes", "costs"))


def _minutes(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
