"""A compliance report of a period: access reviews, admin actions, failed sign-ins, access to sensitive tables."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agents.answer import Answer, Finding
from agents.attempt import attempt, gaps, last_time, receipts
from agents.counts import many
from agents.figures import number
from agents.question import Question
from agents.security.dossier import Read, dossier
from agents.security.page import AUDIT, OF_ACCOUNT, UNRECORDED, dashboard, nobody
from agents.spans import before, last_days, utc_days
from agents.specialist import Sources
from tools.access import get_data_exports, get_permission_changes, get_sensitive_table_access
from tools.changes import account_changes, audit_totals, identities_seen
from tools.held import held
from tools.identities import sign_ins
from tools.period import Period

ALL_PLACES = "Accounts to review, sensitive tables and exports are shown for all workspaces."
REVIEW_AFTER = timedelta(days=60)
REACH = timedelta(days=180)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 30 days, beside as many days before."""
    asked = last_days(question, 30)
    earlier, whole = before(question, asked), utc_days(asked)
    places = question.entities.workspaces
    await sources.progress(f"Putting together the evidence of {asked}")
    warehouse = sources.warehouse
    tables, more, age = await asyncio.gather(
        asyncio.gather(
            audit_totals(warehouse, asked, places),
            audit_totals(warehouse, earlier, places),
            get_permission_changes(warehouse, whole.first_day, whole.last_day),
            account_changes(warehouse, asked, categories=("DELETE", "UPDATE"), workspaces=places),
            sign_ins(warehouse, asked),
            identities_seen(warehouse, asked, (asked.end - REACH).date()),
        ),
        asyncio.gather(
            attempt("Access to sensitive tables", get_sensitive_table_access(warehouse, whole.first_day, whole.last_day)),
            attempt("Exports", get_data_exports(warehouse, whole.first_day, whole.last_day)),
        ),
        held(warehouse, AUDIT, question.now),
    )
    read = Read(*tables, *more, age)
    totals = next(iter(read.now))
    if not totals["events"]:
        return await nobody(question, sources, asked, receipts(*read.all))
    return _report(question, sources, asked, earlier, read)


def _report(question: Question, sources: Sources, asked: Period, earlier: Period, read: Read) -> Answer:
    totals = next(iter(read.now))
    places = question.entities.workspaces
    rights = [
        row
        for row in read.rights
        if asked.start <= row["event_time"] < asked.end
        and not row["is_failed"]
        and (not places or row["workspace_name"] in places)
    ]
    stale = [row for row in read.people if _silent(row, asked) >= REVIEW_AFTER]
    readers = sorted({row["user_email"] or UNRECORDED for row in read.sensitive})
    own = sorted({row["changed_by"] for row in rights if row["is_self_grant"]})
    missing = len(utc_days(asked).days) - totals["days_with_events"]
    gap = (
        (f"{many(missing, 'day')} of the period {'has' if missing == 1 else 'have'} no event in the audit log.",)
        if missing > 0
        else ()
    )
    return Answer(
        question=replace(question, period=asked),
        agents=("security",),
        headline=(
            f"Compliance report for {asked}: {number(totals['events'])} audit events, "
            f"{number(len(rights))} changes of rights, "
            f"{number(totals['failed_logins'])} failed sign-ins, "
            f"{many(len(readers), 'identity')} touched sensitive tables, "
            f"{many(len(stale), 'account')} to review."
        ),
        summary="Counts and rights are exact for the period; sensitive tables and exports are for its whole UTC days.",
        findings=tuple(_findings(rights, own, stale, read)),
        recommendations=_advice(own, stale),
        tables=dossier(totals, next(iter(read.earlier)), rights, stale, read, question.entities.top_n or 15),
        links=dashboard(sources, asked),
        followups=(
            "Were there any permission changes in the last 7 days?",
            "Who read sensitive tables in the last 7 days?",
            "Which columns with personal data are new this week?",
        ),
        evidence=receipts(*read.all),
        as_of=last_time(read.age),
        baseline=str(earlier),
        partial=(*gaps(*read.all), *gap, *([OF_ACCOUNT, ALL_PLACES] if places else [])),
    )


def _silent(row: Mapping[str, Any], asked: Period) -> timedelta:
    """How long an account was silent: until now, or until it woke up in the period."""
    slept: timedelta = (row["first_time"] or asked.end) - (row["last_before"] or row["first_time"] or asked.end)
    idle: timedelta = asked.end - row["last_time"]
    return max(idle, slept)


def _findings(
    rights: Sequence[Mapping[str, Any]], own: Sequence[str], stale: Sequence[Mapping[str, Any]], read: Read
) -> list[Finding]:
    found = []
    if own:
        found.append(Finding("high", (f"Gave rights to themselves: {', '.join(own)}."), "security", (read.rights.receipt.id,)))
    broken = [row for row in read.logins if row["new_failed_logins"] >= 5 and row["login_time"]]
    for row in broken[:3]:
        text = f"{row['user_email']}: {row['new_failed_logins']} failed sign-ins from new addresses, then one that succeeded."
        found.append(Finding("critical", f"Escalate: {text}", "security", (read.logins.receipt.id,)))
    admin = sum(bool(row["is_admin_change"]) for row in rights)
    found.append(
        Finding(
            "medium" if admin else "good",
            f"Admin rights were changed {many(admin, 'time')}.",
            "security",
            (read.rights.receipt.id,),
        )
    )
    if stale:
        found.append(
            Finding(
                "low",
                "Access review: silent for 60 days or more, now or until they woke up in the period: "
                f"{', '.join(row['user_email'] for row in stale[:5])}.",
                "security",
                (read.people.receipt.id,),
            )
        )
    taken = sorted(read.exports, key=lambda row: row["baseline_daily_avg"] - row["export_count"])
    if taken and taken[0]["export_count"] >= 20:
        one = taken[0]
        found.append(
            Finding(
                "medium",
                (
                    f"{one['user_email']} made {one['export_count']} exports ({one['action_name']}) on "
                    f"{many(one['active_days'], 'day')}, usually {one['baseline_daily_avg']:.1f} a day."
                ),
                "security",
                read.exports.ids,
            )
        )
    order = ("critical", "high", "medium", "low", "info", "good")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _advice(own: Sequence[str], stale: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    lines = [f"Have an admin confirm or revoke what {user} gave themselves, and file the ticket." for user in own[:2]]
    lines += [(f"Access review: confirm or disable {', '.join(row['user_email'] for row in stale[:5])}.")] if stale else []
    lines.append("Keep this answer's queries (Show the work) as the evidence: each figure names its receipt.")
    return tuple(lines)
