"""Sign-ins that failed, new addresses, tokens, secrets and refused calls."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.attempt import attempt, gaps, last_time, receipts
from agents.counts import many
from agents.figures import moment, number
from agents.question import Question
from agents.security.behaviour import Behaviour, read_behaviours
from agents.security.leads import threats
from agents.security.page import AUDIT, HISTORY_WORDS, dashboard, nobody
from agents.security.threat import Evidence, Threat
from agents.spans import last_days, name, utc_days
from agents.specialist import Sources
from tools.access import get_failed_actions, get_ip_address_analysis
from tools.held import held
from tools.identities import identity_deviations, sign_ins
from tools.period import Period

# What else than failed sign-ins the question can be about, told by its words; (kind of behaviour, what it is called).
FOCUS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"\btokens?\b|\bpats?\b", re.I), "TOKENS_CREATED", "token"),
    (re.compile(r"\bsecrets?\b", re.I), "SECRET_READS", "read of a secret"),
    (re.compile(r"denied|403|unauthori[sz]ed|refused|forbidden", re.I), "REFUSED_CALLS", "refused call"),
    (
        re.compile(r"\bips?\b|address|location|countr|vpn", re.I),
        "NEW_ADDRESS",
        "event from an address new to its identity",
    ),
)
KINDS = ("credential attack", "password spraying", "tokens created", "secret reads", "refused calls")
MANY = 3


async def investigate(question: Question, sources: Sources) -> Answer:
    """Failed sign-ins of the last 7 days, or what the question's words are about."""
    asked, users = last_days(question, 7), question.entities.users
    whole = utc_days(asked)
    who = users[0] if len(users) == 1 else "ALL"
    await sources.progress(f"Reading sign-ins, {name(asked, question)}")
    logins, deviations, failed, addresses, age = await asyncio.gather(
        sign_ins(sources.warehouse, asked, users),
        identity_deviations(sources.warehouse, asked, users, question.entities.workspaces),
        attempt("Refused calls", get_failed_actions(sources.warehouse, whole.first_day, whole.last_day, who)),
        attempt("Addresses", get_ip_address_analysis(sources.warehouse, whole.first_day, whole.last_day)),
        held(sources.warehouse, AUDIT, question.now),
    )
    read = (logins, deviations, failed, addresses, age)
    people = read_behaviours(deviations)
    rows = list(logins)
    if not rows and not people:
        return await nobody(question, sources, asked, receipts(*read))
    facts = Evidence(tz=asked.tz, behaviours=people, sign_ins={row["user_email"]: row for row in rows})
    found = [threat for threat in threats(facts) if threat.kind in KINDS]
    focus = next(((kind, word) for words, kind, word in FOCUS if words.search(question.text)), None)
    ids = (logins.receipt.id,)
    worst = found[0].user if found else ""
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=_focused(people, *focus, name(asked, question)) if focus else _headline(rows, asked, name(asked, question)),
        summary=_summary(rows, people),
        findings=_findings(found, ids),
        recommendations=tuple(dict.fromkeys(line for threat in found for line in threat.advice))[:4],
        tables=(
            *([_focus_grid(people, *focus, deviations.receipt.id)] if focus else []),
            _failing(rows, ids),
            _refused(list(failed), failed.ids),
            _addresses([row for row in addresses if row["risk_level"] != "LOW"], addresses.ids),
        ),
        links=dashboard(sources, asked),
        followups=(
            f"What did {worst} do in the last 7 days?" if worst else "Who are the most active users?",
            "Were there any suspicious activities in the last 24 hours?",
            "Which jobs failed in the last 7 days?",
        ),
        evidence=receipts(*read),
        as_of=last_time(age),
        baseline=HISTORY_WORDS,
        partial=gaps(*read),
    )


def _findings(found: Sequence[Threat], ids: tuple[str, ...]) -> tuple[Finding, ...]:
    fine = "No identity or address shows signs of an attack: at most a few mistyped sign-ins each."
    if not found:
        return (Finding("good", fine, "security", ids),)
    escalate = {"critical": "Escalate: "}
    return tuple(
        Finding(threat.severity, f"{escalate.get(threat.severity, '')}{threat.text}", "security", ids) for threat in found[:6]
    )


