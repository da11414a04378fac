"""What depends on a table or a column: tables, jobs, dashboards and people that are hit when it is wrong, late or gone."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment, number
from agents.quality import columns, hubs
from agents.quality.condition import conditions
from agents.quality.flow import Flow, Side, side, steps
from agents.quality.page import LINEAGE, age, bounds, dashboard, learned, short, some, unknown
from agents.quality.picture import picture
from agents.quality.tree import tree
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import edges_between, readers, writers
from tools.held import held
from tools.lineage import get_downstream_tables
from tools.period import Period
from tools.upkeep import health_of, rhythm

DAYS, LONG_DAYS = 30, 90
_REPORTS = re.compile(r"^(?!.*\b(break|impact|affect)).*\b(dashboards|reports|(?<=which )(dashboard|report))\b", re.I)
_GOING = re.compile(r"\b(drop|delet|remov|retir|disappear|get rid|gone)", re.I)
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    is_going: bool
    flow: Flow
    wrote: Rows
    used: Rows
    read: Sequence[Attempt]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    def users(self, *kinds: str) -> list[str]:
        """The distinct readers of these kinds, of the table or of what is made from it."""
        return list(dict.fromkeys(row["entity_id"] for row in self.used if str(row["entity_type"]).startswith(kinds)))

    @property
    def people(self) -> list[str]:
        """Those who read it themselves, in notebooks, dashboards and queries."""
        own = (row for row in self.used if not str(row["entity_type"]).startswith(("JOB", "PIPELINE")))
        return list(dict.fromkeys(row["last_user"] for row in own if row["last_user"]))

    def writer(self, node: str) -> Mapping[str, Any] | None:
        return next((row for row in self.wrote if row["node"] == node), None)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named table, 30 days of lineage (90 where it is about to go); a column's own lineage where one is named."""
    named = question.entities
    if named.columns:
        return await columns.investigate(question, sources)
    if not named.tables:
        return await hubs.investigate(question, sources)
    is_going = bool(_GOING.search(question.text))
    asked = last_days(question, LONG_DAYS if is_going else DAYS)
    table = named.tables[0] if "://" in named.tables[0] else named.tables[0].lower()
    await sources.progress(f"Looking what depends on {short(table)}")
    facts = await _facts(table, asked, is_going, question, sources)
    if not facts.flow.downstream and not facts.used and not facts.writer(table):
        return await unknown(question, sources, asked, receipts(*facts.read))
    return replace(_report(question, facts), links=dashboard(sources, asked))


async def _facts(table: str, asked: Period, is_going: bool, question: Question, sources: Sources) -> Facts:
    house, (first, last, days) = sources.warehouse, bounds(asked)
    down, known = await asyncio.gather(
        attempt("Tables downstream", get_downstream_tables(house, table, days_back=days, as_of=last)),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    needed(down)
    nodes = (table, *(row["table_full_name"] for row in down))
    edges, wrote, used, health, habit = await asyncio.gather(
        attempt("Steps between tables", edges_between(house, nodes, first, last)),
        attempt("Writers", writers(house, nodes, first, last)),
        attempt("Readers", readers(house, nodes, first, last)),
        attempt("Results of quality monitoring", health_of(house, nodes, first, last)),
        attempt("Usual pauses between writes", rhythm(house, learned(asked), asked.end, nodes)),
    )
    flow = Flow(table, Side({}, {}), side(down), steps(edges), conditions(health, habit, asked.end))
    return Facts(asked, is_going, flow, list(wrote), list(used), (down, known, edges, wrote, used, health, habit))


def _report(question: Question, facts: Facts) -> Answer:
    flow = facts.flow
    table = flow.subject
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_headline(question, facts),
        summary=_summary(facts),
        findings=tuple(_findings(facts)),
        recommendations=_advice(facts),
        tables=_grids(facts),
        charts=(picture(flow, f"What depends on {table}"),) if flow.downstream else (),
        followups=(
            f"What's the data lineage for {table}?",
            f"Who accessed {table} in the last 30 days?",
            f"Is {table} fresh?",
        ),
        evidence=receipts(*facts.read),
        as_of=last_time(facts.read[1]),
        baseline=f"{many(bounds(facts.asked)[2], 'UTC day')} of lineage up to now",
        partial=gaps(*facts.read),
    )


def _counted(facts: Facts) -> str:
    counts = (
        (len(facts.flow.downstream), "table"),
        (len(facts.users("JOB", "PIPELINE")), "job"),
        (len(facts.users("DASHBOARD", "DBSQL_DASHBOARD")), "dashboard"),
        (len(facts.people), "person"),
    )
    told = [many(count, word) if word != "person" or count == 1 else f"{count} people" for count, word in counts if count]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _headline(question: Question, facts: Facts) -> str:
    table = facts.flow.subject
    if _REPORTS.search(question.text):
        return _boards(facts)
    if not facts.used and not facts.flow.downstream:
        days = many(bounds(facts.asked)[2], "day")
        return f"Nothing recorded depends on {table}: in {days} nothing read it and no table was made from it."
    event = "goes" if facts.is_going else "is wrong or late"
    nearest = [node for node, depth in facts.flow.downstream.depth.items() if depth == 1]
    first = f", first {some(nearest, 2)}" if nearest else ""
    return f"If {table} {event}, {_counted(facts)} are affected{first}."


