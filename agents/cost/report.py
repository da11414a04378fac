"""The facts of a cost change as an answer: headline, causes that add up, findings, what to do, where to look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite

from agents.answer import Answer, Chart, Finding, Link, Severity
from agents.cost.advice import advise
from agents.cost.causes import Mover, as_causes, sentence, url, without_failures
from agents.cost.elements import ZERO, Element
from agents.cost.grids import by_dimension, split_grid
from agents.cost.scope import dimensions_of
from agents.cost.window import TREND_DAYS, Trend
from agents.figures import cents, change, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.ml.anomaly import DayVerdict
from tools.period import Period
from tools.scope import Scope
from tools.table import Receipt

DASHBOARD = "Cost Intelligence"
SMALL = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the investigation found, before words. Money is USD."""

    asked: Period
    verdict: DayVerdict | None
    instead: DayVerdict | None
    unusual: bool
    scope: Scope
    trend: Trend
    baseline: tuple[Period, ...]
    elements: tuple[Element, ...]
    movers: tuple[Mover, ...]
    has_recent: bool
    complete: datetime
    receipts: tuple[Receipt, ...]
    partial: tuple[str, ...]

    @property
    def actual(self) -> Decimal:
        return cents(sum((element.actual for element in self.elements), ZERO))

    @property
    def expected(self) -> Decimal:
        return cents(sum((element.expected for element in self.elements), ZERO))

    @property
    def delta(self) -> Decimal:
        return self.actual - self.expected

    @property
    def evidence(self) -> tuple[str, ...]:
        return (self.receipts[0].id,)


def report(question: Question, sources: Sources, facts: Facts, trend_receipts: Sequence[Receipt]) -> Answer:
    asked = replace(question, period=facts.asked)
    links = list(sources.dashboard(DASHBOARD, facts.asked))
    links += [Link(f"Open {mover.name}", found) for mover in facts.movers[:3] if (found := url(mover))]
    what_if = [what for mover in facts.movers if (what := without_failures(mover, facts.delta, facts.actual))]
    return Answer(
        question=asked,
        agents=("cost",),
        headline=_headline(facts),
        summary=_summary(facts),
        causes=as_causes(facts.movers, facts.delta) if facts.movers and facts.unusual else (),
        counterfactuals=tuple(what_if) if facts.unusual else (),
        findings=tuple(_findings(facts, trend_receipts)),
        recommendations=advise(facts.movers, _day(facts.asked)),
        tables=(
            *by_dimension(facts.elements, facts.has_recent, facts.evidence, dimensions_of(question)),
            split_grid(facts.elements, facts.delta),
        ),
        charts=(_chart(facts),),
        links=tuple(links),
        followups=_followups(facts),
        evidence=(*facts.receipts, *trend_receipts),
        as_of=facts.complete,
        baseline=_baseline(facts),
        partial=facts.partial,
    )


def _day(asked: Period) -> str:
    if len(asked.days) == 1:
        return f"{asked.first_day:%a %-d %b %Y}"
    return f"{asked.first_day:%-d %b} – {asked.last_day:%-d %b %Y}"


def _usual(facts: Facts) -> str:
    if not facts.baseline:
        return "the usual"
    if len(facts.baseline) == 1:
        return f"{_day(facts.baseline[0])}"
    return f"the usual {facts.asked.first_day:%A}" if len(facts.asked.days) == 1 else "the usual for such days"


def _headline(facts: Facts) -> str:
    where = f" for {facts.scope}" if str(facts.scope) else ""
    so_far = "" if facts.asked.is_whole_days else " (so far)" if len(facts.asked.days) == 1 else ""
    if not facts.baseline:
        return f"{_day(facts.asked)}{so_far}{where} cost {money(facts.actual)}; there is no earlier usage to compare it with."
    share = percent(abs(facts.delta) / facts.expected) if facts.expected else "new"
    side = "above" if facts.delta >= 0 else "below"
    against = f"{money(abs(facts.delta))} ({share}) {side} {_usual(facts)} ({money(facts.expected)})"
    if facts.unusual:
        return f"{_day(facts.asked)}{so_far}{where} cost {money(facts.actual)}: {against}."
    return f"{_day(facts.asked)}{so_far}{where} was not unusual: {money(facts.actual)}, {against}."


def _summary(facts: Facts) -> str:
    inside = ""
    if not facts.unusual and facts.movers:
        inside = f"Inside it {sentence(facts.movers[0], cents(facts.movers[0].delta))}."
    if facts.instead:
        other = facts.instead
        side = "above" if other.direction == "up" else "below"
        apart = f"{money(abs(other.actual - other.expected))} {side} what was expected"
        return f"{other.day:%A} {other.day:%-d %b} was: {money(other.actual)}, {apart}. {inside}".strip()
    if not facts.baseline:
        return ""
    if not facts.unusual:
        return f"In total nothing stands out. {inside}" if inside else "Nothing stands out: it is within its usual range."
    if not facts.movers:
        return "No single workspace, SKU, job, person or team explains it: the change is spread over many."
    main = facts.movers[0]
    told = sentence(main, cents(main.delta))
    if len(facts.movers) > 1:
        told += f". {len(facts.movers) - 1} more below"
    return f"Main cause: {told}."


