"""What a question is about: endpoints and the models they serve, found by full name or by a part of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from agents.question import Question
from tools.errors import UnknownNameError

# Words of this trade that are part of many names and mean none of them.
_GENERIC = """
    access accuracy answers app apps assistant catalog classifier cost count customer customers data demand detection detector
    dev document documents drift embeddings endpoint endpoints experiment experiments feature features forecast forecasting
    health inference input inputs latency limit llm main metrics model models notes optimizer performance prediction predictions
    price prod product production products quality ranking regression runs score scores scoring search serving shared staging
    summary support test tests training usage user users version versions
"""
# What stands before "model" and names none.
_ADJECTIVES = """
    a actual ai all an and any are as base best big bigger biggest busiest by can challenger champion chat cheapest could current
    custom deep-learning deployed did do does each embedding every existing external failed failing first for foundation from
    genai gold good has have healthy how idle important in is it language large last latest learning least live machine-learning
    main many ml more most my new newest next no of old older oldest on one only or other our own per previous prod production
    registered same second served serving should single slow slowest some specific stale tested that the their these this those
    to top trained two underlying unused was were what which will with worst would your
"""
GENERIC = frozenset(_GENERIC.split())
ADJECTIVES = frozenset(_ADJECTIVES.split())
_BESIDE = re.compile(r"\b(?:the|my|our|your|their|his|her)\s+([\w.-]+)(?:\s+[\w.-]+)?\s+(?:model|endpoint)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z0-9]{3,}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A serving endpoint and what it served at the end of the asked period; `earlier` are (version, since), newest first."""

    workspace_id: str
    workspace: str
    host: str
    name: str
    kind: str
    model: str
    version: str
    since: datetime
    owner: str
    beside: tuple[str, ...] = ()  # what else serves with it
    earlier: tuple[tuple[str, datetime], ...] = ()

    @property
    def title(self) -> str:
        what = f"{self.model} version {self.version}" if self.version else self.model
        return self.name if what == self.name else f"{self.name} ({what})"

    @property
    def is_own(self) -> bool:
        """Whether the model is the account's own, to be trained by it."""
        return self.kind == "CUSTOM_MODEL"


@dataclass(frozen=True, slots=True)
class Scope:
    """The endpoints in question; `named` where the question named any, `note` says how a part of a name was read."""

    endpoints: tuple[Endpoint, ...]
    named: bool
    note: str = ""
    is_whole: bool = False  # the question names neither an endpoint nor a workspace
    gap: str = ""  # why endpoints have no names here

    @property
    def names(self) -> tuple[str, ...]:
        """What to narrow queries by; none where nothing was named."""
        return tuple(dict.fromkeys(one.name for one in self.endpoints)) if self.named else ()


def resolve(question: Question, rows: Iterable[Mapping[str, Any]], end: datetime) -> Scope:
    """Raises UnknownNameError for a model or an endpoint that does not exist."""
    known = [one for one in _endpoints(rows, end) if _is_in(one.workspace, question.entities.workspaces)]
    wanted = (*question.entities.endpoints, *question.entities.models)
    if not known:
        return Scope((), False, is_whole=not question.entities.workspaces)
    if wanted:
        return _named(wanted, known)
    found = _by_word(question.text.lower(), known)
    return replace(found, is_whole=not found.named and not question.entities.workspaces)


def unnamed(workspace_id: str, name: str) -> Endpoint:
    """An endpoint that has traffic and is not among those that exist: deleted since, or its name is not known."""
    return Endpoint(workspace_id, workspace_id, "", name, "", name, "", datetime.min.replace(tzinfo=UTC), "")


def _endpoints(rows: Iterable[Mapping[str, Any]], end: datetime) -> list[Endpoint]:
    by_endpoint: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_endpoint.setdefault((row["workspace_id"], row["endpoint_name"] or row["served_entity_id"]), []).append(row)
    return [_endpoint(name, own, end) for (_, name), own in by_endpoint.items()]


