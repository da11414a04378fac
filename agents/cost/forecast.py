"""What will be spent: this month, next month, further ahead; with its range, its method and its past error."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from agents.answer import Answer, Chart, Finding, Grid
from agents.cost.horizon import Horizon, next_days, next_month, read_horizon, this_month
from agents.cost.page import dashboard, through_day
from agents.cost.scope import dimensions_of, scope_of
from agents.cost.series import REACH, Backtest, Landing, backtest, filled, land, look_ahead, read_series
from agents.cost.spike import no_usage
from agents.figures import change, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_complete_through
from tools.ml.forecast import LEAST, Forecast
from tools.period import Period, midnight
from tools.scope import Scope
from tools.spend_days import DIMENSIONS, spend_by_day
from tools.table import Receipt, Table

GROUPS = 12
SHORT = 42  # days of history below which an answer warns of it
METHOD = (
    "The level and the weekday pattern of the last 8 weeks carried forward with a fading trend, single unusual days left out; "
    "the range is where 4 of 5 of 1,000 simulated futures fall."
)


async def investigate(question: Question, sources: Sources) -> Answer:
    """Where the asked days will land, per workspace or tag where that is asked; one round of queries."""
    tz, scope = question.asker.tz, scope_of(question)
    past = Period(midnight(Period(question.now, question.now, tz).first_day - REACH, tz), question.now, tz)
    group = next((name for name in _groups(question) if name in DIMENSIONS), "")
    await sources.progress("Reading the daily costs of the last months")
    (complete, arrival), daily = await asyncio.gather(
        cost_complete_through(sources.warehouse, question.now),
        spend_by_day(sources.warehouse, past, scope, (group or "workspace",)),
    )
    receipts, through = (daily.receipt, arrival.receipt), through_day(complete, daily, question)
    series = read_series(daily, through)
    if not series:
        return await no_usage(replace(question, period=past), sources, scope, complete or question.now, list(receipts))
    horizon = read_horizon(question)
    month = this_month(through + timedelta(days=1))
    wanted = [horizon, month, next_month(month.first), next_days(through + timedelta(days=1), 90)]
    ahead = look_ahead(series, max(one.last for one in wanted))
    if ahead is None:
        return _too_short(question, sources, scope, series, receipts, complete)
    lands = [land(series, ahead, one) for one in dict.fromkeys(wanted)]
    tried = backtest(series, (horizon.last - max(horizon.first - timedelta(days=1), through)).days)
    evidence = (daily.receipt.id,)
    grids = [_outlook(lands, evidence)]
    if group:
        grids.append(_by_group(daily, group, through, horizon, evidence))
    return Answer(
        question=replace(question, period=Period.of_days(horizon.first, horizon.last, tz)),
        agents=("cost",),
        headline=_headline(lands[0], scope, through),
        summary=METHOD,
        findings=tuple(_findings(lands, series, tried, through, horizon, evidence)),
        recommendations=_advice(lands[0], series),
        tables=tuple(grids),
        charts=(_chart(series, ahead),),
        links=dashboard(sources, past),
        followups=(
            "Are we within budget this month?",
            "What were the top 10 cost contributors this month?",
            "Which jobs got slower this week?",
        ),
        evidence=receipts,
        as_of=complete,
        baseline=f"{len(series)} days of history, {min(series):%-d %b} – {through:%-d %b %Y} {tz}",
        partial=(*daily.notes, *_caveats(question, series)),
    )


def _groups(question: Question) -> tuple[str, ...]:
    asked = question.entities.group_by
    return (*(name for name in asked if name in DIMENSIONS), *dimensions_of(question))


def _headline(landing: Landing, scope: Scope, through: date) -> str:
    of = f" for {scope}" if str(scope) else ""
    where = landing.horizon
    span = f"{where.first:%-d %b} – {where.last:%-d %b %Y}"
    so_far = f": {money(landing.spent)} spent through {through:%-d %b}, {money(landing.due)} still due" if landing.spent else ""
    spread = f"80% range {money(landing.low)} to {money(landing.high)}"
    return f"{where.name[:1].upper()}{where.name[1:]} ({span}){of} will cost about {money(landing.total)} ({spread}){so_far}."


def _findings(
    lands: Sequence[Landing],
    series: Mapping[date, Decimal],
    tried: Backtest | None,
    through: date,
    horizon: Horizon,
    evidence: tuple[str, ...],
) -> list[Finding]:
    said = []
    month = next(one for one in lands if one.horizon.first <= through + timedelta(days=1) <= one.horizon.last)
    days = (month.horizon.last - through).days
    if month.horizon != horizon:
        text = (
            f"This month lands at about {money(month.total)}: {money(month.spent)} spent through {through:%-d %b}, "
            f"{money(month.due)} due in the {days} days left."
        )
        said.append(Finding("info", text, "cost", evidence))
    before = this_month(month.horizon.first - timedelta(days=1))
    if min(series) <= before.first:
        was = sum((cost for day, cost in series.items() if before.first <= day <= before.last), Decimal(0))
        moved = month.total - was
        share = abs(moved) / was if was else Decimal(0)
        text = f"Last month cost {money(was)}: this month is heading for {change(moved)} ({percent(share)}) against it."
        said.append(Finding("medium" if moved > 0 and share > Decimal("0.1") else "info", text, "cost", evidence))
    said.append(Finding("info", str(tried), "cost", evidence) if tried else Finding("low", UNTRIED, "cost", evidence))
    return said


UNTRIED = "There is too little history to try this forecast on the past: its error is not known, and its range is a guess."


def _caveats(question: Question, series: Mapping[date, Decimal]) -> list[str]:
    said = []
    if len(series) < SHORT:
        said.append(f"Only {len(series)} days of history are known: the range is wide for that reason.")
    if "dbu" in question.text.lower():
        said.append("The forecast is of US dollars, since DBUs of different SKUs cannot be added up.")
    return said


def _advice(landing: Landing, series: Mapping[date, Decimal]) -> tuple[str, ...]:
    width = (landing.high - landing.low) / landing.total if landing.total else Decimal(0)
    plan = f"Plan with {money(landing.high)} where running out would hurt, with {money(landing.total)} where it would not."
    if width > Decimal("0.4") or len(series) < SHORT:
        return (plan, "Ask again in two weeks: the range narrows as days become known.")
    return (plan, "Tell the budget's owner of launches, backfills and price changes to come: the past does not know them.")


def _outlook(lands: Sequence[Landing], evidence: tuple[str, ...]) -> Grid:
    rows = tuple(
        (f"{one.horizon.name} (to {one.horizon.last:%-d %b %Y})", one.spent, one.due, one.total, one.low, one.high)
        for one in sorted(lands, key=lambda one: one.horizon.last)
    )
    return Grid("Outlook", ("days", "spent", "still due", "total", "low", "high"), rows, ("text", *["usd"] * 5), evidence)


def _by_group(daily: Table, group: str, through: date, horizon: Horizon, evidence: tuple[str, ...]) -> Grid:
    """The dearest values of a dimension, each with a forecast of its own: they need not add up to that of the whole."""
    values: dict[str, list[tuple[date, Decimal]]] = {}
    for row in daily:
        if row["day"] <= through:
            values.setdefault(row[group] or "(none)", []).append((row["day"], Decimal(str(row["cost_usd"] or 0))))
    rows = []
    for name, days in values.items():
        whole = filled(dict(days), through)
        ahead = look_ahead(whole, horizon.last)
        if ahead:
            landing = land(whole, ahead, horizon)
            rows.append((name, landing.spent, landing.due, landing.total, landing.low, landing.high))
    rows.sort(key=lambda row: -row[3])
    title = f"{horizon.name[:1].upper()}{horizon.name[1:]} by {group.replace('_', ' ')} (each by itself)"
    columns = (group.replace("_", " "), "spent", "still due", "total", "low", "high")
    return Grid(title, columns, tuple(rows[:GROUPS]), ("text", *["usd"] * 5), evidence)


def _chart(series: Mapping[date, Decimal], ahead: Forecast) -> Chart:
    """Four weeks of the past and up to four ahead; low and high open where the future begins."""
    past = sorted(series)[-28:]
    count = min(28, len(ahead.days))
    known = [round(float(series[day]), 2) for day in past]
    ranges = [ahead.interval(at) for at in range(count)]
    lines = {
        "expected": (*known, *(round(value, 2) for value in ahead.expected[:count])),
        "low": (*known, *(round(low, 2) for low, _ in ranges)),
        "high": (*known, *(round(high, 2) for _, high in ranges)),
    }
    x = tuple(f"{day:%a %-d %b}" for day in (*past, *ahead.days[:count]))
    told = "; ".join(f"{day:%-d %b} {money(value)}" for day, value in zip(ahead.days[:7], ahead.expected[:7], strict=True))
    return Chart("Daily cost, and what is expected", "line", x, lines, "USD", f"Expected: {told}.", x[len(past)] if count else "")


def _too_short(
    question: Question,
    sources: Sources,
    scope: Scope,
    series: Mapping[date, Decimal],
    receipts: tuple[Receipt, ...],
    complete: datetime | None,
) -> Answer:
    of = f" for {scope}" if str(scope) else ""
    asked = Period.of_days(min(series), max(series), question.asker.tz)
    total = sum(series.values(), Decimal(0))
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=f"There are only {len(series)} days of cost{of}: too few for a forecast, which needs {LEAST}.",
        summary=f"{asked} cost {money(total)}, {money(total / len(series))} a day.",
        links=dashboard(sources, asked),
        followups=("How much did we spend this month?", "Are we within budget this month?"),
        evidence=receipts,
        as_of=complete,
        baseline="none",
    )
