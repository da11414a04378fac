"""Named pipelines: how their updates ended. The tool counts whole UTC days; one round of queries."""

import asyncio
from dataclasses import replace

from agents.answer import Answer, Finding, Grid
from agents.attempt import attempt, gaps, needed, receipts
from agents.counts import many
from agents.figures import moment, percent
from agents.question import Question
from agents.reliability.page import AGENT, UPDATES, dashboard, during, nothing
from agents.spans import before, last_days, utc_days
from agents.specialist import Sources
from tools.durations import get_pipeline_health


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days, as the UTC days it touches; against as long before."""
    asked = utc_days(last_days(question, 7))
    usual = utc_days(before(question, asked))
    now, earlier = await asyncio.gather(
        attempt("Pipeline updates", get_pipeline_health(sources.warehouse, asked.first_day, asked.last_day)),
        attempt("Pipeline updates before", get_pipeline_health(sources.warehouse, usual.first_day, usual.last_day)),
    )
    needed(now)
    named = question.entities.pipelines
    rows = [row for row in now if row["pipeline_name"] in named]
    if not rows:
        return await nothing(question, sources, asked, receipts(now, earlier), UPDATES)
    failed, updates = sum(row["failed_updates"] for row in rows), sum(row["updates"] for row in rows)
    rates = [row["success_rate_pct"] for row in earlier if row["pipeline_name"] in named and row["success_rate_pct"] is not None]
    of, first = ", ".join(dict.fromkeys(row["pipeline_name"] for row in rows)), rows[0]
    state = f"the last one {first['last_result_state'].lower()}" if first["last_result_state"] else "the last one still running"
    last = f", the last failure {moment(first['last_failure_time'], asked.tz)}" if first["last_failure_time"] else ""
    text = f"{many(failed, 'update')} of {updates} of pipeline {of} failed {during(asked, question)}; {state}{last}."
    return Answer(
        question=replace(question, period=asked),
        headline=text,
        summary="Updates are counted in whole UTC days."
        if asked.tz == question.asker.tz
        else f"Whole UTC days, not {question.asker.tz}.",
        agents=(AGENT,),
        findings=(Finding("medium" if failed else "good", text, AGENT, now.ids),),
        recommendations=(f"Open the event log of {of} at the failed update: system tables do not record the error.",)
        if failed
        else (),
        tables=(_grid(rows, now.ids),),
        links=dashboard(sources, asked),
        followups=("Which jobs failed this week?", "Which tables are stale?", "Which jobs got slower this week?"),
        evidence=receipts(now, earlier),
        baseline=f"{usual}: {percent(sum(rates) / len(rates) / 100)} of the updates succeeded" if rates else "",
        partial=gaps(now, earlier),
    )


def _grid(rows: list[dict[str, object]], ids: tuple[str, ...]) -> Grid:
    fields = (
        "pipeline_name",
        "workspace_name",
        "updates",
        "completed_updates",
        "failed_updates",
        "cancelled_updates",
        "retried_requests",
    )
    columns = ("pipeline", "workspace", "updates", "completed", "failed", "cancelled", "retried")
    return Grid(
        "Pipelines", columns, tuple(tuple(row[name] for name in fields) for row in rows), ("text", "text", *["number"] * 5), ids
    )
