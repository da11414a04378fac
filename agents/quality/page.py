"""What all data quality answers share: dates, names, the dashboard, and what to say of a table that lineage does not know."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from agents.answer import Answer, Link
from agents.question import Question
from agents.spans import name, utc_days
from agents.specialist import Sources
from tools.held import REACH, held
from tools.links import table_url
from tools.period import Period
from tools.table import Receipt

DASHBOARD = "Data Quality"
LINEAGE = "system.access.table_lineage"
PAST_DAYS = 60  # over which a table's usual pause between writes is learned
AGENT = "quality"


def dashboard(sources: Sources, asked: Period) -> tuple[Link, ...]:
    return sources.dashboard(DASHBOARD, asked)


def table_link(host: str, table: str) -> tuple[Link, ...]:
    """The table in Catalog Explorer, where a workspace is known."""
    url = table_url(host, table)
    return (Link(f"Open {short(table)}", url),) if url else ()


def bounds(asked: Period) -> tuple[date, date, int]:
    """First and last UTC day of a period, and how many days that is: what lineage tools are asked for."""
    whole = utc_days(asked)
    return whole.first_day, whole.last_day, len(whole.days)


def last_instant(asked: Period) -> datetime:
    """The end of a period for tools that read up to the end of the UTC day of an instant: its midnight is the next day's."""
    return asked.end - timedelta(seconds=1)


def learned(asked: Period) -> date:
    """The first UTC day from which usual pauses are learned."""
    return bounds(asked)[1] - timedelta(days=PAST_DAYS)


def short(node: str) -> str:
    """A node without its catalog and schema; of a storage path the last folder."""
    if "://" in node:
        scheme, _, path = node.rstrip("/").partition("://")
        return f"{scheme}://…/{path.rsplit('/', 1)[-1]}" if "/" in path else node
    return node.rsplit(".", 1)[-1]


def age(hours: float | None) -> str:
    """How long ago, as a person says it: 40 min, 6 h, 4.3 days."""
    if hours is None:
        return "not recorded"
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.1f}".removesuffix(".0") + " days"


def when(question: Question, asked: Period) -> str:
    """The period in words: as asked for, or as far back from now."""
    return name(asked, question) if question.period is None else str(asked)


def whole_account(question: Question) -> tuple[str, ...]:
    """A word to those who ask for one workspace: tables belong to none."""
    asked = some(question.entities.workspaces)
    return (f"Tables belong to no workspace, so those of all workspaces are shown, not only {asked}.",) if asked else ()


def some(names: Iterable[str], most: int = 4) -> str:
    """The first few names, and how many more there are."""
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


async def unknown(question: Question, sources: Sources, asked: Period, evidence: tuple[Receipt, ...]) -> Answer:
    """Lineage has nothing of the tables in the period: says so, and which days it holds."""
    what = some((*question.entities.tables, *question.entities.columns)) or "any table"
    known = await held(sources.warehouse, LINEAGE, question.now, REACH)
    first, last = next(((row["first_time"], row["last_time"]) for row in known), (None, None))
    holds = (
        f"{LINEAGE} holds events from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC)."
        if first and last
        else f"{LINEAGE} holds no events at all."
    )
    return Answer(
        question=replace(question, period=asked),
        agents=(AGENT,),
        headline=f"Lineage has recorded nothing that reads or writes {what} in {when(question, asked)}.",
        summary=f"{holds} That does not mean that nobody uses it: reads by path and from outside Databricks leave no lineage.",
        evidence=(*evidence, known.receipt),
        as_of=last,
        links=dashboard(sources, asked),
        followups=("Which tables fail quality checks?",),
    )
