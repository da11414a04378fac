"""The port to whatever runs SQL: one method to ask, one to close."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tools.table import Table

LARGEST_RESULT_BYTES = 16 * 2**20  # Databricks fails an inline result beyond 25 MiB; a table that is cut says so


@dataclass(frozen=True, slots=True)
class Statement:
    """Databricks SQL with `:name` markers and the values bound to them. `tool` names who asks."""

    tool: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)
    max_rows: int = 10_000
    timeout_seconds: float = 30.0


class Warehouse(Protocol):
    async def query(self, statement: Statement) -> Table:
        """Rows of one statement. Raises MissingTableError, MisconfiguredError, LaterError or OperatorError."""
        ...

    async def close(self) -> None: ...
