"""What the classifier sees of a text: folded words with names and times replaced, as hashed features."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from unicodedata import normalize
from zlib import crc32

from agents.understand.concepts import families
from agents.understand.mentions import MARKS

BUCKETS = 1 << 16
_LETTER = r"[a-z\u0250-\u10ff\u1200-\u2fff]"  # of folded words with spaces between them
_JOINED_LETTER = r"[\u1100-\u11ff\u3005\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]"  # Japanese, Chinese, Korean
_WORD = re.compile(rf"{_LETTER}+(?:['-]{_LETTER}+)*|{_JOINED_LETTER}+|\d+|§+|\$")
_RUN = re.compile(rf"{_JOINED_LETTER}+")
_CLAUSE = re.compile(
    r"\s*(?:[?;!]+|\.(?=\s|$)|,|\s[-+&/]\s|\b(?:and also|as well as|and|also|plus|und|sowie|et|ainsi que|y|e)\b(?! (?:the )?(?:xtime|xname|xjob|xworkspace|xtable|xuser)\b(?=\W*$)))+\s*"
)
MARKED = frozenset({"xtime", "xnumber", *MARKS.values()})
_EMPTY = MARKED | {"0", "$", "top", "by", "for", "in", "the"}
_WEIGHTS = {"w": 1.5, "b": 1.2, "c": 2.0, "f": 0.8, "p": 0.9}


def words_of(masked_text: str) -> list[str]:
    """Words with numbers as 0 and masked durations as xnumber; pairs of letters where no spaces are between words."""
    return [word for found in _WORD.findall(masked_text) for word in _split(found)]


def _split(found: str) -> list[str]:
    if found.isascii():
        return ["0" if found[0].isdigit() else found]
    if found[0] == "§":
        return ["xnumber"]
    if not _RUN.fullmatch(found):
        return [found]
    letters = normalize("NFC", found[:60])
    return [letters[at : at + 2] for at in range(max(1, len(letters) - 1))]


def clauses_of(masked_text: str) -> list[str]:
    """The parts of a question between and, commas and question marks, that hold more than names, times and numbers."""
    return [part for part in _CLAUSE.split(masked_text) if part and any(word not in _EMPTY for word in words_of(part))]


def features(words: list[str]) -> dict[int, float]:
    """Hashed words, word pairs, character n-grams and word families; each group has a fixed length of its own."""
    vector: dict[int, float] = {}
    for group, names in _groups(words):
        unique = set(names)
        if not unique:
            continue
        value = _WEIGHTS[group] / sqrt(len(unique))
        for name in unique:
            at = crc32(f"{group}{name}".encode()) & (BUCKETS - 1)
            vector[at] = vector.get(at, 0.0) + value
    return vector


def _groups(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    bounded = ["<", *words, ">"]
    yield "w", words
    yield (
        "b",
        [f"{one} {two}" for one, two in pairwise(bounded)]
        + [f"{one} _ {two}" for one, two in zip(bounded, bounded[2:], strict=False)],
    )
    yield "c", [gram for word in words for gram in _grams(word)]
    known = [families(word) for word in words]
    sequence = [found for found in known if found]
    single = {family for found in known for family in found}
    ordered = [f"{one}>{two}" for left, right in pairwise(sequence) for one in left for two in right]
    yield "f", [*single, f"#{min(len(words), 8)}", *([f"1{family}" for family in sequence[0]] if sequence else [])]
    names = sorted(single)[:14]
    yield "p", ordered[:60] + [f"{one}&{two}" for at, one in enumerate(names) for two in names[at + 1 :]]


def _grams(word: str) -> list[str]:
    if len(word) < 2 or word in MARKED:
        return []
    padded = f" {word[:24]} "
    return [padded[at : at + size] for size in (3, 4) for at in range(len(padded) - size + 1)]
