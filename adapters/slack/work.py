"""The modal behind “Show the work”: how the sum was made, and every query that was run."""

import json
from collections.abc import Mapping
from typing import Any

from adapters import words
from adapters.slack import blocks as kit
from adapters.slack.blocks import Block
from adapters.slack.card import fenced, monospace
from agents import figures
from agents.answer import Answer, Cause
from tools.table import Receipt

TITLE = "How this was computed"
ROOM = 40_000
SUMMANDS = 20
NAME = 60
GRIDS = 8


def work_view(answer: Answer) -> Block:
    """The modal: the arithmetic of the causes, the tables, then each receipt: SQL, parameters, rows, time, age."""
    shown: list[Block] = [kit.section(f"*{kit.escape(words.one_line(answer.headline), 1_500)}*")]
    shown += _arithmetic(answer.causes)
    for grid in answer.tables[:GRIDS]:
        shown += monospace(grid, answer.question.asker.tz, 20)
    zone = answer.question.period.tz if answer.question.period else answer.question.asker.tz
    count = 0
    for receipt in answer.evidence:
        drawn = _receipt(receipt, zone)
        if kit.characters(shown) + kit.characters(drawn) > ROOM or len(shown) + len(drawn) >= kit.VIEW_BLOCKS:
            break
        shown += drawn
        count += 1
    if count < len(answer.evidence):
        shown.append(kit.context([f"{len(answer.evidence) - count} more queries are not shown here."]))
    return _modal(shown)


def loading_view() -> Block:
    return _modal([kit.section("Looking it up …")])


def message_view(text: str) -> Block:
    """A modal that says one thing, such as an error with its id."""
    return _modal([kit.section(kit.escape(text))])


def _modal(shown: list[Block]) -> Block:
    return {"type": "modal", "title": kit.plain(TITLE, 24), "close": kit.plain("Close", 24), "blocks": shown}


def _arithmetic(causes: tuple[Cause, ...]) -> list[Block]:
    """Actual less expected for each cause, and the sum that the headline's change must equal."""
    if not causes:
        return []
    width = NAME
    while len(code := fenced(_sum(causes, width), kit.SECTION * 10)) > kit.SECTION and width:
        width -= 10
    return [kit.section("*The sum*"), kit.section(code)]


def _sum(causes: tuple[Cause, ...], width: int) -> str:
    """The addition, names cut to `width` so that no figure is lost."""
    lines = []
    for part in causes[:SUMMANDS]:
        name = kit.cut(words.cause(part), width) if width else ""
        lines.append(_line(figures.amount(part.delta, part.unit, signed=True), name))
        if part.actual or part.expected:
            actual, expected = (figures.amount(value, part.unit) for value in (part.actual, part.expected))
            lines.append(_line("", f"{actual} actual {figures.MINUS} {expected} expected"))
    if others := causes[SUMMANDS:]:
        lines.append(_line(figures.amount(words.total(others), causes[0].unit, signed=True), f"{len(others)} more causes"))
    return "\n".join([*lines, _line(figures.amount(words.total(causes), causes[0].unit, signed=True), f"= {words.TOTAL}")])


def _line(amount: str, text: str) -> str:
    return f"{amount:>13}  {text}".rstrip()


def _receipt(receipt: Receipt, zone: str) -> list[Block]:
    facts = [f"{receipt.rows:,} rows", f"{receipt.ms:,.0f} ms"]
    if receipt.as_of:
        facts.append(f"data up to {figures.moment(receipt.as_of, zone)}")
    if receipt.cached_at:
        facts.append(f"from the cache, read {figures.moment(receipt.cached_at, zone)}")
    head = f"*{kit.escape(words.one_line(f'{receipt.id} · {receipt.tool}'), 300)}*\n{' · '.join(facts)}"
    bound = fenced(_parameters(receipt.params), 1_500) if receipt.params else "no parameters"
    sql = fenced(receipt.sql or "-- no SQL", kit.SECTION)
    blocks = [kit.section(f"{head}\n{bound}"), kit.section(sql)]
    if len(kit.escape(receipt.sql, 10**9)) > kit.SECTION - 8:
        blocks.append(kit.context([f"The SQL is cut: it has {len(receipt.sql):,} characters."]))
    return blocks


def _parameters(params: Mapping[str, Any]) -> str:
    shown = {name: json.dumps(bound, default=str, ensure_ascii=False) for name, bound in params.items()}
    return "\n".join(f":{name} = {bound}" for name, bound in shown.items())
