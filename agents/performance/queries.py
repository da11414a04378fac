"""Which queries are slow, why, and what to tune: equal texts together, beside the period before."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding, Severity
from agents.attempt import attempt, gaps, last_time, receipts
from agents.counts import many, shift
from agents.figures import number, percent
from agents.performance.page import HISTORY, QUERIES, nothing
from agents.performance.texts import SLOW_SECONDS, WHO, Text, tables
from agents.question import Question
from agents.spans import before, last_days, name, utc_days
from agents.specialist import Sources
from tools.held import held
from tools.performance import get_query_latency_percentiles, get_slow_queries, get_user_query_summary
from tools.statements import statements_by_text

_SPILL = re.compile(r"\bspill", re.IGNORECASE)
_SCAN = re.compile(r"\bscan|most data|reads? (the )?most", re.IGNORECASE)
_CACHE = re.compile(r"\bcach", re.IGNORECASE)
_DASHBOARDS = re.compile(r"dashboard|power ?bi|tableau|\breports?\b", re.IGNORECASE)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked period, or the last 7 days, against as long before."""
    asked = last_days(question, 7)
    usual, whole, named = before(question, asked), utc_days(asked), question.entities
    narrowed: dict[str, Sequence[str]] = {
        "warehouses": named.warehouses,
        "workspaces": named.workspaces,
        "users": named.users,
        "tables": named.tables,
        "sources": ("DASHBOARD",) if _DASHBOARDS.search(question.text) else (),
    }
    least = _threshold(question)
    await sources.progress(f"Reading the statements of {name(asked, question)}")
    table, single, latency, people, age = await asyncio.gather(
        statements_by_text(sources.warehouse, asked, usual, narrowed),
        attempt("Single statements", get_slow_queries(sources.warehouse, least, whole.first_day, whole.last_day, 500)),
        attempt("Latency per warehouse", get_query_latency_percentiles(sources.warehouse, whole.first_day, whole.last_day)),
        attempt("Use per person", get_user_query_summary(sources.warehouse, whole.first_day, whole.last_day, 15)),
        held(sources.warehouse, HISTORY, question.now),
    )
    read = (table, single, latency, people, age)
    texts = [Text(row) for row in table]
    if not texts:
        return await nothing(question, sources, asked, HISTORY, receipts(*read))
    ranked = _ranked(texts, question.text, least)
    ids = (table.receipt.id,)
    return Answer(
        question=replace(question, period=asked),
        agents=("performance",),
        headline=_headline(ranked, texts, question.text, name(asked, question), least, list(people)),
        summary=_summary(texts),
        findings=tuple(_findings(ranked, texts, ids)),
        recommendations=_advice(ranked),
        tables=tables(
            ranked,
            _kept(single, named.warehouses, named.users),
            list(latency),
            list(people),
            question,
            {"texts": ids, "single": single.ids, "latency": latency.ids, "people": people.ids},
        ),
        links=sources.dashboard(QUERIES, asked),
        followups=_followups(ranked),
        evidence=receipts(*read),
        as_of=last_time(age),
        baseline=str(usual),
        partial=gaps(*read),
    )


def _threshold(question: Question) -> float:
    """Seconds from which a statement is slow: what the question says ("longer than 5 minutes"), else a minute."""
    said = re.search(r"(\d+(?:\.\d+)?)\s*(s\b|sec|m\b|min|h\b|hour)", question.entities.threshold or "", re.IGNORECASE)
    if not said:
        return SLOW_SECONDS
    return float(said[1]) * {"s": 1, "m": 60, "h": 3600}[said[2][0].lower()]


def _ranked(texts: Sequence[Text], words: str, least: float) -> list[Text]:
    """What the question ranks by: spill, data read, or time; slow texts only where time is asked for."""
    if _SPILL.search(words):
        return sorted((text for text in texts if text["spilled_gb"] > 0.1), key=lambda text: -text["spilled_gb"])
    if _SCAN.search(words):
        return sorted((text for text in texts if text["read_gb"]), key=lambda text: -text["read_gb"])
    slow = [text for text in texts if (text["p95_seconds"] or 0) >= least]
    return sorted(slow, key=lambda text: (-text["total_seconds"], text["text_key"]))


def _advice(ranked: Sequence[Text]) -> tuple[str, ...]:
    """One line per cause and warehouse; plain execution only where nothing else is known."""
    first: dict[tuple[str, str], Text] = {}
    for text in ranked[:12]:
        first.setdefault((text.cause, text["warehouse_name"]), text)
    known = [text for (cause, _), text in first.items() if cause != "execution"]
    return tuple(text.advice() for text in (known or list(ranked[:1]))[:4])


