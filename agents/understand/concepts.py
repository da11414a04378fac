"""Families of words that mean the same to this trade, in six languages: features for the classifier, not rules.

A stem ends with `*`. A word may belong to several families; the trained weights decide what each is worth.
"""

import re
from functools import cache, lru_cache

from agents.understand.wordlists import lines

_JOINED = re.compile(r"['-]")


@cache
def _lexicon() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    exact: dict[str, tuple[str, ...]] = {}
    stems: dict[str, tuple[str, ...]] = {}
    for family, _, members in (line.partition(": ") for line in lines("families")):
        for word in members.split():
            place, key = (stems if word.endswith("*") else exact), word.rstrip("*")
            if family not in place.get(key, ()):
                place[key] = (*place.get(key, ()), family)
    return exact, stems


@lru_cache(maxsize=50_000)
def families(word: str) -> tuple[str, ...]:
    """The families of one folded word, by its exact form and its longest known stem; none for a word of no family."""
    exact, stems = _lexicon()
    found = set(exact.get(word, ()))
    for length in range(min(len(word), 14), 1, -1):
        if word[:length] in stems:
            found.update(stems[word[:length]])
            break
    if not found and _JOINED.search(word):
        found.update(family for part in _JOINED.split(word) if len(part) > 1 for family in families(part))
    return tuple(sorted(found))
