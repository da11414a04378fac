"""Columns in which personal data was found, with their masks and readers, and the tables made from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.answer import Grid
from agents.attempt import Attempt
from agents.quality.page import some
from tools.governance import masked
from tools.period import Period


@dataclass(frozen=True, slots=True)
class Facts:
    asked: Period
    found: list[dict[str, Any]]
    coverage: Attempt
    masks: Attempt
    copies: Attempt
    copied: Attempt
    used: Attempt
    read: Sequence[Attempt]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(key for one in self.read for key in one.ids)

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(row["table_full_name"].lower() for row in self.found))

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(map(column_name, self.found))

    @property
    def masked(self) -> frozenset[str]:
        return masked(self.masks) & self.columns

    @property
    def new(self) -> list[dict[str, Any]]:
        """First found in the period, the newest first."""
        rows = [row for row in self.found if self.asked.start <= row["first_detected_time"] < self.asked.end]
        return sorted(rows, key=lambda row: row["first_detected_time"], reverse=True)

    def copies_of(self, table: str) -> list[dict[str, Any]]:
        """The tables made straight from one table with personal data, or from any."""
        return [row for row in self.copies if not table or table.lower() in row["sources"].split(", ")]

    def readers(self, table: str) -> list[str]:
        return list(dict.fromkeys(row["last_user"] for row in self.used if row["node"] == table and row["last_user"]))


def column_name(row: Mapping[str, Any]) -> str:
    return f"{row['table_full_name']}.{row['column_name']}".lower()


def tag(text: str) -> str:
    """class.us_ssn as a person says it: us ssn."""
    return text.removeprefix("class.").replace("_", " ")


def grids(facts: Facts, table: str) -> tuple[Grid, ...]:
    copies = Grid(
        "Made from them, without a finding",
        ("table", "made from", "last", "readers"),
        tuple(
            (row["table_name"], row["sources"], row["last_seen"], some(facts.readers(row["table_name"]), 2) or "–")
            for row in facts.copies_of(table)[:20]
        ),
        ("text",) * 4,
        facts.copies.ids,
    )
    return tuple(grid for grid in (_found(facts), copies, _schemas(facts, table)) if grid.rows)


def _found(facts: Facts) -> Grid:
    return Grid(
        "Columns with personal data",
        ("table", "column", "class", "confidence", "rows that match", "first found", "masked", "readers"),
        tuple(
            (
                row["table_full_name"], row["column_name"], tag(row["class_tag"]), row["confidence"].lower(),
                (row["match_pct"] or 0) / 100, row["first_detected_time"], _mask(facts, row),
                len(facts.readers(row["table_full_name"].lower())),
            )
            for row in sorted(facts.found, key=lambda row: (row["confidence"] != "HIGH", column_name(row)))[:30]
        ),
        ("text", "text", "text", "text", "percent", "text", "text", "number"),
        facts.ids,
    )  # fmt: skip


def _schemas(facts: Facts, table: str) -> Grid:
    return Grid(
        "By schema",
        ("schema", "known tables", "with a finding", "share", "columns", "newest scan"),
        tuple(
            (
                f"{row['catalog_name']}.{row['schema_name']}", row["known_tables"], row["tables_with_findings"],
                (row["findings_pct"] or 0) / 100, row["sensitive_columns"], row["last_scan_time"],
            )
            for row in sorted(facts.coverage, key=lambda row: -row["tables_with_findings"])
        )[:20],
        ("text", "number", "number", "percent", "number", "text"),
        facts.coverage.ids,
        detail=bool(table),
    )  # fmt: skip


def _mask(facts: Facts, row: Mapping[str, Any]) -> str:
    if facts.masks.table is None:
        return "not recorded"
    return "yes" if column_name(row) in facts.masked else "no"
