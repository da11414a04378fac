"""Spend against the budgets of the file."""

import asyncio
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from agents.answer import Answer, Finding, Grid, Link, Severity
from agents.cost.report import DASHBOARD
from agents.figures import cents, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.budgets import Budget
from tools.cost import cost_complete_through, get_budget_variance, workspace_ids
from tools.errors import MisconfiguredError
from tools.period import Period
from tools.table import Table

NEAR = Decimal("0.02")


async def investigate(question: Question, sources: Sources) -> Answer:
    """Actual spend against each budget that the question names, or all: so far, and at this pace for the month."""
    budgets = _asked_for(question, sources.budgets)
    await sources.progress("Comparing spend with the budgets")
    (complete, arrival), ids = await asyncio.gather(
        cost_complete_through(sources.warehouse, question.now), workspace_ids(sources.warehouse)
    )
    last = ((complete or question.now) - timedelta(days=1)).date()
    first, last = _days(question, last)
    tables = await asyncio.gather(*(_variance(sources, budget, first, last, ids) for budget in budgets))
    rows = tuple(_row(budget, table, first, last) for budget, table in zip(budgets, tables, strict=True))
    over = [row for row in rows if row[4] > 0]
    asked = Period.of_days(first, last, "UTC")
    dashboard = sources.dashboards.url(DASHBOARD, asked)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(rows[0], len(over), len(rows), first, last),
        summary="Each day has its share of the month's budget; the pace is spend so far, per day, times the days of the month.",
        findings=tuple(_finding(row, table) for row, table in zip(rows, tables, strict=True) if row[4] > 0),
        recommendations=_advice(over),
        tables=(
            Grid(
                "Budgets",
                ("budget", "monthly", "so far allowed", "actual", "over", "over %", "month at this pace"),
                rows,
                ("text", "usd", "usd", "usd", "usd", "percent", "usd"),
                tuple(table.receipt.id for table in tables),
            ),
        ),
        links=(Link(DASHBOARD, dashboard),) if dashboard else (),
        followups=("What were the top cost contributors this month?", "Why did costs change last week?"),
        evidence=(*(table.receipt for table in tables), arrival.receipt),
        as_of=complete,
        baseline="the budgets file",
    )


def _asked_for(question: Question, budgets: tuple[Budget, ...]) -> tuple[Budget, ...]:
    if question.entities.amount_usd:
        return (Budget("account", "", Decimal(str(question.entities.amount_usd))),)
    if not budgets:
        raise MisconfiguredError(
            "There are no budgets to compare with.",
            do="Name one in the question ($300,000 a month) or set HEALTH_MONITOR_BUDGETS to a file.",
        )
    named = {*question.entities.workspaces, *(f"{key}={value}" for key, value in question.entities.tags)}
    return tuple(budget for budget in budgets if budget.name in named) or budgets


def _days(question: Question, last: date) -> tuple[date, date]:
    """UTC days: the asked period up to the last complete day, or this month so far."""
    if question.period:
        return question.period.first_day, max(min(question.period.last_day, last), question.period.first_day)
    return last.replace(day=1), last


async def _variance(sources: Sources, budget: Budget, first: date, last: date, ids: dict[str, str]) -> Table:
    key, _, value = budget.name.partition("=")
    return await get_budget_variance(
        sources.warehouse,
        float(budget.monthly_usd),
        first,
        last,
        workspace_filter=ids.get(budget.name, budget.name) if budget.scope == "workspace" else "ALL",
        tag_key=key if budget.scope == "tag" else "ALL",
        tag_value=value if budget.scope == "tag" else "ALL",
    )


Row = tuple[str, Decimal, Decimal, Decimal, Decimal, float, Decimal]


def _row(budget: Budget, table: Table, first: date, last: date) -> Row:
    allowed, actual, over, over_pct, days, _ = table.rows[0]
    month = monthrange(last.year, last.month)[1]
    pace = cents(actual / days * month) if first.day == 1 and first.month == last.month else Decimal(0)
    return (budget.title, cents(budget.monthly_usd), allowed, actual, over, float(over_pct or 0) / 100, pace)


def _headline(row: Row, over: int, count: int, first: date, last: date) -> str:
    side = "over" if row[4] > 0 else "under"
    text = (
        f"{row[0][:1].upper()}{row[0][1:]} is {money(abs(row[4]))} ({percent(abs(row[5]))}) {side} budget "
        f"for {first:%-d %b} – {last:%-d %b %Y}: {money(row[3])} of {money(row[2])}."
    )
    return text if count == 1 else f"{text} {over} of {count} budgets are over."


def _finding(row: Row, table: Table) -> Finding:
    severity: Severity = "high" if row[5] > 0.1 else "medium" if row[5] > NEAR else "low"
    return Finding(severity, f"{row[0]} is {money(row[4])} ({percent(row[5])}) over.", "cost", (table.receipt.id,))


def _advice(over: list[Row]) -> tuple[str, ...]:
    if not over:
        return ()
    worst = max(over, key=lambda row: row[4])
    return (
        f"Start with {worst[0]}: ask for its top contributors, and why its cost changed.",
        "Agree the overrun with the budget's owner, or cut what has no owner first.",
    )
