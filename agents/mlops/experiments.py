"""MLflow experiments and runs: which is best on the same metric, what set it apart, who ran what, what failed."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime

from agents.answer import Answer, Chart, Finding
from agents.attempt import Attempt, attempt, needed, receipts
from agents.counts import many
from agents.mlops import board, leaderboard
from agents.mlops.leaderboard import Case
from agents.mlops.page import RUNS, experiment_links, missing
from agents.mlops.runs import Run, experiment_title, metric_of, read_runs, unknown_metric
from agents.question import Question
from agents.spans import last_days, name
from agents.specialist import Sources
from tools.errors import UnknownNameError
from tools.mlops import get_run_metric_history
from tools.period import Period
from tools.training import runs_held, training_runs

DAYS = 30
RUN_ID = re.compile(r"\b[0-9a-f]{32}\b")


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named experiments, those of the named models, or all, in the last 30 days."""
    asked, named = last_days(question, DAYS), question.entities
    await sources.progress("Reading MLflow runs and their metrics")
    table, before, held = await asyncio.gather(
        _runs(sources, question, asked),
        _runs(sources, question, question.compare),
        attempt("The age of the data", runs_held(sources.warehouse, question.now)),
    )
    needed(table)
    runs = _wanted(read_runs(table), question)
    if not runs:
        return _nothing(replace(question, period=asked), held, table)
    metric, absent = metric_of(runs, question.text), unknown_metric(runs, question.text)
    case = Case(runs, metric, absent, name(asked, question), bool(named.experiments or named.models))
    best = next(iter(case.ranked), None)
    steps = await _steps(sources, best, asked.end) if best and len(case.experiments) == 1 else Attempt(None)
    answer = _report(replace(question, period=asked), case, best, table.ids, steps)
    read = (table, before, held, steps)
    then = _wanted(read_runs(before), question) if before.table is not None else ()
    compared = (
        leaderboard.compared(case, then, question.compare, before.ids) if before.table is not None and question.compare else ()
    )
    return replace(
        answer,
        agents=("mlops",),
        findings=(*compared, *answer.findings),
        baseline=str(question.compare) if question.compare else "usual = mean and standard deviation of the finished runs",
        evidence=receipts(*read),
        as_of=max(run.end or run.start for run in runs),
        partial=missing(*read),
    )


async def _runs(sources: Sources, question: Question, period: Period | None) -> Attempt:
    """Runs that start in the period; nothing where there is none to read, or where a run is named by its id."""
    if period is None or (period is question.compare and RUN_ID.search(question.text)):
        return Attempt(None)
    named = question.entities
    return await attempt("Runs", training_runs(sources.warehouse, period, models=named.models, experiments=named.experiments))


def _wanted(runs: tuple[Run, ...], question: Question) -> tuple[Run, ...]:
    """The runs whose ids the question names, else all; those in the named workspaces only."""
    places = question.entities.workspaces
    runs = tuple(run for run in runs if not places or run.workspace in places)
    wanted = RUN_ID.findall(question.text.lower())
    if not wanted:
        return runs
    found = tuple(run for run in runs if run.id in wanted)
    if not found:
        raise UnknownNameError("run", wanted[0])
    return found


async def _steps(sources: Sources, best: Run, end: datetime) -> Attempt:
    days = max((end - best.start).days + 2, 1)
    return await attempt("Steps of the best run", get_run_metric_history(sources.warehouse, best.id, "ALL", days, end.date()))


def _nothing(question: Question, held: Attempt, table: Attempt) -> Answer:
    """No run starts in the period: says of what, and which days there are."""
    named = question.entities
    what = ", ".join((*map(experiment_title, named.experiments), *named.models))
    first, last = next(((row["first_time"], row["last_time"]) for row in held), (None, None))
    holds = (
        f"{RUNS} holds runs from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC)."
        if first and last
        else f"{RUNS} holds no runs at all."
    )
    return Answer(
        question=question,
        agents=("mlops",),
        headline=f"No MLflow run{f' of {what}' if what else ''} starts in {question.period}.",
        summary=f"{holds} Ask for another period{', or check the name' if what else ''}.",
        evidence=receipts(table, held),
        as_of=last,
        followups=("Which models are in production?", "Which jobs failed in the last 7 days?"),
    )


def _report(question: Question, case: Case, best: Run | None, ids: tuple[str, ...], steps: Attempt) -> Answer:
    side = leaderboard.side(question.text, case)
    failed = [run for run in case.runs if run.has_failed]
    findings = leaderboard.findings(case, best, ids)
    passed = _past_best(case, best) if case.named else ""
    if passed:
        findings.append(Finding("low", passed, "mlops", (*ids, *steps.ids)))
    if failed and side != "failed":
        who = ", ".join(dict.fromkeys(experiment_title(run.experiment) for run in failed[:4]))
        findings.append(Finding("low", f"{many(len(failed), 'run')} failed: {who}.", "mlops", ids))
    top = question.entities.top_n or 10
    return Answer(
        question=question,
        headline=leaderboard.headline(case, side, best),
        summary=leaderboard.summary(case),
        findings=tuple(findings),
        recommendations=tuple(leaderboard.advice(case, best, failed)),
        tables=tuple(grid for grid in board.grids(case, side, ids, top) if grid.rows),
        charts=_curve(case, best, steps),
        links=experiment_links(*case.shown),
        followups=_followups(case, best),
    )


def _past_best(case: Case, best: Run | None) -> str:
    """Whether the best run trained on past its best step: the last value is the one that serves."""
    last, high = (best.last(case.metric), best.best(case.metric)) if best else (None, None)
    if best is None or last is None or high is None or abs(high - last) < 0.005 * max(abs(high), 1e-9):
        return ""
    return (
        f"{best.name} trained past its best step: {case.metric} was {high:.4g} there "
        f"and {last:.4g} at the end. Early stopping would keep it."
    )


def _curve(case: Case, best: Run | None, steps: Attempt) -> tuple[Chart, ...]:
    """Every step of the metric in the best run."""
    rows = [row for row in steps if row["metric_name"] == case.metric and row["metric_value"] == row["metric_value"]]
    if best is None or len(rows) < 2:
        return ()
    top = next((row for row in rows if row["is_lowest" if leaderboard.is_lower_better(case.metric) else "is_highest"]), rows[-1])
    alt = (
        f"{rows[0]['metric_value']:.4g} at step {rows[0]['metric_step']}, best "
        f"{top['metric_value']:.4g} at step {top['metric_step']}, "
    )
    alt += f"{rows[-1]['metric_value']:.4g} at the last step {rows[-1]['metric_step']}."
    x = tuple(str(row["metric_step"]) for row in rows)
    series = {case.metric: tuple(float(row["metric_value"]) for row in rows)}
    return (Chart(f"{case.metric} of {best.name} by step", "line", x, series, "", alt, str(top["metric_step"])),)


def _followups(case: Case, best: Run | None) -> tuple[str, ...]:
    title = experiment_title((best or case.runs[0]).experiment)
    return (
        f"Compare runs in {title}",
        "Which models need retraining?",
        "Which models are in production?",
        "Which jobs failed in the last 7 days?",
    )
