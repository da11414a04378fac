"""Patterns in failures as an answer."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Chart, Finding, Grid, Severity
from agents.attempt import Attempt
from agents.counts import many
from agents.figures import percent
from agents.question import Question
from agents.reliability import classes
from agents.reliability.failed import code_of
from agents.reliability.habits import Offender, Pair, Peak
from agents.reliability.jobs import Job, owners, person, rates, total
from agents.reliability.page import AGENT, dashboard, during, job_links, key, names
from agents.reliability.runbooks import read_runbook
from agents.specialist import Sources
from tools.period import Period

_TREND = re.compile(r"trend|increas|improv|wors|better|more failures|getting|reliability of", re.IGNORECASE)
_WHEN = re.compile(r"\bwhen\b|hour|cluster|time of day|monday|weekday|every|night", re.IGNORECASE)
_TOGETHER = re.compile(r"together|at the same time", re.IGNORECASE)
_REASONS = re.compile(r"reason|cause|why", re.IGNORECASE)
CHANGED = 1.25  # times the rate before, from which it is worse or better
MOST = 10


@dataclass(frozen=True, slots=True)
class Facts:
    question: Question
    asked: Period
    usual: Period
    jobs: tuple[Job, ...]
    offenders: tuple[Offender, ...]
    peaks: tuple[Peak, ...]
    pairs: tuple[Pair, ...]
    runs: tuple[Mapping[str, Any], ...]
    read: Mapping[str, Attempt]

    def ids(self, *tables: str) -> tuple[str, ...]:
        return tuple(found for table in tables for found in self.read[table].ids)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return Counter(code_of(run) for run in self.runs).most_common()


def report(facts: Facts, sources: Sources) -> Answer:
    _, usual = rates(facts.jobs)
    top = facts.offenders[: facts.question.entities.top_n or MOST]
    grids = (_grid(top, facts), _teams(facts), _hours(facts), _codes(facts))
    return Answer(
        question=replace(facts.question, period=facts.asked),
        headline=_headline(facts),
        summary=_summary(facts),
        agents=(AGENT,),
        findings=tuple(_findings(facts)),
        recommendations=tuple(_advice(facts, sources)),
        tables=tuple(grid for grid in grids if grid.rows),
        charts=_charts(facts),
        links=(*job_links(one.job.address for one in top[:3]), *dashboard(sources, facts.asked)),
        followups=_followups(facts),
        baseline=f"{facts.usual}: {percent(usual.rate) if usual.judged else 'no runs'} of the runs failed",
    )


def _headline(facts: Facts) -> str:
    now, usual = rates(facts.jobs)
    when, text = during(facts.asked, facts.question), facts.question.text
    if not now.failed:
        return f"There are no failures to see a pattern in: all {now.ok:,} judged runs succeeded {when}."
    whole = f"{now.failed:,} of {now.judged:,} runs failed {when} ({percent(now.rate)}, against {percent(usual.rate)} before)"
    if _TOGETHER.search(text):
        return f"{_together(facts)} {when}."
    if _WHEN.search(text):
        hours = names([f"{one.name} ({percent(one.rate)})" for one in facts.peaks]) if facts.peaks else ""
        return f"{f'Failures cluster at {hours}' if hours else 'Failures do not cluster at an hour or weekday'}: {whole}."
    if _TREND.search(text):
        return f"{_trend(facts)}: {whole}."
    if _REASONS.search(text):
        code, count = facts.reasons[0]
        return f"The most common reason is {code} ({percent(count / len(facts.runs))} of the failures): {whole}."
    if not facts.offenders:
        return f"No job fails again and again: {whole}, and none failed three times in ten runs or more."
    first, failed = facts.offenders[0], sum(one.job.asked.failed for one in facts.offenders[:3])
    what = f"{first.job.asked.failed} of {many(first.job.asked.judged, 'run')} failed ({percent(first.job.asked.rate)})"
    if all(one.is_flaky for one in facts.offenders):
        flaky = many(len(facts.offenders), "flaky job")
        return f"{flaky} {when}: {first.job.place} most often, it began to fail {many(first.streaks, 'time')}; {what}."
    share = percent(failed / now.failed)
    return f"{first.job.place} leads the repeat offenders {when}: {what}; three jobs hold {share} of all failures."


def _trend(facts: Facts) -> str:
    now, usual = rates(facts.jobs)
    if not usual.judged:
        return "There is nothing before to compare with"
    if now.rate > CHANGED * usual.rate:
        return "Reliability is getting worse"
    return "Reliability is improving" if now.rate * CHANGED < usual.rate else "Reliability is about as before"


def _together(facts: Facts) -> str:
    if not facts.pairs:
        return "No two jobs fail together often"
    first = facts.pairs[0]
    more = f", and {many(len(facts.pairs) - 1, 'more pair')} do so too" if len(facts.pairs) > 1 else ""
    return f"{first.first} and {first.second} begin to fail in the same half hour ({first.times} of {first.of} times){more}"


def _summary(facts: Facts) -> str:
    flaky = [one for one in facts.offenders if one.is_flaky]
    told = [f"{_trend(facts)}."] if not _TREND.search(facts.question.text) else []
    if facts.reasons:
        told.append(f"Reasons: {', '.join(f'{code} {count}' for code, count in facts.reasons[:4])}.")
    if facts.offenders:
        told.append(f"{len(flaky)} of {many(len(facts.offenders), 'repeat offender')} recover by the next run or so (flaky).")
    return " ".join(told)


def _findings(facts: Facts) -> Iterator[Finding]:
    whole, usual = rates(facts.jobs)
    if not whole.failed:
        yield Finding("good", "No failed run.", AGENT, facts.ids("outcomes"))
    for one in facts.offenders[:5]:
        severity: Severity = "high" if one.job.asked.rate >= 0.2 and one.longest > 2 else "medium" if one.longest > 2 else "low"
        yield Finding(severity, _told(one), AGENT, facts.ids("outcomes", "incidents", "failed"))
    for peak in facts.peaks[:2]:
        share = f"{percent(peak.rate)}, {percent(peak.usual)} overall"
        text = f"{peak.name}: {peak.failed} of {many(peak.runs, 'run')} failed ({share})."
        yield Finding("medium", text, AGENT, facts.ids("hours"))
    for pair in facts.pairs[:2]:
        text = f"{pair.first} and {pair.second} begin to fail together: {pair.times} of the {pair.of} times of the rarer one."
        yield Finding("info", text, AGENT, facts.ids("incidents"))
    if usual.judged and whole.rate > CHANGED * usual.rate:
        text = f"The failure rate rose from {percent(usual.rate)} to {percent(whole.rate)}."
        yield Finding("medium", text, AGENT, facts.ids("outcomes"))


def _told(one: Offender) -> str:
    now, was = one.job.asked, percent(one.job.usual.rate)
    weekday = f", mostly on {one.weekday}" if one.weekday else ""
    return (
        f"{one.job.place}: {now.failed} of {many(now.judged, 'run')} failed ({percent(now.rate)}, {was} before), {one.kind}: "
        f"began to fail {many(one.streaks, 'time')}, at most {one.longest} in a row{weekday}."
    )


def _advice(facts: Facts, sources: Sources) -> Iterator[str]:
    who = owners(facts.read["owners"])
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for run in facts.runs:
        kinds[key(run)][classes.of_run(run)] += 1
    for one in facts.offenders[:3]:
        book = read_runbook(kinds[one.job.key].most_common(1)[0][0], sources.runbooks)
        advice = book.prevent if one.is_flaky and book.prevent else book.first
        yield f"{one.job.name} (ask {person(who.get(one.job.key))}): {advice}"
    if facts.peaks:
        yield f"Look at what runs or is maintained at {facts.peaks[0].name}: that is when failures pile up."


def _grid(top: Sequence[Offender], facts: Facts) -> Grid:
    who = owners(facts.read["owners"])
    rows = tuple(
        (
            one.job.name,
            one.job.workspace,
            one.job.asked.judged,
            one.job.asked.failed,
            one.job.asked.rate,
            one.job.usual.rate if one.job.usual.judged else None,
            one.streaks,
            one.longest,
            one.kind,
            who.get(one.job.key),
        )
        for one in top
    )
    columns = ("job", "workspace", "runs", "failed", "rate", "before", "streaks", "longest", "kind", "owner")
    kinds = ("text", "text", "number", "number", "percent", "percent", "number", "number", "text", "text")
    return Grid("Least reliable jobs", columns, rows, kinds, facts.ids("outcomes", "incidents", "owners"))


def _teams(facts: Facts) -> Grid:
    by: dict[str, list[Job]] = defaultdict(list)
    for job in facts.jobs:
        by[job.team].append(job)
    sums = {team: total(job.asked for job in jobs) for team, jobs in by.items()}
    flaky = Counter(one.job.team for one in facts.offenders)
    rows = tuple(
        (team, len(by[team]), one.judged, one.failed, one.rate, flaky[team])
        for team, one in sorted(sums.items(), key=lambda item: (-item[1].rate, item[0]))
        if one.judged
    )
    asked = "team" in facts.question.entities.group_by or "team" in facts.question.text.lower()
    kinds = ("text", "number", "number", "number", "percent", "number")
    columns = ("team", "jobs", "runs", "failed", "rate", "repeat offenders")
    return Grid("Failures by team", columns, rows, kinds, facts.ids("outcomes"), detail=not asked)


def _hours(facts: Facts) -> Grid:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in facts.read["hours"]:
        sums[row["hour"]][0] += row["failed"]
        sums[row["hour"]][1] += row["ok"] + row["failed"]
    rows = tuple(
        (f"{hour:02d}:00", judged, bad, bad / judged if judged else None) for hour, (bad, judged) in sorted(sums.items())
    )
    title = f"Failures by hour of the day ({facts.asked.tz})"
    return Grid(
        title, ("hour", "runs", "failed", "rate"), rows, ("text", "number", "number", "percent"), facts.ids("hours"), detail=True
    )


def _codes(facts: Facts) -> Grid:
    """As the tool counts them: whole UTC days, all jobs."""
    rows = tuple(
        (
            row["result_state"],
            row["termination_code"],
            row["failed_runs"],
            row["pct_of_failures"] / 100,
            row["failing_jobs"],
            row["worst_job_name"],
        )
        for row in facts.read["reasons"]
    )
    columns = ("state", "code", "failed runs", "share", "jobs", "most of it")
    kinds = ("text", "text", "number", "percent", "number", "text")
    return Grid("Reasons (UTC days, all jobs)", columns, rows, kinds, facts.ids("reasons"), detail=True)


def _charts(facts: Facts) -> tuple[Chart, ...]:
    rows = [row for row in facts.read["days"] if row["ok"] + row["failed"]]
    if len(rows) < 2:
        return ()
    days = tuple(f"{row['day']:%a %-d %b}" for row in rows)
    shares = tuple(round(100 * row["failed"] / (row["ok"] + row["failed"]), 2) for row in rows)
    worst = days[shares.index(max(shares))]
    alt = f"by day ({facts.asked.tz}), highest {max(shares):.1f}% on {worst}, lowest {min(shares):.1f}%, last {shares[-1]:.1f}%."
    return (Chart("Failed runs, % of judged", "line", days, {"% failed": shares}, "%", alt, worst if max(shares) else ""),)


def _followups(facts: Facts) -> tuple[str, ...]:
    if not facts.offenders:
        return ("Which jobs are at risk?", "Are we meeting our job SLAs this week?", "Which jobs got slower this week?")
    job = facts.offenders[0].job.name
    return (
        f"Why does {job} keep failing?",
        "Which jobs are at risk?",
        f"What did {job} cost this month?",
        "Which jobs got slower this week?",
    )
