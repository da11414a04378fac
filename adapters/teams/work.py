"""What “Show the work” unfolds: how the sum was made, and the queries that were run; and the tables as CSV."""

import json

from adapters import words
from adapters.tables import csv_files
from adapters.teams import elements as kit
from adapters.teams.elements import Element
from agents import figures
from agents.answer import Answer, Cause
from tools.table import Receipt

SUMMANDS = 20
CSV_CHARACTERS = 20_000


def work(answer: Answer, room: int) -> list[Element]:
    """The arithmetic of the causes, then each receipt, as many as `room` characters hold."""
    shown = _arithmetic(answer.causes, room // 2)
    zone = answer.question.period.tz if answer.question.period else answer.question.asker.tz
    left, count = room - kit.size(shown), 0
    for receipt in answer.evidence:
        drawn = _receipt(receipt, zone)
        if kit.size(drawn) > left:
            break
        shown, left, count = [*shown, *drawn], left - kit.size(drawn), count + 1
    if count < len(answer.evidence):
        shown.append(kit.line(f"{len(answer.evidence) - count} more queries are not shown here.", isSubtle=True))
    return shown


def comma_separated(answer: Answer) -> str:
    """The tables of an answer as CSV for a block of code, cut at the end of a row; empty where it has none."""
    written = [f"{name}\n{content.replace(chr(13), '')}" for name, content in csv_files(answer)]
    text = words.clean("\n".join(written)).strip().replace("```", "'''")
    return text if len(text) <= CSV_CHARACTERS else text[:CSV_CHARACTERS].rpartition("\n")[0] + "\n… (cut)"


def _arithmetic(causes: tuple[Cause, ...], room: int) -> list[Element]:
    """Actual less expected for each cause, and the sum that the headline's change must equal."""
    if not causes:
        return []
    for count in (SUMMANDS, 8, 0):
        shown = [kit.line("The sum", weight="Bolder"), kit.table(_sum(causes, count), "lr", limit=100)]
        if kit.size(shown) <= room:
            break
    return shown


def _sum(causes: tuple[Cause, ...], count: int) -> list[tuple[str, str]]:
    rows = [("Actual less expected", "Change"), *map(_summand, causes[:count])]
    if others := causes[count:]:
        rows.append((f"{len(others)} more causes", figures.amount(words.total(others), causes[0].unit, signed=True)))
    return [*rows, (words.TOTAL, figures.amount(words.total(causes), causes[0].unit, signed=True))]


def _summand(part: Cause) -> tuple[str, str]:
    name = kit.cut(words.one_line(words.cause(part)), 50)
    if part.actual or part.expected:
        actual, expected = (figures.amount(value, part.unit) for value in (part.actual, part.expected))
        name = f"{name}: {actual} {figures.MINUS} {expected}"
    return (name, figures.amount(part.delta, part.unit, signed=True))


def _receipt(receipt: Receipt, zone: str) -> list[Element]:
    facts = [f"{receipt.rows:,} rows", f"{receipt.ms:,.0f} ms"]
    if receipt.as_of:
        facts.append(f"data up to {figures.moment(receipt.as_of, zone)}")
    if receipt.cached_at:
        facts.append(f"from the cache, read {figures.moment(receipt.cached_at, zone)}")
    bound = [f":{name} = {json.dumps(value, default=str, ensure_ascii=False)}" for name, value in receipt.params.items()]
    cut = (
        [kit.line(f"The SQL is cut: it has {len(receipt.sql):,} characters.", isSubtle=True)] if len(receipt.sql) > 1_500 else []
    )
    return [
        kit.line(f"{receipt.id} · {receipt.tool}", 200, weight="Bolder"),
        kit.line(" · ".join(facts), 300, isSubtle=True),
        *kit.code("\n".join([*bound, receipt.sql or "-- no SQL"]), 1_500),
        *cut,
    ]
