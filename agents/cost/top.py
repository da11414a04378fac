"""What costs most, and how that changed."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.cost import failures
from agents.cost.elements import ZERO, Element, read_elements
from agents.cost.report import DASHBOARD
from agents.cost.scope import dimensions_of, scope_of
from agents.cost.window import default_period, period_before
from agents.figures import cents, change, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_by_element, cost_complete_through, get_top_cost_contributors
from tools.table import Receipt

MOST = 50
RESOURCES = ("job", "pipeline", "warehouse", "endpoint", "cluster")


async def investigate(question: Question, sources: Sources) -> Answer:
    """The dearest workspaces, SKUs, jobs, people or teams of a period, beside the period before; or the dearest failures."""
    if failures.is_about(question):
        return await failures.investigate(question, sources)
    asked = default_period(question, 30)
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    asked = asked.clipped(complete or question.now)
    before = question.compare or period_before(asked)
    scope, top_n = scope_of(question), min(question.entities.top_n or 10, MOST)
    await sources.progress(f"Adding up the cost of {asked}")
    spent, ranked = await asyncio.gather(
        cost_by_element(sources.warehouse, asked, [before], None, scope),
        get_top_cost_contributors(sources.warehouse, asked.first_day, asked.last_day, top_n),
    )
    elements = read_elements(spent, [1], 1)
    kinds = tuple(name for name in question.entities.group_by if name in RESOURCES)
    dimensions = dimensions_of(question) or ("workspace", "resource", "sku")
    total, usual = (cents(sum((getattr(e, name) for e in elements), ZERO)) for name in ("actual", "expected"))
    evidence = (spent.receipt.id,)
    tables = [_grid(elements, name, kinds, top_n, total, evidence) for name in dimensions]
    where = f" for {scope}" if str(scope) else ""
    receipts: tuple[Receipt, ...] = (spent.receipt, arrival.receipt, ranked.receipt)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(tables[0], dimensions[0], total, f"{asked}{where}"),
        summary=f"Total {money(total)}, {change(total - usual)} against the period before ({money(usual)}).",
        findings=tuple(_findings(elements, evidence)),
        tables=(*tables, _ranked(ranked.rows, ranked.receipt.id)) if not str(scope) else tuple(tables),
        links=sources.dashboard(DASHBOARD, asked),
        followups=("Why did costs change in that period?", "Break it down by team", "Are we within budget this month?"),
        evidence=receipts,
        as_of=complete,
        baseline=str(before),
        partial=spent.notes,
    )


def _headline(grid: Grid, dimension: str, total: Decimal, when: str) -> str:
    if not grid.rows:
        return f"There is no usage in {when}."
    name, cost = grid.rows[0][0], grid.rows[0][1]
    kind = {"run_as": "identity", "resource": "resource", "sku": "SKU"}.get(dimension, dimension)
    return f"{when}: the dearest {kind} is {name} with {money(cost)}, {percent(cost / total) if total else '–'} of the total."


def _grid(
    elements: tuple[Element, ...], dimension: str, kinds: tuple[str, ...], top_n: int, total: Decimal, evidence: tuple[str, ...]
) -> Grid:
    """The dearest values of a dimension; resources of the kinds that were asked for, or of any kind."""
    groups: dict[str, list[Element]] = {}
    for element in elements:
        if dimension != "resource" or (element.kind in kinds if kinds else element.kind != "none"):
            groups.setdefault(element.value(dimension), []).append(element)
    costs = {
        key: (sum((e.actual for e in group), ZERO), sum((e.expected for e in group), ZERO), group[0])
        for key, group in groups.items()
    }
    ranked = sorted((key for key in costs if costs[key][0]), key=lambda key: (-costs[key][0], key))[:top_n]
    rows = tuple(
        (
            _label(costs[key][2], dimension),
            cents(costs[key][0]),
            float(costs[key][0] / total) if total else 0.0,
            cents(costs[key][0]) - cents(costs[key][1]),
        )
        for key in ranked
    )
    name = {"resource": "job or other resource", "sku": "SKU", "run_as": "run as"}.get(dimension, dimension)
    return Grid(
        f"Top {len(rows)} by {name}",
        (name, "cost", "share", "change"),
        rows,
        ("text", "usd", "percent", "usd"),
        evidence,
    )


def _label(element: Element, dimension: str) -> str:
    if dimension == "resource" and element.kind != "none":
        return f"{element.resource} ({element.workspace})"
    return element.resource if dimension == "resource" else element.value(dimension)


def _ranked(rows: tuple[tuple[Any, ...], ...], receipt: str) -> Grid:
    return Grid(
        "Workspace and SKU (UTC days)",
        ("workspace", "SKU", "cost", "share"),
        tuple((row[2], row[3], row[5], float(row[6] or 0) / 100) for row in rows),
        ("text", "text", "usd", "percent"),
        (receipt,),
    )


def _findings(elements: tuple[Element, ...], evidence: tuple[str, ...]) -> list[Finding]:
    found = []
    untagged = sum((e.actual for e in elements if e.team == "untagged"), ZERO)
    total = sum((e.actual for e in elements), ZERO)
    if total and untagged / total > Decimal("0.05"):
        found.append(
            Finding("low", f"{percent(untagged / total)} of the cost ({money(untagged)}) has no team tag.", "cost", evidence)
        )
    return found