def _boards(facts: Facts) -> str:
    """For those who ask for dashboards: the ones on the table itself, and the ones on what is made from it."""
    table, every = facts.flow.subject, facts.users("DASHBOARD", "DBSQL_DASHBOARD")
    own = [board for board in every if any(row["entity_id"] == board and row["node"] == table for row in facts.used)]
    made = len(every) - len(own)
    below = f"; {many(made, 'other dashboard')} read what is made from it" if made else ""
    if not own:
        return f"No dashboard is recorded as reading {table} itself{below}."
    return f"{many(len(own), 'dashboard')} {'reads' if len(own) == 1 else 'read'} {table} ({some(own, 3)}){below}."


def _summary(facts: Facts) -> str:
    own = facts.flow.condition(facts.flow.subject)
    now = f"It {own.word if own.word.startswith('fails') else 'is ' + own.word} now: {own.against}."
    blind = "Reads by storage path and from outside Databricks leave no lineage" + (
        ", so ask before it goes." if facts.is_going else "."
    )
    return f"{now} {blind}"


def _findings(facts: Facts) -> list[Finding]:
    flow, ids, found = facts.flow, facts.ids, []
    boards = facts.users("DASHBOARD", "DBSQL_DASHBOARD")
    if boards:
        who = some(dict.fromkeys(row["last_user"] for row in facts.used if row["entity_id"] in boards and row["last_user"]))
        more = " (system tables hold their ids, not their names)"
        found.append(
            Finding(
                "high", f"{many(len(boards), 'dashboard')} show it or what is made from it, read by {who}{more}.", "quality", ids
            )
        )
    if flow.downstream:
        last = max(flow.downstream.depth, key=lambda node: (flow.downstream.depth[node], node))
        far = f", up to {many(flow.downstream.reach, 'step')} away ({last})" if flow.downstream.reach > 1 else ""
        found.append(
            Finding(
                "high" if len(flow.downstream) >= 3 else "medium",
                f"{many(len(flow.downstream), 'table')} are made from it{far}.",
                "quality",
                ids,
            )
        )
    ailing = flow.ailing(flow.downstream.depth)
    if ailing:
        told = some(f"{short(node)} ({flow.condition(node).word})" for node in ailing)
        found.append(Finding("medium", f"Not well already: {told}.", "quality", ids))
    found += _direct(facts)
    if not found:
        written = facts.writer(flow.subject)
        when = moment(written["last_time"], facts.asked.tz) if written else ""
        still = f" {written['entity_name']} wrote it last on {when}: that work may be spared." if written else ""
        found.append(Finding("good", f"Nobody would notice as far as lineage tells.{still}", "quality", ids))
    return found


def _direct(facts: Facts) -> list[Finding]:
    rows = [row for row in facts.used if row["node"] == facts.flow.subject]
    if not rows:
        return []
    newest, events = max(row["last_time"] for row in rows), sum(row["events"] for row in rows)
    text = f"Read directly {number(events)} times, last {moment(newest, facts.asked.tz)}."
    return [Finding("info", text, "quality", facts.ids)]


def _advice(facts: Facts) -> tuple[str, ...]:
    flow = facts.flow
    if not facts.used and not flow.downstream:
        return (f"Take SELECT on {flow.subject} away for two weeks before you drop it: an outcry costs less than a restore.",)
    owners = list(dict.fromkeys(row["last_user"] for row in facts.wrote if row["node"] != flow.subject and row["last_user"]))
    said = [f"Tell the owners of what is made from it: {some(owners, 5)}."] if owners else []
    if facts.people:
        said.append(f"Tell those who read it themselves: {some(facts.people, 5)}.")
    if facts.is_going:
        said.append(
            f"Move {some(row['entity_name'] for row in facts.used if row['node'] == flow.subject)} to another source first."
        )
    return tuple(said)


def _grids(facts: Facts) -> tuple[Grid, ...]:
    flow = facts.flow

    def cells(node: str) -> tuple[str, ...]:
        own, by = flow.condition(node), facts.writer(node)
        used = [row for row in facts.used if row["node"] == node]
        last = max((row["last_time"] for row in used), default=None)
        ago = age((facts.asked.end - last).total_seconds() / 3600) if last else "–"
        return (own.word, by["entity_name"] if by else "–", (by["last_user"] or "–") if by else "–", str(len(used)), ago)

    names = ("table", "quality", "written by", "as", "readers", "read ago")
    kinds = ("tree", "text", "text", "text", "text", "text")
    drawn = (Grid("What depends on it", names, tree(flow, flow.downstream, str, cells), kinds, facts.ids),)
    rows = tuple(
        (
            str(row["entity_type"]).lower(), row["entity_name"], row["workspace_name"], short(row["node"]),
            row["last_user"] or "–", row["events"], row["last_time"],
        )
        for row in facts.used
    )  # fmt: skip
    who = Grid(
        "Jobs, dashboards and people that read it or what is made from it",
        ("kind", "name", "workspace", "reads", "as", "times", "last"),
        rows[:50],
        ("text", "text", "text", "text", "text", "number", "text"),
        facts.ids,
    )
    return (*drawn, *((who,) if rows else ()))
