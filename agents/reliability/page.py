"""What all reliability answers share: dashboards, addresses, follow-ups, and what to say of an empty period."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.answer import Answer, Link
from agents.question import Question
from agents.spans import name
from agents.specialist import Sources
from tools.held import REACH, held
from tools.links import resource_url
from tools.period import Period
from tools.table import Receipt

AGENT, JOBS = "reliability", "Job Operations"
RUNS, UPDATES = "system.lakeflow.job_run_timeline", "system.lakeflow.pipeline_update_timeline"
WHAT = {RUNS: "job runs", UPDATES: "pipeline updates"}
FEEDS_DAYS = 14  # of lineage, to know which job feeds which


def key(row: Mapping[str, Any], kind: str = "") -> str:
    """Workspace id and job id: a job id alone means nothing. `kind` is a prefix of both columns, as source_."""
    return f"{row[f'{kind}workspace_id']}/{row[f'{kind}job_id']}"


def dashboard(sources: Sources, asked: Period) -> tuple[Link, ...]:
    return sources.dashboard(JOBS, asked)


def job_links(jobs: Iterable[tuple[str, str, str, str]]) -> tuple[Link, ...]:
    """Of each name, host, workspace id and job id, where the host is known."""
    urls = ((name, resource_url(host, workspace, "job", job)) for name, host, workspace, job in jobs)
    return tuple(Link(f"Job {name}", url) for name, url in urls if url)


async def nothing(
    question: Question, sources: Sources, asked: Period, evidence: tuple[Receipt, ...], table: str = RUNS
) -> Answer:
    """No run fits: says of what, and which days the table holds; never that nothing failed."""
    named = question.entities
    what = ", ".join((*named.jobs, *named.pipelines, *named.workspaces))
    age = await held(sources.warehouse, table, question.now, REACH)
    first, last = next(((row["first_time"], row["last_time"]) for row in age), (None, None))
    holds = (
        f"{table} holds nothing at all."
        if first is None or last is None
        else f"{table} holds {WHAT[table]} from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC)."
    )
    when = during(asked, question)
    return Answer(
        question=replace(question, period=asked),
        agents=(AGENT,),
        headline=f"There are no {WHAT[table]}{' of ' + what if what else ''} {when}, so nothing can be said about them.",
        summary=f"{holds} Ask for another period{', or check the name' if what else ''}.",
        evidence=(*evidence, age.receipt),
        as_of=last,
        followups=("Which jobs failed this week?", "Which jobs got slower this week?"),
    )


def weeks_before(question: Question, asked: Period) -> Period:
    """What to compare with: what the question names, else the same hours of the same weekdays, whole weeks before."""
    if question.compare:
        return question.compare
    weeks = timedelta(days=7 * max(1, -(-(asked.end - asked.start) // timedelta(days=7))))

    def earlier(moment: datetime) -> datetime:
        return (moment.astimezone(asked.zone) - weeks).astimezone(UTC)

    return Period(earlier(asked.start), earlier(asked.end), asked.tz)


def names(words: Iterable[str], most: int = 3) -> str:
    """a, b and c; beyond `most` the count of the rest."""
    found = list(words)
    shown, rest = found[:most], len(found) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "none"


def during(period: Period, question: Question) -> str:
    """on Tue 17 Nov 2026 UTC; in the last 24 hours; in a span of days."""
    is_day = period.is_whole_days and period.first_day == period.last_day
    return f"{'on' if is_day else 'in'} {name(period, question)}"
