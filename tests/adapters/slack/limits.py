"""Slack's limits on blocks, as Slack enforces them: slack_sdk's own validators and the limits they do not know."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
CHARACTERS = 13_200
KNOWN = {"header", "section", "table", "image", "actions", "context", "context_actions", "divider", "input"}


def faults(blocks: Sequence[dict[str, Any]], *, most: int = MESSAGE_BLOCKS) -> list[str]:
    """Everything that Slack would refuse about these blocks; empty if nothing."""
    found = [f"{len(blocks)} blocks"] if len(blocks) > most else []
    if most == MESSAGE_BLOCKS and (size := characters(blocks)) > CHARACTERS:
        found.append(f"msg_blocks_too_long: {size} characters")
    if sum(block.get("type") == "table" for block in blocks) > 1:
        found.append("only one table")
    actions = [element["action_id"] for block in blocks for element in block.get("elements", ()) if "action_id" in element]
    if len(set(actions)) < len(actions):
        found.append("action_id repeated")
    for at, block in enumerate(blocks):
        found += [f"/blocks/{at}: {fault}" for fault in _block(block)]
    return found


def characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(characters(part) for key, part in value.items() if key in ("text", "elements", "rows", "alt_text", "title"))
    if isinstance(value, list):
        return sum(map(characters, value))
    return 0


def _block(block: dict[str, Any]) -> list[str]:
    kind = block.get("type")
    if kind not in KNOWN:
        return [f"unsupported type {kind}"]
    try:
        parsed = Block.parse(block)
        parsed.validate_json()
    except Exception as error:
        return [str(error)]
    return {
        "section": _section,
        "header": _header,
        "context": _context,
        "actions": _actions,
        "table": _table,
        "image": _image,
    }.get(kind, lambda _: [])(block)


def _section(block: dict[str, Any]) -> list[str]:
    return _text(block["text"], 3_000, "mrkdwn")


def _header(block: dict[str, Any]) -> list[str]:
    return _text(block["text"], 150, "plain_text")


def _context(block: dict[str, Any]) -> list[str]:
    elements = block["elements"]
    count = [] if 1 <= len(elements) <= 10 else [f"{len(elements)} elements"]
    return [*count, *(fault for element in elements for fault in _text(element, 3_000, "mrkdwn"))]


def _actions(block: dict[str, Any]) -> list[str]:
    found = [] if 1 <= len(block["elements"]) <= 25 else [f"{len(block['elements'])} elements"]
    for element in block["elements"]:
        if element["type"] == "external_select":
            found += _text(element["placeholder"], 150, "plain_text")
            continue
        found += _text(element["text"], 75, "plain_text")
        for name, limit in (("value", 2_000), ("url", 3_000), ("action_id", 255)):
            found += [f"{name} too long"] if len(element.get(name, "")) > limit else []
        if "url" in element and not element["url"].startswith(("https://", "http://")):
            found.append("url is no web address")
    return found


def _table(block: dict[str, Any]) -> list[str]:
    rows = block["rows"]
    found = [] if 1 <= len(rows) <= 100 else [f"{len(rows)} rows"]
    found += ["too many columns"] if any(not 1 <= len(row) <= 20 for row in rows) else []
    found += ["rows differ in length"] if len({len(row) for row in rows}) > 1 else []
    cells = [cell for row in rows for cell in row]
    found += ["an empty cell"] if any(cell["type"] == "raw_text" and not cell["text"] for cell in cells) else []
    found += ["unsupported cell"] if any(cell["type"] not in ("raw_text", "raw_number", "rich_text") for cell in cells) else []
    found += ["column_settings"] if len(block.get("column_settings", ())) > 20 else []
    return found


def _image(block: dict[str, Any]) -> list[str]:
    found = [] if 1 <= len(block["alt_text"]) <= 2_000 else ["alt_text"]
    return found + ([] if set(block.get("slack_file", {})) == {"id"} else ["slack_file"])


def _text(text: dict[str, Any], limit: int, kind: str) -> list[str]:
    if text.get("type") != kind:
        return [f"text must be {kind}"]
    if not 1 <= len(text["text"]) <= limit:
        return [f"text of {len(text['text'])} characters"]
    return []