def _headline(rows: Sequence[Mapping[str, Any]], asked: Period, when: str) -> str:
    failing = [row for row in rows if row["failed_logins"]]
    total = sum(int(row["failed_logins"]) for row in failing)
    if not total:
        return f"No sign-in failed in {when}; {number(sum(int(row['logins']) for row in rows))} succeeded."
    top = failing[0]
    text = f"{many(total, 'failed sign-in')} in {when} for {many(len(failing), 'identity')}"
    if int(top["failed_logins"]) < MANY:
        return f"{text}, none with more than {top['failed_logins']}."
    after = (
        f", and one succeeded at {moment(top['login_time'], asked.tz)}"
        if top["new_failing_addresses"] and top["login_time"]
        else ""
    )
    return (
        f"{text}; {top['failed_logins']} of them for {top['user_email']}, from "
        f"{many(int(top['failing_addresses']), 'address')}{after}."
    )


def _focused(people: Sequence[Behaviour], kind: str, word: str, when: str) -> str:
    ranked = sorted((one for one in people if one[kind].count), key=lambda one: (-one[kind].count, one.user))
    total = sum(one[kind].count for one in ranked)
    plural = (
        "reads of secrets"
        if word == "read of a secret"
        else word.replace("event", "events")
        if word.startswith("event")
        else f"{word}s"
    )
    made = " were created" if kind == "TOKENS_CREATED" else ""
    if not ranked:
        return f"No {word}{' was created' if made else ''} in {when}."
    return (
        f"{number(total)} {plural}{made} in {when}, most by {ranked[0].name} "
        f"({number(ranked[0][kind].count)}), by {many(len(ranked), 'identity')} in all."
    )


def _summary(rows: Sequence[Mapping[str, Any]], people: Sequence[Behaviour]) -> str:
    succeeded = sum(int(row["logins"]) for row in rows)
    fresh = [one for one in people if one["NEW_ADDRESS"].count]
    return (
        f"{number(succeeded)} sign-ins succeeded; {many(len(fresh), 'identity')} used an address new to them. "
        "The log does not say where an address lies."
    )


def _focus_grid(people: Sequence[Behaviour], kind: str, word: str, receipt: str) -> Grid:
    ranked = sorted((one for one in people if one[kind].count), key=lambda one: (-one[kind].factor, -one[kind].count, one.user))
    return Grid(
        f"By identity: {word}s" if not word.startswith("event") else "By identity: events from new addresses",
        ("identity", "in the period", "busiest day", "usual day", "most before", "addresses"),
        tuple(
            (one.user, one[kind].count, one[kind].busiest, one[kind].usual, one[kind].maximum, one[kind].detail)
            for one in ranked[:12]
        ),
        ("text", "number", "number", "number", "number", "text"),
        (receipt,),
    )


def _failing(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Failed sign-ins",
        ("identity", "failed", "addresses", "new addresses", "first", "last", "succeeded after", "token after"),
        tuple(
            (
                row["user_email"],
                int(row["failed_logins"]),
                int(row["failing_addresses"]),
                int(row["new_failing_addresses"]),
                row["first_failed_time"],
                row["last_failed_time"],
                row["login_time"],
                row["token_time"],
            )
            for row in rows[:10]
            if row["failed_logins"]
        ),
        ("text", "number", "number", "number", "text", "text", "text", "text"),
        ids,
    )


def _refused(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Failed calls (UTC days)",
        ("identity", "action", "HTTP status", "workspace", "times", "last"),
        tuple(
            (
                row["user_email"],
                f"{row['service_name']}.{row['action_name']}",
                str(row["status_code"]),
                row["workspace_name"],
                row["failed_count"],
                row["last_failed_time"],
            )
            for row in rows[:12]
        ),
        ("text", "text", "text", "text", "number", "text"),
        ids,
        detail=True,
    )


def _addresses(rows: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Addresses that are new or fail often (UTC days)",
        ("address", "risk", "identities", "events", "failed sign-ins", "new"),
        tuple(
            (
                row["source_ip"],
                row["risk_level"].lower(),
                row["example_users"],
                row["event_count"],
                row["failed_logins"],
                "yes" if row["is_new"] else "",
            )
            for row in rows[:12]
        ),
        ("text", "text", "text", "number", "number", "text"),
        ids,
        detail=True,
    )
