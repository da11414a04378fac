"""Adaptive Card elements. Text from data goes into text runs, in which no client reads Markdown."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from adapters import words

Element = dict[str, Any]

# Of the 80 KB that Teams takes safely; the rest is for pictures and citations.
CHARACTERS = 44_000
ACTIONS = 6
TITLE, CARRIED, URL = 80, 2_000, 2_000
_MARKDOWN = re.compile(r"([\\`*_\[\]~<>])")


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def shortened(text: str, limit: int) -> str:
    """One line, cut between words; within the first where that alone is too long."""
    told = words.one_line(text)
    kept = told[: limit - 1]
    whole = kept if told[limit - 1 : limit] == " " else kept.rpartition(" ")[0]
    return told if len(told) <= limit else (whole.rstrip(" ,;:") or kept) + "…"


def plain(text: str, limit: int) -> str:
    """One line that no client acts on: {{DATE(…)}} is a function wherever a card has text."""
    return cut(words.one_line(text), limit).replace("{{", "{ {")


def markdown(text: str, limit: int) -> str:
    """One line for the few places that read Markdown: no emphasis, no link, no address that turns into one."""
    return _MARKDOWN.sub(r"\\\1", plain(text, limit)).replace("://", ": //")


def run(text: str, limit: int, **style: Any) -> Element:
    return {"type": "TextRun", "text": plain(text, limit) or " ", **style}


def paragraph(*runs: Element, **style: Any) -> Element:
    return {"type": "RichTextBlock", "inlines": list(runs), **style}


def line(text: str, limit: int = 1_000, **style: Any) -> Element:
    return paragraph(run(text, limit, **style))


def lines(text: str, limit: int) -> list[Element]:
    """A paragraph a line, at most `limit` characters in all."""
    shown = [one for one in cut(words.clean(text).strip(), limit).splitlines() if one.strip()]
    return [line(one, limit) for one in shown]


def code(text: str, limit: int) -> list[Element]:
    """Text in letters of one width, its indents kept."""
    shown = [monospace(one, limit) for one in cut(words.clean(text), limit).splitlines() if one.strip()] or [monospace("–", 1)]
    items = [paragraph(one, spacing="None") for one in shown]
    return [{"type": "Container", "style": "emphasis", "items": items}]


def monospace(text: str, limit: int) -> Element:
    bare = text.lstrip(words.BRANCHES)
    lead = text[: len(text) - len(bare)].replace(" ", "\u00a0")
    return {"type": "TextRun", "text": (lead + plain(bare, limit)) or " ", "fontType": "Monospace", "size": "Small"}


def facts(pairs: Iterable[tuple[str, str]]) -> Element:
    shown = [{"title": markdown(name, 80) or "–", "value": markdown(value, 300) or "–"} for name, value in pairs]
    return {"type": "FactSet", "facts": shown}


def table(rows: Sequence[Sequence[str]], sides: str, *, limit: int = 60, tree: bool = False) -> Element:
    """Rows of cells under their names; `sides` says l or r per column."""
    widths = [max((len(row[at]) for row in rows), default=1) for at in range(len(rows[0]))]
    return {
        "type": "Table",
        "firstRowAsHeader": True,
        "showGridLines": False,
        "columns": [{"width": min(max(width, 8), 32)} for width in widths],
        "rows": [
            {
                "type": "TableRow",
                "cells": [_cell(cell, side, number == 0, limit, tree) for cell, side in zip(row, sides, strict=True)],
            }
            for number, row in enumerate(rows)
        ],
    }


def image(url: str, alt: str) -> Element:
    return {"type": "Image", "url": url, "altText": cut(words.one_line(alt), 1_000) or "Chart", "size": "Stretch"}


def ask(question: str, *, title: str = "", verb: str = "ask") -> Element | None:
    """A button that asks a question as if it were typed; None for one that it cannot carry whole."""
    text = words.clean(question).strip()
    if not text or len(text) > CARRIED:
        return None
    return execute(title or text, verb, {"ask": text})


def execute(title: str, verb: str, data: dict[str, str]) -> Element:
    """An action that comes as an invoke, or from a client that knows no better as a message."""
    named = {"title": plain(title, TITLE) or "–", "data": {**data, "verb": verb}}
    return {"type": "Action.Execute", "verb": verb, **named, "fallback": {"type": "Action.Submit", **named}}


def open_url(title: str, url: str) -> Element | None:
    if not re.match(r"https?://[^\s<>\"|]+$", url) or len(url) > URL:
        return None
    return {"type": "Action.OpenUrl", "title": plain(title, TITLE) or "Open", "url": url}


def show_card(title: str, body: Sequence[Element]) -> Element:
    return {"type": "Action.ShowCard", "title": title, "card": {"type": "AdaptiveCard", "version": "1.5", "body": list(body)}}


def actions(some: Iterable[Element | None]) -> list[Element]:
    shown = [one for one in some if one][:ACTIONS]
    return [{"type": "ActionSet", "actions": shown}] if shown else []


def size(value: Any) -> int:
    """Characters of JSON as it is sent."""
    return len(json.dumps(value, default=str))


def _cell(text: str, side: str, is_head: bool, limit: int, tree: bool) -> Element:
    shown = monospace(text, limit) if tree and side == "l" else run(text, limit, **({"weight": "Bolder"} if is_head else {}))
    block = paragraph(shown, **({"horizontalAlignment": "Right"} if side == "r" else {}))
    return {"type": "TableCell", "items": [block]}
