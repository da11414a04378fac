"""Which jobs will probably fail or be late next, why, and what to do before; one round of queries."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment, percent
from agents.question import Question
from agents.reliability.jobs import Job, owners, person, read_jobs
from agents.reliability.page import AGENT, FEEDS_DAYS, RUNS, dashboard, job_links, names, nothing
from agents.reliability.predictor import LIKELY, MODEL, Outlook, Served, ask_endpoint, read_outlooks
from agents.reliability.promises import read_promises
from agents.spans import utc_days
from agents.specialist import Sources
from tools.blast import job_feeds, job_owners
from tools.errors import LaterError, OperatorError
from tools.held import held
from tools.period import Period
from tools.promises import kept_by_job
from tools.recent import REACH, recent_runs
from tools.runs import job_outcomes

MOST = 10
BASIS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Facts:
    """`outlooks` are of the jobs in question, the riskiest first; `until` bounds the next runs that count, None = any."""

    question: Question
    asked: Period
    jobs: Mapping[str, Job]
    outlooks: tuple[Outlook, ...]
    until: Period | None
    read: Mapping[str, Attempt]

    @property
    def risky(self) -> list[Outlook]:
        return [one for one in self.outlooks if one.is_risky]

    def ids(self, *tables: str) -> tuple[str, ...]:
        return tuple(found for table in tables for found in self.read[table].ids)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The next run of each job, or those due in the time that the question names; judged by the last 50 runs of 30 days."""
    asked = Period(question.now - REACH, question.now, question.asker.tz)
    await sources.progress("Predicting the next runs")
    read = await _read(question, sources)
    needed(read["recent"])
    jobs = {job.key: job for job in read_jobs(read["outcomes"]) if not (job.deleted and job.deleted <= question.now)}
    targets = {one.key: one.target for one in read_promises(read["promises"])}
    only = frozenset(jobs) if read["outcomes"].table is not None else None
    served, unserved = await _served(sources, read)
    found = read_outlooks(read["recent"], read["feeds"], question.now, targets, only, served)
    until = question.period if question.period and question.period.end > question.now else None
    if not found:
        return await nothing(question, sources, asked, receipts(*read.values()))
    kept = tuple(one for one in found if until is None or (one.due and until.start <= one.due < until.end))
    facts = Facts(question, asked, jobs, kept, until, read)
    return replace(
        _answer(facts, sources),
        evidence=receipts(*read.values()),
        as_of=last_time(read["age"]),
        partial=(*unserved, *gaps(*read.values())),
    )


async def _served(sources: Sources, read: Mapping[str, Attempt]) -> tuple[Served | None, tuple[str, ...]]:
    """What the serving endpoint predicts, where one is configured; else nothing, and a sentence where it failed."""
    if sources.endpoints is None or not sources.endpoints.serves(MODEL):
        return None, ()
    try:
        return await ask_endpoint(sources.endpoints, read["recent"], read["feeds"]), ()
    except (LaterError, OperatorError) as error:
        return None, (f"{error.sentence()} The predictions are those of the built-in model.",)


