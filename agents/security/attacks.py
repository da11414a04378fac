"""Sign-ins that look like an attack: many failures from new addresses, and one address trying many accounts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.answer import Severity
from agents.counts import many
from agents.figures import moment
from agents.security.threat import Evidence, Threat, clock, some

GUESSES = 5


def attacks(facts: Evidence) -> Iterator[Threat]:
    """Credential attacks on one account; critical where a sign-in from a failing, new address then succeeded."""
    people = {one.user: one for one in facts.behaviours}
    for user, row in facts.sign_ins.items():
        fresh = int(row["new_failed_logins"]) >= GUESSES
        if not fresh and not _is_hammered(row):
            continue
        name = people[user].name if user in people else user
        prefix = "new_" if fresh else ""
        failed, names = int(row[f"{prefix}failed_logins"]), row[f"{prefix}addresses"].split(", ")
        first, last = row[f"{prefix}first_failed_time"], row[f"{prefix}last_failed_time"]
        where = f"{many(len(names), 'address')}{' never seen for this account' if fresh else ''} ({some(names)})"
        text = f"{name}: {failed} failed sign-ins from {where} between {moment(first, facts.tz)} and {clock(last, facts.tz)}"
        got_in = fresh and row["login_time"] is not None
        text += _entry(row, facts.tz) if got_in else ""
        denied = sum(facts.denied.get(address, 0) for address in names)
        text += f"; network policies refused {denied} connections from these addresses" if denied else ""
        severity: Severity = "critical" if got_in else "high" if fresh and failed >= 2 * GUESSES else "medium"
        short = f"{failed} failed sign-ins to {name} from {many(len(names), 'address')}"
        short += ", then one that succeeded" if got_in else ""
        yield Threat(severity, "credential attack", user, f"{text}.", _against(user, row, names, got_in), first, short)


def _is_hammered(row: Mapping[str, Any]) -> bool:
    """Many failures in a short time even from known addresses; a mistyped password now and then is none."""
    failed = int(row["failed_logins"])
    if failed < 2 * GUESSES:
        return False
    days: float = (row["last_failed_time"] - row["first_failed_time"]).total_seconds() / 86_400
    return failed >= GUESSES * max(days, 1.0)


def _entry(row: Mapping[str, Any], tz: str) -> str:
    text = f", then a sign-in that succeeded from one of them at {clock(row['login_time'], tz)}"
    return text + (f" and a token created from there at {clock(row['token_time'], tz)}" if row["token_time"] else "")


def _against(user: str, row: Mapping[str, Any], names: Sequence[str], got_in: bool) -> tuple[str, ...]:
    block = f"Block {', '.join(names)} with an IP access list."
    if not got_in:
        return (block, f"Ask {user} whether the attempts were theirs, and require multi-factor sign-in.")
    token = " revoke the token created after it," if row["token_time"] else ""
    return (
        f"Disable {user} or end the sessions now,{token} reset the password and require multi-factor sign-in.",
        block,
    )


def sprays(facts: Evidence) -> Iterator[Threat]:
    """Password spraying: one address, new to all of them, failing on many accounts."""
    tried: dict[str, list[str]] = {}
    for user, row in facts.sign_ins.items():
        for address in filter(None, row["new_addresses"].split(", ")):
            tried.setdefault(address, []).append(user)
    for address, users in sorted(tried.items()):
        if len(users) >= GUESSES:
            yield Threat(
                "high",
                "password spraying",
                users[0],
                f"Failed sign-ins to {len(users)} accounts from {address}, new to all of them.",
                (f"Block {address} with an IP access list.", "Reset the accounts that signed in from it."),
            )
