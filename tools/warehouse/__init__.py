"""The port to whatever runs SQL: one method to ask, one to close."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from tools.table import Table

# The pairs of names under which statements bind the ends of the time they ask about.
_SPANS = (("start_date", "end_date"), ("first_day", "last_day"), ("first_date", "last_date"), ("start", "end"))
LARGEST_RESULT_BYTES = 16 * 2**20  # Databricks fails an inline result beyond 25 MiB; a table that is cut says so


@dataclass(frozen=True, slots=True)
class Statement:
    """Databricks SQL with `:name` markers and the values bound to them. `tool` names who asks."""

    tool: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    max_rows: int = 10_000
    timeout_seconds: float = 30.0

    @property
    def bound(self) -> dict[str, Any]:
        """The values that the statement has markers for: engines refuse any other."""
        named = set(re.findall(r":(\w+)", self.sql))
        return {name: value for name, value in self.params.items() if name in named}

    @property
    def window(self) -> tuple[date, date] | None:
        """The time that is asked about, where the bound values tell it: days, or instants in UTC."""
        for names in _SPANS:
            first, last = (self.params.get(name) for name in names)
            if isinstance(first, date) and isinstance(last, date):
                return first, last
        return None


class Warehouse(Protocol):
    async def query(self, statement: Statement) -> Table:
        """Rows of one statement. Raises MissingTableError, MisconfiguredError, LaterError or OperatorError."""
        ...

    async def close(self) -> None: ...
