"""What Teams refuses or cannot draw of a message and of an Adaptive Card 1.5: as far as it is documented or was seen."""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

BYTES = 100_000  # Teams' limit
AIM = 80_000
CITATIONS = 10
ACTIONS = 6
# Each element that we use, with what it must have.
ELEMENTS = {
    "TextBlock": ("text",),
    "RichTextBlock": ("inlines",),
    "TextRun": ("text",),
    "FactSet": ("facts",),
    "Container": ("items",),
    "ActionSet": ("actions",),
    "Image": ("url", "altText"),
    "Table": ("columns", "rows"),
    "TableRow": ("cells",),
    "TableCell": ("items",),
    "Chart.Line": ("data", "title", "fallback"),
    "Chart.VerticalBar": ("data", "title", "fallback"),
    "Chart.VerticalBar.Grouped": ("data", "title", "fallback"),
    "Action.OpenUrl": ("title", "url"),
    "Action.Execute": ("title", "verb", "data", "fallback"),
    "Action.Submit": ("title", "data"),
    "Action.ShowCard": ("title", "card"),
    "AdaptiveCard": ("version", "body"),
}
MARKDOWN = ("*", "_", "[", "]", "`", "~", "<", ">")


def faults(activity: Json) -> list[str]:
    """Everything that Teams would refuse about a message; empty if nothing."""
    found = [f"MessageSizeTooBig: {size(activity)}"] if size(activity) > BYTES else []
    cards = [one["content"] for one in activity.get("attachments") or ()]
    if cards and activity.get("text"):
        found.append("Activity resulted into multiple skype activities")
    if activity["type"] == "message" and not cards and not (activity.get("text") or "").strip():
        found.append("no text and no card")
    cited = [entity.get("citation") or () for entity in activity.get("entities") or ()]
    found += ["Array must contain at most 10 element(s)" for some in cited if len(some) > CITATIONS]
    return [*found, *(fault for card in cards for fault in card_faults(card))]


def card_faults(card: Json) -> list[str]:
    found = [] if card.get("version") == "1.5" and card.get("fallbackText") else ["no version 1.5, or no fallback text"]
    for element in elements(card):
        kind = element["type"]
        if kind not in ELEMENTS:
            found.append(f"unknown element {kind}")
            continue
        found += [f"{kind} without {name}" for name in ELEMENTS[kind] if not element.get(name)]
        found += {"Table": _table, "ActionSet": _actions, "FactSet": _facts}.get(kind, lambda _: [])(element)
        if "url" in element and not element["url"].startswith(("https://", "http://", "data:image/png;base64,")):
            found.append(f"{kind} with the address {element['url'][:40]}")
        if kind.startswith("Action.") and len(element["title"]) > 80:
            found.append("a long title")
    return found


def elements(value: Any) -> Iterator[Json]:
    """Every element of a card that has a type, fallbacks and shown cards among them."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value
        value = [part for name, part in value.items() if name != "data" or value.get("type", "").startswith("Chart.")]
    if isinstance(value, list):
        for part in value:
            yield from elements(part)


def texts(value: Any) -> list[str]:
    """Every text that is shown."""
    shown = ("text", "title", "value", "altText", "fallbackText", "legend", "x", "xAxisTitle", "yAxisTitle")
    if isinstance(value, dict):
        own = [part for name, part in value.items() if name in shown and isinstance(part, str)]
        return own + [text for name, part in value.items() if name != "data" or isinstance(part, list) for text in texts(part)]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else []


def size(value: Any) -> int:
    return len(json.dumps(value).encode())


def _table(table: Json) -> list[str]:
    widths = {len(row["cells"]) for row in table["rows"]}
    return [] if widths == {len(table["columns"])} else [f"a table of {len(table['columns'])} columns with rows of {widths}"]


def _actions(shown: Json) -> list[str]:
    return [] if 1 <= len(shown["actions"]) <= ACTIONS else [f"{len(shown['actions'])} actions"]


def _facts(shown: Json) -> list[str]:
    return [] if all(fact.get("title") and fact.get("value") for fact in shown["facts"]) else ["a fact without its half"]
