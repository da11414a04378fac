"""The tables of an answer as CSV, the same for every chat."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from adapters import words
from agents.answer import Answer

FILES = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_files(answer: Answer) -> list[tuple[str, str]]:
    """Name and content of each file: the causes with all their digits, then every table with its rows whole."""
    files = []
    if answer.causes:
        rows = [(words.cause(c), c.delta, c.unit, c.share, c.actual, c.expected) for c in answer.causes]
        files.append(("causes.csv", _written(("cause", "change", "unit", "share", "actual", "expected"), rows)))
    for at, grid in enumerate(answer.tables, 1):
        if grid.columns:
            name = re.sub(r"[^a-z0-9]+", "-", grid.title.lower())[:60].strip("-")
            files.append((f"{at}-{name or 'table'}.csv", _written(grid.columns, grid.rows)))
    return files[:FILES]


def _written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(name) for name in head])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    # A spreadsheet would run a name from the account that looks like a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
