"""What one identity did, and whether that is like it; without a name, who did most and who is riskiest."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import Attempt, attempt, gaps, last_time, receipts
from agents.figures import moment, number
from agents.question import Question
from agents.security.behaviour import WORDS, Behaviour
from agents.security.leads import threats
from agents.security.page import AUDIT, HISTORY_WORDS, dashboard, nobody
from agents.security.steps import steps, telling
from agents.security.threat import Evidence
from agents.security.threats import hunt
from agents.spans import last_days, name, utc_days
from agents.specialist import Sources
from tools.held import held
from tools.identities import identity_actions
from tools.period import Period
from tools.security import get_user_activity_summary
from tools.table import Table


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named identities of the last 7 days, or the ranking of all."""
    asked = last_days(question, 7)
    users = tuple(user.lower() for user in question.entities.users)
    if not users:
        return await _ranking(question, sources, asked)
    await sources.progress(f"Reading what {', '.join(users[:2])} did")
    days, last = len(utc_days(asked).days), utc_days(asked).last_day
    (read, facts), actions, summaries = await asyncio.gather(
        hunt(question, sources, asked),
        identity_actions(sources.warehouse, asked, users, question.entities.workspaces),
        asyncio.gather(
            *(attempt("Risk scores", get_user_activity_summary(sources.warehouse, user, days, last)) for user in users[:3])
        ),
    )
    evidence = receipts(*read.all, actions, *summaries)
    if not facts.behaviours:
        return await nobody(question, sources, asked, evidence)
    answer = _report(question, asked, facts, actions, summaries)
    return replace(
        answer,
        links=dashboard(sources, asked),
        evidence=evidence,
        as_of=last_time(read.age),
        partial=gaps(*read.all, *summaries),
    )


def _report(question: Question, asked: Period, facts: Evidence, actions: Table, summaries: Sequence[Attempt]) -> Answer:
    one, found = facts.behaviours[0], threats(facts)
    ids = (actions.receipt.id,)
    risk = next((row for summary in summaries for row in summary), None)
    findings = [Finding(threat.severity, threat.text, "security", ids) for threat in found]
    if not found:
        findings.append(
            Finding(
                "good",
                "No threat rule fits: sign-ins, reads, downloads, rights and hours are as usual.",
                "security",
                ids,
            )
        )
    if risk:
        findings.append(Finding("info", _risk(risk), "security", summaries[0].ids))
    ours = [row for row in actions if row["user_email"] == one.user]
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_headline(one, bool(found), name(asked, question)),
        summary=_summary(one, ours, asked.tz),
        findings=tuple(findings),
        recommendations=tuple(dict.fromkeys(line for threat in found for line in threat.advice))[:5],
        tables=(
            *(_kinds(each) for each in facts.behaviours[:3]),
            _objects(ours, ids),
            steps(filter(telling, actions), ids[0], "In order"),
        ),
        followups=(
            "Were there any suspicious activities in the last 24 hours?",
            "Were there any permission changes in the last 7 days?",
            f"What did {one.user} cost us in the last 7 days?",
        ),
        baseline=HISTORY_WORDS,
    )


def _headline(one: Behaviour, odd: bool, when: str) -> str:
    events = one["ALL_EVENTS"]
    usual = (
        f"{events.busiest:,} on the busiest day against {events.usual:.0f} usual"
        if events.days
        else "no earlier activity to compare with"
    )
    verdict = "did not behave as usual" if odd else "behaved as usual" if events.days else "has no history of 28 days"
    return f"{one.name} {verdict} in {when}: {events.count:,} events, {usual}."


def _summary(one: Behaviour, rows: Sequence[Mapping[str, Any]], tz: str) -> str:
    services: dict[str, int] = {}
    places: dict[str, int] = {}
    for row in rows:
        services[row["service_name"]] = services.get(row["service_name"], 0) + row["event_count"]
        places[row["workspace_name"]] = places.get(row["workspace_name"], 0) + row["event_count"]
    most = sorted(services, key=lambda key: -services[key])[:3]
    where = sorted((place for place in places if place != "account level"), key=lambda key: -places[key])[:2]
    last = max(row["last_time"] for row in rows)
    acts = "changes rights as well" if one["PERMISSION_CHANGES"].maximum else ("did not change rights in the 28 days before")
    return (
        f"Mostly {', '.join(most)}{' in ' + ' and '.join(where) if where else ''}; {acts}; last seen {moment(last, tz)}. "
        "The role is judged by what the identity does: system tables do not record groups."
    )


