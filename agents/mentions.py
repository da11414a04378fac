"""The things an answer names, by kind, with what it says of each: what answers share and what "them" in a thread means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Grid
from agents.figures import amount, change, moment, money, number, percent
from agents.question import Entities

# Titles of columns that hold names, and the kind of thing they name.
COLUMNS: Mapping[str, str] = {
    "job": "job", "pipeline": "pipeline", "warehouse": "warehouse", "cluster": "cluster", "table": "table",
    "endpoint": "endpoint", "model": "model", "identity": "user", "user": "user", "by": "user", "owner": "user",
    "experiment": "experiment",
}  # fmt: skip
FIELDS: Mapping[str, str] = {kind: f"{kind}s" for kind in dict.fromkeys(COLUMNS.values())}
MOST_FACTS = 3
MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing in one answer. `fact` says the figures in words; `weight` is the money behind it, USD."""

    kind: str
    name: str
    fact: str
    weight: float = 0.0


def mentions(answer: Answer) -> dict[tuple[str, str], Mention]:
    """By kind and name, the first thing said of each: causes before tables."""
    found: dict[tuple[str, str], Mention] = {}
    for mention in (*_of_causes(answer), *_of_grids(answer)):
        found.setdefault((mention.kind, mention.name), mention)
    return found


def named(answer: Answer) -> Entities:
    """The names of an answer as entities, in its order, for a question that points back to them."""
    kinds: dict[str, list[str]] = {}
    for kind, name in mentions(answer):
        kinds.setdefault(FIELDS[kind], []).append(name)
    fields: dict[str, Any] = {field: tuple(names[:MOST_NAMES]) for field, names in kinds.items()}
    return Entities(**fields)


def _of_causes(answer: Answer) -> Iterator[Mention]:
    for cause in answer.causes:
        for kind, name in cause.dims.items():
            if kind in FIELDS:
                weight = abs(float(cause.delta)) if cause.unit == "USD" else 0.0
                yield Mention(kind, name, amount(cause.delta, cause.unit, signed=True), weight)


def _of_grids(answer: Answer) -> Iterator[Mention]:
    for grid in answer.tables:
        at = [(place, COLUMNS[title.lower()]) for place, title in enumerate(grid.columns) if title.lower() in COLUMNS]
        for row in grid.rows if at else ():
            for place, kind in at:
                if isinstance(row[place], str) and row[place]:
                    yield Mention(kind, row[place], _fact(grid, row, answer.question.asker.tz), _money(grid, row))


def _fact(grid: Grid, row: tuple[Any, ...], tz: str) -> str:
    told = (_cell(title, kind, value, tz) for title, kind, value in zip(grid.columns, grid.kinds, row, strict=False))
    return ", ".join([text for text in told if text][:MOST_FACTS])


def _cell(title: str, kind: str, value: Any, tz: str) -> str:
    if isinstance(value, datetime):
        return f"first {moment(value, tz)}" if title == "first" else ""
    if kind == "text" or not isinstance(value, int | float | Decimal):
        return ""
    if kind == "usd":
        return f"{title} {money(value)}"
    if kind == "change":
        return f"{title} {change(value)}"
    return f"{title} {percent(value)}" if kind == "percent" else f"{number(value)} {title}"


def _money(grid: Grid, row: tuple[Any, ...]) -> float:
    told = zip(grid.kinds, row, strict=False)
    return max((abs(float(value)) for kind, value in told if kind in ("usd", "change") and value is not None), default=0.0)
