"""Would a job be cheaper on serverless? What can be computed from DBUs and prices, and where it tips."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from agents.answer import Answer, Finding, Grid, Link
from agents.cost.pots import Pot
from agents.cost.waste import serverless_jobs
from agents.figures import cents, change, money, number, percent
from agents.question import Question
from tools.period import Period
from tools.table import Receipt


def compare_jobs(
    question: Question,
    asked: Period,
    pots: Sequence[Pot],
    prices: Mapping[str, Decimal],
    links: tuple[Link, ...],
    evidence: tuple[Receipt, ...],
    complete: datetime | None,
) -> Answer:
    """Each named job at today's SKU and at the serverless one, for the same DBUs; and the break-even."""
    ids = tuple(receipt.id for receipt in evidence[:2])
    rows = []
    for pot in sorted(pots, key=lambda pot: -pot.cost):
        price, other = prices.get(pot.skus[0]), serverless_jobs(pot.skus[0], prices)
        already = "SERVERLESS" in pot.skus[0]
        same = pot.cost * other / price if price and other and not already else None
        rows.append(
            (pot.name, pot.workspace, pot.skus[0], pot.quantity, cents(pot.cost), cents(same) if same is not None else None)
        )
    first = rows[0] if rows else None
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(first, asked, question),
        summary=(
            "Compared are Databricks charges for the same DBUs at today's prices. Serverless includes the virtual machines, "
            "which the cloud provider bills apart for classic compute and which are not in these tables."
        ),
        findings=tuple(_findings(first, ids)),
        recommendations=(
            (f"Run {first[0]} on serverless for three days, and compare its DBUs and its cloud bill with the days before.",)
            if first and first[5] is not None
            else ()
        ),
        tables=(
            Grid(
                "Serverless compared",
                ("job", "workspace", "SKU", "DBUs", "cost", "same DBUs on serverless"),
                tuple(rows),
                ("text", "text", "text", "number", "usd", "usd"),
                ids,
            ),
        )
        if rows
        else (),
        links=links,
        followups=("How can we save money?", "Which jobs got slower this week?"),
        evidence=evidence,
        as_of=complete,
        baseline=f"what {asked} cost, at the price of usage",
    )


Row = tuple[str, str, str, Decimal, Decimal, Decimal | None]


def _headline(first: Row | None, asked: Period, question: Question) -> str:
    if first is None:
        return f"{', '.join(question.entities.jobs)} cost nothing in {asked}: there is nothing to compare."
    name, place, _, _, cost, same = first
    if same is None:
        return f"{name} in {place} runs on serverless already, or no serverless price is known; it cost {money(cost)} in {asked}."
    if same <= cost:
        return (
            f"{name} in {place} would be cheaper on serverless: {money(same)} instead of {money(cost)} for the DBUs of {asked}."
        )
    return (
        f"By DBUs alone {name} in {place} would not be cheaper on serverless: {money(same)} instead of {money(cost)} for the "
        f"same DBUs of {asked}. It is cheaper if serverless needs less than {percent(cost / same)} of them, or if its machines "
        f"cost more than {money(same - cost)}."
    )


def _findings(first: Row | None, ids: tuple[str, ...]) -> list[Finding]:
    if first is None or first[5] is None:
        return []
    text = f"{number(first[3])} DBUs on {first[2]}; the same on serverless costs {change(first[5] - first[4])}."
    return [Finding("info", text, "cost", ids)]
