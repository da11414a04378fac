"""Quantities and groupings a question asks for: top five, $5,000, 60-minute SLA, slower than 5 minutes, by team."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from dataclasses import dataclass

from agents.question import Entities
from agents.understand.mentions import Mentions
from agents.understand.nameindex import NameIndex
from agents.understand.text import fold
from agents.understand.timewords import english

_COUNTED = r"(?:jobs?|queries|users?|people|tables?|workspaces?|warehouses?|clusters?|skus?|models?|endpoints?|runs?|teams?|products?|owners?|columns?|pipelines?|services?|spenders?|contributors?|drivers?|offenders?|things)"
_MOST = (
    r"(?:most|biggest|largest|top|worst|slowest|costliest|highest|priciest|longest|busiest|heaviest|least|cheapest|newest|oldest)"
)
_TOP = (
    re.compile(
        r"\b(?:top|worst|bottom|first|biggest|largest|slowest|costliest|highest|priciest|longest)[ -]?(\d{1,3})\b(?! (?:days?|weeks?|months?|hours?|minutes?|quarters?|years?))"
    ),
    re.compile(rf"\b(\d{{1,3}}) {_MOST}\b"),
    re.compile(
        r"\b(?:die|les|los|las|os|as|i|le) (\d{1,3}) (?:teuersten|grossten|langsamsten|plus|mas|mais|piu|jobs|principal\w*|maior\w*|mayor\w*)\b"
    ),
    re.compile(rf"\b(?:show|list|give me|only|just) (\d{{1,3}}) {_COUNTED}\b"),
)
_USD = re.compile(
    r"(?:\$|\busd ?)\s?(\d[\d,]*(?:\.\d+)?)\s?(k|m|mm|million|thousand|b)?\b|\b(\d[\d,]*(?:\.\d+)?)\s?(k|m|million|thousand)?\s?(?:usd|dollars?|bucks|\$)"
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "million": 1e6, "b": 1e9}
_LENGTH = r"(\d+(?:[.,]\d+)?)[ -]?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|minuten|minutos|minuti|h|hrs?|hours?|stunden?|heures?|horas?|ore|days?)"
_SLA = (
    re.compile(rf"\bslas?(?: is| of| =|:| target| limit)?\s*(?:of |at )?{_LENGTH}\b"),
    re.compile(rf"\b{_LENGTH}[ -]slas?\b"),
    re.compile(rf"\b(?:finish|complete|run|done|end|succeed)\w* (?:in|within|under) {_LENGTH}\b"),
    re.compile(rf"\bwithin {_LENGTH}\b(?=.*\bsla|.*\bjobs?\b)"),
)
_THRESHOLD = re.compile(
    r"\b(?:(?:longer|more|greater|slower|older|higher|larger|bigger|fewer|less|faster|shorter) than|over|above|exceed(?:s|ing|ed)?|at least|under|below|mehr als|langer als|langsamer als|plus de|mas de|mais de|piu di)"
    r" (?:an? )?(\d+(?:[.,]\d+)?[ -]?(?:%|percent|ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|minuten|minutos|minuti|h|hrs?|hours?|stunden?|heures?|horas?|ore|days?|gb|tb|mb|dbus?|runs?|times|failures|x)?)(?=\W|$)"
    r"|[<>]=?\s?(\d+(?:[.,]\d+)?\s?(?:%|ms|s|secs?|mins?|m|h|hrs?|hours?|minutes?|seconds?|gb|tb|dbus?)?)(?=\W|$)"
)
_MINUTES_OF = {"ms": 1 / 60_000, "s": 1 / 60, "m": 1.0, "h": 60.0, "o": 60.0, "d": 1440.0}
DIMENSIONS = {
    "workspace": "workspace",
    "ws": "workspace",
    "user": "user",
    "person": "user",
    "people": "user",
    "users": "user",
    "job": "job",
    "jobs": "job",
    "workflow": "job",
    "sku": "sku",
    "skus": "sku",
    "product": "product",
    "service": "product",
    "team": "team",
    "teams": "team",
    "project": "project",
    "cost center": "cost_center",
    "cost centre": "cost_center",
    "costcenter": "cost_center",
    "department": "cost_center",
    "env": "env",
    "environment": "env",
    "owner": "owner",
    "day": "day",
    "date": "day",
    "week": "week",
    "month": "month",
    "hour": "hour",
    "weekday": "weekday",
    "day of week": "weekday",
    "table": "table",
    "warehouse": "warehouse",
    "cluster": "cluster",
    "model": "model",
    "endpoint": "endpoint",
    "tag": "tag",
    "tags": "tag",
    "principal": "user",
    "service principal": "user",
    "catalog": "catalog",
    "schema": "schema",
    "region": "region",
    "cloud": "cloud",
    "ip": "ip",
    "ip address": "ip",
    "severity": "severity",
    "status": "status",
    "error": "error",
    "cause": "cause",
    "error type": "error",
    "pipeline": "pipeline",
    "domain": "domain",
    "node type": "node_type",
    "experiment": "experiment",
    "benutzer": "user",
    "nutzer": "user",
    "tag_": "day",
    "woche": "week",
    "abteilung": "cost_center",
    "projekt": "project",
    "equipe": "team",
    "utilisateur": "user",
    "jour": "day",
    "semaine": "week",
    "mois": "month",
    "usuario": "user",
    "equipo": "team",
    "dia": "day",
    "semana": "week",
    "mes": "month",
    "utente": "user",
    "giorno": "day",
    "settimana": "week",
    "mese": "month",
    "espace de travail": "workspace",
    "entrepot": "warehouse",
}
_DIMENSION = "|".join(sorted((word for word in DIMENSIONS if word != "tag_"), key=len, reverse=True))
_GROUPING = re.compile(
    rf"\b(?:(?:by|per|pro|nach|par|por|for each|for every|each|every|across|among|amongst|group(?:ed)? by|broken down by|break ?down by|split by|sliced by|selon) "
    rf"(?:the )?({_DIMENSION})s?\b(?! (?:named|called|x\w+|\w+@|ago|to date))(?:(?: and|,| und| et| y| e)(?: by| per)? ({_DIMENSION})s?\b)?|({_DIMENSION})-?(?:wise|level)\b)"
)
_RANKED = re.compile(
    rf"\b(?:top|worst|biggest|largest|costliest|priciest|slowest|most expensive)(?: \d{{1,3}})?(?: most expensive| costliest| priciest)? ({_DIMENSION})s?\b"
    rf"|\b(?:which|what) ({_DIMENSION})s? (?:cost|costs|spend|spends|burn|burns|use|uses|consume|consumes|drive|drives)\b"
    rf"|\b(?:which|what) ({_DIMENSION}) is (?:the |our )?(?:most expensive|costliest|priciest|dearest|biggest|largest)\b"
)
_SPENDERS = re.compile(
    r"\bwho (?:spends?|spent|burn(?:s|ed)?|costs?) (?:us )?(?:the )?most\b"
    r"|\b(?:top|biggest|largest|heaviest)(?: \d{1,3})? spenders?\b(?! (?:by|per) )"
)
_TAG_VALUES = (
    re.compile(r"\b(?:team|project|cost[ _]?cent(?:er|re)|env(?:ironment)?|tag(?:ged)?)\s*[:=]?\s*[`'\"]?([\w.-]+)"),
    re.compile(r"([\w.-]+)[`'\"]? (?:team|project|cost cent(?:er|re)|env(?:ironment)?)\b"),
)


@dataclass(frozen=True, slots=True)
class Quantities:
    top_n: int | None = None
    amount_usd: float | None = None
    sla_minutes: int | None = None
    threshold: str | None = None
    group_by: tuple[str, ...] = ()


def read_quantities(text: str) -> Quantities:
    """The numbers of a cleaned text that are not times."""
    folded = english(fold(text))
    sla = _minutes(folded)
    threshold = _THRESHOLD.search(folded)
    return Quantities(
        top_n=next((int(found[1]) for pattern in _TOP if (found := pattern.search(folded)) and int(found[1])), None),
        amount_usd=_usd(folded),
        sla_minutes=sla,
        threshold=(threshold[1] or threshold[2]).strip() if threshold else None,
        group_by=_groups(folded),
    )


def to_entities(mentions: Mentions, quantities: Quantities, tags: tuple[tuple[str, str], ...]) -> Entities:
    found = {kind: tuple(names) for kind, names in mentions.found.items()}
    return Entities(
        **found,
        tags=tags,
        group_by=quantities.group_by,
        threshold=quantities.threshold,
        amount_usd=quantities.amount_usd,
        top_n=quantities.top_n,
        sla_minutes=quantities.sla_minutes,
        unsure=tuple(mentions.unsure),
        unknown=tuple(mentions.unknown),
    )


def read_tags(text: str, index: NameIndex) -> tuple[tuple[str, str], ...]:
    """Tag values named beside their key ("team platform", "the platform team", team:platform)."""
    folded = fold(text)
    found: list[tuple[str, str]] = []
    for match in (match for pattern in _TAG_VALUES for match in pattern.finditer(folded)):
        beside = re.sub(r"[_ -]", "", match[0])
        for key, values in index.tags.items():
            spoken = re.sub(r"[_ -]", "", key)
            known = values.get(re.sub(r"[^a-z0-9]", "", match[1]))
            if known and (spoken in beside or beside.startswith("tag") or (spoken.startswith("env") and "env" in beside)):
                found.append((index.tag_keys[key], known))
    return tuple(dict.fromkeys(found))


def _usd(folded: str) -> float | None:
    found = _USD.search(folded)
    if not found:
        return None
    number, scale = (found[1], found[2]) if found[1] else (found[3], found[4])
    return float(number.replace(",", "")) * _SCALE.get(scale or "", 1.0)


def _minutes(folded: str) -> int | None:
    found = next((found for pattern in _SLA if (found := pattern.search(folded))), None)
    if not found:
        return None
    unit = found[2]
    scale = _MINUTES_OF["ms" if unit.startswith(("ms", "mill")) else unit[0]]
    minutes = round(float(found[1].replace(",", ".")) * (60.0 if unit.startswith("st") else scale))
    return minutes or None


def _groups(folded: str) -> tuple[str, ...]:
    words = [word for pattern in (_GROUPING, _RANKED) for found in pattern.finditer(folded) for word in found.groups() if word]
    people = ["user"] if not words and _SPENDERS.search(folded) else []
    return tuple(dict.fromkeys([*(DIMENSIONS[word] for word in words), *people]))
