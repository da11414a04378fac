"""Experiments and runs as tables."""

from collections.abc import Sequence

from agents.answer import Grid
from agents.mlops.leaderboard import Case
from agents.mlops.runs import Run, experiment_title, settings, usual


def grids(case: Case, asked: str, ids: tuple[str, ...], top: int) -> tuple[Grid, ...]:
    of_runs = case.runs if asked in ("list", "who") or not case.ranked else case.ranked
    if asked == "failed":
        of_runs = [run for run in case.runs if run.has_failed]
    several = len(case.experiments) > 1
    runs = _runs(case, of_runs[:top], ids, detail=several and asked in ("best", "list"))
    return (_experiments(case, ids), runs) if several else (runs,)


def _experiments(case: Case, ids: tuple[str, ...]) -> Grid:
    rows = []
    for name, own in list(case.experiments.items())[:15]:
        best, figures = case.best(name), usual(own, case.metric)
        rows.append(
            (
                name,
                len(own),
                sum(run.is_finished for run in own),
                sum(run.has_failed for run in own),
                best.name if best else None,
                _short(best.last(case.metric) if best else None),
                f"{figures[0]:.4g} ± {figures[1]:.2g}" if figures else None,
                own[0].start.date(),
                own[0].person,
            )
        )
    metric = case.metric or "metric"
    columns = ("experiment", "runs", "finished", "failed", "best run", f"best {metric}", f"usual {metric}", "last run", "by")
    return Grid("Experiments", columns, tuple(rows), ("text", *["number"] * 3, "text", "text", "text", "date", "text"), ids)


def _runs(case: Case, runs: Sequence[Run], ids: tuple[str, ...], *, detail: bool) -> Grid:
    metric = case.metric or "metric"
    return Grid(
        "Runs",
        ("run", "experiment", "status", "started", f"{metric} (last)", "best step", "settings", "by"),
        tuple(
            (
                run.name,
                experiment_title(run.experiment),
                run.status.lower(),
                run.start.date(),
                _short(run.last(case.metric)),
                _short(run.best(case.metric)),
                settings(run),
                run.person,
            )
            for run in runs
        ),
        ("text", "text", "text", "date", "text", "text", "text", "text"),
        ids,
        detail,
    )


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
