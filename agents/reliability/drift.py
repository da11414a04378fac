"""Do runs behave as usual? Their number, their absence and their length against the four weeks before; one round."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many, shift, span
from agents.figures import moment, number
from agents.question import Question
from agents.reliability.jobs import Job, owners, person, read_jobs
from agents.reliability.page import AGENT, RUNS, dashboard, during, job_links, key, nothing
from agents.spans import before, last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_owners
from tools.held import held
from tools.monitors import get_job_run_drift
from tools.period import Period
from tools.runs import job_outcomes
from tools.slowdown import job_durations

DAYS, USUAL_DAYS = 3, 28
FEWEST = 4.0  # runs expected, below which their number tells nothing
FAST, SLOW, RUNS_NEEDED = 0.6, 1.3, 3
SILENT_GAPS = 3.0  # usual intervals between runs without one
WORDS = {"silent": "stopped running", "fewer": "fewer runs", "more": "more runs", "faster": "much faster", "slower": "slower"}
_KINDS = (
    (re.compile(r"fewer|less runs|haven|hasn|stopped|missed|did ?n[o']?t run|not run", re.IGNORECASE), ("silent", "fewer")),
    (re.compile(r"more runs", re.IGNORECASE), ("more",)),
    (re.compile(r"fast", re.IGNORECASE), ("faster",)),
    (re.compile(r"duration|slow|longer", re.IGNORECASE), ("slower", "faster")),
    (re.compile(r"run count|number of runs", re.IGNORECASE), ("silent", "fewer", "more")),
)


@dataclass(frozen=True, slots=True)
class Drift:
    """One job off its usual way: `now` and `usual` are runs, or minutes of the median successful run."""

    kind: str
    job: Job
    now: float
    usual: float
    size: float  # how far off, to rank by

    @property
    def is_length(self) -> bool:
        return self.kind in ("faster", "slower")

    @property
    def text(self) -> str:
        if self.is_length:
            return f"{span(self.now)} instead of {span(self.usual)} (median), {shift(self.now, self.usual)}"
        return f"{self.now:.0f} runs instead of about {number(round(self.usual))}"


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or today and two days before, against the 28 days before."""
    asked = last_days(question, DAYS)
    usual = before(question, asked, days=USUAL_DAYS)
    await sources.progress(f"Comparing the runs of {asked} with {usual}")
    read = await _read(question, sources, asked, usual)
    needed(read["outcomes"])
    jobs = read_jobs(read["outcomes"])
    if not any(job.asked.any or job.usual.any for job in jobs):
        return await nothing(question, sources, asked, receipts(*read.values()))
    found = _found(jobs, {key(row): row for row in read["durations"]}, asked, usual)
    wanted = next((kinds for words, kinds in _KINDS if words.search(question.text)), ())
    shown = [one for one in found if not wanted or one.kind in wanted]
    return replace(
        _answer(question, sources, asked, usual, jobs, shown, wanted, read),
        evidence=receipts(*read.values()),
        as_of=last_time(read["age"]),
        partial=gaps(*read.values()),
    )


