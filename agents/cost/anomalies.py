"""Which days were unusual, in the account, a workspace or a product; by how much, of what kind, and from what."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import isfinite

from agents.answer import Answer, Chart, Finding, Grid, Severity
from agents.attempt import Attempt, attempt, gaps, receipts
from agents.cost import spike
from agents.cost.causes import find_movers, sentence
from agents.cost.elements import read_elements
from agents.cost.events import ACCOUNT, Event, Judged, find_events, judge_all
from agents.cost.page import dashboard, through_day
from agents.cost.scope import scope_of
from agents.cost.spike import no_usage
from agents.cost.window import HISTORY, Trend, default_period, same_weekdays, usable
from agents.figures import cents, change, money
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_by_element, cost_complete_through
from tools.ml.anomaly import ENOUGH_DAYS
from tools.period import Period, midnight
from tools.scope import Scope
from tools.spend_days import spend_by_day

WHOLE = "the account"
EXPLAINED = 3  # events whose cause is looked for
SHOWN = 12
CARRIES = Decimal("0.5")  # of the change, before a mover is told as its cause


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked days or the last 30; two rounds of queries. One day that is not over yet is compared hour for hour."""
    tz, scope = question.asker.tz, scope_of(question)
    asked = default_period(question, 30)
    today = Period(question.now, question.now, tz).first_day
    if asked.first_day >= today:
        return await spike.investigate(question, sources)
    known = Period(midnight(asked.first_day, tz) - HISTORY, min(asked.end, question.now), tz)
    await sources.progress(f"Judging each day of {asked}")
    (complete, arrival), daily = await asyncio.gather(
        cost_complete_through(sources.warehouse, question.now),
        spend_by_day(sources.warehouse, known, scope, ("workspace", "product")),
    )
    through = min(through_day(complete, daily, question), asked.last_day)
    judged = judge_all(daily, through)
    days = [day for day in asked.days if day in judged.account]
    if not days:
        none = replace(question, period=asked)
        return await no_usage(none, sources, scope, complete or question.now, [daily.receipt, arrival.receipt])
    asked = Period.of_days(asked.first_day, through, tz)
    events = find_events(judged, days)
    await sources.progress("Looking for the causes of the largest")
    spent = await asyncio.gather(*(_elements(sources, event, scope, tz) for event in events[:EXPLAINED]))
    told = [_cause(read, event, judged, tz) for read, event in zip(spent, events[:EXPLAINED], strict=True)]
    evidence, whole = (daily.receipt.id,), str(scope) or WHOLE
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(events, told, days, judged, whole, asked),
        summary=_summary(events, days, judged),
        findings=tuple(_findings(events, told, spent, whole, evidence)),
        recommendations=_advice(events, whole),
        tables=_grids(events, told, whole, evidence),
        charts=(_chart(judged, days, events),),
        links=dashboard(sources, asked),
        followups=(
            *(f"Why did costs change on {event.days[0]:%-d %B %Y}?" for event in events[:1]),
            f"What were the top cost contributors on {days[-1]:%-d %B %Y}?",
            f"Which jobs failed on {(events[0].days[0] if events else days[-1]):%-d %B %Y}?",
        ),
        evidence=receipts(daily, arrival, *spent),
        as_of=complete,
        baseline=f"for each day the 10 days before it and its weekday in 6 weeks; history from {known.first_day:%-d %b %Y}",
        partial=(*gaps(daily, *spent), *_young(judged, days)),
    )


async def _elements(sources: Sources, event: Event, scope: Scope, tz: str) -> Attempt:
    """Cost of the event's first day per finest element, in the workspace or product that strayed."""
    day = Period.of_days(event.days[0], event.days[0], tz)
    narrow = scope
    if event.main.level == "workspace":
        narrow = replace(scope, workspaces=(event.main.name,))
    elif event.main.level == "product":
        narrow = replace(scope, products=(event.main.name,))
    return await attempt("Causes", cost_by_element(sources.warehouse, day, same_weekdays(day), None, narrow))


@dataclass(frozen=True, slots=True)
class Told:
    """What most of an event comes from: its name and what it did, in words; empty where nothing stands out."""

    name: str = ""
    text: str = ""


def _cause(read: Attempt, event: Event, judged: Judged, tz: str) -> Told:
    if read.table is None:
        return Told()
    verdicts = judged.series[event.main.level, event.main.name]
    trend = Trend({day: {"": Decimal(str(verdict.actual))} for day, verdict in verdicts.items()}, verdicts)
    kept = usable(same_weekdays(Period.of_days(event.days[0], event.days[0], tz)), trend)
    movers = find_movers(read_elements(read.table, kept, 1), {}) if kept else ()
    same_way = [mover for mover in movers if (mover.delta > 0) == (event.main.delta > 0)]
    if not same_way or abs(same_way[0].delta) < CARRIES * abs(Decimal(str(event.main.delta))):
        return Told()
    main = same_way[0]
    return Told(f"{main.name} in {main.main.workspace}", sentence(main, cents(main.delta)))


def _label(event: Event) -> str:
    first, last = event.days[0], event.days[-1]
    return f"{first:%a %-d %b %Y}" if first == last else f"{first:%a %-d} – {last:%a %-d %b %Y}"


def _place(event: Event, whole: str) -> str:
    if event.main.level == ACCOUNT:
        if whole in event.where:
            return event.where
        return f"{whole} ({event.where})" if event.names("workspace") or event.names("product") else whole
    return event.where