def _headline(
    ranked: Sequence[Text], texts: Sequence[Text], words: str, when: str, least: float, people: Sequence[Mapping[str, Any]]
) -> str:
    if WHO.search(words) and people:
        person = people[0]
        return (
            f"{person['executed_by']} loads the warehouses most in {when}: "
            f"{percent(person['share_of_task_pct'] / 100)} of all compute time, {number(person['query_count'])} statements."
        )
    if _CACHE.search(words):
        cached, runs = sum(text["cached"] for text in texts), sum(text["runs"] for text in texts)
        return (
            f"{percent(cached / max(cached + runs, 1))} of the finished statements came from the result "
            f"cache in {when} ({number(cached)} of {number(cached + runs)})."
        )
    if not ranked:
        what = "spills to disk" if _SPILL.search(words) else f"is slow: none takes {least:.0f} s or more in 5% of its runs"
        return f"No statement {what} in {when}."
    top = ranked[0]
    where = f"{top.who} on {top['warehouse_name']}"
    if _SPILL.search(words):
        return (
            f"One statement of {where} spilled {number(round(top['spilled_gb']))} GB in {many(top['runs'], 'run')} in "
            f"{when}, {percent(top['spilled_gb'] / sum(t['spilled_gb'] for t in ranked))} of all spill."
        )
    if _SCAN.search(words):
        return (
            f"The most data in {when} is read by a statement of {where}: "
            f"{number(round(top['read_gb']))} GB in {many(top['runs'], 'run')}."
        )
    return (
        f"{many(len(ranked), 'statement text')} took {least:.0f} s or more in {when}; most time goes to one of {where}: "
        f"{many(top['runs'], 'run')} of {top['p50_seconds']:.0f} s, held up by {top.cause}."
    )


def _summary(texts: Sequence[Text]) -> str:
    runs, total = sum(text["runs"] for text in texts), sum(text["total_seconds"] for text in texts)
    queue = sum(text["queue_seconds"] for text in texts)
    return (
        f"{number(runs)} finished statements not from the cache took {total / 3600:.1f} h together, "
        f"{percent(queue / total) if total else '0%'} of it in queues."
    )


def _findings(ranked: Sequence[Text], texts: Sequence[Text], ids: tuple[str, ...]) -> list[Finding]:
    found: list[Finding] = []
    for text in ranked[:4]:
        if found and text.cause == "execution" and (text["p95_seconds"] or 0) < SLOW_SECONDS:
            continue
        change = f" ({shift(text['p50_seconds'], text['p50_before'])} against before)" if text["runs_before"] >= 5 else ""
        severity: Severity = "high" if text.cause in ("spill", "queue") and text["p50_seconds"] >= SLOW_SECONDS else "medium"
        facts = (
            {
                "spill": f"spills up to {text['max_spilled_gb']:.0f} GB a run",
                "queue": f"waits {percent(text['queue_seconds'] / text['total_seconds'])} of its time in the queue",
                "startup": (
                    f"waits {percent(text['startup_seconds'] / text['total_seconds'])} of its time for the warehouse to start"
                ),
                "compile": f"spends {percent(text['compile_seconds'] / text['total_seconds'])} of its time planning",
                "scan": (
                    f"reads {text['read_gb'] / text['runs']:.0f} GB a run and prunes "
                    f"{percent(text['pruned_files'] / max(text['pruned_files'] + text['read_files'], 1))} of the files"
                ),
                "cold cache": (
                    f"reads {text['read_gb'] / text['runs']:.1f} GB a run, {text['io_cache_pct'] or 0:.0f}% of it from the cache"
                ),
                "execution": f"executes {text['p50_seconds']:.0f} s, reads {text['read_gb'] / text['runs']:.1f} GB a run",
            }[text.cause]
            if text["runs"]
            else "has no finished run"
        )
        line = (
            f"{text['statement_type']} of {text.who} on {text['warehouse_name']}: "
            f"{many(text['runs'], 'run')}, median {text['p50_seconds'] or 0:.0f} s{change}; {facts}."
        )
        found.append(Finding(severity, line, "performance", ids))
    slower = sorted(
        (text for text in texts if text.is_slower), key=lambda text: -(text["p50_seconds"] - text["p50_before"]) * text["runs"]
    )
    if slower:
        top = slower[0]
        found.append(
            Finding(
                "medium",
                (
                    f"{many(len(slower), 'text')} got slower by 30% or more, most: {top['statement_type']} on "
                    f"{top['warehouse_name']}, {top['p50_before']:.1f} s → {top['p50_seconds']:.1f} s."
                ),
                "performance",
                ids,
            )
        )
    if not found:
        found.append(Finding("good", "No text is slow, spills or got 30% slower.", "performance", ids))
    return found


def _kept(rows: Any, warehouses: Sequence[str], users: Sequence[str]) -> list[Mapping[str, Any]]:
    """The tool knows no filters but days and seconds."""
    return [
        row
        for row in rows
        if (not warehouses or row["warehouse_name"] in warehouses) and (not users or row["executed_by"] in users)
    ]


def _followups(ranked: Sequence[Text]) -> tuple[str, ...]:
    house = ranked[0]["warehouse_name"] if ranked else ""
    own = (
        (f"Is {house} the right size?", f"What did {ranked[0]['executed_by']} do in the last 7 days?")
        if house
        else ("Are queries queueing?",)
    )
    return (*own, "What did SQL warehouses cost last week?")
