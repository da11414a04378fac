"""What makes a behaviour a threat: rules that a security engineer can read, each with its severity and its advice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agents.answer import Severity
from agents.figures import moment
from agents.security.attacks import GUESSES, attacks, sprays
from agents.security.behaviour import WORDS, Behaviour
from agents.security.threat import Evidence, Threat, clock, some

RANK: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info", "good")
DORMANT_DAYS = 30
READS = 20
EXPORTS = 10
BURSTS: Mapping[str, tuple[int, Severity, str]] = {
    "SECRET_READS": (10, "high", "Rotate the secrets that were read, and limit the scope's readers."),
    "DELETIONS": (
        10,
        "high",
        "Check what was deleted and whether it was meant; Delta tables can be restored with UNDROP.",
    ),
    "TOKENS_CREATED": (5, "medium", "Revoke the tokens that nobody can explain; set a token lifetime."),
    "REFUSED_CALLS": (10, "medium", "Find out whether this is a broken script or somebody trying doors."),
}


def suspects(facts: Evidence) -> tuple[str, ...]:
    """Identities that deserve a second look: whoever any rule could be about."""
    found = [user for user, row in facts.sign_ins.items() if row["failed_logins"] >= GUESSES]
    for one in facts.behaviours:
        odd = one["DATA_READS"].is_burst(READS) or one["DATA_EXPORTS"].is_burst(EXPORTS)
        odd = odd or any(one[kind].is_burst(least) for kind, (least, _, _) in BURSTS.items())
        if odd or one["NEW_ADDRESS"].count or (not one.has_history and one["ALL_EVENTS"].count):
            found.append(one.user)
    found += [row["changed_by"] for row in facts.permissions if row["is_self_grant"] or row["is_admin_change"]]
    return tuple(dict.fromkeys(found))


def threats(facts: Evidence) -> tuple[Threat, ...]:
    """Everything the rules find, worst first; an identity is not told twice for the same deed."""
    found = [*sprays(facts), *attacks(facts), *_escalations(facts)]
    for one in facts.behaviours:
        told = {threat.user for threat in found}
        found += _exfiltration(one, facts)
        if not one.has_history:
            found += _awakened(one, facts)
        found += _bursts(one)
        if one.user not in told | {threat.user for threat in found}:
            found += _strange(one)
    return tuple(sorted(found, key=lambda threat: (RANK.index(threat.severity), threat.user, threat.kind)))


def _exfiltration(one: Behaviour, facts: Evidence) -> Iterator[Threat]:
    reads, exports = one["DATA_READS"], one["DATA_EXPORTS"]
    mass, taken = reads.is_burst(READS), exports.is_burst(EXPORTS)
    if not mass and not taken:
        return
    read = [row for row in facts.actions.get(one.user, ()) if row["action_name"] == "generateTemporaryTableCredential"]
    exposed = sorted({row["object_name"].lower() for row in read if row["object_name"]} & set(facts.sensitive))
    off = one["UNUSUAL_HOURS"].is_burst(EXPORTS)
    parts = (
        [f"{reads.busiest:,} reads of table data on one day (usually {reads.usual:.1f}, never above {reads.maximum})"]
        if mass
        else []
    )
    parts += [f"{exports.count:,} downloads (usually {exports.usual:.1f} a day)"] if taken else []
    text = f"{one.name}: {' and '.join(parts)}"
    if exposed:
        text += f", {len(exposed)} tables with personal data among them ({some(exposed)})"
    times = [row for row in facts.actions.get(one.user, ()) if row in read or row["action_name"].lower().startswith("download")]
    at = min((row["first_time"] for row in times), default=None)
    if off and times:
        busiest = max(times, key=lambda row: row["event_count"])
        at = busiest["first_time"]
        text += f", at hours unusual for this person ({moment(at, facts.tz)} to {clock(busiest['last_time'], facts.tz)})"
    severity: Severity = "medium"
    if mass and exposed:
        severity = "critical" if taken or off else "high"
    elif mass and taken:
        severity = "high"
    short = f"{one.name} with {' and '.join(parts)}"
    yield Threat(severity, "exfiltration", one.user, f"{text}.", _against_exfiltration(one.user, exposed), at, short)


def _against_exfiltration(user: str, exposed: Sequence[str]) -> tuple[str, ...]:
    stop = f"Suspend {user}'s access{' to ' + some(exposed) if exposed else ''} until they have explained the reads."
    return (stop, "Turn off result downloads in that workspace, and ask the data owner whether the data may have left.")


def _escalations(facts: Evidence) -> Iterator[Threat]:
    people = {one.user: one for one in facts.behaviours}
    by_user: dict[str, list[Mapping[str, Any]]] = {}
    for row in facts.permissions:
        by_user.setdefault(row["changed_by"], []).append(row)
    for user, rows in by_user.items():
        one = people.get(user)
        serious = [row for row in rows if not row["is_failed"] and (row["is_self_grant"] or row["is_admin_change"])]
        if not serious:
            continue
        own = [row for row in serious if row["is_self_grant"]]
        usual = one is not None and one["PERMISSION_CHANGES"].maximum > 0
        severity: Severity = "high" if own else "low" if usual else "medium"
        steps = "; ".join(dict.fromkeys(describe(row) for row in sorted(serious, key=lambda row: row["event_time"])))
        text = f"{one.name if one else user} {'gave themselves rights' if own else 'changed admin rights'}: {steps}"
        at = min(row["event_time"] for row in serious)
        text += f" (from {moment(at, facts.tz)})"
        text += _settings(facts.actions.get(user, ()))
        if not usual:
            text += "; no such change in the 28 days before"
        advice = (
            (
                f"Revoke what {user} gave {'themselves' if own else 'out'} unless a ticket asks for "
                "it, and ask the workspace admins who approved it."
            ),
            "Limit who may grant: own catalogs and admin groups by a group, not by people.",
        )
        short = (
            f"{one.name if one else user} {'gave themselves rights' if own else 'changed admin rights'} in {len(serious)} steps"
        )
        yield Threat(severity, "privilege escalation", user, f"{text}.", advice, at, short)


def describe(row: Mapping[str, Any]) -> str:
    """One change of rights in words: what was done, to what, for whom."""
    what = " ".join(str(part) for part in (row["securable_type"], row["securable_name"]) if part)
    added = f" +{row['privileges_added']}" if row["privileges_added"] else ""
    removed = f" −{row['privileges_removed']}" if row["privileges_removed"] else ""
    whom = f" for {row['principal']}" if row["principal"] else ""
    return f"{row['action_name']}{' on ' + what if what else ''}{added}{removed}{whom}"


def _settings(actions: Iterable[Mapping[str, Any]]) -> str:
    changed = [row["object_name"] or row["action_name"] for row in actions if row["action_name"] == "workspaceConfEdit"]
    return f"; also changed the workspace setting {some(changed)}" if changed else ""


def _awakened(one: Behaviour, facts: Evidence) -> Iterator[Threat]:
    last = facts.silent.get(one.user)
    first = min((row["first_time"] for row in facts.actions.get(one.user, ())), default=None)
    fresh = one["NEW_ADDRESS"]
    since = f" from {fresh.detail}" if fresh.count else ""
    if last is None or first is None:
        if one["NEW_ADDRESS"].count and any(facts_of.has_history for facts_of in facts.behaviours):
            yield Threat(
                "low",
                "new identity",
                one.user,
                f"{one.name} was never seen before: {one['ALL_EVENTS'].count} events{since}.",
                (f"Check that {one.user} is expected.",),
                first,
            )
        return
    silent = (first.date() - last.date()).days
    if silent < DORMANT_DAYS:
        return
    many = one["ALL_EVENTS"].count >= 10
    severity: Severity = "high" if fresh.count and many else "medium"
    yield Threat(
        severity,
        "dormant account",
        one.user,
        f"{one.name} was active again at {moment(first, facts.tz)} after {silent} days of silence: "
        f"{one['ALL_EVENTS'].count} events{since}{', an address new to this account' if fresh.count else ''}.",
        (f"Disable {one.user} unless the owner confirms the return; remove the rights it no longer needs.",),
        first,
        f"{one.name} was active again after {silent} days of silence",
    )


def _bursts(one: Behaviour) -> Iterator[Threat]:
    for kind, (least, severity, advice) in BURSTS.items():
        seen = one[kind]
        if one.has_history and seen.is_burst(least):
            text = (
                f"{one.name}: {seen.busiest:,} {WORDS[kind]} on one day (usually {seen.usual:.1f}, never above {seen.maximum})."
            )
            yield Threat(severity, kind.lower().replace("_", " "), one.user, text, (advice, f"Ask {one.user}."))


def _strange(one: Behaviour) -> Iterator[Threat]:
    """What is only a hint: a new address, or work at odd hours."""
    fresh, hours = one["NEW_ADDRESS"], one["UNUSUAL_HOURS"]
    if one.has_history and fresh.count >= 3:
        yield Threat(
            "low",
            "new address",
            one.user,
            f"{one.name}: {fresh.count} events from {fresh.detail}, new to this account.",
            (f"Ask {one.user} whether they travelled or changed network.",),
        )
    elif one.has_history and hours.is_burst(EXPORTS):
        yield Threat(
            "low",
            "unusual hours",
            one.user,
            f"{one.name}: {hours.count} events in hours in which this person never worked in the 28 days before.",
            (f"Ask {one.user} whether that was them.",),
        )
