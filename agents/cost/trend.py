"""How cost develops: day by day, week over week, SKU by SKU."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from agents.answer import Answer, Chart, Finding, Grid
from agents.cost import failures, top
from agents.cost.elements import ZERO
from agents.cost.report import DASHBOARD
from agents.cost.scope import dimensions_of, scope_of
from agents.cost.spike import no_usage
from agents.cost.window import HISTORY, Trend, default_period, period_before, read_trend
from agents.figures import cents, change, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_by_day, cost_complete_through
from tools.period import Period

SKUS = 6


async def investigate(question: Question, sources: Sources) -> Answer:
    """Daily cost of the period with its unusual days, against the days before, and by SKU; a ranking where one is asked.

    The cost of failures where that is what was asked.
    """
    if failures.is_about(question):
        return await failures.investigate(question, sources)
    if question.entities.top_n or dimensions_of(question):
        return await top.investigate(question, sources)
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    complete = complete or question.now
    asked, scope = default_period(question, 30).clipped(complete), scope_of(question)
    before = question.compare or period_before(asked)
    known = Period(min(before.start, asked.start - HISTORY), asked.end, asked.tz)
    await sources.progress(f"Adding up the cost of {asked}")
    daily, compared = await asyncio.gather(
        cost_by_day(sources.warehouse, known, scope), cost_by_day(sources.warehouse, before, scope)
    )
    trend = read_trend(daily, complete, asked.tz)
    days = [day for day in asked.days if day in trend.by_sku]
    if not days:
        return await no_usage(question, sources, scope, complete, [daily.receipt, arrival.receipt])
    was = read_trend(compared, complete, asked.tz)
    total, earlier = _sum(trend, days), _sum(was, before.days)
    where = f" for {scope}" if str(scope) else ""
    evidence = (daily.receipt.id,)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=f"{asked}{where} cost {money(total)}, {_against(total, earlier)} {before} ({money(earlier)}).",
        summary=_summary(trend, days, total),
        findings=tuple(_unusual(trend, days, evidence)),
        tables=(_by_sku(trend, days, was, before.days, evidence), _by_day(trend, days, evidence)),
        charts=(_chart(trend, days),),
        links=sources.dashboard(DASHBOARD, asked),
        followups=(
            *_why(trend, days),
            "What were the top 10 cost contributors in that period?",
            "Are we within budget this month?",
        ),
        evidence=(daily.receipt, compared.receipt, arrival.receipt),
        as_of=complete,
        baseline=str(before),
        partial=daily.notes,
    )


def _sum(trend: Trend, days: tuple[date, ...] | list[date]) -> Decimal:
    return cents(sum((trend.total(day) for day in days), ZERO))


def _against(total: Decimal, earlier: Decimal) -> str:
    if not earlier:
        return f"{change(total)} against"
    return f"{change(total - earlier)} ({percent((total - earlier) / earlier)}) against"


def _summary(trend: Trend, days: list[date], total: Decimal) -> str:
    if len(days) == 1:
        return ""
    dearest = max(days, key=trend.total)
    return (
        f"{money(cents(total / len(days)))} a day over {len(days)} days; "
        f"the dearest was {dearest:%a %-d %b} with {money(trend.total(dearest))}."
    )


def _unusual(trend: Trend, days: list[date], evidence: tuple[str, ...]) -> list[Finding]:
    found = [verdict for day in days if (verdict := trend.verdicts.get(day)) and verdict.is_anomaly]
    if not found:
        return [Finding("good", "No day of the period was unusual.", "cost", evidence)]
    found.sort(key=lambda verdict: -abs(verdict.actual - verdict.expected))
    return [
        Finding(
            "high" if verdict.direction == "up" else "info",
            f"{verdict.day:%a %-d %b} was unusual: {money(verdict.actual)} instead of about {money(verdict.expected)}.",
            "cost",
            evidence,
        )
        for verdict in found[:5]
    ]


def _why(trend: Trend, days: list[date]) -> tuple[str, ...]:
    found = [v for day in days if (v := trend.verdicts.get(day)) and v.is_anomaly]
    if not found:
        return ()
    worst = max(found, key=lambda verdict: abs(verdict.actual - verdict.expected))
    return (f"Why did costs change on {worst.day:%-d %B %Y}?",)


def _by_sku(trend: Trend, days: list[date], was: Trend, before: tuple[date, ...], evidence: tuple[str, ...]) -> Grid:
    now, then = _skus(trend, days), _skus(was, before)
    names = sorted({*now, *then}, key=lambda sku: -now.get(sku, ZERO))
    rows = [(sku, now.get(sku, ZERO), then.get(sku, ZERO)) for sku in names[:SKUS]]
    if len(names) > SKUS:
        rest = names[SKUS:]
        rows.append(
            (
                f"{len(rest)} others",
                sum((now.get(s, ZERO) for s in rest), ZERO),
                sum((then.get(s, ZERO) for s in rest), ZERO),
            )
        )
    shown = tuple((name, cents(cost), cents(was), cents(cost) - cents(was)) for name, cost, was in rows)
    return Grid("By SKU", ("SKU", "cost", "before", "change"), shown, ("text", "usd", "usd", "change"), evidence)


def _skus(trend: Trend, days: list[date] | tuple[date, ...]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for day in days:
        for sku, cost in trend.by_sku.get(day, {}).items():
            sums[sku] = sums.get(sku, ZERO) + cost
    return sums


def _by_day(trend: Trend, days: list[date], evidence: tuple[str, ...]) -> Grid:
    """Each day beside the same weekday of the week before."""
    rows = []
    for day in days:
        cost, week = cents(trend.total(day)), cents(trend.total(day - timedelta(days=7)))
        rows.append((day, cost, week, cost - week))
    return Grid(
        "By day",
        ("day", "cost", "a week before", "change"),
        tuple(rows),
        ("date", "usd", "usd", "change"),
        evidence,
        detail=True,
    )


def _chart(trend: Trend, days: list[date]) -> Chart:
    shown = days[-92:]
    totals = tuple(round(float(trend.total(day)), 2) for day in shown)
    alt = "; ".join(f"{day:%-d %b} {money(total)}" for day, total in zip(shown, totals, strict=True))
    return Chart(
        "Daily cost",
        "line" if len(shown) > 31 else "bar",
        tuple(f"{day:%a %-d %b}" for day in shown),
        {"cost": totals},
        "USD",
        f"Daily cost: {alt}.",
    )
