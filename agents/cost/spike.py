"""Why did costs change? The day found, judged, broken down to its causes; two rounds of queries."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from agents.answer import Answer
from agents.cost.causes import Attempts, find_movers
from agents.cost.elements import Element, read_elements
from agents.cost.report import Facts, report
from agents.cost.scope import scope_of
from agents.cost.window import TREND_DAYS, Trend, history, most_unusual, read_trend, same_weekdays, usable
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_by_day, cost_by_element, cost_complete_through, job_attempts, usage_days
from tools.errors import BadRequestError, HealthMonitorError, MissingTableError
from tools.ml.anomaly import DayVerdict
from tools.period import Period
from tools.scope import Scope
from tools.table import Receipt, Table

WORTH_TELLING = Decimal("0.01")  # of a usual day: what moved less inside a day that is usual is noise


async def investigate(question: Question, sources: Sources) -> Answer:
    """The answer to "why did our costs spike …?", also where they did not."""
    if question.period and question.period.start > question.now:
        raise BadRequestError("That period has not begun yet.", do="Ask for one that has.")
    scope = scope_of(question)
    await sources.progress("Reading the daily costs")
    trend, complete, receipts = await _days(question, sources, scope)
    chosen = _choose(question, trend, complete)
    if not trend.by_sku or chosen.asked.end <= chosen.asked.start:
        return await no_usage(question, sources, scope, complete, receipts)
    await sources.progress(f"Looking for causes on {chosen.asked}")
    facts = await _explain(question, sources, scope, trend, chosen, complete)
    return report(question, sources, facts, receipts)


async def focus(question: Question, sources: Sources) -> Period | None:
    """The unusual day that a question without a period is about; None where no recent day is."""
    trend, complete, _ = await _days(question, sources, scope_of(question))
    chosen = _choose(replace(question, period=None), trend, complete)
    return chosen.asked if chosen.verdict and chosen.verdict.is_anomaly else None


async def _days(question: Question, sources: Sources, scope: Scope) -> tuple[Trend, datetime, list[Receipt]]:
    (complete, arrival), daily = await asyncio.gather(
        cost_complete_through(sources.warehouse, question.now),
        cost_by_day(sources.warehouse, history(question), scope),
    )
    known = complete or _last_hour(daily, question)
    return read_trend(daily, known, question.asker.tz), known, [daily.receipt, arrival.receipt]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period to explain. `verdict` judges a whole day; `instead` is a more unusual day than the one asked for."""

    asked: Period
    verdict: DayVerdict | None
    instead: DayVerdict | None = None


def _choose(question: Question, trend: Trend, complete: datetime) -> Chosen:
    tz = question.asker.tz
    if question.period is None:
        today = Period(question.now, question.now, tz).first_day
        recent = [today - timedelta(days=n) for n in range(TREND_DAYS, 0, -1)]
        found = most_unusual(trend, recent)
        judged = [day for day in recent if day in trend.verdicts]
        day = found.day if found else judged[-1] if judged else today
        return Chosen(_settled(Period.of_days(day, day, tz), complete), trend.verdicts.get(day))
    asked = question.period
    if len(asked.days) > 1 and question.compare is None:
        found = most_unusual(trend, asked.days)
        if found:
            return Chosen(Period.of_days(found.day, found.day, tz), found)
    settled = _settled(asked, complete)
    whole_day = settled.is_whole_days and len(settled.days) == 1
    verdict = trend.verdicts.get(settled.first_day) if whole_day else None
    around = [asked.first_day + timedelta(days=n) for n in range(-7, 8)]
    rival = most_unusual(trend, around) if verdict and not verdict.is_anomaly else None
    return Chosen(settled, verdict, rival)


def _settled(period: Period, complete: datetime) -> Period:
    """The part of the period for which usage has arrived."""
    return period.clipped(complete)


