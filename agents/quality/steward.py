"""One table: its owner, who writes it, who uses it most, and whether it is described."""

import asyncio
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, needed, receipts
from agents.counts import many
from agents.figures import moment
from agents.quality.page import LINEAGE, bounds, dashboard, some, table_link, unknown
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import writers
from tools.governance import declared_tables
from tools.held import held
from tools.lineage import get_table_consumers
from tools.period import Period
from tools.quality import get_classified_columns

DAYS = 90
COMMENT = 300


async def investigate(question: Question, sources: Sources) -> Answer:
    """The first named table, 90 days of lineage."""
    asked, table = last_days(question, DAYS), question.entities.tables[0].lower()
    first, last, days = bounds(asked)
    house = sources.warehouse
    declared, wrote, used, classes, known = await asyncio.gather(
        attempt("Owners, descriptions and tags", declared_tables(house, (table,))),
        attempt("Writers", writers(house, (table,), first, last)),
        attempt("Readers", get_table_consumers(house, table, days_back=days, as_of=last)),
        attempt("Classified columns", get_classified_columns(house, "ALL", table)),
        attempt("The age of lineage", held(house, LINEAGE, question.now)),
    )
    read = (declared, wrote, used, classes, known)
    needed(declared, wrote)
    if not any(len(list(one)) for one in read[:4]):
        return await unknown(question, sources, asked, receipts(*read))
    host = next((row["workspace_url"] or "" for row in wrote), "")
    answer = _report(question, asked, table, read)
    return replace(answer, as_of=last_time(known), links=(*table_link(host, table), *dashboard(sources, asked)))


def _report(question: Question, asked: Period, table: str, read: tuple[Attempt, ...]) -> Answer:
    declared, wrote, used, classes, _ = read
    own = next(iter(declared), None)
    ids = tuple(key for one in read for key in one.ids)
    rows = tuple(
        (str(row["entity_type"]).lower(), row["entity_name"], row["workspace_name"], row["last_user"] or "–", row["last_time"])
        for row in wrote
    )
    names = ("kind", "name", "workspace", "as", "last")
    return Answer(
        question=replace(question, period=asked),
        agents=("quality",),
        headline=_headline(table, own, list(wrote), asked.tz),
        summary=_summary(own, declared, list(used)),
        findings=tuple(_findings(own, list(wrote), sorted({row["column_name"] for row in classes}), ids)),
        recommendations=_advice(table, own, list(wrote)),
        tables=(Grid(f"What writes {table}", names, rows[:10], ("text",) * 5, ids),) if rows else (),
        followups=(
            f"What's the data lineage for {table}?",
            f"Who was given access to {table} in the last 30 days?",
            f"Who accessed {table} in the last 30 days?",
        ),
        evidence=receipts(*read),
        baseline=f"{many(DAYS, 'UTC day')} of lineage",
        partial=gaps(*read),
    )


def _headline(table: str, own: dict[str, Any] | None, wrote: list[dict[str, Any]], tz: str) -> str:
    by = next(iter(wrote), None)
    writer = f"{by['entity_name']} in {by['workspace_name']}" if by else ""
    if own and own["table_owner"]:
        return f"{own['table_owner']} owns {table}{f'; {writer} writes it' if writer else ''}."
    if by:
        whom = f", as {by['last_user']}: ask them" if by["last_user"] else ""
        last = moment(by["last_time"], tz)
        return f"{writer} writes {table}, last on {last}{whom}. Its owner in Unity Catalog is not recorded here."
    return f"Neither an owner nor a writer of {table} is recorded."


def _summary(own: dict[str, Any] | None, declared: Attempt, used: list[dict[str, Any]]) -> str:
    described = ""
    if own:
        described = f"Described as: {own['comment'][:COMMENT]} " if own["comment"] else "It has no description. "
    elif declared.table is not None:
        described = "information_schema does not show it, so its description is unknown. "
    people = list(dict.fromkeys(row["user_name"] for row in used if row["user_name"]))
    read = (
        f"{many(len(used), 'reader')} in {DAYS} days, most often {some(people, 3)}."
        if used
        else f"Nobody read it in {DAYS} days."
    )
    return f"{described}{read}"


def _findings(
    own: dict[str, Any] | None, wrote: list[dict[str, Any]], personal: list[str], ids: tuple[str, ...]
) -> list[Finding]:
    found = []
    if len(wrote) > 1:
        told = some(row["entity_name"] for row in wrote)
        found.append(Finding("low", f"{len(wrote)} different things write it: {told}.", "quality", ids))
    if not wrote:
        found.append(Finding("medium", "No writer is recorded in lineage.", "quality", ids))
    if personal:
        found.append(Finding("info", f"Personal data was found in {some(personal)}.", "quality", ids))
    if own and not own["comment"]:
        found.append(Finding("low", "It has no description.", "quality", ids))
    if own and not own["tags"]:
        found.append(Finding("low", "It has no tag.", "quality", ids))
    return found


def _advice(table: str, own: dict[str, Any] | None, wrote: list[dict[str, Any]]) -> tuple[str, ...]:
    whom = (own or {}).get("table_owner") or next((row["last_user"] for row in wrote if row["last_user"]), "")
    if own and not own["comment"] and whom:
        return (f"Ask {whom} to describe it: COMMENT ON TABLE {table} IS '…'.",)
    return () if whom else (f"Name an owner for {table}.",)
