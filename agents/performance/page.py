"""What all performance answers share: dashboards, addresses, and what to say of an empty period."""

from dataclasses import replace

from agents.answer import Answer
from agents.question import Question
from agents.specialist import Sources
from tools.held import REACH, held
from tools.period import Period
from tools.table import Receipt

JOBS, QUERIES = "Job Operations", "Query Performance"
RUNS, HISTORY, NODES = "system.lakeflow.job_run_timeline", "system.query.history", "system.compute.node_timeline"
WHAT = {RUNS: "job runs", HISTORY: "statements", NODES: "node samples"}


async def nothing(question: Question, sources: Sources, asked: Period, table: str, evidence: tuple[Receipt, ...]) -> Answer:
    """No row fits: says for what, and which days the table holds."""
    named = question.entities
    what = ", ".join((*named.jobs, *named.warehouses, *named.clusters, *named.users, *named.tables, *named.workspaces))
    age = await held(sources.warehouse, table, question.now, REACH)
    first, last = next(((row["first_time"], row["last_time"]) for row in age), (None, None))
    holds = (
        f"{table} holds nothing at all."
        if first is None or last is None
        else (f"{table} holds {WHAT[table]} from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC).")
    )
    return Answer(
        question=replace(question, period=asked),
        agents=("performance",),
        headline=f"There are no {WHAT[table]}{' of ' + what if what else ''} in {asked}.",
        summary=f"{holds} Ask for another period{', or check the name' if what else ''}.",
        evidence=(*evidence, age.receipt),
        as_of=last,
        followups=("Which jobs got slower this week?",),
    )