def _risk(row: Mapping[str, Any]) -> str:
    new = f", {row['new_ips']} of them new" if row["new_ips"] else ""
    return (
        f"Risk score {row['risk_score']} of 100 over these UTC days: {row['failed_logins']} failed sign-ins, "
        f"{row['unique_ips']} addresses{new}, {row['sensitive_events']} sensitive events, {row['export_operations']} exports."
    )


def _kinds(one: Behaviour) -> Grid:
    rows = tuple(
        (WORDS[kind], seen.count, seen.busiest, seen.usual, seen.maximum)
        for kind, seen in sorted(one.kinds.items(), key=lambda item: -item[1].factor)
    )
    return Grid(
        f"{one.user} against their own past",
        ("behaviour", "in the period", "busiest day", "usual day", "most before"),
        rows,
        ("text", "number", "number", "number", "number"),
    )


def _objects(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Most frequent actions",
        ("action", "object", "times", "last"),
        tuple(
            (
                f"{row['service_name']}.{row['action_name']}",
                row["object_name"] or "",
                row["event_count"],
                row["last_time"],
            )
            for row in rows[:8]
        ),
        ("text", "text", "number", "text"),
        ids,
    )


async def _ranking(question: Question, sources: Sources, asked: Period) -> Answer:
    await sources.progress("Adding up what every identity did")
    whole = utc_days(asked)
    table, age = await asyncio.gather(
        get_user_activity_summary(sources.warehouse, "ALL", len(whole.days), whole.last_day),
        held(sources.warehouse, AUDIT, question.now),
    )
    rows = [row for row in table if row["user_type"] in ("HUMAN_USER", "SERVICE_PRINCIPAL") and row["event_count"]]
    if not rows:
        return await nobody(question, sources, asked, receipts(table, age))
    busiest = max(rows, key=lambda row: (row["event_count"], row["user_email"]))
    risky = rows[0]
    top_n = min(question.entities.top_n or 10, 50)
    return Answer(
        question=replace(question, period=whole),
        agents=("security",),
        headline=(
            f"{len(rows)} identities were active in {whole}: the busiest is {busiest['user_email']} with "
            f"{number(busiest['event_count'])} events, the riskiest {risky['user_email']} (score {risky['risk_score']} of 100)."
        ),
        summary=(
            "Counted in whole UTC days. The score adds failed sign-ins, new addresses, rights changed, exports and odd hours."
        ),
        findings=tuple(
            Finding(
                "high" if row["risk_score"] >= 60 else "medium",
                f"{row['user_email']}: {_risk(row)}",
                "security",
                (table.receipt.id,),
            )
            for row in rows[:3]
            if row["risk_score"] >= 40
        ),
        tables=(
            _ranked("Riskiest", rows[:top_n], table),
            _ranked("Busiest", sorted(rows, key=lambda row: -row["event_count"])[:top_n], table),
        ),
        links=dashboard(sources, asked),
        followups=(
            f"What did {risky['user_email']} do in the last 7 days?",
            "What are our service principals doing?",
            "Who are the top cost contributors by user last week?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        baseline="each identity's own 30 days before (UTC days)",
        partial=gaps(table),
    )


def _ranked(title: str, rows: Sequence[Mapping[str, Any]], table: Table) -> Grid:
    return Grid(
        title,
        ("identity", "events", "usual a day", "failed sign-ins", "new addresses", "sensitive", "exports", "risk"),
        tuple(
            (
                row["user_email"],
                row["event_count"],
                row["baseline_daily_events"],
                row["failed_logins"],
                row["new_ips"],
                row["sensitive_events"],
                row["export_operations"],
                row["risk_score"],
            )
            for row in rows
        ),
        ("text", *["number"] * 7),
        (table.receipt.id,),
    )
