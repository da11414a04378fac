"""A query that an answer can do without: its rows, or one sentence that says what is missing and why."""

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.errors import HealthMonitorError, MissingTableError
from tools.table import Receipt, Table


@dataclass(frozen=True, slots=True)
class Attempt:
    """Rows if the query answered; else `gap` says what the answer lacks."""

    table: Table | None
    gap: str = ""
    error: HealthMonitorError | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table) if self.table is not None else iter(())

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.table.receipt.id,) if self.table is not None else ()


async def attempt(what: str, query: Awaitable[Table]) -> Attempt:
    """`what` as the subject of a sentence in the plural: "Runs of jobs" are not in this answer."""
    try:
        return Attempt(await query)
    except MissingTableError as error:
        return Attempt(None, f"{what} are not in this answer: {error.sentence()}", error)
    except HealthMonitorError as error:
        return Attempt(None, f"{what} are not in this answer (error {error.id}).", error)


def needed(*read: Attempt) -> None:
    """Of these one at least must have answered: else the first error is the answer."""
    if all(one.table is None for one in read):
        raise next(one.error for one in read if one.error)


def receipts(*read: Table | Attempt) -> tuple[Receipt, ...]:
    """The receipts of everything that answered, in order."""
    tables = (one.table if isinstance(one, Attempt) else one for one in read)
    return tuple(table.receipt for table in tables if table is not None)


def gaps(*read: Table | Attempt) -> tuple[str, ...]:
    """What is missing, each once; a table's own notes are caveats too."""
    found: list[str] = []
    for one in read:
        table = one.table if isinstance(one, Attempt) else one
        found += [one.gap] if isinstance(one, Attempt) else []
        found += table.notes if table is not None else ()
    return tuple(dict.fromkeys(line for line in found if line))


def last_time(read: Table | Attempt) -> datetime | None:
    """The last event that `tools.held` saw."""
    return next((row["last_time"] for row in read), None)
