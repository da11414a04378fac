"""What a table is made from and what is made from it: a tree, a picture, the state of each node and the jobs that write it."""

import re
from dataclasses import replace

from agents.answer import Answer, Grid
from agents.attempt import gaps, last_time, receipts
from agents.counts import many
from agents.figures import moment
from agents.quality import columns, hubs, impact, touches
from agents.quality.following import BASELINE, Facts, ends_of, follow
from agents.quality.page import age, bounds, dashboard, short, some, table_link, unknown
from agents.quality.picture import picture
from agents.quality.tracing import advice, findings
from agents.quality.tree import tree
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources

DAYS = 30
_READERS = re.compile(r"\b(dashboards|reports|consumers)\b|\bwhich (dashboard|report)\b", re.I)
_WRITER = re.compile(r"\b(writ(es?|ing)|populat|creates?|produces?|loads?|fills?)\b", re.I)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named table (or column), 30 days of lineage; without one, the tables on which most others depend."""
    named = question.entities
    if named.columns:
        return await columns.investigate(question, sources)
    if not named.tables:
        by_job = bool(named.jobs or named.pipelines)
        return await (touches.investigate if by_job else hubs.investigate)(question, sources)
    if _READERS.search(question.text):
        return await impact.investigate(question, sources)
    asked = last_days(question, DAYS)
    await sources.progress(f"Following {short(named.tables[0])} up and down")
    ends = await ends_of(named.tables[0], asked, question, sources)
    if ends.is_empty:
        return await unknown(question, sources, asked, receipts(*ends.read))
    facts = await follow(ends, asked, sources)
    return replace(_report(question, facts), links=(*table_link(facts.host, facts.flow.subject), *dashboard(sources, asked)))


def _report(question: Question, facts: Facts) -> Answer:
    flow, table = facts.flow, facts.flow.subject
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_written(facts) if _WRITER.search(question.text) else _headline(facts),
        summary=_summary(facts),
        findings=findings(flow, facts.writer, facts.ids),
        recommendations=advice(flow, facts.writer, facts.people),
        tables=_grids(facts),
        charts=(picture(flow, f"Lineage of {table}"),) if flow.upstream or flow.downstream else (),
        followups=(
            f"What breaks if {table} is wrong?",
            "Which jobs failed in the last 7 days?",
            "Which tables are stale?",
            f"Who accessed {table} in the last 30 days?",
        ),
        evidence=receipts(*facts.read),
        as_of=last_time(facts.ends.known),
        baseline=BASELINE,
        partial=gaps(*facts.read),
    )


def _headline(facts: Facts) -> str:
    flow = facts.flow
    paths = sum("://" in node for node in flow.upstream.depth)
    tables = len(flow.upstream) - paths
    made = f"is made from {many(tables, 'table')}" if tables else "is made from no other table"
    made += f" and {many(paths, 'storage path')}" if paths else ""
    made += f" in up to {many(flow.upstream.reach, 'step')}" if flow.upstream.reach > 1 else ""
    feeds = f"feeds {many(len(flow.downstream), 'table')}" if flow.downstream else "feeds no other table"
    return f"{flow.subject} {made}, and {feeds}; {_state(facts)}."


def _written(facts: Facts) -> str:
    """For those who ask what writes it."""
    rows = facts.written_by.get(facts.flow.subject, [])
    if not rows:
        return f"Nothing is recorded as writing {facts.flow.subject} in {many(bounds(facts.asked)[2], 'UTC day')} of lineage."
    by = some((f"{row['entity_name']} in {row['workspace_name']} ({row['entity_type'].lower()})" for row in rows), 3)
    last = max(row["last_time"] for row in rows)
    whom = f", as {rows[0]['last_user']}" if rows[0]["last_user"] else ""
    verb = "writes" if len(rows) == 1 else "write"
    return f"{by} {verb} {facts.flow.subject}, last on {moment(last, facts.asked.tz)}{whom}; {_state(facts)}."


def _state(facts: Facts) -> str:
    """How the subject is and, where it is not well, where that begins."""
    flow = facts.flow
    own, origins = flow.condition(flow.subject), flow.origins()
    if origins and origins != (flow.subject,):
        hours = flow.condition(origins[0]).hours
        first = f"{origins[0]}, which last changed {age(hours)} ago" if hours is not None else origins[0]
        also = f", and at {len(origins) - 1} more" if len(origins) > 1 else ""
        if own.state in ("bad", "late"):
            return f"it {_verb(own.word)} and the fault begins at {first}{also}"
        return f"it is {own.word}, but above it something is wrong: the fault begins at {first}{also}"
    if own.state == "good":
        return "it and everything monitored above it are healthy"
    return f"it {_verb(own.word)}, {own.against}"


def _verb(word: str) -> str:
    return word if word.startswith("fails") else f"is {word}"


def _summary(facts: Facts) -> str:
    flow = facts.flow
    wrote = facts.written_by.get(flow.subject, [])
    by = [f"{row['entity_name']} in {row['workspace_name']} ({row['events']} times)" for row in wrote]
    last = max((row["last_time"] for row in wrote), default=None)
    written = f"Written by {some(by, 2)}, last {moment(last, facts.asked.tz)}. " if last else "No writer is recorded. "
    readers = list(facts.ends.consumers)
    kinds = [str(row["entity_type"]).split("_")[0].lower() for row in readers]
    read = ", ".join(many(kinds.count(kind), "query" if kind == "dbsql" else kind) for kind in dict.fromkeys(kinds))
    first, last_day, days = bounds(facts.asked)
    span = f"{many(days, 'UTC day')} of lineage, {first:%-d %b} to {last_day:%-d %b %Y}"
    return f"{written}Read directly by {read or 'nothing that is recorded'}. From {span}."


def _grids(facts: Facts) -> tuple[Grid, ...]:
    flow = facts.flow

    def cells(node: str) -> tuple[str, ...]:
        own = flow.condition(node)
        if "://" in node:
            return ("storage path", "", "")
        return (own.word, age(own.hours) if own.hours is not None else "–", facts.writer(node) or "–")

    def name(node: str) -> str:
        return short(node) if "://" in node else node

    columns_of = ("table", "quality", "changed ago", "written by")
    kinds = ("tree", "text", "text", "text")
    sides = (("Made from (upstream)", flow.upstream), ("Feeds (downstream)", flow.downstream))
    drawn = tuple(Grid(title, columns_of, tree(flow, part, name, cells), kinds, facts.ids) for title, part in sides if part)
    return (*drawn, *_readers(facts), *_all(facts))


def _readers(facts: Facts) -> tuple[Grid, ...]:
    rows = tuple(
        (str(row["entity_type"]).lower(), row["entity_name"], row["user_name"] or "–", row["read_events"], row["last_seen"])
        for row in facts.ends.consumers
    )
    kinds = ("text", "text", "text", "number", "text")
    return (Grid("Read directly by", ("kind", "name", "as", "reads", "last"), rows[:15], kinds, facts.ids),) if rows else ()


def _all(facts: Facts) -> tuple[Grid, ...]:
    """Every node, for those who look closer."""
    flow = facts.flow
    rows = tuple(
        (
            "upstream" if part is flow.upstream else "downstream", depth, node, part.via[node], flow.condition(node).word,
            flow.condition(node).changed, facts.writer(node) or "–",
        )
        for part in (flow.upstream, flow.downstream)
        for node, depth in part.depth.items()
    )  # fmt: skip
    columns_of = ("side", "steps", "table", "through", "quality", "last change", "written by")
    kinds = ("text", "number", "text", "text", "text", "text", "text")
    return (Grid("Every table up- and downstream", columns_of, rows, kinds, facts.ids, detail=True),) if rows else ()
