"""What service principals do, which fail or hold too much, which nobody uses any more."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import gaps, last_time, receipts
from agents.counts import many
from agents.figures import number
from agents.question import Question
from agents.security.behaviour import read_behaviours
from agents.security.leads import threats
from agents.security.page import AUDIT, HISTORY_WORDS, dashboard, nobody
from agents.security.threat import Evidence, Threat
from agents.spans import last_days, name, utc_days
from agents.specialist import Sources
from tools.changes import identities_seen
from tools.held import held
from tools.identities import identity_deviations
from tools.period import Period
from tools.security import get_service_account_audit

UNUSED = timedelta(days=30)
REACH = timedelta(days=90)


async def investigate(question: Question, sources: Sources) -> Answer:
    """All service principals, or the named ones, over the last 30 days."""
    asked = last_days(question, 30)
    whole = utc_days(asked)
    await sources.progress("Reading what the service principals did")
    table, seen, deviations, age = await asyncio.gather(
        get_service_account_audit(sources.warehouse, len(whole.days), whole.last_day),
        identities_seen(sources.warehouse, asked, (asked.end - REACH).date()),
        identity_deviations(
            sources.warehouse,
            Period(max(asked.start, asked.end - timedelta(days=7)), asked.end, asked.tz),
            question.entities.users,
        ),
        held(sources.warehouse, AUDIT, question.now),
    )
    read = (table, seen, deviations, age)
    wanted = {user.lower() for user in question.entities.users}
    known = [row for row in seen if row["user_type"] == "SERVICE_PRINCIPAL" and (not wanted or row["user_email"] in wanted)]
    if not known:
        return await nobody(question, sources, asked, receipts(*read))
    names = {row["user_email"]: row["display_name"] or row["user_email"] for row in known}
    rows = [row for row in table if row["service_account"] in names]
    idle = [row for row in known if asked.end - row["last_time"] >= UNUSED]
    behaviours = tuple(one for one in read_behaviours(deviations) if one.user in names)
    odd = [threat for threat in threats(Evidence(tz=asked.tz, behaviours=behaviours, sign_ins={})) if threat.severity != "low"]
    ids = (table.receipt.id,)
    findings = _findings(odd, rows, idle, names, (ids, (seen.receipt.id,), (deviations.receipt.id,)))
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(rows, names, idle, name(asked, question)),
        summary=(
            "Risk (in whole UTC days): high where one changed rights or fails often, medium where it touched "
            "secrets, tokens or many addresses. Rights themselves are not in the log."
        ),
        findings=findings,
        recommendations=_advice(rows, names, idle),
        tables=(_grid(rows, names, ids), _last(known, names, (seen.receipt.id,), question.now)),
        links=dashboard(sources, asked),
        followups=(
            "Were there any permission changes in the last 7 days?",
            "Were there any suspicious activities in the last 24 hours?",
            "Which jobs failed in the last 7 days?",
        ),
        evidence=receipts(*read),
        as_of=last_time(age),
        baseline=HISTORY_WORDS,
        partial=gaps(*read),
    )


def _findings(
    odd: Sequence[Threat],
    rows: Sequence[Mapping[str, Any]],
    idle: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    ids: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
) -> tuple[Finding, ...]:
    """Odd behaviour, high risk, then what nobody uses; `ids` are the receipts of the audit, of who was seen, of the past."""
    audit, seen, past = ids
    found = [Finding(threat.severity, threat.text, "security", past) for threat in odd[:4]]
    found += [Finding("medium", _told(row, names), "security", audit) for row in rows if row["risk_level"] == "HIGH"][:4]
    if idle:
        unused = ", ".join(names[row["user_email"]] for row in idle[:6])
        found.append(Finding("low", f"Not used for 30 days or more: {unused}.", "security", seen))
    fine = "None changed rights, fails often or does more than usual; all were used in the last 30 days."
    return tuple(found) or (Finding("good", fine, "security", audit),)


def _headline(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], idle: Sequence[Mapping[str, Any]], when: str) -> str:
    if not rows:
        return f"None of the {many(len(names), 'service principal')} was active in {when}."
    busiest = max(rows, key=lambda row: (row["total_events"], row["service_account"]))
    risky = sum(row["risk_level"] == "HIGH" for row in rows)
    total = sum(row["total_events"] for row in rows)
    unused = f", {len(idle)} unused for 30 days" if idle else ""
    return (
        f"{many(len(rows), 'service principal')} made {number(total)} events in "
        f"{when}, {risky or 'none'} with high risk{unused}; "
        f"the busiest is {names[busiest['service_account']]} ({number(busiest['total_events'])})."
    )


def _told(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    why = (
        f"{many(row['permission_changes'], 'change')} of rights"
        if row["permission_changes"]
        else f"{row['failed_pct']:.0f}% of its calls fail"
    )
    return f"{names[row['service_account']]} ({row['service_account']}): {why}."


def _advice(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], idle: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    lines = [f"Ask the owner of {names[row['user_email']]} whether it can be deleted." for row in idle[:3]]
    secret = [row for row in rows if row["sensitive_events"]]
    if secret:
        most = max(secret, key=lambda row: row["sensitive_events"])
        lines.append(
            f"Check that {names[most['service_account']]} needs its "
            f"{most['sensitive_events']} sensitive calls (secrets, tokens, exports)."
        )
    return tuple(lines)


def _grid(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Service principals (UTC days)",
        ("name", "risk", "events", "failed", "sensitive", "rights changed", "workspaces", "addresses", "last"),
        tuple(
            (
                names[row["service_account"]],
                row["risk_level"].lower(),
                row["total_events"],
                row["failed_events"],
                row["sensitive_events"],
                row["permission_changes"],
                row["unique_workspaces"],
                row["unique_ips"],
                row["last_event_time"],
            )
            for row in rows[:15]
        ),
        ("text", "text", *["number"] * 6, "text"),
        ids,
    )


def _last(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], ids: tuple[str, ...], now: datetime) -> Grid:
    return Grid(
        "Longest unused, of those seen in the last 90 days",
        ("name", "application id", "last seen", "days ago"),
        tuple(
            (names[row["user_email"]], row["user_email"], row["last_time"], (now - row["last_time"]).days) for row in rows[:10]
        ),
        ("text", "text", "text", "number"),
        ids,
        detail=True,
    )
