"""Ids, names and durations that look like times but are not: found so that the period grammar does not read them."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from collections.abc import Iterator

from agents.understand.wordlists import words

_JOINED = re.compile(r"[\w@$%+]+(?:[-_./:\\@+][\w@$%+]+)+")
_NUMERIC_PART = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|am|pm|[apdhmws]|h\d{2}|t\d{2}|z)?|\d{8}|\d{2}t\d{2}|q[1-4]|h[12]|\d{1,2}(?:am|pm)"
)
_NAMED_NUMBER = re.compile(
    r"\b(?:(?:job|run|cluster|warehouse|workspace|statement|pipeline|task|id|ticket|pr|port|error|code|http|status|dbr|runtime"
    r"|version|spark|python|scala|ml|sku|node|line|row|build|release|rev|batch|top|bottom|first|worst|p|v)\s*(?:id|no|nr|number)?\s*"
    r"[:#=]?\s*#?\d[\d.]*(?!\d*(?:st|nd|rd|th)\b)(?!\s*(?:days?|weeks?|months?|hours?|hrs?|minutes?|mins?|quarters?|years?)\b))"
    r"|#\d+|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\b\d{9,}\b|\b\w*[a-z]\d+[a-z]\w*\b|`[^`]*`|<[@#!][^>]*>|https?://\S+"
    r"|[$€£]\s?\d[\d,.]*[kmb]?|\b\d[\d,.]*\s?(?:%|percent|usd|eur|dollars?|euros?|dbus?|gb|tb|mb|k\b)|\b\d+\s?x\b"
)
_LENGTHS = re.compile(
    r"(?:\b|(?=[<>]))(?:(?:longer|more|greater|less|fewer|slower|older|higher|faster|shorter|later|bigger|larger|hoher|langer|langsamer|alter|mehr"
    r"|weniger|plus|moins|mas|menos|mais|piu|meno|superieur\w*|superior\w*|superiore)\s+(?:than|then|als|de|a|que|do que|di)|at\s+least|at\s+most"
    r"|exceed\w*|beyond|under|above|below|within|every|each|sla\s*(?:of|is|=|:)?|takes?|took|taking|lasts|lasted|lasting"
    r"|(?:running|runs?|ran|idle|open|stuck|queued|waiting|waited|hanging|untouched|unused|stale|inactive|late)\s+(?:for(?:\s+(?:over|about|around|more\s+than))?|over|about|around|more\s+than)"
    r"|(?:not|(?:have|has|had|is|are|was|were|did|do|does)n'?t|nobody|no\s+one|never)\s+(?:\w+\s+){1,4}(?:in|for)(?:\s+(?:over|more\s+than))?|plus\s+de|mas\s+de|mais\s+de|piu\s+di|mehr\s+als"
    r"|threshold\s*(?:of)?|for\s+(?:over|more\s+than|at\s+least)|timeout\s*(?:of)?|ttl\s*(?:of)?|retention\s*(?:of)?|[<>]=?|over)\s*"
    r"(?:an?|\d+(?:[.,]\d+)?|one|two|three|four|five|six|ten|half\s+an?|few|couple(?:\s+of)?)\s*(?:-\s*)?"
    r"(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|minuten|minutos|minuti|h|hrs?|hours?|stunden?|heures?|horas?|ore|d|days?|tagen?|jours|dias|giorni|weeks?|months?)\b"
    r"|\b\d+(?:[.,]\d+)?\s*-?\s*(?:m|mins?|minutes?|h|hrs?|hours?|days?)\s+(?:slas?|timeout|threshold|limit|target|late|longer|slower|faster|delay|behind|window)\b"
)
_CLOCK = r"(?:\d{1,2}:\d\d(?: ?[ap]\.?m\b)?|\d{1,2} ?[ap]\.?m\b|\d{1,2}(?= in the (?:early )?(?:morning|evening)))"
# "the 7am numbers" and "by 6am" name a delivery and a deadline, not the time that is asked about.
_DEADLINES = re.compile(
    rf"\b(?:the|our|my|their|a) {_CLOCK} (?:job|run|batch|load|report|number|deadline|sla|cut-?off|refresh|sync|export|pipeline|slot|figure|mail|email"
    rf"|deliver\w*|target|dashboard|data|feed|etl|etls|meeting|standup|call)s?\b|\b(?:by|no later than|deadline of|due at|promised (?:for|at)) {_CLOCK}(?: in the (?:early )?(?:morning|evening)\b)?"
)
_OVER_DAYS = re.compile(
    r"\bover\s*(?:\d+|an?|one|two|three|four|five|six|ten|few|couple(?:\s+of)?)\s*(?:days?|weeks?|months?|d|w)\b$"
)


def masked(text: str) -> str:
    """The folded text with everything that is not a time, though it has digits or month names in it, replaced by §."""
    for pattern in (_DEADLINES, _NAMED_NUMBER, _LENGTHS):
        text = pattern.sub(_fill, text)
    return _JOINED.sub(lambda found: found[0] if is_timelike(found[0]) else _fill(found), text)


def is_timelike(word: str) -> bool:
    """Whether every part of a joined word (2025-03-01, month-to-date, oct.2) can belong to a time."""
    return all(part in words("time_parts") or _NUMERIC_PART.fullmatch(part) for part in _parts(word))


def _parts(word: str) -> Iterator[str]:
    return (part for part in re.split(r"[-_./:\\@+]", word) if part)


def _fill(found: re.Match[str]) -> str:
    # "over 30 days" is a window, "longer than 30 days" a filter.
    if _OVER_DAYS.fullmatch(found[0]):
        return found[0]
    return "§" * len(found[0])
