"""Cost of a period by each dimension, beside what is usual; and the split into volume, price, new and gone."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from agents.answer import Grid
from agents.cost.elements import ZERO, Element, in_cents, split
from agents.figures import cents

TOP = 6
TITLES = {
    "workspace": "workspace",
    "product": "product",
    "sku": "SKU",
    "resource": "job or other resource",
    "run_as": "run as",
    "team": "team",
}


def by_dimension(
    elements: Sequence[Element], has_recent: bool, evidence: tuple[str, ...], asked: Sequence[str] = ()
) -> tuple[Grid, ...]:
    """One grid per dimension, what moved most first; what is not shown is one row, so that each sums to the same.

    The dimensions that the question asked for come first, and are no detail.
    """
    shown = [name for name in TITLES if name in asked]
    grids = [replace(_grid(elements, name, has_recent, evidence), detail=False) for name in shown]
    return (*grids, *(_grid(elements, name, has_recent, evidence) for name in TITLES if name not in shown))


def _grid(elements: Sequence[Element], dimension: str, has_recent: bool, evidence: tuple[str, ...]) -> Grid:
    groups: dict[str, list[Element]] = {}
    for element in elements:
        groups.setdefault(element.value(dimension), []).append(element)
    ranked = sorted(groups.values(), key=lambda group: (-abs(_delta(group)), group[0].value(dimension)))
    rows = [_row(_label(group[0], dimension), group, has_recent) for group in ranked[:TOP]]
    others = [element for group in ranked[TOP:] for element in group]
    if others:
        rows.append(_row(f"{len(ranked) - TOP} others", others, has_recent))
    week = ("7-day average",) if has_recent else ()
    return Grid(
        title=f"By {TITLES[dimension]}",
        columns=(TITLES[dimension], "cost", "usual", *week, "change"),
        rows=tuple(rows),
        kinds=("text", *["usd"] * (2 + len(week)), "change"),
        evidence=evidence,
        detail=True,
    )


def _label(element: Element, dimension: str) -> str:
    if dimension != "resource":
        return element.value(dimension)
    return f"{element.resource} ({element.workspace})" if element.kind != "none" else element.resource


def _row(label: str, group: Sequence[Element], has_recent: bool) -> tuple[str | Decimal, ...]:
    actual, expected = _sum(group, "actual"), _sum(group, "expected")
    week = (cents(_sum(group, "recent")),) if has_recent else ()
    return (label, cents(actual), cents(expected), *week, cents(actual) - cents(expected))


def _sum(group: Sequence[Element], name: str) -> Decimal:
    return sum((getattr(element, name) for element in group), ZERO)


def _delta(group: Sequence[Element]) -> Decimal:
    return sum((element.delta for element in group), ZERO)


def split_grid(elements: Sequence[Element], total: Decimal) -> Grid:
    """The whole change as volume, price, new and gone; sums exactly to `total`."""
    parts = split(elements)
    names = ("from use", "from price per unit", "from what is new", "from what is gone")
    figures = in_cents([parts.volume, parts.price, parts.new, parts.gone], total)
    rows = (*zip(names, figures, strict=True), ("total change", total))
    return Grid(
        title="Volume, price, new and gone",
        columns=("part", "change"),
        rows=rows,
        kinds=("text", "change"),
        detail=True,
    )
