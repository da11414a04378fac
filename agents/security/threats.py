"""Were there any suspicious activities? Every identity against its own past, ranked as threats; two rounds of queries."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.question import Question
from agents.security import deletions
from agents.security.behaviour import read_behaviours
from agents.security.leads import suspects, threats
from agents.security.page import AUDIT, HISTORY_WORDS, OF_ACCOUNT, dashboard, nobody
from agents.security.steps import steps, telling
from agents.security.threat import Evidence, Threat
from agents.spans import last_hours, name, utc_days
from agents.specialist import Sources
from tools.access import get_network_denials, get_permission_changes
from tools.held import held
from tools.identities import classified_tables, identity_actions, identity_deviations, last_seen, sign_ins
from tools.period import Period
from tools.security import get_access_anomalies
from tools.table import Table

CHECKED = (
    "credential attack",
    "password spraying",
    "exfiltration",
    "privilege escalation",
    "dormant account",
    "secret reads",
    "deletions",
    "tokens created",
    "refused calls",
)
SERIOUS = ("critical", "high", "medium")


@dataclass(frozen=True, slots=True)
class Read:
    """The tables of one threat hunt."""

    deviations: Table
    logins: Table
    permissions: Table
    anomalies: Attempt
    denials: Attempt
    classified: Attempt
    age: Table
    actions: Table | None = None
    seen: Table | None = None

    @property
    def all(self) -> tuple[Table | Attempt, ...]:
        found = (self.deviations, self.logins, self.permissions, self.actions, self.seen)
        return (*(one for one in found if one is not None), self.anomalies, self.denials, self.classified, self.age)

    def ids(self, kind: str) -> tuple[str, ...]:
        """The receipts behind a threat of that kind."""
        own = {
            "credential attack": self.logins,
            "password spraying": self.logins,
            "privilege escalation": self.permissions,
        }
        tables = (own.get(kind, self.deviations), self.actions, self.seen if kind == "dormant account" else None)
        return tuple(table.receipt.id for table in tables if table is not None)


async def investigate(question: Question, sources: Sources) -> Answer:
    """A threat report of the period, the last 24 hours if none is asked for; the deletions where only those are."""
    if deletions.is_about(question):
        return await deletions.investigate(question, sources)
    asked = last_hours(question, 24)
    await sources.progress(f"Comparing every identity with its own past, {name(asked, question)}")
    read, facts = await hunt(question, sources, asked)
    if not facts.behaviours:
        return await nobody(question, sources, asked, receipts(*read.all))
    return report(question, sources, asked, read, facts)


async def hunt(question: Question, sources: Sources, asked: Period) -> tuple[Read, Evidence]:
    """Both rounds: what everybody did, then what the suspects did."""
    warehouse, whole = sources.warehouse, utc_days(asked)
    users, places = question.entities.users, question.entities.workspaces
    (deviations, logins, permissions, age), (anomalies, denials, classified) = await asyncio.gather(
        asyncio.gather(
            identity_deviations(warehouse, asked, users, places),
            sign_ins(warehouse, asked, users),
            get_permission_changes(warehouse, whole.first_day, whole.last_day),
            held(warehouse, AUDIT, question.now),
        ),
        asyncio.gather(
            _anomalies(sources, whole, users),
            attempt("Refused connections", get_network_denials(warehouse, whole.first_day, whole.last_day)),
            attempt("Tables with personal data", classified_tables(warehouse)),
        ),
    )
    read = Read(deviations, logins, permissions, anomalies, denials, classified, age)
    facts = Evidence(
        tz=asked.tz,
        behaviours=read_behaviours(deviations),
        sign_ins={row["user_email"]: row for row in logins},
        permissions=_within(permissions, asked, users, places),
        sensitive={row["table_name"]: row["classes"] for row in classified},
        denied=_denied(denials),
    )
    looked_at = suspects(facts)
    if not looked_at:
        return read, facts
    strangers = [one.user for one in facts.behaviours if not one.has_history]
    actions, seen = await asyncio.gather(identity_actions(warehouse, asked, looked_at), _silent(sources, asked, strangers))
    read = replace(read, actions=actions, seen=seen)
    by_user: dict[str, list[Mapping[str, Any]]] = {}
    for row in actions:
        by_user.setdefault(row["user_email"], []).append(row)
    silent = {row["user_email"]: row["last_time"] for row in seen} if seen else {}
    return read, replace(facts, actions={user: tuple(rows) for user, rows in by_user.items()}, silent=silent)


async def _anomalies(sources: Sources, whole: Period, users: Sequence[str]) -> Attempt:
    """The leads of everybody; for one identity its deviations say the same exactly."""
    if users:
        return Attempt(None)
    return await attempt("Daily anomalies", get_access_anomalies(sources.warehouse, whole.first_day, whole.last_day))


async def _silent(sources: Sources, asked: Period, strangers: Sequence[str]) -> Table | None:
    return await last_seen(sources.warehouse, asked.start, strangers) if strangers else None


def _within(permissions: Table, asked: Period, users: Sequence[str], places: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    """The tool counts UTC days; the question may not."""
    wanted = {user.lower() for user in users}
    return tuple(
        row
        for row in permissions
        if asked.start <= row["event_time"] < asked.end
        and (not wanted or row["changed_by"] in wanted)
        and (not places or row["workspace_name"] in places)
    )


def _denied(denials: Attempt) -> dict[str, int]:
    refused: dict[str, int] = {}
    for row in denials:
        if row["direction"] == "INBOUND" and not row["is_dry_run"] and row["peer"]:
            refused[row["peer"]] = refused.get(row["peer"], 0) + int(row["denied_count"])
    return refused


def report(question: Question, sources: Sources, asked: Period, read: Read, facts: Evidence) -> Answer:
    """The threats as an answer, worst first."""
    found = threats(facts)
    serious = [threat for threat in found if threat.severity in SERIOUS]
    clean = [kind for kind in CHECKED if kind not in {threat.kind for threat in found}]
    findings = [Finding(threat.severity, _told(threat), "security", read.ids(threat.kind)) for threat in found[:8]]
    findings.append(Finding("good", f"Looked for and not found: {', '.join(clean)}.", "security", read.ids("")))
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(serious, name(asked, question), len(facts.behaviours)),
        summary=_summary(serious, found, facts),
        findings=tuple(findings),
        recommendations=_advice(serious or list(found)),
        tables=_grids(found, read),
        links=dashboard(sources, asked),
        followups=_followups(serious),
        evidence=receipts(*read.all),
        as_of=last_time(read.age),
        baseline=HISTORY_WORDS,
        partial=(*gaps(*read.all), *([OF_ACCOUNT] if question.entities.workspaces else [])),
    )


def _told(threat: Threat) -> str:
    return f"Escalate: {threat.text}" if threat.severity == "critical" else threat.text


def _headline(serious: Sequence[Threat], when: str, identities: int) -> str:
    if not serious:
        return f"Nothing suspicious in {when}: {identities} identities were active, none unlike its own 28 days before."
    worst = [threat for threat in serious if threat.severity == serious[0].severity]
    what = "1 suspicious activity" if len(serious) == 1 else f"{len(serious)} suspicious activities"
    return f"{what} in {when}, {len(worst)} {serious[0].severity}: {serious[0].kind}, {serious[0].gist}."


def _summary(serious: Sequence[Threat], found: Sequence[Threat], facts: Evidence) -> str:
    minor = len(found) - len(serious)
    hints = f" {minor} weaker {'hint' if minor == 1 else 'hints'} below." if minor else ""
    if not serious:
        return f"The usual noise only.{hints}".strip()
    kinds = ", ".join(dict.fromkeys(f"{threat.kind} ({threat.user})" for threat in serious[:4]))
    return f"In order of severity: {kinds}.{hints} {len(facts.behaviours)} identities were compared with their own past."


def _advice(found: Sequence[Threat]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for threat in found[:4] for line in threat.advice))[:6]


def _grids(found: Sequence[Threat], read: Read) -> tuple[Grid, ...]:
    rows = tuple((threat.severity, threat.kind, threat.user, threat.at) for threat in found)
    grids = [Grid("Threats", ("severity", "threat", "identity", "from"), rows, evidence=read.ids(""))] if rows else []
    if read.actions is not None and found:
        flagged = {threat.user for threat in found}
        grids.append(
            steps([row for row in read.actions if row["user_email"] in flagged and telling(row)], read.actions.receipt.id)
        )
    leads = tuple(
        (
            row["event_date"],
            row["user_email"],
            row["anomaly_type"],
            row["event_count"],
            row["baseline_daily_avg"],
            row["deviation_factor"],
        )
        for row in list(read.anomalies)[:15]
    )
    if leads:
        grids.append(
            Grid(
                "Days unlike an identity's own 28 days before (UTC days)",
                ("day", "identity", "what", "events", "usual a day", "deviations"),
                leads,
                ("date", "text", "text", "number", "number", "number"),
                read.anomalies.ids,
                detail=True,
            )
        )
    return tuple(grids)


def _followups(serious: Sequence[Threat]) -> tuple[str, ...]:
    own = (
        [f"What did {serious[0].user} do in the last 7 days?"]
        if serious
        else ["Were there any failed logins in the last 7 days?"]
    )
    own.append("Were there any permission changes in the last 7 days?")
    return (*own, "Why did costs change yesterday?", "Were there any job failures in the last 24 hours?")
