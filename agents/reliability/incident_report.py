"""Incidents as an answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt
from agents.counts import many, span
from agents.figures import moment, money
from agents.question import Question
from agents.reliability import classes
from agents.reliability.failed import COSTLY_USD
from agents.reliability.groups import Incident
from agents.reliability.jobs import Job, owners, person
from agents.reliability.page import AGENT, dashboard, during, job_links, names
from agents.reliability.runbooks import read_runbook
from agents.specialist import Sources
from tools.period import Period

_MTTR = re.compile(r"mttr|mean time|time to recover|how (long|quickly|fast)|mtbf|time between", re.IGNORECASE)
MANY_TABLES = 3
ORDER: tuple[Severity, ...] = ("critical", "high", "medium", "low")
MOST = 10


@dataclass(frozen=True, slots=True)
class Impact:
    """An incident with what hangs on it: tables with their steps from its jobs, dollars of failed runs, its age."""

    incident: Incident
    tables: tuple[tuple[str, int], ...]
    cost: float
    minutes: float

    @property
    def severity(self) -> Severity:
        """Open with several tables of other jobs waiting is critical; open after more than two runs, or costly, high."""
        one = self.incident
        if one.in_a_row > 2:
            return "critical" if len([1 for _, depth in self.tables if depth]) >= MANY_TABLES else "high"
        if self.cost >= COSTLY_USD:
            return "high"
        return "medium" if one.is_open or one.failed > 2 else "low"

    @property
    def place(self) -> tuple[Any, ...]:
        return (ORDER.index(self.severity), not self.incident.is_open, -self.cost, -self.incident.failed, self.incident.start)


@dataclass(frozen=True, slots=True)
class Facts:
    question: Question
    asked: Period
    usual: Period
    impacts: tuple[Impact, ...]
    only_open: bool
    jobs: Mapping[str, Job]
    read: Mapping[str, Attempt]

    @property
    def shown(self) -> list[Impact]:
        """What is worth a line: a single failure that the next run mended is not, unless its job was named."""
        named = bool(self.question.entities.jobs)
        kept = [one for one in self.impacts if named or not one.incident.is_blip]
        return [one for one in kept if one.incident.is_open or not self.only_open]

    @property
    def open_word(self) -> str:
        """Of a period that is over nothing is known but that it had not recovered by then."""
        return "open" if self.asked.end >= self.question.now else "not recovered by the end of that time"

    @property
    def blips(self) -> int:
        return sum(one.incident.is_blip for one in self.impacts)

    def ids(self, *tables: str) -> tuple[str, ...]:
        return tuple(found for table in tables for found in self.read[table].ids)


def report(facts: Facts, sources: Sources) -> Answer:
    shown = facts.shown
    addresses = (facts.jobs[one.incident.first.key].address for one in shown[:3] if one.incident.first.key in facts.jobs)
    grids = (_grid(shown, facts), _below(shown, facts), _timeline(shown, facts), _mttr(facts))
    return Answer(
        question=replace(facts.question, period=facts.asked),
        headline=_headline(shown, facts),
        summary=_summary(facts),
        agents=(AGENT,),
        findings=tuple(_findings(shown, facts)),
        recommendations=tuple(dict.fromkeys(_advice(one, facts, sources) for one in shown[:3] if one.incident.is_open)),
        tables=tuple(grid for grid in grids if grid.rows),
        links=(*job_links(addresses), *dashboard(sources, facts.asked)),
        followups=_followups(shown),
        baseline=f"{facts.usual}: mean time to recovery {_recovery(list(facts.read['earlier']))}",
    )


def _headline(shown: Sequence[Impact], facts: Facts) -> str:
    when, named = during(facts.asked, facts.question), names(facts.question.entities.jobs)
    of = f" of {named}" if facts.question.entities.jobs else ""
    if not shown:
        what = "No incident is open" if facts.only_open else "There was no incident"
        return f"{what}{of} {when}: no job failed twice in a row."
    if _MTTR.search(facts.question.text):
        still = sum(one.incident.is_open for one in shown)
        rows, before = list(filter(facts.question.entities.holds_job, facts.read["incidents"])), list(facts.read["earlier"])
        return (
            f"Mean time to recovery{of} {when}: {_recovery(rows)} (before: {_recovery(before)}); "
            f"{many(still, 'incident')} {facts.open_word}."
        )
    return _gravest(shown, facts, f"{of} {when}")


def _gravest(shown: Sequence[Impact], facts: Facts, about: str) -> str:
    still, first = sum(one.incident.is_open for one in shown), shown[0]
    found = first.incident
    state = facts.open_word if found.is_open else f"over after {span(first.minutes)}"
    what = many(len(shown), "open incident" if facts.only_open else "incident")
    also = "" if facts.only_open or len(shown) == 1 else f", {still} {facts.open_word}"
    also += "; the gravest" if len(shown) > 1 else ""
    return (
        f"{what}{about}{also}: {_name(found)}, {state}, since {moment(found.start, facts.asked.tz)}, "
        f"{many(found.failed, 'failed run')}, {many(len(first.tables), 'table')} affected, {money(first.cost)}."
    )


def _name(one: Incident) -> str:
    others = len(one.jobs) - 1
    more = f" and {many(others, 'more job')}" if others else ""
    return f"{one.first.job} in {one.first.workspace}{more}"


def _summary(facts: Facts) -> str:
    rows = [row for row in facts.read["incidents"] if facts.question.entities.holds_job(row)]
    waiting = [one.incident.first.job for one in facts.impacts if one.incident.is_blip and one.incident.is_open]
    mended = f" Left out: {many(facts.blips - len(waiting), 'single failure')} that the next run mended" if facts.blips else ""
    mended += f", and {names(waiting)}, whose last run alone failed." if waiting else "." if mended else ""
    mended = "" if facts.question.entities.jobs else mended
    hours = (facts.asked.end - facts.asked.start).total_seconds() / 3600
    between = f" A job began to fail every {span(60 * hours / len(rows))} on average." if rows else ""
    return f"Mean time to recovery: {_recovery(rows)}.{between}{mended}"


def _recovery(rows: Sequence[Mapping[str, Any]]) -> str:
    """From the first failed run to the next success of the same job, over those that recovered."""
    ended = [float(row["duration_minutes"]) for row in rows if not row["is_open"]]
    if not ended:
        return "no recovery to measure"
    return f"{span(sum(ended) / len(ended))} (median {span(median(ended))}) over {many(len(ended), 'recovery')}"


def _findings(shown: Sequence[Impact], facts: Facts) -> Iterator[Finding]:
    if not shown:
        yield Finding("good", f"No incident {during(facts.asked, facts.question)}.", AGENT, facts.ids("incidents"))
    for one in shown[:6]:
        yield Finding(one.severity, _told(one, facts), AGENT, facts.ids("incidents", "costs", "below"))


def _told(one: Impact, facts: Facts) -> str:
    found = one.incident
    since = moment(found.start, facts.asked.tz)
    state = (
        f"{facts.open_word}, since {since} ({span(one.minutes)})"
        if found.is_open
        else f"from {since}, recovered after {span(one.minutes)}"
    )
    others = [streak for streak in found.streaks[1:] if streak.job != found.first.job]
    spread = f"; it came and went {many(len(found.streaks), 'time')}" if found.is_flapping and not others else ""
    spread += f"; it spread to {names(list(dict.fromkeys(streak.job for streak in others)))}" if others else ""
    below = [table for table, depth in one.tables if depth]
    hit = f"; {many(len(below), 'table')} downstream ({names(below)})" if below else ""
    return (
        f"{found.first.job} in {found.first.workspace}: {classes.WORDS[found.kind]} ({found.first.code}), {state}, "
        f"{many(found.failed, 'failed run')}{spread}{hit}; {money(one.cost)} of failed runs in the period."
    )


def _advice(one: Impact, facts: Facts, sources: Sources) -> str:
    first = one.incident.first
    book, who = read_runbook(one.incident.kind, sources.runbooks), person(owners(facts.read["owners"]).get(first.key))
    then = f" Then rerun {names(one.incident.jobs[1:])}." if len(one.incident.jobs) > 1 else ""
    return f"{first.job} (ask {who}): {book.first}{then}"


def _grid(shown: Sequence[Impact], facts: Facts) -> Grid:
    who = owners(facts.read["owners"])
    rows = tuple(
        (
            one.severity,
            one.incident.first.job,
            one.incident.first.workspace,
            one.incident.start,
            one.incident.end,
            span(one.minutes),
            len(one.incident.jobs),
            one.incident.failed,
            len(one.tables),
            one.cost,
            who.get(one.incident.first.key),
        )
        for one in shown[: facts.question.entities.top_n or MOST]
    )
    columns = ("severity", "job", "workspace", "start", "recovered", "lasted", "jobs", "failed runs", "tables", "cost", "owner")
    kinds = (*["text"] * 6, "number", "number", "number", "usd", "text")
    return Grid("Incidents", columns, rows, kinds, facts.ids("incidents", "below", "costs", "owners"))


def _below(shown: Sequence[Impact], facts: Facts) -> Grid:
    """The tables of the gravest incident."""
    first = shown[0] if shown else None
    rows = tuple(
        (table, depth, "written by it" if not depth else f"{depth} below") for table, depth in (first.tables if first else ())
    )
    title = f"Tables that hang on {first.incident.first.job}" if first else "Tables"
    detail = len(facts.question.entities.jobs) != 1
    return Grid(title, ("table", "steps", "how"), rows, ("text", "number", "text"), facts.ids("below"), detail)


def _timeline(shown: Sequence[Impact], facts: Facts) -> Grid:
    rows = tuple(
        (streak.first, streak.job, streak.workspace, streak.failed, streak.code, streak.recovered)
        for one in shown[:MOST]
        for streak in one.incident.streaks
    )
    kinds = ("text", "text", "text", "number", "text", "text")
    columns = ("first failure", "job", "workspace", "failed runs", "last code", "recovered")
    return Grid("Timeline", columns, tuple(sorted(rows, key=lambda row: row[0])), kinds, facts.ids("incidents"), detail=True)


def _mttr(facts: Facts) -> Grid:
    rows = tuple(
        (
            row["job_name"],
            row["workspace_name"],
            row["incidents"],
            row["failed_runs"],
            _round(row["mttr_minutes"]),
            _round(row["longest_minutes"]),
        )
        for row in facts.read["mttr"]
        if facts.question.entities.holds_job(row)
    )
    columns = ("job", "workspace", "streaks", "failed runs", "MTTR min", "longest min")
    return Grid("Time to recovery by job", columns, rows[:15], ("text", "text", *["number"] * 4), facts.ids("mttr"), detail=True)


def _followups(shown: Sequence[Impact]) -> tuple[str, ...]:
    if not shown:
        return ("Which jobs are at risk?", "Which jobs failed this week?", "Which tables are stale?")
    first = shown[0]
    table = next((table for table, _ in first.tables), "")
    lineage = f"What's the data lineage for {table}?" if table else "Which tables are stale?"
    return (f"What is the runbook for {first.incident.first.job}?", "Are there patterns in the failures?", lineage)


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
