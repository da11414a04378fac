"""Worded answers built on real answers of the sample account: true ones, and each with an error planted in it."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from agents.answer import Answer, Grid
from agents.figures import money, number, percent

FIGURES = ("usd", "percent", "number")
KINDS = ("digits", "unit", "entity", "cause", "sign", "row")
INVENTED = (
    "because of a network outage in the region", "due to a price increase by Databricks", "caused by a misconfigured firewall",
    "as a result of the holiday season", "driven by a new machine learning project", "because an intern left a cluster open",
    "owing to a bug in the Photon engine", "triggered by a schema migration", "following a merger with another company",
    "because the data volume tripled", "due to a Spark upgrade", "thanks to the marketing campaign",
)  # fmt: skip
FLIPS = (
    ("above", "below"), ("more than", "less than"), ("higher", "lower"), ("rose", "fell"), ("over budget", "under budget"),
    ("+", "\u2212"), ("longer", "shorter"), ("added", "saved"),
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z][\w.-]*[_@.-][\w.@-]*\w")


@dataclass(frozen=True, slots=True)
class Case:
    """`kind` is the planted error, "" for a true text; `answer` is what it words."""

    text: str
    answer: Answer
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence about one cell of a table, with how to say it of another row."""

    text: str
    name: str
    value: str
    others: tuple[tuple[str, str], ...]  # name and value of other rows


def cases(answers: list[Answer], *, seed: int = 7) -> list[Case]:
    dice = random.Random(seed)
    found: list[Case] = []
    for answer in answers:
        for text in [*_prose(answer), *_causes(answer)]:
            found.append(Case(text, answer))
            found += [Case(wrong, answer, kind) for kind, wrong in _planted(text, dice)]
        for said in _cells(answer, dice):
            found.append(Case(said.text, answer))
            found += [Case(wrong, answer, kind) for kind, wrong in _planted_cell(said, dice)]
    return list({(case.text, case.kind, id(case.answer)): case for case in found}.values())


def _prose(answer: Answer) -> Iterator[str]:
    """What is written, said otherwise: rounded, other words, dates in full."""
    for text in (answer.headline, answer.summary.split(". ")[0]):
        if not text or len(text) > 400 or "<" in text:
            continue
        said = text.rstrip(".")
        yield f"{said}."
        other = re.sub(r"(?<![+\u2212])\$([\d,]+)\.(\d\d)", lambda m: f"about {_dollars(m[0])}", said)
        other = re.sub(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d+) Nov 2026", r"\1 November 2026", other)
        yield f"In short: {other.replace('instead of', 'rather than').replace('%', ' percent')}."


def _dollars(text: str) -> str:
    return f"${Decimal(text.strip('$').replace(',', '')):,.0f}"


def _causes(answer: Answer) -> Iterator[str]:
    for cause in answer.causes:
        if not cause.dims or cause.unit != "USD" or not cause.expected:
            continue
        word = "more than" if cause.delta > 0 else "less than"
        yield f"{cause.name} cost {money(cause.actual)}, {money(abs(cause.delta))} {word} the usual {money(cause.expected)}."
        share = percent(cause.share)
        yield (
            f"{cause.name} added {money(abs(cause.delta))}, {share} of the change."
            if cause.delta > 0
            else f"{cause.name}: {share}."
        )


def _cells(answer: Answer, dice: random.Random) -> Iterator[_Said]:
    for grid in answer.tables[:3]:
        kinds = (*grid.kinds, *["text"] * len(grid.columns))
        columns = [
            at for at, kind in enumerate(kinds[: len(grid.columns)]) if kind in FIGURES and at and grid.columns[at] != "of"
        ]
        rows = [row for row in grid.rows if isinstance(row[0], str) and _NAME.fullmatch(row[0])]
        if len(rows) < 3 or len({row[0] for row in rows}) < len(rows):
            continue
        for at in columns[:2]:
            for row in dice.sample(rows, min(2, len(rows))):
                if isinstance(row[at], int | float | Decimal) and row[at] and (value := _shown(row[at], kinds[at])):
                    others = tuple(
                        (other[0], _shown(other[at], kinds[at]))
                        for other in rows
                        if isinstance(other[at], int | float | Decimal) and abs(other[at] - row[at]) > abs(row[at]) / 20
                    )
                    yield _Said(_sentence(grid, at, row[0], value, dice), row[0], value, others)


def _sentence(grid: Grid, at: int, name: str, value: str, dice: random.Random) -> str:
    column = grid.columns[at]
    return dice.choice(
        (f"{name} shows {value} ({column}).", f"For {name}, the {column} is {value}.", f"{name}: {column} {value}.")
    )


def _shown(value: float | Decimal, kind: str) -> str:
    if kind == "usd":
        return money(value)
    return percent(value) if kind == "percent" else number(value if isinstance(value, int) else Decimal(str(value)))


def _planted(text: str, dice: random.Random) -> Iterator[tuple[str, str]]:
    if wrong := _swapped(text, dice):
        yield "digits", wrong
    if dollars := re.search(r"\$([\d,.]*\d)", text):
        yield "unit", text.replace(dollars[0], f"{dollars[1]} {dice.choice(('hours', 'GB', 'runs'))}", 1)
    yield "cause", f"{text.rstrip('.')} {dice.choice(INVENTED)}."
    for one, two in FLIPS:
        if one in text:
            yield "sign", text.replace(one, two)
            break


def _planted_cell(said: _Said, dice: random.Random) -> Iterator[tuple[str, str]]:
    if wrong := _swapped(said.value, dice):
        yield "digits", said.text.replace(said.value, wrong)
    if said.value.startswith("$") or said.value.endswith("%"):
        yield "unit", said.text.replace(said.value, f"{said.value.strip('$%')} {dice.choice(('hours', 'GB', 'tokens'))}")
    if said.others:
        name, value = dice.choice(said.others)
        yield "entity", said.text.replace(said.name, name)
        yield "row", said.text.replace(said.value, value)
    yield "cause", f"{said.text.rstrip('.')} {dice.choice(INVENTED)}."


def _swapped(text: str, dice: random.Random) -> str:
    """Two neighbouring digits of a figure changed about; the first that would change by a twentieth or more."""
    places = [
        at
        for at in range(len(text) - 1)
        if text[at].isdigit() and text[at + 1].isdigit() and text[at] != text[at + 1] and _in_figure(text, at)
    ]
    if not places:
        return ""
    at = dice.choice(places)
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"


def _in_figure(text: str, at: int) -> bool:
    """Money, or a number that stands alone: not a part of a name, a day or a time."""
    word = re.search(r"\S*$", text[:at])
    whole = (word[0] if word else "") + text[at:].split(" ")[0]
    return bool(re.fullmatch(r"[(+\u2212]*\$?[\d,]+(?:\.\d+)?%?[);:,.]*", whole)) and whole.strip("().,")[:2] != "20"
