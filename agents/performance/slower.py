"""The facts of slower jobs as an answer: which, by how much, held up by what, and what to do."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from agents.answer import Answer, Cause, Finding, Link
from agents.counts import many, shift, span
from agents.figures import cents, moment, money
from agents.performance.bottleneck import Signs
from agents.performance.durations import LONGEST, NOW, Facts, charts, grids
from agents.performance.pace import Pace
from agents.performance.page import JOBS
from agents.specialist import Sources

_WHY = re.compile(
    r"\bwhy\b|\breason|bottleneck|making|cause|slower|\bslow\b|sluggish|got long|forever|crawl|ages|than", re.IGNORECASE
)
REST = "All other jobs"
MOST_CAUSES = 5
BILLED_AFTER = timedelta(hours=24)  # usage arrives late: a cost per run of today would be too low


def report(facts: Facts, sources: Sources) -> Answer:
    links = [Link(f"Job {pace.job}", pace.url) for pace in facts.chosen if pace.url]
    return Answer(
        question=replace(facts.question, period=facts.asked),
        agents=("performance",),
        headline=_headline(facts),
        summary=_summary(facts),
        causes=_causes(facts),
        findings=tuple(_findings(facts)),
        recommendations=tuple(
            dict.fromkeys(line for pace in facts.chosen if pace.is_slower for line in facts.diagnoses[pace.key].advice)
        )[:5],
        tables=tuple(grid for grid in grids(facts) if grid.rows),
        charts=charts(facts),
        links=(*links, *sources.dashboard(JOBS, facts.asked)),
        followups=_followups(facts),
        baseline=f"{facts.usual} (medians of successful runs), and the 30 days before it",
    )


def _asks_longest(words: str) -> bool:
    """A ranking by duration, not what changed."""
    return bool(LONGEST.search(words)) and not _WHY.search(words)


def _headline(facts: Facts) -> str:
    running = sorted(
        (pace for pace in facts.paces if pace.running and pace.running_since),
        key=lambda pace: pace.running_since or facts.asked.end,
    )
    if NOW.search(facts.question.text) and running:
        first = running[0]
        return (
            f"{many(len(running), 'job')} running now; the longest is {first.job} in {first.workspace}, since "
            f"{moment(first.running_since or facts.asked.end, facts.asked.tz)}."
        )
    if _asks_longest(facts.question.text):
        top = max(facts.paces, key=lambda pace: (pace.median, pace.key))
        slower = f"{many(len(facts.slower), 'job')} got slower" if facts.slower else "no job got slower"
        runs = many(top.runs, "run")
        return f"The longest job is {top.job} in {top.workspace}: {span(top.median)} (median of {runs}); {slower}."
    named = len(facts.question.entities.jobs) == 1 and bool(facts.chosen)
    if facts.slower or named:
        return _about(facts.slower[0] if facts.slower else facts.chosen[0], facts)
    judged = sum(pace.is_comparable for pace in facts.paces)
    return f"No job got slower: none of {judged} jobs takes {15}% longer than in {facts.usual} beyond how much its runs vary."


def _about(pace: Pace, facts: Facts) -> str:
    if not pace.runs:
        return f"{pace.job} in {pace.workspace} has no successful run in {facts.asked}."
    if not pace.usual_runs:
        return (
            f"{pace.job} in {pace.workspace} takes {span(pace.median)} (median of "
            f"{many(pace.runs, 'run')}); it did not run in {facts.usual}."
        )
    others = len(facts.slower) - 1
    more = f" {many(others, 'more job')} got slower." if others > 0 else ""
    verdict = (
        f"{abs(pace.change):.0%} {'longer' if pace.change > 0 else 'shorter'} than before"
        if abs(pace.change) >= 0.05
        else "as long as before"
    )
    text = f"{pace.job} in {pace.workspace} takes {verdict}: {span(pace.median)} against {span(pace.usual)}"
    word = facts.diagnoses[pace.key].bottleneck if pace.key in facts.diagnoses and pace.is_slower else ""
    held = "; it is held up by queueing" if word == "queueing" else f"; the bottleneck is the {word}" if word else ""
    return f"{text}{held}.{more}"


def _summary(facts: Facts) -> str:
    if not facts.slower:
        faster = [pace for pace in facts.paces if pace.is_faster]
        if faster:
            best = min(faster, key=lambda pace: pace.change)
            return f"{many(len(faster), 'job')} got faster, {best.job} most: {span(best.median)} against {span(best.usual)}."
        return "Medians of successful runs; failed and cancelled runs are left out."
    top = facts.slower[0]
    diagnosis = facts.diagnoses.get(top.key)
    told = (
        " ".join(diagnosis.seen[:2]) if diagnosis and diagnosis.bottleneck else "The system tables do not show what holds it up."
    )
    return f"{told} All its {many(top.runs, 'run')} together took {span(float(top.extra))} longer."


def _causes(facts: Facts) -> tuple[Cause, ...]:
    """Minutes, not dollars: what each job's runs took beyond as many runs of the period before; the rest closes the sum."""
    slower = facts.slower[:MOST_CAUSES]
    if not slower or not _WHY.search(facts.question.text):
        return ()
    comparable = [pace for pace in facts.paces if pace.is_comparable]
    if len(comparable) == 1 and facts.signs.get(slower[0].key, Signs()).tasks:
        return _by_task(slower[0], facts.signs[slower[0].key])
    total = facts.lost
    causes = [_cause(pace, total, facts) for pace in slower]
    return (*causes, _rest(total, causes, REST))


