"""The facts of slower jobs, their tables and their chart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from agents.answer import Chart, Grid
from agents.attempt import Attempt
from agents.performance.bottleneck import Diagnosis, Signs
from agents.performance.pace import Pace
from agents.question import Question
from tools.period import Period

NOW = re.compile(r"right now|currently|running now|is running", re.IGNORECASE)
LONGEST = re.compile(
    (
        r"longest|slowest|how long|average "
        r"duration|duration(s)?\b|running long|jobs longer"
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the investigation found, before words. `chosen` are the jobs looked at closely, worst first."""

    question: Question
    asked: Period
    usual: Period
    month: Period
    paces: tuple[Pace, ...]
    chosen: tuple[Pace, ...]
    signs: Mapping[str, Signs]
    diagnoses: Mapping[str, Diagnosis]
    receipt: str
    read: Mapping[str, Attempt]

    @property
    def slower(self) -> tuple[Pace, ...]:
        rest = sorted((pace for pace in self.paces if pace.is_slower), key=lambda pace: (-pace.extra, pace.key))
        first = [pace for pace in self.chosen if pace.is_slower]
        return (*first, *(pace for pace in rest if pace not in first))

    @property
    def lost(self) -> Decimal:
        """Minutes that all runs took beyond as many runs of the period before."""
        return sum((pace.extra for pace in self.paces), Decimal(0))

    def ids(self, *names: str) -> tuple[str, ...]:
        return (self.receipt, *(key for name in names if name in self.read for key in self.read[name].ids))


def grids(facts: Facts) -> tuple[Grid, ...]:
    """What got slower, where the worst spends its time, what is longest, what runs now."""
    return (_ranking(facts), *_parts(facts), _longest(facts), _running(facts))


def _ranking(facts: Facts) -> Grid:
    rows = tuple(
        (
            pace.job,
            pace.workspace,
            pace.runs,
            round(pace.median, 1),
            round(pace.usual, 1),
            pace.change,
            pace.median / pace.month - 1 if pace.month else None,
        )
        for pace in (facts.slower or facts.chosen)[: facts.question.entities.top_n or 10]
    )
    return Grid(
        "Jobs that got slower" if facts.slower else "The asked jobs",
        ("job", "workspace", "runs", "minutes", "before", "change", "against the month"),
        rows,
        ("text", "text", "number", "number", "number", "percent", "percent"),
        facts.ids(),
    )


def _parts(facts: Facts) -> list[Grid]:
    """Where a run spends its time: the wait before the first task, each task, what lies between; sums to a run."""
    grids = []
    for pace in facts.chosen[:1]:
        tasks = facts.signs[pace.key].tasks
        rows: list[tuple[str, float | None, float | None, float | None]] = [
            (row["task_key"] or "(waiting for the first task)", *_both(row["minutes_asked"], row["minutes_before"]))
            for row in tasks
        ]
        if not rows:
            continue
        sums = [sum(row[1] or 0.0 for row in rows), sum(row[2] or 0.0 for row in rows)]
        whole = _both(round(pace.mean, 2), round(pace.usual_mean, 2))
        rest = _both(round(pace.mean, 2) - sums[0], round(pace.usual_mean, 2) - sums[1])
        rows += [("(between tasks, less what overlaps)", *rest), ("a whole run (mean)", *whole)]
        grids.append(
            Grid(
                f"Where {pace.job} spends its time",
                ("task", "minutes", "before", "change"),
                tuple(rows),
                ("text", "number", "number", "number"),
                facts.ids("tasks"),
                detail=True,
            )
        )
    return grids


def _both(now: float | None, usual: float | None) -> tuple[float | None, float | None, float | None]:
    left, right = (None if value is None else round(float(value), 2) for value in (now, usual))
    return left, right, None if left is None or right is None else round(left - right, 2)


def _longest(facts: Facts) -> Grid:
    ranked = sorted((pace for pace in facts.paces if pace.runs), key=lambda pace: (-pace.median, pace.key))
    asked = bool(LONGEST.search(facts.question.text))
    return Grid(
        "Longest jobs",
        ("job", "workspace", "runs", "median minutes", "longest run", "before"),
        tuple(
            (pace.job, pace.workspace, pace.runs, round(pace.median, 1), round(pace.longest, 1), round(pace.usual, 1))
            for pace in ranked[: facts.question.entities.top_n or 10]
        ),
        ("text", "text", "number", "number", "number", "number"),
        facts.ids(),
        detail=not asked,
    )


def _running(facts: Facts) -> Grid:
    running = sorted(
        (pace for pace in facts.paces if pace.running and pace.running_since),
        key=lambda pace: pace.running_since or facts.asked.end,
    )
    rows = tuple(
        (
            pace.job,
            pace.workspace,
            pace.running_since,
            round((facts.question.now - (pace.running_since or facts.asked.end)).total_seconds() / 60, 1),
            round(pace.usual, 1) if pace.usual_runs else None,
        )
        for pace in running[:15]
    )
    return Grid(
        "Running now",
        ("job", "workspace", "since", "minutes so far", "usual"),
        rows,
        ("text", "text", "text", "number", "number"),
        facts.ids(),
        detail=not NOW.search(facts.question.text),
    )


def charts(facts: Facts) -> tuple[Chart, ...]:
    """The daily median of the job that lost most time."""
    if not facts.chosen or "trend" not in facts.read:
        return ()
    pace = facts.chosen[0]
    rows = [row for row in facts.read["trend"] if (row["workspace_id"], row["job_id"]) == (pace.workspace_id, pace.job_id)]
    if len(rows) < 2:
        return ()
    days = tuple(f"{row['run_date']:%a %-d %b}" for row in rows)
    series = {"median minutes": tuple(round(float(row["p50_duration_minutes"]), 1) for row in rows)}
    alt = (
        f"{pace.job}, median minutes per UTC day: "
        f"{', '.join(f'{day} {value:.1f}' for day, value in zip(days[-9:], series['median minutes'][-9:], strict=True))}."
    )
    return (Chart(f"Duration of {pace.job}", "line", days, series, "minutes", alt, days[-1]),)
