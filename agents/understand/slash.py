"""The key:value words of slash commands, put into the words that a sentence would use."""

import re

_PAIR = re.compile(r"(?<![\w:/])([a-z_-]{2,16})[:=](\"[^\"]*\"|'[^']*'|[^\s\"']+)", re.IGNORECASE)
_COMMAND = re.compile(r"^/([a-z]+(?:-[a-z]+)*)(?:\s+|$)")
_KINDS = {
    "workspace": "workspace",
    "ws": "workspace",
    "job": "job",
    "pipeline": "pipeline",
    "user": "user",
    "table": "table",
    "column": "column",
    "model": "model",
    "endpoint": "endpoint",
    "warehouse": "warehouse",
    "cluster": "cluster",
    "sku": "sku",
    "experiment": "experiment",
    "budget": "budget",
    "name": "",
}
_TIMES = {
    "when": "",
    "period": "",
    "date": "on",
    "day": "on",
    "time": "",
    "window": "",
    "range": "",
    "since": "since",
    "month": "in",
    "week": "",
    "from": "from",
    "to": "to",
    "until": "to",
    "last": "last",
}
_COMPARED = frozenset({"vs", "compare", "versus", "baseline", "against"})
_TAGS = frozenset({"team", "project", "env", "cost_center", "costcenter", "tag"})


def to_sentence(text: str) -> str:
    """`workspace:prod when:"last tuesday" top:5` as "for workspace `prod` last tuesday top 5"; other text unchanged."""
    text = _COMMAND.sub(lambda found: found[1].replace("-", " ") + " ", text)
    return _PAIR.sub(_spoken, text) if ":" in text or "=" in text else text


def _spoken(found: re.Match[str]) -> str:
    key, value = found[1].lower(), found[2].strip("\"'")
    if key in _KINDS:
        return f"for {_KINDS[key]} `{value}`" if not value.startswith(("<@", "`")) else f"for {_KINDS[key]} {value}"
    if key in _TIMES:
        return f"{_TIMES[key]} {value.replace('_', ' ') if not value[:1].isdigit() else value}".strip()
    if key in _COMPARED:
        return f"vs {value.replace('_', ' ')}"
    if key in ("top", "limit", "n", "top_n"):
        return f"top {value}"
    if key in ("sla", "sla_minutes"):
        return f"sla of {value}" + (" minutes" if value.isdigit() else "")
    if key in ("threshold", "min", "over", "longer"):
        return f"more than {value}" + (" minutes" if value.isdigit() else "")
    if key in ("by", "group", "group_by", "groupby"):
        return "by " + value.replace(",", " and ")
    return f"{key} {value}" if key in _TAGS else found[0]