async def _read(question: Question, sources: Sources) -> Mapping[str, Attempt]:
    warehouse, now, named = sources.warehouse, question.now, question.entities
    week = Period(now - BASIS, now, question.asker.tz)
    month = Period(now - REACH, week.start, question.asker.tz)
    last = utc_days(week).last_day
    lineage = last - timedelta(days=FEEDS_DAYS - 1)
    narrow = {"jobs": named.jobs, "workspaces": named.workspaces}
    sla = float(named.sla_minutes) if named.sla_minutes else None
    queries = {
        "recent": attempt("Last runs", recent_runs(warehouse, now)),
        "outcomes": attempt("Job runs", job_outcomes(warehouse, week, month, now=now, **narrow)),
        "promises": attempt("Targets", kept_by_job(warehouse, week, month, now=now, sla_minutes=sla, **narrow)),
        "feeds": attempt("Jobs upstream", job_feeds(warehouse, lineage, last)),
        "owners": attempt("Owners", job_owners(warehouse, lineage, last)),
        "age": attempt("Data ages", held(warehouse, RUNS, now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


def _answer(facts: Facts, sources: Sources) -> Answer:
    shown = facts.risky[: facts.question.entities.top_n or MOST]
    if len(facts.question.entities.jobs) == 1:
        shown = list(facts.outlooks)
    return Answer(
        question=replace(facts.question, period=facts.until or facts.asked),
        headline=_headline(facts),
        summary=_summary(facts),
        agents=(AGENT,),
        findings=tuple(_findings(shown, facts)),
        recommendations=tuple(_advice(one, facts) for one in shown[:3] if one.is_risky),
        tables=(_grid(shown, facts),) if shown else (),
        links=(
            *job_links(facts.jobs[one.key].address for one in shown[:3] if one.key in facts.jobs),
            *dashboard(sources, facts.asked),
        ),
        followups=_followups(shown, facts),
        baseline="an average run of the account; probabilities come from the last 50 runs of each job in 30 days",
    )


def _headline(facts: Facts) -> str:
    named, when = facts.question.entities.jobs, f"of those due in {facts.until}" if facts.until else "in their next run"
    if len(named) == 1 and facts.outlooks:
        one = facts.outlooks[0]
        due = f", due about {moment(one.due, facts.asked.tz)}," if one.due else ""
        late = f", is late with {percent(one.late)}" if one.late is not None else ""
        return f"The next run of {_place(one, facts)}{due} fails with a probability of {percent(one.failure)}{late}{_why(one)}."
    risky = facts.risky
    judged = f"{many(len(facts.outlooks), 'job')} {'due then' if facts.until else 'in use'}"
    if not facts.outlooks:
        return f"No job is due in {facts.until}, as far as their rhythm tells."
    if not risky:
        return f"No job is likely to fail or be late {when}: of {judged} none has a probability of 25% or more."
    first = risky[0]
    return (
        f"{many(len(risky), 'job')} of {judged} {'is' if len(risky) == 1 else 'are'} at risk {when}; "
        f"most of all {_place(first, facts)} ({percent(first.trouble)}{_due(first, facts)}){_why(first)}."
    )


def _summary(facts: Facts) -> str:
    likely = [one for one in facts.risky if one.trouble >= LIKELY]
    parts = (
        [f"{len(likely)} of them more likely than not: {names([_name(one, facts) for one in likely])}."]
        if len(likely) > 1
        else []
    )
    expected = sum(one.failure for one in facts.outlooks)
    if len(facts.outlooks) > 1:
        parts.append(f"About {expected:.1f} failures are to be expected in the next run of {many(len(facts.outlooks), 'job')}.")
    parts.append("The predictor (job-failure-predictor) sees runs, retries and lineage, not code or data that change next.")
    return " ".join(parts)


def _findings(shown: Sequence[Outlook], facts: Facts) -> Iterator[Finding]:
    if not shown:
        yield Finding("good", "No job reaches a probability of 25%.", AGENT, facts.ids("recent"))
    for one in shown[:6]:
        severity: Severity = "high" if one.trouble >= LIKELY else "medium" if one.is_risky else "info"
        late = f", late {percent(one.late)}" if one.late is not None else ""
        row = f"; {one.row} failures in a row now" if one.row > 1 else ""
        reasons = f"; {', '.join(one.reasons)}" if one.reasons else ""
        text = f"{_place(one, facts)}: fails {percent(one.failure)}{late}{_due(one, facts)}{row}{reasons}."
        yield Finding(severity, text, AGENT, facts.ids("recent", "feeds", "promises"))


def _advice(one: Outlook, facts: Facts) -> str:
    name, who = _name(one, facts), person(owners(facts.read["owners"]).get(one.key))
    before = f" before {moment(one.due, facts.asked.tz)}" if one.due else ""
    if one.late is not None and one.late > one.failure:
        return f"{name}: it will hardly keep its target; ask {who} to shorten it or to warn those who wait{before}."
    if one.row > 1:
        return f"{name}: it already fails; ask {who} to mend it or to pause it{before}."
    return f"{name}: ask {who} to look at its last failure{before}, and to allow one retry with an interval."


def _grid(shown: Sequence[Outlook], facts: Facts) -> Grid:
    who = owners(facts.read["owners"])
    rows = tuple(
        (
            _name(one, facts),
            _workspace(one, facts),
            one.due,
            one.failure,
            one.late,
            one.row,
            one.runs,
            "; ".join(one.reasons),
            who.get(one.key),
        )
        for one in shown
    )
    columns = ("job", "workspace", "next run about", "fails", "late", "failures in a row", "runs seen", "why", "owner")
    kinds = ("text", "text", "text", "percent", "percent", "number", "number", "text", "text")
    return Grid("Jobs at risk", columns, rows, kinds, facts.ids("recent", "outcomes", "promises", "owners"))


def _followups(shown: Sequence[Outlook], facts: Facts) -> tuple[str, ...]:
    first = _name(shown[0], facts) if shown else ""
    own = (f"Why does {first} keep failing?", f"What is the runbook for {first}?") if first else ("Which jobs failed this week?",)
    return (*own, "Which jobs got slower this week?")


def _name(one: Outlook, facts: Facts) -> str:
    return facts.jobs[one.key].name if one.key in facts.jobs else one.key


def _workspace(one: Outlook, facts: Facts) -> str:
    return facts.jobs[one.key].workspace if one.key in facts.jobs else one.key.split("/")[0]


def _place(one: Outlook, facts: Facts) -> str:
    return f"{_name(one, facts)} in {_workspace(one, facts)}"


def _due(one: Outlook, facts: Facts) -> str:
    return f", due about {moment(one.due, facts.asked.tz)}" if one.due else ""


def _why(one: Outlook) -> str:
    return f": {one.reasons[0]}" if one.reasons else ""
