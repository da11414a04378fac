"""What to do about a failure: the runbook of the class a question names, or of a job's last failures; one round."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment
from agents.question import Question
from agents.reliability import classes
from agents.reliability.failed import SEEN_AS, code_of
from agents.reliability.jobs import owners, person, read_jobs
from agents.reliability.page import AGENT, FEEDS_DAYS, RUNS, dashboard, during, key, nothing
from agents.reliability.runbooks import Runbook, read_runbook
from agents.reliability.streaks import newest, read_streaks
from agents.spans import last_days, utc_days
from agents.specialist import Sources
from tools.blast import job_feeds, job_owners
from tools.held import held
from tools.period import Period
from tools.reliability import get_failed_jobs, get_job_incidents
from tools.runs import LONGEST_RUN, job_outcomes

DAYS = 14
MOST_BOOKS = 3


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 14 days, in which the failures are looked up."""
    asked = last_days(question, DAYS)
    read = await _read(question, sources, asked)
    needed(read["failed"])
    class_asked = None if question.entities.jobs else classes.asked(question.text)
    runs = [row for row in read["failed"] if asked.start <= row["end_time"] < asked.end and question.entities.holds_job(row)]
    if not class_asked and not any(job.asked.any or job.running for job in read_jobs(read["outcomes"])):
        return await nothing(question, sources, asked, receipts(*read.values()))
    streaks = newest(read_streaks(read["incidents"], asked, read["feeds"]))
    kinds = Counter(classes.UPSTREAM if _has_above(row, streaks) else classes.of_run(row) for row in runs)
    wanted = [class_asked] if class_asked else [kind for kind, _ in kinds.most_common(MOST_BOOKS)]
    books = [read_runbook(kind, sources.runbooks) for kind in wanted]
    return replace(
        _answer(question, sources, asked, runs, books, read),
        evidence=receipts(*read.values()),
        as_of=last_time(read["age"]),
        partial=gaps(*read.values()),
    )


async def _read(question: Question, sources: Sources, asked: Period) -> Mapping[str, Attempt]:
    warehouse, whole, named = sources.warehouse, utc_days(asked), question.entities
    first, last = whole.first_day, whole.last_day
    lineage = last - timedelta(days=FEEDS_DAYS - 1)
    before = Period(asked.start, asked.start, asked.tz)
    jobs = job_outcomes(warehouse, asked, before, now=question.now, jobs=named.jobs, workspaces=named.workspaces)
    queries = {
        "failed": attempt("Failed runs", get_failed_jobs(warehouse, first - LONGEST_RUN, last)),
        "outcomes": attempt("Job runs", jobs),
        "incidents": attempt("Recoveries", get_job_incidents(warehouse, first, last, min(question.now, asked.end))),
        "feeds": attempt("Jobs upstream", job_feeds(warehouse, lineage, last)),
        "owners": attempt("Owners", job_owners(warehouse, lineage, last)),
        "age": attempt("Data ages", held(warehouse, RUNS, question.now)),
    }
    return dict(zip(queries, await asyncio.gather(*queries.values()), strict=True))


def _has_above(row: Mapping[str, Any], streaks: Mapping[str, Any]) -> bool:
    streak = streaks.get(key(row))
    return bool(streak and streak.above and row["end_time"] >= streak.first)


def _answer(
    question: Question,
    sources: Sources,
    asked: Period,
    runs: Sequence[Mapping[str, Any]],
    books: Sequence[Runbook],
    read: Mapping[str, Attempt],
) -> Answer:
    named = ", ".join(question.entities.jobs)
    ids = (*read["failed"].ids, *read["outcomes"].ids)
    if not books:
        subject = f"{named} did not fail" if named else "No job failed"
        told = f"{subject} {during(asked, question)}, so there is no runbook to follow."
        return Answer(
            replace(question, period=asked),
            told,
            summary="Ask for the runbook of a kind of failure: a time-out, the driver, the cluster, a library, storage, rights.",
            agents=(AGENT,),
            findings=(Finding("good", told, AGENT, ids),),
            links=dashboard(sources, asked),
            followups=("Which jobs are at risk?", "Which jobs got slower this week?"),
        )
    book = books[0]
    return Answer(
        replace(question, period=asked),
        f"{f'Runbook for {named}: ' if named else 'Runbook: '}{book.title}.",
        summary=f"{book.meaning} {_seen(runs, book, question, asked, read)}".strip(),
        agents=(AGENT,),
        findings=tuple(_findings(books, ids)),
        recommendations=(*book.steps, *((f"To prevent it: {book.prevent}",) if book.prevent else ())),
        tables=(_grid(runs, ids),) if runs else (),
        links=dashboard(sources, asked),
        followups=(
            "Which jobs failed this week?",
            "Which incidents are still open?",
            "Were permissions changed in the last week?",
        ),
    )


def _seen(
    runs: Sequence[Mapping[str, Any]], book: Runbook, question: Question, asked: Period, read: Mapping[str, Attempt]
) -> str:
    """What happened of this class, and whom to ask."""
    seen = SEEN_AS.get(book.name, (book.name,))
    own = [row for row in runs if question.entities.jobs or classes.of_run(row) in seen]
    when = during(asked, question)
    if not own:
        return f"No run failed that way {when}."
    who, jobs = owners(read["owners"]), {key(row) for row in own}
    ask = f" Ask {person(who.get(key(own[0])))}." if len(jobs) == 1 else ""
    may = " and may be of that kind, which no code tells" if book.name in SEEN_AS and not question.entities.jobs else ""
    last = moment(own[0]["end_time"], asked.tz)
    return f"{many(len(own), 'run')} of {many(len(jobs), 'job')} failed {when}{may}, last {last}.{ask}"


def _findings(books: Sequence[Runbook], ids: tuple[str, ...]) -> list[Finding]:
    found = [Finding("info", f"How to tell: {books[0].tell}", AGENT, ids)] if books[0].tell else []
    return found + [Finding("info", f"Also seen: {book.title}. {book.first}", AGENT, ids) for book in books[1:]]


def _grid(runs: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    counts = Counter((row["job_name"], row["workspace_name"], code_of(row), classes.of_run(row)) for row in runs)
    rows = tuple((job, place, count, code, f"{kind}.md") for (job, place, code, kind), count in counts.most_common(10))
    kinds = ("text", "text", "number", "text", "text")
    return Grid(
        "Failures and their runbooks", ("job", "workspace", "failed runs", "code", "runbook"), rows, kinds, ids, detail=True
    )
