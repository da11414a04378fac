"""Spend against the budgets of the file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.cost.page import dashboard
from agents.cost.series import REACH
from agents.cost.standing import KEYS, Standing, expected, stand
from agents.figures import cents, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.budgets import Budget
from tools.cost import cost_complete_through
from tools.errors import MisconfiguredError
from tools.period import Period
from tools.scope import Scope
from tools.spend_days import spend_by_day

NEAR = 0.02
MOST = 8  # findings: the table has every budget


async def investigate(question: Question, sources: Sources) -> Answer:
    """Actual spend against each budget that the question names, or all; in a running month also when it is used up."""
    budgets = _asked_for(question, sources.budgets)
    await sources.progress("Comparing spend with the budgets")
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    known = ((complete or question.now) - timedelta(days=1)).date()
    first, last = _days(question, known)
    running = last == known and first == last.replace(day=1) and (last + timedelta(days=1)).month == last.month
    told = [budget for budget in budgets if budget.scope != "tag" or budget.name.partition("=")[0] in KEYS]
    keys = sorted({budget.name.partition("=")[0] for budget in told if budget.scope == "tag"})
    past = Period.of_days(min(first, last - REACH) if running else first, last, "UTC")
    daily = await spend_by_day(sources.warehouse, past, Scope(), ("workspace", *keys))
    standings = tuple(stand(budget, daily, first, last, running=running) for budget in told)
    if not standings:
        raise MisconfiguredError("No budget of the file can be computed.", do=f"Tags of budgets are {', '.join(KEYS)}.")
    asked, evidence = Period.of_days(first, last, "UTC"), (daily.receipt.id,)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(standings, first, last),
        summary=_summary(standings[0], running),
        findings=tuple(_findings(standings, evidence))[:MOST],
        recommendations=_advice(standings),
        tables=(_grid(standings, running, evidence),),
        links=dashboard(sources, asked),
        followups=(
            "What were the top cost contributors this month?",
            "What will we spend next month?",
            "Which jobs failed this month?",
        ),
        evidence=(daily.receipt, arrival.receipt),
        as_of=complete,
        baseline="the budgets file" if not question.entities.amount_usd else "the budget named in the question",
        partial=(
            *daily.notes,
            *(f"The budget of {budget.title} is by a tag that cost is not known by." for budget in budgets if budget not in told),
        ),
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


def _headline(standings: Sequence[Standing], first: date, last: date) -> str:
    main, over = standings[0], sum(one.over > 0 for one in standings)
    side = "over" if main.over > 0 else "under"
    title = main.budget.title
    text = (
        f"{title[:1].upper()}{title[1:]} is {money(abs(main.over))} ({percent(abs(main.over_share))}) {side} budget "
        f"for {first:%-d %b} – {last:%-d %b %Y}: {money(main.actual)} of {money(main.allowed)}."
    )
    if main.reached:
        text += f" The whole month's {money(main.budget.monthly_usd)} was used up on {main.reached:%-d %b}."
    elif main.ahead and main.ahead.day:
        text += f" The month's {money(main.budget.monthly_usd)} runs out on {main.ahead.day:%a %-d %b %Y}."
    elif main.ahead:
        text += f" The month's {money(main.budget.monthly_usd)} is expected to last."
    return text if len(standings) == 1 else f"{text} {over} of {len(standings)} budgets are over."


def _summary(main: Standing, running: bool) -> str:
    total, low, high = expected(main)
    rule = "Each day has its share of the month's budget; UTC days."
    if not running:
        return rule
    if main.ahead is None or total is None or low is None or high is None:
        return f"{rule} The history is too short to foretell the rest of the month."
    return (
        f"The month is expected to end at {money(total)} (80% range {money(low)} to {money(high)}); the chance that it ends over "
        f"budget is {percent(main.ahead.probability)}. {rule}"
    )


def _findings(standings: Sequence[Standing], evidence: tuple[str, ...]) -> Iterator[Finding]:
    for one in sorted(standings, key=lambda one: (one.over <= 0, -one.over_share)):
        title = f"{one.budget.title[:1].upper()}{one.budget.title[1:]}"
        total, _, _ = expected(one)
        chance = f"; the month's chance to end over is {percent(one.ahead.probability)}" if one.ahead else ""
        if one.over > 0:
            severity: Severity = "high" if one.over_share > 0.1 else "medium" if one.over_share > NEAR else "low"
            text = f"{title} is {money(one.over)} ({percent(one.over_share)}) over for the days so far{chance}."
            yield Finding(severity, text, "cost", evidence)
        elif one.likely and total is not None:
            text = f"{title} is not over yet, but is heading for {money(total)} of {money(one.budget.monthly_usd)}{chance}."
            yield Finding("medium", text, "cost", evidence)
    if all(one.over <= 0 and not one.likely for one in standings):
        what = "No budget is over" if len(standings) > 1 else "It is not over"
        yield Finding("good", f"{what}, nor expected to be.", "cost", evidence)


def _grid(standings: Sequence[Standing], running: bool, evidence: tuple[str, ...]) -> Grid:
    columns: tuple[str, ...] = ("budget", "monthly", "so far allowed", "actual", "over", "over %")
    kinds: tuple[str, ...] = ("text", "usd", "usd", "usd", "usd", "percent")
    rows: list[tuple[Any, ...]] = [
        (one.budget.title, cents(one.budget.monthly_usd), one.allowed, one.actual, one.over, one.over_share) for one in standings
    ]
    if running:
        columns += ("month expected", "low", "high", "chance over", "runs out")
        kinds += ("usd", "usd", "usd", "percent", "date")
        rows = [
            (*row, *expected(one), one.ahead.probability if one.ahead else None, one.runs_out)
            for row, one in zip(rows, standings, strict=True)
        ]
    return Grid("Budgets", columns, tuple(rows), kinds, evidence)


def _advice(standings: Sequence[Standing]) -> tuple[str, ...]:
    bad = [one for one in standings if one.over > 0 or one.likely]
    if not bad:
        return ()
    worst = max(bad, key=lambda one: one.over)
    total, _, _ = expected(worst)
    lacking = total - worst.budget.monthly_usd if total is not None else worst.over
    return (
        f"Start with {worst.budget.title}: ask for its top contributors, and why its cost changed.",
        f"Agree {money(lacking)} more with the budget's owner, or cut what has no owner first."
        if lacking > 0
        else "Agree the overrun with the budget's owner, or cut what has no owner first.",
    )
