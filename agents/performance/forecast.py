"""Will queries be slow tomorrow, and when will this job finish? From the account's own past, with its past error."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from agents.answer import Answer, Chart, Finding, Grid
from agents.attempt import gaps, last_time, receipts
from agents.counts import many
from agents.figures import percent
from agents.performance.eta import finish
from agents.performance.outlook import TESTED, Outlook, outlooks
from agents.performance.page import HISTORY, QUERIES, nothing
from agents.question import Question
from agents.specialist import Sources
from tools.held import held
from tools.period import Period, midnight
from tools.statements import warehouse_days

PAST = 42
SAMPLES = 20


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named jobs' end or duration; else the 95th percentile of query latency per warehouse, the asked day or tomorrow."""
    if question.entities.jobs or question.entities.pipelines:
        return await finish(question, sources)
    tz = question.asker.tz
    today = Period(question.now, question.now, tz).first_day
    day = max(question.period.first_day if question.period else today, today + timedelta(days=1))
    past = Period(midnight(today - timedelta(days=PAST), tz), midnight(today, tz), tz)
    named = question.entities
    await sources.progress("Reading six weeks of query latency")
    table, age = await asyncio.gather(
        warehouse_days(sources.warehouse, past, {"warehouses": named.warehouses, "workspaces": named.workspaces}),
        held(sources.warehouse, HISTORY, question.now),
    )
    series: dict[tuple[str, str], dict[date, float]] = {}
    for row in table:
        if row["timed"] >= SAMPLES and row["p95_seconds"] is not None:
            series.setdefault((row["warehouse_name"], row["workspace_name"]), {})[row["day"]] = float(row["p95_seconds"])
    told = zip(series.items(), outlooks(tuple(series.values()), day), strict=True)
    found = [(house, history, one) for (house, history), one in told if one]
    if not found:
        return await nothing(question, sources, past, HISTORY, receipts(table, age))
    found.sort(key=lambda one: (-one[2].expected / _usual(one[1]), one[0]))
    (name, place), history, top = found[0]
    ids = (table.receipt.id,)
    asked = Period.of_days(day, day, tz)
    return Answer(
        question=replace(question, period=asked),
        agents=("performance",),
        headline=(
            f"On {day:%a %-d %b} queries on {name} in {place} are expected to take "
            f"{_seconds(top.expected)} at the 95th percentile "
            f"(80% range {_seconds(top.low)} to {_seconds(top.high)}), {_against(top, history)}."
        ),
        summary=(
            f"The level of the last four weeks, or since it changed, moved by what recent and like days taught; of days with "
            f"{SAMPLES} statements or more, waiting included, result cache left out. A rush or a change that has not "
            "begun yet cannot be foreseen this way."
        ),
        findings=tuple(_findings(found, ids)),
        recommendations=_advice(found),
        tables=(_grid(found, ids),),
        charts=(_chart(name, history, top),),
        links=sources.dashboard(QUERIES, past),
        followups=(
            f"Are queries queueing on {name}?",
            (f"Which queries are slow on {name}?"),
            "Are we within budget this month?",
        ),
        evidence=receipts(table, age),
        as_of=last_time(age),
        baseline=f"{past}",
        partial=gaps(table),
    )


def _usual(history: dict[date, float]) -> float:
    """The typical day of the weeks before the last."""
    ranked = sorted(value for day, value in history.items() if day < max(history) - timedelta(days=6)) or sorted(history.values())
    return ranked[len(ranked) // 2] or 1.0


def _against(told: Outlook, history: dict[date, float]) -> str:
    usual = _usual(history)
    times = told.expected / usual
    if times >= 1.3:
        return f"{times:.1f} times what was usual before last week ({_seconds(usual)})"
    return f"as usual ({_seconds(usual)})" if times > 0.77 else f"less than usual ({_seconds(usual)})"


def _findings(found: Sequence[tuple[tuple[str, str], dict[date, float], Outlook]], ids: tuple[str, ...]) -> list[Finding]:
    slow = [one for one in found if one[2].expected >= 1.3 * _usual(one[1])]
    told = [
        Finding(
            "high" if one[2].expected >= 3 * _usual(one[1]) else "medium",
            f"{one[0][0]}: expected {_seconds(one[2].expected)}, usual {_seconds(_usual(one[1]))}.",
            "performance",
            ids,
        )
        for one in slow[:4]
    ]
    errors = [one[2].error for one in found if one[2].error is not None]
    if errors:
        typical = sorted(errors)[len(errors) // 2]
        told.append(
            Finding(
                "info",
                (
                    f"Tried on up to {TESTED} past days per warehouse, the forecast was off by "
                    f"{percent(typical)} in the middle warehouse."
                ),
                "performance",
                ids,
            )
        )
    if not slow:
        told.insert(
            0,
            Finding(
                "good", (f"None of {many(len(found), 'warehouse')} is expected to be 30% slower than usual."), "performance", ids
            ),
        )
    return told


def _advice(found: Sequence[tuple[tuple[str, str], dict[date, float], Outlook]]) -> tuple[str, ...]:
    slow = [house for house, history, told in found if told.expected >= 1.3 * _usual(history)]
    return tuple(
        f"Look at the queue of {name} ({place}) before the rush, and raise its maximum clusters if it waits."
        for name, place in slow[:2]
    )


def _grid(found: Sequence[tuple[tuple[str, str], dict[date, float], Outlook]], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Expected 95th percentile of latency",
        ("warehouse", "workspace", "expected s", "low s", "high s", "usual s", "past error"),
        tuple(
            (name, place, told.expected, told.low, told.high, _usual(history), told.error)
            for (name, place), history, told in found[:12]
        ),
        ("text", "text", "number", "number", "number", "number", "percent"),
        ids,
    )


def _chart(name: str, history: dict[date, float], told: Outlook) -> Chart:
    days = [*sorted(history)[-14:], told.day]
    values = tuple(round(history.get(day, told.expected), 1) for day in days)
    x = tuple(f"{day:%a %-d %b}" for day in days)
    alt = ", ".join(f"{day} {value:.1f} s" for day, value in zip(x[-6:], values[-6:], strict=True))
    return Chart(f"95th percentile of latency on {name}", "line", x, {"seconds": values}, "seconds", f"{alt} (expected).", x[-1])


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
