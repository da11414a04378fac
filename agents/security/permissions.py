"""Who changed rights, and who changed this object: from the audit log, newest first."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import gaps, last_time, receipts
from agents.counts import many
from agents.figures import moment
from agents.question import Entities, Question
from agents.security import deletions
from agents.security.behaviour import read_behaviours
from agents.security.leads import describe, threats
from agents.security.page import AUDIT, HISTORY_WORDS, changes_grid, dashboard, nobody
from agents.security.threat import Evidence
from agents.spans import last_days, name, utc_days
from agents.specialist import Sources
from tools.access import get_permission_changes
from tools.changes import CATEGORIES, account_changes
from tools.held import held
from tools.identities import identity_actions, identity_deviations
from tools.period import Period
from tools.table import Table

_HOLDS = re.compile(
    r"\bwho (has|have|can)\b|\bhave access\b|\bwhich groups\b|\bwhat (permissions|can)\b|\blist admins\b|\bwho are\b",
    re.I,
)
NOT_RIGHTS = "The log records changes of rights, not who holds them now: SHOW GRANTS tells that."


async def investigate(question: Question, sources: Sources) -> Answer:
    """Changes to the named objects in the last 30 days; else deletions where those are asked, or changes of rights in 7."""
    named = question.entities
    objects = _objects(named)
    if objects:
        return await _object(question, sources, objects)
    if deletions.is_about(question):
        return await deletions.investigate(question, sources)
    asked = last_days(question, 7)
    whole = utc_days(asked)
    await sources.progress(f"Reading the changes of rights, {name(asked, question)}")
    table, changes, deviations, age = await asyncio.gather(
        get_permission_changes(sources.warehouse, whole.first_day, whole.last_day),
        account_changes(sources.warehouse, asked, users=named.users, workspaces=named.workspaces),
        identity_deviations(sources.warehouse, asked, named.users),
        held(sources.warehouse, AUDIT, question.now),
    )
    rights = [row for row in table if asked.start <= row["event_time"] < asked.end and _fits(row, named)]
    if not len(deviations):
        return await nobody(question, sources, asked, receipts(table, changes, deviations, age))
    actors = sorted({row["changed_by"] for row in rights if row["is_self_grant"] or row["is_admin_change"]})
    actions = await identity_actions(sources.warehouse, asked, actors) if actors else None
    facts = Evidence(
        tz=asked.tz,
        behaviours=read_behaviours(deviations),
        sign_ins={},
        permissions=tuple(rights),
        actions=_by_user(actions),
    )
    answer = _report(question, asked, rights, list(changes), facts, (table, changes))
    read = (table, changes, deviations, age, *([actions] if actions is not None else []))
    return replace(answer, links=dashboard(sources, asked), evidence=receipts(*read), as_of=last_time(age), partial=gaps(*read))


def _objects(named: Entities) -> dict[str, Sequence[str]]:
    keys = (*named.tables, *named.endpoints, *named.models)
    given: dict[str, Sequence[str]] = {
        "jobs": named.jobs,
        "clusters": named.clusters,
        "warehouses": named.warehouses,
        "keys": keys,
    }
    return {kind: names for kind, names in given.items() if names}


def _fits(row: Mapping[str, Any], named: Entities) -> bool:
    users = {user.lower() for user in named.users}
    who = not users or row["changed_by"] in users or str(row["principal"] or "").lower() in users
    return who and (not named.workspaces or row["workspace_name"] in named.workspaces)


def _by_user(actions: Table | None) -> dict[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for row in actions if actions is not None else ():
        found[row["user_email"]] = (*found.get(row["user_email"], ()), row)
    return found


def _report(
    question: Question,
    asked: Period,
    rights: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
    facts: Evidence,
    tables: tuple[Table, Table],
) -> Answer:
    found = [threat for threat in threats(facts) if threat.kind == "privilege escalation"]
    settings = [row for row in changes if row["action_name"] == "workspaceConfEdit"]
    deleted = [row for row in changes if row["action_category"] == "DELETE"]
    ids = (tables[0].receipt.id,)
    findings = [Finding(threat.severity, threat.text, "security", ids) for threat in found]
    for row in settings[:3]:
        text = (
            f"{row['user_email']} changed the workspace setting {row['object_key']} in "
            f"{row['workspace_name']} at {moment(row['last_time'], asked.tz)}."
        )
        findings.append(Finding("medium", text, "security", (tables[1].receipt.id,)))
    if not findings:
        findings.append(Finding("good", ("No admin rights, self-grants or workspace settings were changed."), "security", ids))
    actors = sorted({row["changed_by"] for row in rights})
    followup = (
        f"What did {found[0].user} do in the last 7 days?"
        if found
        else "Were there any suspicious activities in the last 24 hours?"
    )
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(rights, found[0].gist if found else "", actors, name(asked, question)),
        summary=(
            f"{many(len(deleted), 'deletion')} and "
            f"{many(sum(row['event_count'] for row in changes), 'change')} of any kind in all. {NOT_RIGHTS}"
        ),
        findings=tuple(findings),
        recommendations=tuple(dict.fromkeys(line for threat in found for line in threat.advice))[:4],
        tables=(_rights(rights, ids), changes_grid("All changes", changes, (tables[1].receipt.id,), detail=True)),
        followups=(
            followup,
            "Were there any failed logins in the last 7 days?",
            "Which jobs failed in the last 7 days?",
        ),
        baseline=HISTORY_WORDS,
    )


def _headline(rights: Sequence[Mapping[str, Any]], gist: str, actors: Sequence[str], when: str) -> str:
    if not rights:
        return f"No rights were changed in {when}."
    admin = sum(1 for row in rights if row["is_admin_change"] and not row["is_failed"])
    told = f": {gist}" if gist else ""
    return (
        f"{many(len(rights), 'change')} of rights in {when} by "
        f"{many(len(actors), 'identity')}, {admin} of them admin rights{told}."
    )


def _rights(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Changes of rights",
        ("when", "by", "change", "workspace", "own", "admin", "failed"),
        tuple(
            (
                row["event_time"],
                row["changed_by"],
                describe(row),
                row["workspace_name"],
                *("yes" if row[flag] else "" for flag in ("is_self_grant", "is_admin_change", "is_failed")),
            )
            for row in rows[:20]
        ),
        evidence=ids,
    )


async def _object(question: Question, sources: Sources, objects: dict[str, Sequence[str]]) -> Answer:
    """Who changed, stopped or deleted the named things."""
    asked = last_days(question, 30)
    what = ", ".join(one for names in objects.values() for one in names)
    await sources.progress(f"Looking for changes of {what}")
    categories = ("DELETE",) if deletions.is_about(question) else CATEGORIES
    table, age = await asyncio.gather(
        account_changes(sources.warehouse, asked, categories=categories, named=objects, users=question.entities.users),
        held(sources.warehouse, AUDIT, question.now),
    )
    rows, when = list(table), name(asked, question)
    kind = "deletion" if categories == ("DELETE",) else "change"
    headline = f"The audit log has no {kind} of {what} in {when}."
    if rows:
        last = rows[0]
        headline = (
            f"{last['user_email']} changed {what} last: {last['service_name']}.{last['action_name']} at "
            f"{moment(last['last_time'], asked.tz)}; {many(sum(row['event_count'] for row in rows), kind)} in {when}."
        )
    summary = NOT_RIGHTS if _HOLDS.search(question.text) else ""
    if not rows:
        summary = f"{summary} Events that do not name the object by its id or full name cannot be found this way.".strip()
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=headline,
        summary=summary,
        tables=(changes_grid(f"Changes of {what}", rows, (table.receipt.id,)),) if rows else (),
        links=dashboard(sources, asked),
        followups=(
            *([f"What did {rows[0]['user_email']} do in the last 7 days?"] if rows else []),
            "Were there any permission changes in the last 7 days?",
            "Why did costs change yesterday?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        partial=gaps(table),
    )
