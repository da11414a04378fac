"""The evidence of an answer as facts: each figure with what it is said of, each sentence with its names and words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Chart, Grid
from agents.claims import Claim, Figure, read, sentences
from agents.words import CAUSAL, RANK, UNITS, WEEKDAYS, stem

_PLAIN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the evidence. `owners` are the names that it belongs to, none for the account as a whole."""

    figure: Figure
    owners: frozenset[str]
    days: frozenset[date]
    group: int  # facts of one row or sentence
    label: frozenset[str] = frozenset()  # stems of its column
    rivals: frozenset[str] = frozenset()  # stems of the other columns of its row


@dataclass(slots=True)
class Evidence:
    """All that worded text may say; built once for an answer."""

    known: frozenset[str] = frozenset()
    facts: list[Fact] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    lead: list[Claim] = field(default_factory=list)  # headline and summary
    names: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    times: set[str] = field(default_factory=set)
    causal: list[Claim] = field(default_factory=list)
    first: set[str] = field(default_factory=set)  # names that lead a table or are said to be the most
    labels: list[Figure] = field(default_factory=list)  # figures that a table's titles hold: 95% CPU
    year: int = 0


def evidence(answer: Answer) -> Evidence:
    found = Evidence(known=frozenset(_plain_names(answer)), year=answer.question.now.year)
    lead = sentences(f"{answer.headline}\n{answer.summary}")
    for text in lead:
        found.lead.append(_tell(found, text))
    for text in _prose(answer):
        _tell(found, text)
    for cause in answer.causes:
        _tell_cause(found, cause.text, cause.dims.values(), cause)
    for grid in answer.tables:
        _read_grid(found, grid)
    for chart in answer.charts:
        if isinstance(chart, Chart):
            _read_chart(found, chart)
    found.days |= {day for period in (answer.question.period, answer.question.compare) if period for day in period.days}
    found.names |= found.known
    return found


def _prose(answer: Answer) -> Iterator[str]:
    told = (*(each.text for each in answer.findings), *answer.recommendations, *answer.partial, answer.baseline)
    for text in (*told, *(each.text for each in answer.counterfactuals), str(answer.question.period or "")):
        yield from sentences(text)
    for chart in answer.charts:
        yield from (part for part in re.split(r"[;:]\s", chart.alt) if part)


def _tell(found: Evidence, text: str) -> Claim:
    claim = read(text, found.known, year=found.year)
    found.claims.append(claim)
    found.names.update(claim.names)
    found.days.update(claim.days)
    found.times.update(claim.times)
    group = len(found.claims)
    for figure in claim.figures:
        owners = claim.owners[figure.at] | claim.after[figure.at]
        found.facts.append(Fact(figure, owners, frozenset(claim.days), group))
    if CAUSAL.search(text) or re.search(r"\b(bottleneck|held up|first look|usually|waits|spills?)\b", text):
        found.causal.append(claim)
    if RANK & {word.lower() for word in _PLAIN.findall(text)}:
        found.first.update(claim.names)
    return claim


def _tell_cause(found: Evidence, text: str, owners: Any, cause: Any) -> None:
    claim = _tell(found, text)
    found.causal.append(claim)
    group, named = len(found.claims) + 10_000, frozenset(map(str, owners))
    found.names |= named
    found.first |= named
    for value, unit, signed in (
        (cause.delta, cause.unit, True),
        (Decimal(str(cause.share)) * 100, "%", False),
        (cause.actual, cause.unit, False),
        (cause.expected, cause.unit, False),
    ):
        found.facts.append(Fact(_number(Decimal(str(value)), unit, frozenset(), signed), named, frozenset(), group))


def _read_grid(found: Evidence, grid: Grid) -> None:
    kinds = (*grid.kinds, *["text"] * len(grid.columns))
    title = {stem(word) for word in _PLAIN.findall(grid.title)}
    found.labels += [figure for label in grid.columns for figure in read(label).figures]
    for at, row in enumerate(grid.rows):
        group = len(found.facts) + 100_000
        owners = frozenset(name for cell in row if isinstance(cell, str) for name in cell_names(cell, found.known))
        days = frozenset(_day(cell) for cell in row if isinstance(cell, date))
        found.names |= owners
        found.days |= days
        found.times |= {f"{cell:%H:%M}" for cell in row if isinstance(cell, datetime)}
        words = " ".join([grid.title, *grid.columns, *(cell for cell in row if isinstance(cell, str))])
        found.claims.append(replace(read(words), names=tuple(owners), words=tuple(stem(word) for word in _PLAIN.findall(words))))
        if at == 0:
            found.first |= owners
        for cell, column, kind in zip(row, grid.columns, kinds, strict=False):
            if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal) or cell != cell:
                continue
            label = _stems(column)
            rivals = frozenset().union(*(_stems(other) for other in grid.columns if other != column)) - label
            for figure in _cell(Decimal(str(cell)), column, kind, title):
                found.facts.append(Fact(figure, owners, days, group, label, rivals))


def _cell(value: Decimal, column: str, kind: str, title: set[str]) -> Iterator[Figure]:
    """The figure of a cell; one in a unit also as its bare number, as said beside the column's title."""
    near = _stems(column) | title
    if kind == "percent":
        yield _number(value * 100, "%", near, False)
    elif kind in ("usd", "change"):
        yield _number(value, "USD", near, kind == "change" or column in ("change", "over"))
    else:
        unit, factor = next((UNITS[word] for word in reversed(column.split()) if word in UNITS and word != "day"), ("", 1))
        yield _number(value * factor, unit, near, False)
        if unit:
            yield _number(value, "", near, False)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _PLAIN.findall(text))


def _read_chart(found: Evidence, chart: Chart) -> None:
    unit = {"USD": "USD", "s": "seconds", "%": "%"}.get(chart.unit, "")
    near = frozenset(stem(word) for word in _PLAIN.findall(f"{chart.title} {chart.unit}"))
    for at, x in enumerate(chart.x):
        day = read(x, year=found.year).days
        found.days.update(day)
        total = sum((Decimal(str(values[at])) for values in chart.series.values() if at < len(values)), Decimal(0))
        owners = frozenset() if day else frozenset(cell_names(x, found.known))
        found.facts.append(Fact(_number(total, unit, near, False), owners, frozenset(day), 200_000 + at))


def _number(value: Decimal, unit: str, near: frozenset[str], signed: bool) -> Figure:
    sign = (1 if value > 0 else -1 if value < 0 else 0) if signed or value < 0 else 0
    return Figure(abs(value), unit, Decimal(0), sign, near)


def _day(cell: date) -> date:
    return cell.date() if isinstance(cell, datetime) else cell


def cell_names(cell: str, known: frozenset[str]) -> list[str]:
    return list(read(cell, known).names) if len(cell) < 120 else []


def _plain_names(answer: Answer) -> Iterator[str]:
    """Names that look like plain words: cells under the first column of a table, values of causes."""
    for cause in answer.causes:
        yield from (value for value in cause.dims.values() if _PLAIN.fullmatch(value))
    for grid in answer.tables:
        for row in grid.rows:
            if row and isinstance(row[0], str) and _PLAIN.fullmatch(row[0]) and row[0].lower()[:3] not in WEEKDAYS:
                yield row[0]
