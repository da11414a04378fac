"""When one table changed last, whether that is late for it, who writes it, and where a delay begins."""

from dataclasses import replace
from datetime import timedelta

from agents.answer import Answer, Finding, Grid
from agents.attempt import gaps, last_time, receipts
from agents.figures import moment
from agents.quality.following import BASELINE, Facts, ends_of, follow
from agents.quality.page import age, dashboard, short, table_link, unknown
from agents.quality.tracing import advice, findings
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.period import Period

DAYS = 30


async def investigate(question: Question, sources: Sources) -> Answer:
    """The first named table, seen up to now or to the end of the period."""
    table = question.entities.tables[0]
    asked = last_days(question, DAYS)
    # What feeds the table was perhaps not written in a short period, which is then the very fault.
    asked = Period(min(asked.start, asked.end - timedelta(days=DAYS)), asked.end, asked.tz)
    ends = await ends_of(table, asked, question, sources)
    if ends.is_empty:
        return await unknown(question, sources, asked, receipts(*ends.read))
    facts = await follow(ends, asked, sources)
    links = (*table_link(facts.host, facts.flow.subject), *dashboard(sources, asked))
    return replace(_report(question, facts), links=links)


def _report(question: Question, facts: Facts) -> Answer:
    flow, table = facts.flow, facts.flow.subject
    told = findings(flow, facts.writer, facts.ids)
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_headline(facts),
        summary=_summary(facts),
        findings=tuple(one for one in told if one.severity != "info")
        or (Finding("info", f"Quality monitoring does not watch {table}; its age comes from lineage.", "quality", facts.ids),),
        recommendations=advice(flow, facts.writer, facts.people),
        tables=(_grid(facts),),
        followups=(
            f"What's the data lineage for {table}?",
            f"What breaks if {table} is wrong?",
            "Which jobs failed in the last 7 days?",
        ),
        evidence=receipts(*facts.read),
        as_of=last_time(facts.ends.known),
        baseline=BASELINE,
        partial=gaps(*facts.read),
    )


def _headline(facts: Facts) -> str:
    flow, own, tz = facts.flow, facts.flow.condition(facts.flow.subject), facts.asked.tz
    if own.changed is None:
        return f"When {flow.subject} changed last is not recorded: it is not monitored, and lineage shows no write in 60 days."
    when = f"{flow.subject} last changed {age(own.hours)} ago, on {moment(own.changed, tz)}"
    usual = f" (usually every {age(own.usual_hours)})" if own.usual_hours else ""
    origins = [node for node in flow.origins() if node != flow.subject]
    if own.state == "bad" and "freshness" in own.failed and origins:
        hours = flow.condition(origins[0]).hours
        return f"{when}{usual}, but fails its freshness check: {origins[0]} above it has not changed for {age(hours)}."
    if own.state == "bad":
        return f"{when}{usual}, and {own.word}."
    if own.is_late and own.state != "good":
        return f"{when}{usual}: it is late."
    stale = f", but {origins[0]} above it {flow.condition(origins[0]).word}" if origins else ""
    return f"{when}{usual}: it is up to date{stale}."


def _summary(facts: Facts) -> str:
    rows = facts.written_by.get(facts.flow.subject, [])
    if not rows:
        return "No writer is recorded in lineage of the period."
    by = ", ".join(f"{row['entity_name']} in {row['workspace_name']}" for row in rows[:2])
    whom = f", as {rows[0]['last_user']}" if rows[0]["last_user"] else ""
    return f"Written by {by}{whom}, last seen in lineage on {moment(rows[0]['last_time'], facts.asked.tz)}."


def _grid(facts: Facts) -> Grid:
    flow = facts.flow
    direct = [node for node, depth in flow.upstream.depth.items() if depth == 1]
    rows = tuple(
        (
            node, "itself" if node == flow.subject else "source", flow.condition(node).word, flow.condition(node).changed,
            age(flow.condition(node).usual_hours) if flow.condition(node).usual_hours else "–", facts.writer(node) or "–",
        )
        for node in (flow.subject, *direct)
    )  # fmt: skip
    names = ("table", "is", "state", "last change", "usually every", "written by")
    return Grid(f"{short(flow.subject)} and what it is made from", names, rows[:15], ("text",) * 6, facts.ids)
