"""Who deleted what: the deletions of the audit log, of one kind of thing or in one catalog where that is asked."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding
from agents.attempt import gaps, last_time, receipts
from agents.counts import many
from agents.figures import moment
from agents.question import Question
from agents.security.page import AUDIT, changes_grid, dashboard
from agents.spans import last_days, name
from agents.specialist import Sources
from tools.changes import account_changes
from tools.held import held
from tools.period import Period

MASS = 10  # things, from which somebody should ask
_DELETED = re.compile(r"\b(delet\w*|dropp?(s|ed|ing)?|purg(e|ed|ing)|wip(e|ed|ing))\b", re.I)
_KINDS = ("table", "schema", "catalog", "volume", "job", "cluster", "warehouse", "notebook", "dashboard", "model", "endpoint",
          "secret", "token", "user", "group", "pipeline", "query", "function", "share")  # fmt: skip
_KIND = re.compile(rf"\b({'|'.join(_KINDS)})e?s?\b", re.I)
_CATALOG = re.compile(r"\b(?:catalog ([\w-]+)|([\w-]+) catalog)\b", re.I)
_NO_NAME = {"the", "our", "a", "any", "which", "this", "that", "whole", "entire", "one", "unity", "in", "from", "last"}


def is_about(question: Question) -> bool:
    return bool(_DELETED.search(question.text))


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 30 days; the newest first."""
    asked, named = last_days(question, 30), question.entities
    kind, catalog = _kind(question.text), _catalog(question.text)
    await sources.progress(f"Reading the deletions, {name(asked, question)}")
    table, age = await asyncio.gather(
        account_changes(sources.warehouse, asked, categories=("DELETE",), users=named.users, workspaces=named.workspaces),
        held(sources.warehouse, AUDIT, question.now),
    )
    rows = [row for row in table if _fits(row, kind, catalog)]
    what = f"deletion{f' of a {kind}' if kind else ''}"
    place = "".join((f" in catalog {catalog}" if catalog else "", f" by {', '.join(named.users)}" if named.users else ""))
    ids = (table.receipt.id,)
    others = sum(row["event_count"] for row in table) - sum(row["event_count"] for row in rows)
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(rows, what, f"{place} in {name(asked, question)}", asked),
        summary=f"{many(others, 'deletion')} of other things besides." if others else "",
        findings=tuple(_findings(rows, ids)),
        tables=(changes_grid("Deletions", rows, ids),) if rows else (),
        links=dashboard(sources, asked),
        followups=(
            *([f"What did {rows[0]['user_email']} do in the last 7 days?"] if rows else []),
            "What permissions were changed in the last 7 days?",
            "Which tables are stale?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        partial=gaps(table),
    )


def _kind(text: str) -> str:
    """The kind of thing that is named first after the deleting; a catalog only says where if another kind is named."""
    kinds = [found.lower() for found in _KIND.findall(text)]
    return next((kind for kind in kinds if kind != "catalog"), kinds[0] if kinds and not _catalog(text) else "")


def _catalog(text: str) -> str:
    found = next((one or other for one, other in _CATALOG.findall(text) if (one or other).lower() not in _NO_NAME), "")
    return found.lower()


def _fits(row: Mapping[str, Any], kind: str, catalog: str) -> bool:
    key = str(row["object_key"] or "").lower()
    return kind in str(row["action_name"]).lower() and (not catalog or key.split(".")[0] == catalog)


def _headline(rows: Sequence[Mapping[str, Any]], what: str, where: str, asked: Period) -> str:
    if not rows:
        return f"The audit log has no {what}{where}."
    count, people = sum(row["event_count"] for row in rows), {row["user_email"] for row in rows}
    last = rows[0]
    return (
        f"{many(count, 'deletion')}{what.removeprefix('deletion')}{where} by {many(len(people), 'identity')}: "
        f"{last['user_email']} deleted {last['object_key'] or 'something'} last, {moment(last['last_time'], asked.tz)}."
    )


def _findings(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> list[Finding]:
    """Who deleted many things, and what was tried and refused."""
    done: Counter[str] = Counter()
    for row in rows:
        if not row["is_failed"]:
            done[row["user_email"]] += row["event_count"]
    found = [
        Finding("high", f"{user} deleted {count:,} things: ask whether that was meant.", "security", ids)
        for user, count in done.most_common()
        if count >= MASS
    ]
    refused = sum(row["event_count"] for row in rows if row["is_failed"])
    if refused:
        found.append(Finding("info", f"{many(refused, 'deletion')} of these failed, and deleted nothing.", "security", ids))
    return found or ([] if rows else [Finding("good", "Nothing was deleted.", "security", ids)])