async def _read(question: Question, sources: Sources, asked: Period, usual: Period) -> Mapping[str, Attempt]:
    warehouse, named, whole = sources.warehouse, question.entities, utc_days(asked)
    narrow = {"jobs": named.jobs, "workspaces": named.workspaces}
    month = Period(usual.start, usual.start, usual.tz)
    queries = {
        "outcomes": attempt("Job runs", job_outcomes(warehouse, asked, usual, now=question.now, **narrow)),
        "durations": attempt("Durations", job_durations(warehouse, asked, usual, month, now=question.now, **narrow)),
        "account": attempt("Drift metrics", get_job_run_drift(warehouse, whole.first_day - timedelta(days=7), whole.last_day)),
        "owners": attempt("Owners", job_owners(warehouse, whole.last_day - timedelta(days=USUAL_DAYS), whole.last_day)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


def _found(jobs: Sequence[Job], durations: Mapping[str, Mapping[str, Any]], asked: Period, usual: Period) -> list[Drift]:
    """The largest deviation of each job that has one, the farthest first."""
    share = (asked.end - asked.start) / (usual.end - usual.start)
    each = [one for job in jobs if not _is_gone(job, asked) for one in _of(job, durations.get(job.key), share, usual, asked.end)]
    return sorted(each, key=lambda one: (list(WORDS).index(one.kind) > 0, -one.size, one.job.key))


def _of(job: Job, row: Mapping[str, Any] | None, share: float, usual: Period, end: datetime) -> list[Drift]:
    found, expected, runs = [], job.usual.any * share, job.asked.any
    gap = (usual.end - usual.start) / job.usual.any if job.usual.any else None
    if gap and job.usual.any >= FEWEST and runs == 0 and not job.running and _since(job, end) > SILENT_GAPS * gap:
        found.append(Drift("silent", job, 0, expected, expected))
    elif expected >= FEWEST and abs(runs - expected) > max(3.0, 3 * sqrt(expected), 0.25 * expected):
        found.append(Drift("fewer" if runs < expected else "more", job, runs, expected, abs(runs - expected) / sqrt(expected)))
    if row and row["runs_asked"] >= RUNS_NEEDED and row["runs_before"] >= RUNS_NEEDED and row["median_before"]:
        now, was = float(row["median_asked"]), float(row["median_before"])
        if now < FAST * was:
            found.append(Drift("faster", job, now, was, 10 * (1 - now / was)))
        elif now > SLOW * was and now > float(row["p90_before"]):
            found.append(Drift("slower", job, now, was, 10 * (now / was - 1)))
    return found


def _since(job: Job, end: datetime) -> timedelta:
    return end - job.last_time if job.last_time else timedelta.max


def _is_gone(job: Job, asked: Period) -> bool:
    """Deleted before the period ended: it has every reason not to run."""
    return job.deleted is not None and job.deleted < asked.end


def _answer(
    question: Question,
    sources: Sources,
    asked: Period,
    usual: Period,
    jobs: Sequence[Job],
    shown: Sequence[Drift],
    wanted: Sequence[str],
    read: Mapping[str, Attempt],
) -> Answer:
    who, ids = owners(read["owners"]), (*read["outcomes"].ids, *read["durations"].ids)
    now, was = sum(job.asked.any for job in jobs), sum(job.usual.any for job in jobs)
    weekly = was * ((asked.end - asked.start) / (usual.end - usual.start))
    return Answer(
        question=replace(question, period=asked),
        headline=_headline(question, during(asked, question), [job for job in jobs if job.asked.any], shown, wanted),
        summary=f"{now:,} runs ended, {shift(now, weekly)} against {weekly:,.0f} in as much time before. {_account(read)}",
        agents=(AGENT,),
        findings=_findings(shown, asked, ids),
        recommendations=tuple(_advice(one, person(who.get(one.job.key))) for one in shown[:3]),
        tables=(_grid(shown, who, ids),) if shown else (),
        links=(*job_links(one.job.address for one in shown[:3]), *dashboard(sources, asked)),
        followups=("Which jobs failed this week?", "Why are jobs slower this week?", "Which tables are stale?"),
        baseline=f"{usual}, as much time of it",
    )


def _headline(question: Question, period: str, jobs: Sequence[Job], shown: Sequence[Drift], wanted: Sequence[str]) -> str:
    named = question.entities.jobs
    what = " or ".join(WORDS[kind] for kind in wanted) if wanted else "off their usual way"
    if not shown:
        of = f"{', '.join(named)} runs" if named else f"All {len(jobs):,} jobs run"
        judged = "" if not wanted else f" (looked for: {what})"
        return f"{of} as usual {period}: number and length of runs are within their usual range{judged}."
    first = shown[0]
    if len(named) == 1:
        return f"{first.job.place} drifts {period}: {WORDS[first.kind]}, {first.text}."
    count = len({one.job.key for one in shown})
    looked = f" ({what})" if wanted else ""
    off = f"{many(count, 'job')} of {len(jobs):,} {'is' if count == 1 else 'are'} off the usual way {period}{looked}"
    return f"{off}; most of all {first.job.place}: {first.text}."


def _account(read: Mapping[str, Attempt]) -> str:
    """The drift metrics of the newest window of the account, as the monitor defines them."""
    row = next(iter(read["account"]), None)
    if row is None or row["success_rate_drift"] is None:
        return ""
    return (
        f"Drift of the 7 UTC days to {row['window_end']:%-d %b}: success rate {_signed(row['success_rate_drift'])} points, "
        f"median duration {_signed(row['p50_duration_drift_pct'] or 0)}%."
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value)}"


def _findings(shown: Sequence[Drift], asked: Period, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    if not shown:
        return (Finding("good", "No job is off its usual number or length of runs.", AGENT, ids),)
    found = []
    for one in shown[:6]:
        severity: Severity = "high" if one.kind == "silent" else "medium" if one.kind in ("fewer", "faster") else "low"
        last = f", last run ended {moment(one.job.last_time, asked.tz)}" if one.kind == "silent" and one.job.last_time else ""
        found.append(Finding(severity, f"{one.job.place}: {WORDS[one.kind]}, {one.text}{last}.", AGENT, ids))
    return tuple(found)


def _advice(one: Drift, who: str) -> str:
    told = {
        "silent": f"Ask {who} whether {one.job.name} is paused on purpose; else look at its schedule or trigger.",
        "fewer": f"Compare the schedule and trigger of {one.job.name} with its runs ({who}): some starts are missing.",
        "more": f"Ask {who} what starts {one.job.name} more often: a changed schedule, file arrivals, or retries.",
        "faster": f"Check that {one.job.name} still gets all its input ({who}): a run that ends too early may have read nothing.",
        "slower": f"Ask “Why is {one.job.name} slower?” for its bottleneck ({who}).",
    }
    return told[one.kind]


def _grid(shown: Sequence[Drift], who: Mapping[str, str], ids: tuple[str, ...]) -> Grid:
    rows = tuple(
        (
            one.job.name,
            one.job.workspace,
            WORDS[one.kind],
            round(one.now, 1),
            round(one.usual, 1),
            "min" if one.is_length else "runs",
            who.get(one.job.key),
        )
        for one in shown[:15]
    )
    columns = ("job", "workspace", "what", "now", "usual", "unit", "owner")
    return Grid("Jobs off their usual way", columns, rows, ("text", "text", "text", "number", "number", "text", "text"), ids)
