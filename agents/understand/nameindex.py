"""The account's names, indexed once so that a question's words find them in well under a millisecond."""

import re
from collections import defaultdict
from dataclasses import dataclass, fields
from functools import cache, cached_property
from types import ModuleType

from agents.understand.text import fold
from agents.understand.wordlists import words
from tools.names import Names

KINDS = (
    "workspaces",
    "jobs",
    "pipelines",
    "tables",
    "models",
    "endpoints",
    "warehouses",
    "clusters",
    "users",
    "skus",
    "experiments",
    "budgets",
    "products",
    "columns",
)
SURE, POSSIBLE = 90.0, 76.0
FEW = 300
_BREAKS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found: `choices` has more than one when it is not sure which."""

    kind: str
    choices: tuple[str, ...]
    whole: bool = True

    @property
    def sure(self) -> bool:
        return len(self.choices) == 1


class NameIndex:
    """Exact, partial and fuzzy look-up over `Names`; partial and fuzzy ones need to know the kind or look like an id."""

    def __init__(self, names: Names) -> None:
        self._exact: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._keys: dict[str, dict[str, str]] = defaultdict(dict)
        self.tags = {fold(key): {_key(value): value for value in values} for key, values in names.tags.items()}
        self.tag_keys = {fold(key): key for key in names.tags}
        for field in fields(names):
            if field.name in KINDS:
                for name in getattr(names, field.name):
                    self._add(field.name, name)

    def _add(self, kind: str, name: str) -> None:
        folded = fold(name)
        for alias in {folded, *_aliases(kind, folded)}:
            key = _key(alias)
            if key and name not in self._exact[key][kind]:
                self._exact[key][kind].append(name)
                self._keys[kind].setdefault(key, name)
        for part in set(_BREAKS.split(folded.partition("@")[0] if kind == "users" else folded)):
            if len(part) > 2 and not part.isdigit():
                self._parts[part][kind].append(name)

    def exact(self, spoken: str, kind: str | None = None) -> Hit | None:
        """A name or a usual short form of it (the table without its schema, the person without the domain)."""
        key = _key(fold(spoken))
        kinds = self._exact.get(key)
        if not kinds or (kind is None and (key in words("ordinary") or len(key) < 4)):
            return None
        best = kind if kind in kinds else next((known for known in KINDS if known in kinds), None) if kind is None else None
        return Hit(best, tuple(kinds[best][:4])) if best else None

    def partial(self, word: str, kind: str) -> Hit | None:
        """Names of the kind that have the word as a part of them ("orders" for orders_etl)."""
        parts = [part for part in _BREAKS.split(fold(word)) if part]
        having = sorted((self._parts.get(part, {}).get(kind, []) for part in parts), key=len)
        if not having or not having[0]:
            return None
        rest = [set(names) for names in having[1:]]
        found = tuple(name for name in having[0] if all(name in names for names in rest))
        return Hit(kind, found[:4], whole=False) if found else None

    def fuzzy(self, word: str, kind: str | None = None) -> Hit | None:
        """The nearest name within a few typing errors; several when none is clearly nearest."""
        key = _key(fold(word))
        if len(key) < 4:
            return None
        fuzz, process = _rapidfuzz()
        best: list[tuple[float, str, str]] = []
        for each in (kind,) if kind else KINDS[:-1]:
            near = process.extract(key, self._fuzzy_keys(each), scorer=fuzz.ratio, limit=3, score_cutoff=POSSIBLE)
            best += [(score, each, self._keys[each][match]) for match, score, _ in near]
        if not best:
            return None
        best.sort(key=lambda one: (-one[0], KINDS.index(one[1])))
        top, top_kind = best[0][0], best[0][1]
        same = tuple(dict.fromkeys(name for score, each, name in best if each == top_kind and score >= top - 4))
        if top >= SURE and len({name for score, each, name in best if each == top_kind and score > top - 2}) == 1:
            return Hit(top_kind, same[:1])
        return Hit(top_kind, same, whole=False)

    def _fuzzy_keys(self, kind: str) -> tuple[str, ...]:
        return self._all_keys.get(kind, ())

    @cached_property
    def _all_keys(self) -> dict[str, tuple[str, ...]]:
        return {kind: tuple(keys) for kind, keys in self._keys.items()}

    def nearest(self, word: str, kind: str) -> tuple[str, ...]:
        """Up to three names of a kind to offer for an unknown one."""
        fuzz, process = _rapidfuzz()
        scorer = fuzz.WRatio if len(self._fuzzy_keys(kind)) <= FEW else fuzz.ratio  # the better one is ten times slower
        near = process.extract(_key(fold(word)), self._fuzzy_keys(kind), scorer=scorer, limit=3, score_cutoff=55)
        return tuple(dict.fromkeys(self._keys[kind][match] for match, _, _ in near))

    def first_name(self, word: str) -> Hit | None:
        """People whose address begins with the word."""
        names = [name for name in self._parts.get(fold(word), {}).get("users", []) if fold(name).startswith(fold(word))]
        return Hit("users", tuple(names[:4]), whole=False) if names and fold(word) not in words("ordinary") else None


@cache
def _rapidfuzz() -> tuple[ModuleType, ModuleType]:
    """Loaded with the first name that is not spelled exactly: it takes longer to load than all the rest."""
    from rapidfuzz import fuzz, process

    return fuzz, process


def _key(folded: str) -> str:
    return _BREAKS.sub("", folded)


def _aliases(kind: str, folded: str) -> list[str]:
    if kind in ("tables", "models"):
        parts = folded.split(".")
        return [".".join(parts[at:]) for at in range(1, len(parts))]
    if kind == "users" and "@" in folded:
        return [folded.partition("@")[0]]
    if kind == "experiments":
        return [folded.rsplit("/", 1)[-1]]
    return []
