"""Time words of other languages, put into English so that one grammar reads all: German, French, Spanish, Portuguese and
Italian with their grammar, the commonest words of Japanese, Chinese, Korean, Dutch, Polish, Swedish and Turkish.

words/LANGUAGE.txt holds each language: its small words, days, months, numbers and units, then phrases as `pattern => English`,
applied in order when units, numbers, days and months are English already; N is a number, U a unit, D a weekday, M a month.
words/elsewhere.txt has phrases only, for texts in none of the five.
"""

import re
from dataclasses import dataclass
from functools import cache

from agents.understand.text import fold
from agents.understand.wordlists import lines, words

LANGUAGES = ("de", "fr", "es", "pt", "it")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_FILLED = {
    "N": r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)",
    "U": r"(minutes|hours|days|weeks|months|quarters|years|weekend)",
    "D": f"({'|'.join(_DAYS)})",
    "M": f"({'|'.join(MONTHS)})",
}
_UNIT_WORDS = re.compile(r"\b(this|last|next|1|the) (minute|hour|day|week|month|quarter|year)s\b(?! \d)")


@dataclass(frozen=True, slots=True)
class _Language:
    small: frozenset[str]
    days: tuple[str, ...]
    months: tuple[str, ...]
    numbers: tuple[str, ...]
    units: tuple[tuple[str, str], ...]  # foreign pattern, English
    phrases: tuple[tuple[str, str], ...]


def language(text: str) -> str:
    """The language a folded text is most likely in, by its small words and time words; English unless another is ahead."""
    spoken = [word for part in re.findall(r"[a-z'-]+", text) for word in {part, part.partition("'")[2] or part}]
    english = sum(word in words("en") for word in spoken)
    hits = {name: sum(weights.get(word, 0) for word in spoken) for name in LANGUAGES for weights in [_vocabulary(name)]}
    best = max(LANGUAGES, key=lambda name: hits[name])
    return best if hits[best] > english else "en"


def to_english(text: str, spoken: str) -> str:
    """A folded text with its time words in English; other words stay as they are."""
    if spoken not in LANGUAGES:
        return _from_elsewhere(text)
    for pattern, english in _rules(spoken):
        text = pattern.sub(english, text)
    return _UNIT_WORDS.sub(r"\1 \2", text.replace(":¦", ":00").replace("¦", ""))


def _from_elsewhere(text: str) -> str:
    rules, any_of_them = _elsewhere()
    if any_of_them.search(text):
        for pattern, english in rules:
            text = pattern.sub(english, text)
    return text


@cache
def _elsewhere() -> tuple[tuple[tuple[re.Pattern[str], str], ...], re.Pattern[str]]:
    pairs = [tuple(line.split(" => ")) for line in lines("elsewhere")]
    edged = [(rf"(?<![a-z])(?:{fold(foreign)})(?![a-z])", f" {english} ") for foreign, english in pairs]
    together = "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in edged)
    return tuple((re.compile(pattern), english) for pattern, english in edged), re.compile(together)


@cache
def _vocabulary(name: str) -> dict[str, int]:
    """Small words of a language, and its time words, which say twice as much."""
    spoken = _read(name)
    patterns = " ".join((*spoken.days, *spoken.months, *spoken.numbers, *(foreign for foreign, _ in spoken.units)))
    timely = {word for word in re.findall(r"[a-z]{3,}", patterns.replace("?", "")) if word not in words("en")}
    return {**dict.fromkeys(spoken.small, 1), **dict.fromkeys(timely, 2)}


@cache
def _read(name: str) -> _Language:
    about: dict[str, str] = {}
    units: list[tuple[str, str]] = []
    phrases: list[tuple[str, str]] = []
    for line in lines(name):
        head, colon, rest = line.partition(": ")
        if " => " in line:
            foreign, _, english = line.partition(" => ")
            phrases.append((foreign, english))
        elif colon and head.startswith("unit "):
            units.append((rest, head.removeprefix("unit ")))
        else:
            about[head] = rest
    split = {key: tuple(value.split(" ")) for key, value in about.items()}
    return _Language(frozenset(split["small"]), split["days"], split["months"], split["numbers"], tuple(units), tuple(phrases))


@cache
def _rules(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    spoken = _read(name)
    plain = [*zip(spoken.days, _DAYS, strict=True), *zip(spoken.months, MONTHS, strict=True), *spoken.units]
    rules = [(re.compile(rf"\b(?:{foreign})\b"), english) for foreign, english in plain]
    counted = "|".join([*(foreign for foreign, _ in spoken.units), _FILLED["U"], "dernier|derniere"])
    rules += [
        (re.compile(rf"\b(?:{foreign})\b(?= (?:{counted}))"), english)
        for foreign, english in zip(spoken.numbers, _NUMBERS, strict=True)
    ]
    return tuple(rules + [(re.compile(_fill(pattern)), english) for pattern, english in spoken.phrases])


def _fill(pattern: str) -> str:
    """The pattern with N, U, D and M replaced; a group that is already in brackets is not captured twice."""
    for letter in _FILLED:
        pattern = re.sub(rf"(?:(?<![A-Za-z\\])|(?<=\\b)){letter}(?![A-Za-z])", lambda found: _FILLED[found[0]], pattern)
    return re.sub(r"\(\(([^()]*)\)\)", r"(\1)", pattern)
