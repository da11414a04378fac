"""Who called a serving endpoint."""

import asyncio
from dataclasses import replace

from agents.answer import Answer, Grid
from agents.attempt import gaps, last_time, receipts
from agents.figures import number
from agents.question import Question
from agents.security.page import dashboard, nobody
from agents.spans import last_days, name
from agents.specialist import Sources
from tools.held import held
from tools.reads import endpoint_callers


async def callers(question: Question, sources: Sources) -> Answer:
    """The callers of the named endpoints in the last 7 days, most requests first."""
    asked, endpoints = last_days(question, 7), question.entities.endpoints
    table, age = await asyncio.gather(
        endpoint_callers(sources.warehouse, asked, endpoints),
        held(sources.warehouse, "system.serving.endpoint_usage", question.now),
    )
    rows = list(table)
    if not rows:
        return await nobody(question, sources, asked, receipts(table, age))
    total = sum(row["requests"] for row in rows)
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=(
            f"{len(rows)} identities called {', '.join(endpoints)} {number(total)} times in {name(asked, question)}, "
            f"most often {rows[0]['requester']} ({number(rows[0]['requests'])})."
        ),
        tables=(
            Grid(
                "Callers",
                ("endpoint", "identity", "requests", "failed", "tokens", "last"),
                tuple(
                    (
                        row["endpoint_name"],
                        row["requester"],
                        row["requests"],
                        row["failed_requests"],
                        row["tokens"],
                        row["last_time"],
                    )
                    for row in rows[:20]
                ),
                ("text", "text", "number", "number", "number", "text"),
                (table.receipt.id,),
            ),
        ),
        links=dashboard(sources, asked),
        followups=(
            f"What did {rows[0]['requester']} do in the last 7 days?",
            f"How is {endpoints[0]} performing in production?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        partial=gaps(table),
    )
