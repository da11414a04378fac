"""What all security answers share: the table they are dated by, the dashboard, and what to say of an empty period."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Grid, Link
from agents.question import Question
from agents.specialist import Sources
from tools.held import REACH, held
from tools.period import Period
from tools.table import Receipt

AUDIT = "system.access.audit"
DASHBOARD = "Security Posture"
UNRECORDED = "(identity not recorded)"
OF_ACCOUNT = "Sign-ins are events of the account, not of a workspace: they are shown for the whole account."
HISTORY_WORDS = "each identity's own 28 days before (UTC days)"


def dashboard(sources: Sources, asked: Period) -> tuple[Link, ...]:
    return sources.dashboard(DASHBOARD, asked)


async def nobody(question: Question, sources: Sources, asked: Period, evidence: tuple[Receipt, ...]) -> Answer:
    """No event fits: says for what, and which days the log holds."""
    named = question.entities
    whom = ", ".join((*named.users, *named.workspaces, *named.tables, *named.endpoints))
    age = await held(sources.warehouse, AUDIT, question.now, REACH)
    first, last = next(((row["first_time"], row["last_time"]) for row in age), (None, None))
    holds = (
        f"The audit log holds events from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC)."
        if first and last
        else "The audit log holds no events at all."
    )
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=f"The audit log has no such events{' for ' + whom if whom else ''} in {asked}.",
        summary=f"{holds} Ask for another period{', or check the name' if whom else ''}.",
        evidence=(*evidence, age.receipt),
        as_of=last,
        links=dashboard(sources, asked),
        followups=("Were there any suspicious activities in the last 24 hours?",),
    )


def changes_grid(title: str, rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...], *, detail: bool = False) -> Grid:
    """Rows of `tools.changes.account_changes`, the newest."""
    return Grid(
        title,
        ("last", "by", "action", "object", "workspace", "times", "failed"),
        tuple(
            (
                row["last_time"],
                row["user_email"],
                f"{row['service_name']}.{row['action_name']}",
                row["object_key"] or "",
                row["workspace_name"],
                row["event_count"],
                "yes" if row["is_failed"] else "",
            )
            for row in rows[:25]
        ),
        ("text", "text", "text", "text", "text", "number", "text"),
        ids,
        detail,
    )
