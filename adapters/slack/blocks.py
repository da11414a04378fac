"""Block Kit's pieces, each within Slack's limits by construction; text from data cannot act in any of them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from adapters.words import clean, one_line

Block = dict[str, Any]
BLOCKS = 50
VIEW_BLOCKS = 100
SECTION = 3_000
HEADER = 150
LABEL = 75
VALUE = 2_000
URL = 3_000
TABLE_ROWS = 100
TABLE_COLUMNS = 20
CONTEXT = 10
# Slack refuses a message whose blocks hold a little over 13,000 characters; nobody documents what it counts.
CHARACTERS = 12_000
# chat.update refuses a longer `text` (msg_too_long).
TEXT = 3_900
ELLIPSIS = "…"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str, limit: int = SECTION) -> str:
    """Text for mrkdwn, in which mentions and links are only shown; cut so that the escaped form keeps `limit`."""
    parts = [_ENTITIES.get(sign, sign) for sign in clean(text)[: limit + 1]]
    if sum(map(len, parts)) <= limit:
        return "".join(parts)
    length = len(ELLIPSIS)
    kept = []
    for part in parts:
        if (length := length + len(part)) > limit:
            break
        kept.append(part)
    return "".join(kept).rstrip() + ELLIPSIS


def cut(text: str, limit: int) -> str:
    """One line of plain text, which Slack shows as it is."""
    text = one_line(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit) or "–", "emoji": False}


def mrkdwn(text: str) -> Block:
    """Markup of ours around text already escaped; verbatim, so that Slack finds no links or names in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    assert 0 < len(text) <= SECTION, len(text)
    return {"type": "section", "text": mrkdwn(text)}


def headline(text: str) -> Block:
    """A header where it fits and holds no entity (Slack does not say whether a header decodes them), else bold."""
    text = one_line(text) or "–"
    if len(text) <= HEADER and not set(text) & set("&<>"):
        return {"type": "header", "text": plain(text, HEADER)}
    text = escape(text, 1_500)
    return section(text if "*" in text else f"*{text}*")


def context(lines: Sequence[str], limit: int = 300) -> Block:
    shown = [*lines[: CONTEXT - 1], " · ".join(lines[CONTEXT - 1 :])] if len(lines) > CONTEXT else lines
    return {"type": "context", "elements": [mrkdwn(escape(line, limit)) for line in shown]}


def table(rows: Sequence[Sequence[str]], sides: str, cell: int = 220) -> Block:
    """A table whose first row is its head; cells are raw text; `sides` says l or r per column."""
    assert 0 < len(rows) <= TABLE_ROWS and all(0 < len(row) <= TABLE_COLUMNS for row in rows)
    settings = [{"align": "right"} if side == "r" else {"is_wrapped": True} for side in sides[: len(rows[0])]]
    return {
        "type": "table",
        "column_settings": settings,
        "rows": [[{"type": "raw_text", "text": cut(text, cell) or "–"} for text in row] for row in rows],
    }


def image(file: str, alt: str) -> Block:
    return {"type": "image", "slack_file": {"id": file}, "alt_text": cut(alt, 1_000) or "Chart"}


def open_button(title: str, url: str, at: int) -> Block | None:
    """A button that opens a page; none for what is not a web address or too long to send."""
    if not is_web(url) or len(url) > URL:
        return None
    return {"type": "button", "action_id": f"open:{at}", "text": plain(title, LABEL), "url": url}


def button(title: str, action: str, value: dict[str, str]) -> Block | None:
    """A button that comes back to us with `value`; none if the value does not fit, since half a question is another."""
    packed = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if len(packed) > VALUE:
        return None
    return {"type": "button", "action_id": action, "text": plain(title, LABEL), "value": packed}


def feedback(good: dict[str, str], bad: dict[str, str]) -> Block:
    """Slack's own thumbs up and down, which come back to us with a value each."""

    def thumb(title: str, value: dict[str, str]) -> Block:
        return {"text": plain(title, LABEL), "accessibility_label": title, "value": json.dumps(value, separators=(",", ":"))}

    up, down = thumb("Helpful", good), thumb("Not helpful", bad)
    buttons = {"type": "feedback_buttons", "action_id": "feedback", "positive_button": up, "negative_button": down}
    return {"type": "context_actions", "elements": [buttons]}


def actions(elements: Iterable[Block | None]) -> list[Block]:
    """One actions block, or nothing if there is no button to show."""
    kept = [element for element in elements if element is not None][:25]
    return [{"type": "actions", "elements": kept}] if kept else []


def is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and not any(sign.isspace() for sign in url)


def characters(value: Any) -> int:
    """Every character that Slack may count: all strings of a block but its type words."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(characters(item) for key, item in value.items() if key not in ("type", "align"))
    if isinstance(value, list | tuple):
        return sum(map(characters, value))
    return 0
