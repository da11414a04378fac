"""The evidence of a compliance report, and its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.answer import Grid
from agents.attempt import Attempt
from agents.security.leads import describe
from tools.table import Table

LINES = (
    ("events", "events in the audit log"),
    ("people", "people active"),
    ("service_principals", "service principals active"),
    ("failed_logins", "failed sign-ins"),
    ("permission_changes", "changes of rights"),
    ("deletions", "deletions"),
    ("exports", "downloads and exports"),
    ("sensitive_events", "sensitive actions in all"),
    ("failed_events", "failed calls"),
)


@dataclass(frozen=True, slots=True)
class Read:
    """The evidence of one report."""

    now: Table
    earlier: Table
    rights: Table
    admin: Table
    logins: Table
    people: Table
    sensitive: Attempt
    exports: Attempt
    age: Table

    @property
    def all(self) -> tuple[Table | Attempt, ...]:
        return (
            self.now,
            self.earlier,
            self.rights,
            self.admin,
            self.logins,
            self.people,
            self.sensitive,
            self.exports,
            self.age,
        )


def dossier(
    totals: Mapping[str, Any],
    earlier: Mapping[str, Any],
    rights: Sequence[Mapping[str, Any]],
    stale: Sequence[Mapping[str, Any]],
    read: Read,
    most: int,
) -> tuple[Grid, ...]:
    """Figures of both periods, then the lists an auditor asks for; lists without rows are left out."""
    grids = (
        _figures(totals, earlier, read),
        _rights(rights[:most], read),
        _sensitive(read, most),
        _failing(read, most),
        _changes(read, most),
        _review(stale[:most], read),
    )
    return tuple(grid for grid in grids if grid.rows)


def _figures(totals: Mapping[str, Any], earlier: Mapping[str, Any], read: Read) -> Grid:
    figures = tuple((words, totals[key], earlier[key]) for key, words in LINES)
    return Grid(
        "The period in figures",
        ("what", "period", "before"),
        figures,
        ("text", "number", "number"),
        (read.now.receipt.id, read.earlier.receipt.id),
    )


def _rights(rights: Sequence[Mapping[str, Any]], read: Read) -> Grid:
    return Grid(
        "Changes of rights",
        ("when", "by", "change", "workspace"),
        tuple((row["event_time"], row["changed_by"], describe(row), row["workspace_name"]) for row in rights),
        evidence=(read.rights.receipt.id,),
    )


def _sensitive(read: Read, most: int) -> Grid:
    return Grid(
        "Access to sensitive tables",
        ("table", "classes", "identity", "reads", "writes", "last"),
        tuple(
            (
                row["table_name"],
                str(row["sensitive_classes"]).replace("class.", ""),
                row["user_email"],
                row["read_count"],
                row["write_count"],
                row["last_access_time"],
            )
            for row in list(read.sensitive)[:most]
        ),
        ("text", "text", "text", "number", "number", "text"),
        read.sensitive.ids,
        detail=True,
    )


def _failing(read: Read, most: int) -> Grid:
    failing = [row for row in read.logins if row["failed_logins"]]
    return Grid(
        "Failed sign-ins",
        ("identity", "failed", "addresses", "last"),
        tuple(
            (row["user_email"], int(row["failed_logins"]), int(row["failing_addresses"]), row["last_failed_time"])
            for row in failing[:most]
        ),
        ("text", "number", "number", "text"),
        (read.logins.receipt.id,),
        detail=True,
    )


def _changes(read: Read, most: int) -> Grid:
    changes = [
        row
        for row in read.admin
        if row["action_category"] == "DELETE" or row["service_name"] in ("accounts", "workspace", "unityCatalog")
    ]
    return Grid(
        "Deletions and workspace settings",
        ("last", "by", "action", "object", "times"),
        tuple(
            (
                row["last_time"],
                row["user_email"],
                f"{row['service_name']}.{row['action_name']}",
                row["object_key"] or "",
                row["event_count"],
            )
            for row in changes[:most]
        ),
        ("text", "text", "text", "text", "number"),
        (read.admin.receipt.id,),
        detail=True,
    )


def _review(stale: Sequence[Mapping[str, Any]], read: Read) -> Grid:
    return Grid(
        "Accounts to review: longest silent",
        ("identity", "last seen"),
        tuple((row["user_email"], row["last_time"]) for row in stale),
        evidence=(read.people.receipt.id,),
        detail=True,
    )
