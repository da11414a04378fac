"""What a tool returns: rows, and the receipt that shows where each number came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a table was made. `sql` is Databricks SQL, `params` its bound values; `id` is cited as evidence.

    `cached_at` is set where the rows were not read for this question: when they were read for an earlier one.
    """

    id: str
    tool: str
    sql: str
    params: Mapping[str, Any]
    rows: int
    ms: float
    as_of: datetime | None = None
    cached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one query. `truncated` says that the row or byte limit cut it; `notes` are caveats to pass on."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    receipt: Receipt
    truncated: bool = False
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def column(self, name: str) -> list[Any]:
        at = self.columns.index(name)
        return [row[at] for row in self.rows]
