"""What identities did, in order, as a grid."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.answer import Grid

MOST = 40
OFTEN = 20


def telling(row: Mapping[str, Any]) -> bool:
    """Worth a line in a report: failed, sensitive, a way in, a reach for data, or many times the same."""
    return bool(
        row["is_failed"]
        or row["is_sensitive"]
        or row["event_count"] >= OFTEN
        or row["action_name"] in ("login", "aadBrowserLogin", "generateTemporaryTableCredential")
    )


def steps(rows: Iterable[Mapping[str, Any]], receipt: str, title: str = "What the flagged identities did") -> Grid:
    """Actions of `identity_actions`, first things first; equal ones are one row."""
    ordered = sorted(rows, key=lambda row: (row["first_time"], row["user_email"], row["action_name"]))
    return Grid(
        title,
        ("first", "last", "identity", "action", "object", "times", "failed"),
        tuple(
            (
                row["first_time"],
                row["last_time"],
                row["user_email"],
                f"{row['service_name']}.{row['action_name']}",
                row["object_name"] or "",
                row["event_count"],
                "yes" if row["is_failed"] else "",
            )
            for row in ordered[:MOST]
        ),
        ("text", "text", "text", "text", "text", "number", "text"),
        (receipt,),
        detail=True,
    )