def _rest(total: Decimal, causes: Sequence[Cause], text: str) -> Cause:
    left = total - sum((cause.delta for cause in causes), Decimal(0))
    return Cause({}, left, float(left / total) if total else 0.0, text, unit="minutes")


def _by_task(pace: Pace, signs: Signs) -> tuple[Cause, ...]:
    """Of one job: the minutes that each task adds to a run."""
    total = cents(Decimal(str(pace.mean))) - cents(Decimal(str(pace.usual_mean)))
    causes = []
    for row in signs.tasks:
        now, usual = (cents(Decimal(str(row[name] or 0))) for name in ("minutes_asked", "minutes_before"))
        if now == usual:
            continue
        what = f"task {row['task_key']}" if row["task_key"] else "waiting for the first task"
        text = f"{what} of {pace.job}: {span(float(now))} instead of {span(float(usual))} in a run"
        dims = {"workspace": pace.workspace, "job": pace.job, "task": row["task_key"] or "(start)"}
        share = float((now - usual) / total) if total else 0.0
        causes.append(Cause(dims, now - usual, share, text, now, usual, pace.url, "minutes"))
    causes.sort(key=lambda cause: -cause.delta)
    return (*causes, _rest(total, causes, "Between tasks, less what overlaps"))


def _cause(pace: Pace, total: Decimal, facts: Facts) -> Cause:
    bill = facts.signs[pace.key].bill if pace.key in facts.signs else None
    owner = f"; runs as {bill['run_as']}" if bill and bill["run_as"] else ""
    diagnosis = facts.diagnoses.get(pace.key)
    why = f", bottleneck {diagnosis.bottleneck}" if diagnosis and diagnosis.bottleneck else ""
    text = (
        f"job {pace.job} in {pace.workspace}: {many(pace.runs, 'run')} of "
        f"{span(pace.mean)} instead of {span(pace.usual_mean)}{why}{owner}"
    )
    actual, expected = (cents(Decimal(str(pace.runs * mean))) for mean in (pace.mean, pace.usual_mean))
    return Cause(
        {"workspace": pace.workspace, "job": pace.job},
        pace.extra,
        float(pace.extra / total) if total else 0.0,
        text,
        actual,
        expected,
        pace.url,
        "minutes",
    )


def _findings(facts: Facts) -> list[Finding]:
    found = []
    for pace in facts.chosen:
        if not pace.is_slower:
            continue
        diagnosis = facts.diagnoses[pace.key]
        month = f", {shift(pace.median, pace.month)} against the 30 days before that" if pace.month_runs else ""
        head = f"{pace.job}: {shift(pace.median, pace.usual)} against {many(pace.usual_runs, 'run')} of the period before{month}."
        found.append(
            Finding(
                "high" if pace.change >= 0.5 else "medium",
                f"{head} {' '.join(diagnosis.seen)}".strip(),
                "performance",
                facts.ids("clusters", "nodes", "statements", "load"),
            )
        )
        if diagnosis.ruled_out:
            found.append(
                Finding(
                    "info",
                    f"{pace.job}, ruled out or not shown: {'; '.join(diagnosis.ruled_out)}.",
                    "performance",
                    facts.ids("tasks", "clusters"),
                )
            )
        found += _billed(pace, facts)
    if not found:
        found.append(Finding("good", "Durations are within what the runs themselves vary by.", "performance", facts.ids()))
    return found


def _billed(pace: Pace, facts: Facts) -> list[Finding]:
    bill = facts.signs[pace.key].bill
    settled = facts.question.now - facts.asked.end >= BILLED_AFTER
    if not bill or not pace.runs or not pace.usual_runs or not settled:
        return []
    now, usual = (
        Decimal(str(bill[name] or 0)) / runs for name, runs in (("cost_asked", pace.runs), ("cost_before", pace.usual_runs))
    )
    text = f"{pace.job} costs {money(now)} a run, before {money(usual)}; runs as {bill['run_as']}."
    return [Finding("info", text, "performance", facts.ids("bill"))]


def _followups(facts: Facts) -> tuple[str, ...]:
    if not facts.chosen:
        return ("Which queries are slow?", "Which clusters are oversized?", "Are we meeting our job SLAs this week?")
    job = facts.chosen[0].job
    return (
        f"Is the cluster of {job} sized correctly?",
        f"When will {job} finish?",
        f"Did {job} fail in the last 7 days?",
        f"What did {job} cost in the last 7 days?",
    )