async def _explain(question: Question, sources: Sources, scope: Scope, trend: Trend, chosen: Chosen, complete: datetime) -> Facts:
    baseline = [question.compare] if question.compare else same_weekdays(chosen.asked)
    kept = [1] if question.compare else usable(baseline, trend)
    whole = chosen.asked.is_whole_days and not question.compare
    recent = _week_before(chosen.asked) if whole and len(chosen.asked.days) == 1 else None
    spent, attempts = await asyncio.gather(
        cost_by_element(sources.warehouse, chosen.asked, baseline, recent, scope),
        _attempts(sources, chosen.asked, [baseline[n - 1] for n in kept]),
    )
    elements = read_elements(spent, kept, 7)
    runs, runs_receipt, gap = attempts
    unusual = chosen.verdict.is_anomaly if chosen.verdict else _stands_out(spent, elements, len(baseline), kept)
    movers = find_movers(elements, runs) if kept else ()
    if not unusual:
        worth = WORTH_TELLING * sum((element.expected for element in elements), Decimal(0))
        movers = tuple(mover for mover in movers if abs(mover.delta) >= worth)
    return Facts(
        asked=chosen.asked,
        verdict=chosen.verdict,
        instead=chosen.instead,
        unusual=unusual,
        scope=scope,
        trend=trend,
        baseline=tuple(baseline[n - 1] for n in kept),
        elements=elements,
        movers=movers,
        has_recent=recent is not None,
        complete=complete,
        receipts=(spent.receipt, *runs_receipt),
        partial=(*gap, *_instead(spent.notes)),
    )


def _week_before(asked: Period) -> Period:
    return Period.of_days(asked.first_day - timedelta(days=7), asked.first_day - timedelta(days=1), asked.tz)


async def _attempts(
    sources: Sources, asked: Period, baseline: list[Period]
) -> tuple[Attempts, tuple[Receipt, ...], tuple[str, ...]]:
    """Runs per job, with what is usual for one period; without the job tables the answer stands, and says so."""
    try:
        table = await job_attempts(sources.warehouse, asked, baseline)
    except MissingTableError as error:
        return {}, (), (f"Runs and failures of jobs are not in this answer: {error.sentence()}",)
    except HealthMonitorError as error:
        return {}, (), (f"Runs and failures of jobs are not in this answer (error {error.id}).",)
    share = max(len(baseline), 1)
    runs = {(row["workspace_id"], row["job_id"]): {**row, "usual_attempts": row["baseline_attempts"] / share} for row in table}
    return runs, (table.receipt,), ()


def _instead(notes: tuple[str, ...]) -> tuple[str, ...]:
    """One line for all the tables that only add names or the contract's prices."""
    tables = ", ".join(note.removesuffix(" is not available") for note in notes)
    return (
        (f"Ids stand for names, and list prices for the contract's, where these are not available: {tables}",) if tables else ()
    )


def _stands_out(spent: Table, elements: tuple[Element, ...], periods: int, kept: list[int]) -> bool:
    """For a period that is not one whole day: outside what the baseline periods themselves vary by."""
    actual, expected = (sum((getattr(e, name) for e in elements), Decimal(0)) for name in ("actual", "expected"))
    totals = [sum(float(cost) for cost in spent.column(f"cost_{n}")) for n in range(1, periods + 1) if n in kept]
    mean = sum(totals) / len(totals) if totals else 0.0
    spread = (sum((total - mean) ** 2 for total in totals) / len(totals)) ** 0.5 if len(totals) > 2 else 0.0
    return bool(expected) and abs(float(actual - expected)) > max(4 * spread, 0.1 * float(expected))


def _last_hour(daily: Table, question: Question) -> datetime:
    """Without usage in the last days: what there is ends with its last day."""
    days = daily.column("day")
    return Period.of_days(days[-1], days[-1], question.asker.tz).end if days else question.now


async def no_usage(question: Question, sources: Sources, scope: Scope, complete: datetime, receipts: list[Receipt]) -> Answer:
    """The honest answer for a period without rows: what there is instead."""
    asked = question.period or Period(question.now, question.now, question.asker.tz)
    where = f" for {scope}" if str(scope) else ""
    days = await usage_days(sources.warehouse)
    held = f"The account has usage from {days[0]:%a %-d %b %Y} to {days[1]:%a %-d %b %Y} (UTC days). " if days else ""
    return Answer(
        question=question,
        agents=("cost",),
        as_of=complete,
        evidence=tuple(receipts),
        headline=f"There is no usage{where} in {asked}.",
        summary=f"{held}Ask for another period, or check that billing has arrived.",
    )