def _endpoint(name: str, rows: Sequence[Mapping[str, Any]], end: datetime) -> Endpoint:
    """Rows are newest first; where all are younger than `end`, the oldest stands for what was served."""
    then = [row for row in rows if row["change_time"] <= end] or [rows[-1]]
    newest = max(row["config_version"] for row in then)
    live = [row for row in then if row["config_version"] == newest]
    first = live[0]
    same = [row for row in then if row["model"] == first["model"] and row["version"] != first["version"]]
    return Endpoint(
        first["workspace_id"],
        first["workspace_name"],
        first["workspace_url"] or "",
        name,
        first["entity_type"] or "",
        first["model"] or name,
        first["version"] or "",
        first["change_time"],
        first["created_by"] or "",
        tuple(f"{row['model']} version {row['version']}" for row in live[1:]),
        tuple((row["version"] or "", row["change_time"]) for row in same),
    )


def _named(wanted: Sequence[str], known: Sequence[Endpoint]) -> Scope:
    found: list[Endpoint] = []
    notes = []
    for name in wanted:
        fits = [one for one in known if name.lower() in (one.name.lower(), one.model.lower())]
        if not fits:
            raise UnknownNameError("model or endpoint", name, _near(name, known))
        fits.sort(key=_rank)
        found += [one for one in fits[:1] if one not in found]
        notes += [_taken(name, fits)] if len(fits) > 1 else []
    return Scope(tuple(found), True, " ".join(notes))


def _by_word(text: str, known: Sequence[Endpoint]) -> Scope:
    said = f" {_spaced(text)} "
    whole = sorted((one for one in known if any(f" {_spaced(name)} " in said for name in _names(one))), key=_rank)
    if whole:
        return Scope((whole[0],), True, _taken(whole[0].name, whole) if len(whole) > 1 else "")
    beside = [word for found in _BESIDE.finditer(text) if (word := found[1]) not in ADJECTIVES]
    fits: list[Endpoint] = []
    word = ""
    for word in (*beside, *(one for one in _WORD.findall(text) if one not in GENERIC)):
        fits = sorted((one for one in known if word in _parts(one)), key=_rank)
        if fits:
            break
        if word in beside:
            raise UnknownNameError("model or endpoint", word, _near(word, known))
    if not fits:
        return Scope(tuple(sorted(known, key=_rank)), False)
    return Scope((fits[0],), True, _taken(word, fits))


def _taken(word: str, fits: Sequence[Endpoint]) -> str:
    """Which endpoint a name was read as, and which it could be too."""
    also = ", ".join(f"{one.name} in {one.workspace}" for one in fits[1:5])
    return f"“{word[:40]}” was read as {fits[0].name} in {fits[0].workspace}" + (f"; there is also {also}." if also else ".")


def _parts(one: Endpoint) -> set[str]:
    return {part for name in _names(one) for part in _spaced(name).split()}


def _names(one: Endpoint) -> tuple[str, str]:
    return (one.name, one.model.rsplit(".", 1)[-1])


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def _rank(one: Endpoint) -> tuple[bool, bool, str, str]:
    """Production before the rest, own models before others."""
    trial = bool(re.search(r"staging|stage|dev|test|sandbox", f"{one.name} {one.workspace} {one.model}"))
    return (trial, not one.is_own, one.name, one.workspace)


def _near(word: str, known: Sequence[Endpoint]) -> tuple[str, ...]:
    import difflib

    return tuple(difflib.get_close_matches(word, [one.name for one in known], 3, 0.5))


def _is_in(workspace: str, workspaces: Sequence[str]) -> bool:
    return not workspaces or workspace in workspaces


def words(model: str) -> tuple[str, ...]:
    """What in a model's name tells it from others: fraud of prod.ml.fraud_detection; all of price_optimizer."""
    own = model.rsplit(".", 1)[-1].lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", own) if len(part) > 2 and not part.isdigit()]
    return tuple(part for part in parts if part not in GENERIC) or (own,)


def carries(name: str, named: Sequence[str]) -> bool:
    """Whether a table's or a job's name has one of the words as a part of its own, or is one."""
    own = name.rsplit(".", 1)[-1].lower()
    parts = set(re.split(r"[^a-z0-9]+", own))
    return any(word in parts or word == own for word in named)
