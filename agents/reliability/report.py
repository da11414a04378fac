"""The facts of failed runs as an answer."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Cause, Finding, Severity
from agents.counts import many
from agents.figures import moment, money, percent
from agents.reliability import classes
from agents.reliability.failed import Facts, Failing, code_of
from agents.reliability.failed_grids import charts, grids
from agents.reliability.jobs import Job, rates, share
from agents.reliability.page import AGENT, dashboard, during, job_links, key, names
from agents.reliability.rising import rate_causes
from agents.reliability.runbooks import read_runbook
from agents.specialist import Sources
from tools.period import Period

_WHY = re.compile(r"\bwhy\b|cause|reason|what (went|killed|caused)", re.IGNORECASE)
_RATE = re.compile(r"\brates?\b|ratio|share of", re.IGNORECASE)
_CANCELLED, _SKIPPED = re.compile(r"cancel", re.IGNORECASE), re.compile(r"\bskipped|\bblocked", re.IGNORECASE)
MOST = 5
REST = "All other jobs"


def report(facts: Facts, sources: Sources) -> Answer:
    top = facts.failing[: facts.question.entities.top_n or MOST]
    return Answer(
        question=replace(facts.question, period=facts.asked),
        headline=_headline(facts),
        summary=_summary(facts),
        agents=(AGENT,),
        causes=_causes(facts),
        findings=(*_findings(facts, top), *_pipelines(facts)),
        recommendations=tuple(dict.fromkeys(_advice(one, sources) for one in top[:3])),
        tables=tuple(grid for grid in grids(facts) if grid.rows),
        charts=charts(facts),
        links=(*job_links(one.job.address for one in top[:3]), *dashboard(sources, facts.asked)),
        followups=_followups(facts),
        baseline=f"{facts.usual}: {_rate_of(facts)[1]} of the runs failed",
    )


def _headline(facts: Facts) -> str:
    asked, _ = rates(facts.jobs)
    period, named = during(facts.asked, facts.question), facts.question.entities.jobs
    if len(named) == 1:
        return _of_one(facts, period)
    for word, count in ((_CANCELLED, asked.cancelled), (_SKIPPED, asked.skipped)):
        if word.search(facts.question.text):
            what = "cancelled" if word is _CANCELLED else "skipped or blocked"
            return f"{many(count, 'run')} of {asked.any:,} {'was' if count == 1 else 'were'} {what} {period}; that is no failure."
    if not facts.failing:
        of = f" of the class “{classes.WORDS[facts.focus]}”" if facts.focus else ""
        return f"No job run failed{of} {period}: {asked.ok:,} of {asked.judged:,} judged runs succeeded."
    worst, still = facts.failing[0], sum(one.is_open for one in facts.failing)
    now, usual = _rate_of(facts)
    kind = f" ({classes.WORDS[facts.focus]})" if facts.focus else ""
    state = "not recovered yet" if facts.is_now else "not recovered by its end"
    return (
        f"{len(facts.runs):,} of {asked.judged:,} runs failed{kind} {period} ({now}, against {usual} before): "
        f"{many(len(facts.failing), 'job')}, {still} {state}; first look at {worst.job.place}."
    )


def _of_one(facts: Facts, period: str) -> str:
    job = max(facts.jobs, key=lambda one: one.asked.any)
    last = f"the last at {moment(job.last_time, facts.asked.tz)}" if job.last_time else "none of them ended"
    if not job.asked.any:
        running = f"; {many(job.running, 'run')} still going on" if job.running else ""
        return f"No run of {job.place} ended {period}{running}; its last run ended {job.last_state.lower()}, {last}."
    if not job.asked.failed:
        return f"{job.place} did not fail {period}: {job.asked.ok} of {many(job.asked.judged, 'judged run')} succeeded, {last}."
    one = next((each for each in facts.failing if each.job.key == job.key), None)
    if one is None:
        return f"{job.place} failed in {job.asked.failed} of {many(job.asked.judged, 'run')} {period}."
    since = f", every run since {moment(one.streak.first, facts.asked.tz)}" if one.is_open and one.streak else ""
    why = f"{one.above} failed first" if one.above else f"{classes.WORDS[one.reason]}, {one.code}"
    return f"{job.place} failed in {job.asked.failed} of {many(job.asked.judged, 'run')} {period}{since}: {why}."


def _summary(facts: Facts) -> str:
    codes = Counter(code_of(run) for run in facts.runs)
    parts = [f"By termination code: {', '.join(f'{code} {count}' for code, count in codes.most_common(4))}."] if codes else []
    blocked = [one for one in facts.failing if one.above]
    if blocked:
        first = blocked[0]
        table = first.streak.table if first.streak else ""
        parts.append(f"{first.job.name} reads {table}, which {first.above} writes, and {first.above} failed first.")
    asked, usual = rates(facts.jobs)
    aside = asked.cancelled + asked.skipped
    if len(facts.question.entities.jobs) == 1 and usual.judged:
        parts.append(f"In the time compared with, {usual.failed} of {many(usual.judged, 'run')} failed.")
    if aside:
        parts.append(f"Not counted: {asked.cancelled} cancelled, {asked.skipped} skipped or blocked.")
    return " ".join(parts)


def _findings(facts: Facts, top: Sequence[Failing]) -> Iterator[Finding]:
    if not facts.failing:
        yield Finding("good", f"No failed run is recorded {during(facts.asked, facts.question)}.", AGENT, facts.ids("outcomes"))
    for one in top:
        severity: Severity = "high" if one.is_serious else "medium" if one.is_open else "low"
        yield Finding(severity, _told(one, facts), AGENT, facts.ids("failed", "incidents", "costs"))
    now, usual = rates(facts.jobs)
    if now.judged and usual.judged and now.rate > 1.5 * usual.rate and now.failed > 4:
        text = f"The failure rate rose from {percent(usual.rate)} to {percent(now.rate)}."
        yield Finding("medium", text, AGENT, facts.ids("outcomes"))


def _told(one: Failing, facts: Facts) -> str:
    streak = one.streak
    state = "recovered"
    if streak and streak.is_open:
        end = "" if facts.is_now else ", not recovered by the end of the period"
        since = f"since {moment(streak.first, facts.asked.tz)}"
        state = f"failing {since} ({streak.failed} in a row){end}" if streak.failed > 1 else f"no success {since}"
    cost = f"; {money(one.cost)} spent on failed runs" if one.cost else ""
    why = f"; {one.above}, which it reads from, failed first" if one.above else ""
    task = f"; most often in task {one.task}" if one.task else ""
    return (
        f"{one.job.place}: {many(len(one.runs), 'failed run')} ({classes.WORDS[one.reason]}, {one.code}), "
        f"last {facts.when(one.runs[0])}, {state}{why}{task}{cost}."
    )


def _pipelines(facts: Facts) -> Iterator[Finding]:
    named = facts.question.entities
    rows = [row for row in facts.read["pipelines"] if not named.workspaces or row["workspace_name"] in named.workspaces]
    failed = sorted((row for row in rows if row["failed_updates"]), key=lambda row: -row["failed_updates"])
    if failed and not named.jobs:
        count, updates = sum(row["failed_updates"] for row in failed), sum(row["updates"] for row in rows)
        worst = names([f"{row['pipeline_name']} ({row['failed_updates']})" for row in failed])
        text = f"Pipelines: {count} of {updates:,} updates failed (whole UTC days): {worst}."
        yield Finding("low", text, AGENT, facts.ids("pipelines"))


def _advice(one: Failing, sources: Sources) -> str:
    if one.above:
        return f"{one.job.name}: mend {one.above} first, then repair the runs of {one.job.name} ({one.who})."
    book = read_runbook(one.kind, sources.runbooks)
    return f"{one.job.name} (ask {one.who}): {book.first}"


def _causes(facts: Facts) -> tuple[Cause, ...]:
    """Which jobs, or which reasons of one job, make the difference in failed runs to as long before."""
    question = facts.question
    alike = abs((facts.asked.end - facts.asked.start) - (facts.usual.end - facts.usual.start)).total_seconds() < 3600 * 2
    if not _WHY.search(question.text) or len(question.agents) > 1 or not alike or facts.focus:
        return ()
    one = len(question.entities.jobs) == 1
    if _RATE.search(question.text) and not one and (found := rate_causes(facts.jobs)):
        return found
    now, before = Counter[str](), Counter[str]()
    for counter, runs in ((now, facts.runs), (before, facts.earlier)):
        counter.update(_reason(run, facts) if one else key(run) for run in runs)
    deltas = {of: now[of] - before[of] for of in {*now, *before} if now[of] != before[of]}
    whole = sum(deltas.values())
    if whole <= 0:
        return ()
    ranked = sorted(deltas, key=lambda of: (-deltas[of] * (1 if whole > 0 else -1), of))[:MOST]
    known = {job.key: job for job in facts.jobs}
    parts = [_cause(of, deltas[of], whole, now[of], before[of], None if one else known.get(of)) for of in ranked]
    rest = whole - sum(deltas[of] for of in ranked)
    other = Cause({}, Decimal(rest), rest / whole, "Everything else" if one else REST, unit="failed runs")
    return (*parts, other)


def _reason(run: Mapping[str, Any], facts: Facts) -> str:
    """The job above where the run belongs to a streak that began with it, else the class."""
    one = next((each for each in facts.failing if each.job.key == key(run)), None)
    if one and one.above and one.streak and run["end_time"] >= one.streak.first:
        return f"{one.above} failed first"
    return classes.WORDS[classes.of_run(run)]


def _cause(of: str, delta: int, whole: int, now: int, before: int, job: Job | None) -> Cause:
    dims = {"workspace": job.workspace, "job": job.name} if job else {"reason": of}
    text = f"{job.place if job else of}: {many(now, 'failed run')} instead of {before}."
    return Cause(dims, Decimal(delta), delta / whole, text, Decimal(now), Decimal(before), unit="failed runs")


def _rate_of(facts: Facts) -> tuple[str, str]:
    now, usual = rates(facts.jobs)
    if facts.focus:
        return percent(len(facts.runs) / max(now.judged, 1)), percent(len(facts.earlier) / max(usual.judged, 1))
    return share(now), share(usual)


def _followups(facts: Facts) -> tuple[str, ...]:
    if not facts.failing:
        return ("Which jobs are at risk?", "Are we meeting our job SLAs this week?", "Which jobs got slower this week?")
    first = facts.failing[0]
    cost = max(facts.failing, key=lambda one: one.cost or 0)
    day = facts.asked.last_day if isinstance(facts.asked, Period) else None
    return (
        f"What is the runbook for {first.job.name}?",
        "Which incidents are still open?",
        f"What did {cost.job.name} cost in the week to {day:%-d %B %Y}?",
        "Which tables are stale?",
    )