def _headline(
    events: Sequence[Event], told: Sequence[Told], days: Sequence[date], judged: Judged, whole: str, asked: Period
) -> str:
    of = f" for {whole}" if whole != WHOLE else ""
    if not events:
        total = sum(judged.account[day].actual for day in days)
        return f"Nothing unusual in {asked}{of}: {money(total)} over {len(days)} days, each within what was expected of it."
    count = len({day for event in events for day in event.days})
    top, main = events[0], events[0].main.verdict
    side = "above" if top.main.delta > 0 else "below"
    from_ = f", mainly from {told[0].name}" if told and told[0].name else ""
    many = "1 unusual day" if count == 1 else f"{count} unusual days"
    cost = f"{money(main.actual)}{' on the first day' if len(top.days) > 1 else ''}"
    return (
        f"{many} in {asked}{of}. The largest: {_label(top)} in {_place(top, whole)}, {cost}, "
        f"{money(abs(top.main.delta))} {side} the expected {money(main.expected)}{from_}."
    )


def _summary(events: Sequence[Event], days: Sequence[date], judged: Judged) -> str:
    up = sum(event.total for event in events if event.total > 0)
    total = sum(judged.account[day].actual for day in days)
    extra = f" In all they cost {money(up)} more than expected, of {money(total)}." if up else ""
    return (
        "Each day of the account, of every workspace and of every product was judged; what strays by less than 1% of the day's "
        f"cost is left out.{extra}"
    )


def _findings(
    events: Sequence[Event], told: Sequence[Told], spent: Sequence[Attempt], whole: str, evidence: tuple[str, ...]
) -> list[Finding]:
    if not events:
        return [Finding("good", "No day, workspace or product was unusual.", "cost", evidence)]
    found = []
    for at, event in enumerate(events[: SHOWN // 2]):
        main = event.main.verdict
        severity: Severity = "info" if event.total < 0 else "high" if event.main.level == ACCOUNT else "medium"
        text = told[at].text if at < len(told) else ""
        why = f" {text[:1].upper()}{text[1:]}." if text else ""
        span = f" ({money(main.low)} to {money(main.high)} was expected)" if isfinite(main.low) else ""
        ids = (*evidence, *(spent[at].ids if at < len(spent) else ()))
        text = (
            f"{_label(event)}, {_place(event, whole)}: {money(main.actual)}, {change(event.main.delta)}{span}; {event.kind}.{why}"
        )
        found.append(Finding(severity, text, "cost", ids))
    return found


def _advice(events: Sequence[Event], whole: str) -> tuple[str, ...]:
    if not events:
        return ()
    asks = [
        f"Ask why costs changed on {event.days[0]:%-d %B %Y}: the answer names the owner and the remedy."
        for event in events
        if event.total > 0
    ][:2]
    shifts = [event for event in events if event.kind == "new level"]
    if shifts:
        asks.append(
            f"Settle whether the new level of {_place(shifts[0], whole)} stays; if so, raise its budget, else take it back."
        )
    return tuple(asks) or ("Check that what fell was meant to stop.",)


def _grids(events: Sequence[Event], told: Sequence[Told], whole: str, evidence: tuple[str, ...]) -> tuple[Grid, ...]:
    if not events:
        return ()
    rows = tuple(
        (_label(event), _place(event, whole), event.main.verdict.actual, event.main.verdict.expected, event.main.verdict.low,
         event.main.verdict.high, event.total, event.kind, (told[at].text or None) if at < len(told) else None)
        for at, event in enumerate(events[:SHOWN])
    )  # fmt: skip
    columns = ("days", "where", "cost (first day)", "expected", "low", "high", "change in all", "kind", "cause")
    kinds = ("text", "text", "usd", "usd", "usd", "usd", "change", "text", "text")
    parts = tuple(
        (part.verdict.day, part.level, part.name or "all", part.verdict.actual, part.verdict.expected, part.verdict.low,
         part.verdict.high, part.verdict.kind.replace("_", " "), round(part.verdict.score, 2))
        for event in events
        for part in event.parts
    )  # fmt: skip
    return (
        Grid("Unusual days", columns, rows, kinds, evidence),
        Grid(
            "Each series that strayed",
            ("day", "level", "name", "cost", "expected", "low", "high", "kind", "score"),
            parts,
            ("date", "text", "text", "usd", "usd", "usd", "usd", "text", "number"),
            evidence,
            detail=True,
        ),
    )


def _chart(judged: Judged, days: Sequence[date], events: Sequence[Event]) -> Chart:
    shown = list(days)[-92:]
    cost = tuple(round(judged.account[day].actual, 2) for day in shown)
    usual = tuple(round(v.expected if isfinite(v.expected) else v.actual, 2) for v in (judged.account[day] for day in shown))
    marked = next((f"{day:%a %-d %b}" for event in events for day in event.days if day in shown), "")
    alt = "; ".join(f"{day:%-d %b} {money(value)}" for day, value in zip(shown, cost, strict=True))
    x = tuple(f"{day:%a %-d %b}" for day in shown)
    return Chart(
        "Daily cost and what was expected", "line", x, {"cost": cost, "expected": usual}, "USD", f"Daily cost: {alt}.", marked
    )


def _young(judged: Judged, days: Sequence[date]) -> tuple[str, ...]:
    history = (days[-1] - min(judged.account)).days
    if history < ENOUGH_DAYS:
        return (f"Only {history} days lie before the last one: nothing can be called unusual before {ENOUGH_DAYS}.",)
    return ()