def _findings(facts: Facts, trend_receipts: Sequence[Receipt]) -> list[Finding]:
    found: list[Finding] = []
    trend = tuple(receipt.id for receipt in trend_receipts[:1])
    verdict = facts.verdict
    if verdict and isfinite(verdict.low):
        within = "outside" if verdict.is_anomaly else "inside"
        severity: Severity = "high" if verdict.is_anomaly and facts.delta > 0 else "info" if verdict.is_anomaly else "good"
        found.append(
            Finding(
                severity,
                f"{within.capitalize()} the expected range of {money(verdict.low)} to {money(verdict.high)} "
                f"for that day (anomaly score {verdict.score:.2f}).",
                "cost",
                trend,
            )
        )
    if facts.has_recent and facts.baseline:
        recent = sum((element.recent for element in facts.elements), ZERO)
        found.append(
            Finding(
                "info",
                f"The average of the 7 days before is {money(recent)}: {change(facts.actual - cents(recent))}.",
                "cost",
                facts.evidence,
            )
        )
    parts = split_grid(facts.elements, facts.delta)
    moved = [f"{change(part)} {name}" for name, part in parts.rows[:-1] if part]
    if facts.unusual and moved:
        found.append(Finding("info", f"Of the change, {', '.join(moved)}.", "cost", facts.evidence))
    if facts.unusual:
        what_if = (without_failures(mover, facts.delta, facts.actual) for mover in facts.movers[:2])
        found.extend(Finding("info", what.text, "cost", facts.evidence) for what in what_if if what)
    unpriced = sum(element.unpriced for element in facts.elements)
    if unpriced:
        skus = sorted({element.sku for element in facts.elements if element.unpriced})
        found.append(
            Finding(
                "low",
                f"{unpriced:,} usage records have no price and count as $0: {', '.join(skus[:3])}.",
                "cost",
                facts.evidence,
            )
        )
    for mover in facts.movers[1:4]:
        weight: Severity = "medium" if mover.delta > 0 else "info"
        found.append(Finding(weight, f"{sentence(mover, cents(mover.delta))}.", "cost", facts.evidence))
    return found


def _baseline(facts: Facts) -> str:
    if not facts.baseline:
        return "none"
    if len(facts.baseline) == 1:
        return str(facts.baseline[0])
    days = ", ".join(f"{period.first_day:%-d %b}" for period in facts.baseline)
    name = f"{facts.asked.first_day:%A}s" if len(facts.asked.days) == 1 else "the same days of the weeks from"
    return f"mean of {len(facts.baseline)} {name} ({days})"


def _chart(facts: Facts) -> Chart:
    """Fourteen days up to the last complete one if that shows the asked day too, else up to the asked day."""
    last = facts.asked.last_day
    complete = [day for day in sorted(facts.trend.verdicts) if last <= day < last + timedelta(days=TREND_DAYS - 3)]
    shown = [day for day in sorted(facts.trend.by_sku) if day <= max([last, *complete])][-TREND_DAYS:]
    sums: dict[str, Decimal] = {}
    for day in shown:
        for sku, cost in facts.trend.by_sku[day].items():
            sums[sku] = sums.get(sku, ZERO) + cost
    top = sorted(sums, key=lambda sku: -sums[sku])[:5]
    series = {sku: tuple(_figure(facts.trend, day, sku) for day in shown) for sku in top}
    if len(sums) > len(top):
        series["other SKUs"] = tuple(
            round(float(facts.trend.total(day)) - sum(series[sku][at] for sku in top), 2) for at, day in enumerate(shown)
        )
    alt = "; ".join(f"{day:%a %-d %b} {money(facts.trend.total(day))}" for day in shown)
    return Chart(
        title="Daily cost by SKU",
        kind="stacked",
        x=tuple(f"{day:%a %-d %b}" for day in shown),
        series=series,
        unit="USD",
        alt=f"Daily cost: {alt}.",
        highlight=f"{facts.asked.last_day:%a %-d %b}",
    )


def _figure(trend: Trend, day: date, sku: str) -> float:
    return round(float(trend.by_sku[day].get(sku, ZERO)), 2)


def _followups(facts: Facts) -> tuple[str, ...]:
    day = f"{facts.asked.first_day:%-d %B %Y}"
    asks = []
    if facts.instead:
        asks.append(f"Why did costs change on {facts.instead.day:%-d %B %Y}?")
    if facts.movers and "workspace" in {*facts.movers[0].dims, "workspace"} and not facts.scope.workspaces:
        asks.append(f"Why did costs change on {day} in workspace {facts.movers[0].main.workspace}?")
    asks.append(f"What were the top cost contributors on {day}?")
    asks.append("Are we within budget this month?")
    return tuple(asks[:3])
