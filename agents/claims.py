"""What a sentence says that can be checked: its names, days, figures, directions and plain words, in their order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from agents.words import ABOUT, NEGATIONS, STOP, UNITS, WEEKDAYS, direction, month, stem

Kind = Literal["name", "day", "time", "figure", "word", "mark"]
_TOKEN = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}(?!\d)|\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    r"(?:,?\s+\d{4})?\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?\b)"
    r"|(?P<time>\b\d{1,2}:\d{2}(?::\d{2})?\b)"
    r"|(?P<name>\b\d{1,3}(?:\.\d{1,3}){3}\b|(?=[\d.,]*[A-Za-z_])(?:\b[A-Za-z]|(?<![\w$.,])\d)[\w+()]*(?:[_@./=-][\w+()]+)+\)?"
    r"|\b[A-Z][A-Z0-9]{3,}\b|\b[0-9a-f]{12,}\b|\b(?=\w*\d)(?=\w*[a-z])[a-z][a-z0-9]{5,}\b)"
    r"|(?P<figure>(?:[+\u2212\u00b1-]\s?)?\$?\d[\d,]*(?:\.\d+)?(?:\s?%|\s?(?:thousand|million|billion)\b|[kKM]\b)?)"
    r"|(?P<word>[^\W\d_]+(?:['’][a-z]+)?)|(?P<mark>[^\s])"
)
_NUMBER = re.compile(r"([+\u2212\u00b1-]?)\s?(\$?)(\d[\d,]*(?:\.\d+)?)\s?(%|thousand|million|billion|[kKM])?")
_SCALE = {"k": 1_000, "K": 1_000, "thousand": 1_000, "M": 1_000_000, "million": 1_000_000, "billion": 1_000_000_000}
_COUNTS = {
    word: n
    for n, word in enumerate(
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        2,
    )
}
_CLOSING = frozenset(";:,.")
# Words of the language that are written like names.
_COMPOUND = re.compile(
    r"(?:sign|auto|multi|pre|re|non|high|low|long|short|real|follow|built|so|per|all|self|\d+)-.*"
    r"|.*-(?:ins?|stop|days?|years?|off|up|time|purpose)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit` (USD, %, seconds, GB, or nothing for a count); `slack` is how far rounding may have moved it."""

    value: Decimal
    unit: str
    slack: Decimal
    sign: int = 0
    near: frozenset[str] = frozenset()  # stems that say what is counted
    around: frozenset[str] = frozenset()  # stems of the words on both sides
    at: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, read. `owners` holds for each figure, by its place, the names that it is said of."""

    text: str
    names: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    times: tuple[str, ...] = ()
    weekdays: frozenset[str] = frozenset()
    figures: tuple[Figure, ...] = ()
    owners: dict[int, frozenset[str]] = field(default_factory=dict)
    after: dict[int, frozenset[str]] = field(default_factory=dict)  # names that close a figure without a mark between
    words: tuple[str, ...] = ()  # stems; "not:…" where negated
    directions: frozenset[int] = frozenset()


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"'(\d$])|\n+", text.strip()) if part]


def tokens(text: str, known: Iterable[str] = ()) -> list[Token]:
    """`known` are names that look like words ("finance"): as written, they are names."""
    plain = frozenset(known)
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, said = str(match.lastgroup), match[0]
        if kind == "name":
            found += [each for part in split_name(said) for each in _named(part, plain)]
        elif kind == "word" and said in plain:
            found.append(Token("name", said))
        else:
            found.append(Token(kind, said))  # type: ignore[arg-type]
    return found


def _named(text: str, known: frozenset[str]) -> list[Token]:
    if text in known or not _COMPOUND.fullmatch(text) or re.search(r"[_@./=]", text):
        return [Token("name", text)]
    return [Token("figure" if part[0].isdigit() else "word", part) for part in text.split("-") if part]


def split_name(text: str) -> list[str]:
    """A name without what the sentence put around it."""
    bare = text.strip(".,;:!?)/").removeprefix("(")
    return [bare.rstrip("(") + (")" if "(" in bare and not bare.endswith(")") else "")] if bare else []


def read(text: str, known: Iterable[str] = (), *, year: int = 0) -> Claim:
    """What one sentence says; `year` completes a day that is written without one."""
    line = tokens(text, known)
    figures = tuple(each for at, token in enumerate(line) if (each := _figure(line, at, token)))
    return Claim(
        text,
        names=tuple(token.text for token in line if token.kind == "name"),
        days=tuple(day for token in line if token.kind == "day" and (day := _day(token.text, year))),
        times=tuple(token.text for token in line if token.kind == "time"),
        weekdays=frozenset(WEEKDAYS[token.text[:3].lower()] for token in line if is_weekday(token)),
        figures=figures,
        owners={each.at: _before(line, each.at) for each in figures},
        after={each.at: _after(line, each.at) for each in figures},
        words=tuple(_words(line)),
        directions=frozenset(sign for token in line if token.kind == "word" and (sign := direction(token.text))),
    )


def is_weekday(token: Token) -> bool:
    folded = token.text.lower()
    return token.kind == "word" and token.text[0].isupper() and (folded in WEEKDAYS or folded.removesuffix("s") in WEEKDAYS)


def _figure(line: list[Token], at: int, token: Token) -> Figure | None:
    near = _near(line, at)
    if token.kind == "word" and token.text.lower() in _COUNTS:
        return Figure(Decimal(_COUNTS[token.text.lower()]), "", Decimal(0), near=near, around=_around(line, at), at=at)
    match = _NUMBER.fullmatch(token.text.strip()) if token.kind == "figure" else None
    if match is None:
        return None
    sign, dollar, digits, scale = match.groups()
    try:
        value = Decimal(digits.replace(",", "").rstrip("."))
        if digits[0] == "0" and digits[1:2].isdigit():
            return Figure(Decimal(-1), "", Decimal(0), at=at)  # no report writes 01
    except InvalidOperation:
        return None
    slack = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    if about := at and line[at - 1].text.lower() in ABOUT:
        whole = digits.replace(",", "")
        zeros = len(whole) - len(whole.rstrip("0")) if "." not in whole else 0
        slack = max(slack, Decimal(5).scaleb(min(zeros, len(whole) - 1) - 1)) if about else slack
    times = _SCALE.get(scale or "", 1)
    unit, factor = ("USD", 1) if dollar else ("%", 1) if scale == "%" else _unit(line, at)
    given = {"+": 1, "\u2212": -1, "-": -1}.get(sign, 0)
    return Figure(value * times * factor, unit, slack * times * factor, given or _sign(line, at), near, _around(line, at), at)


def _unit(line: list[Token], at: int) -> tuple[str, int]:
    following = line[at + 1].text if at + 1 < len(line) else ""
    return UNITS.get(following, UNITS.get(following.lower(), ("", 1)))


def _sign(line: list[Token], at: int) -> int:
    """The direction that the words right beside a figure give it."""
    found = set()
    for step, reach in ((-1, 4), (1, 4)):
        place = at + step
        for _ in range(reach):
            if not 0 <= place < len(line) or line[place].text in _CLOSING:
                break
            if line[place].kind == "figure" and not line[place].text.endswith("%"):
                break
            if line[place].text.lower() in ("to", "from", "instead") and step < 0:
                break
            if line[place].kind == "word" and (sign := direction(line[place].text)):
                found.add(sign)
            place += step
    return found.pop() if len(found) == 1 else 0


def _near(line: list[Token], at: int) -> frozenset[str]:
    found = []
    for token in line[at + 1 : at + 6]:
        if token.text in _CLOSING or token.kind == "figure":
            break
        if token.kind == "word" and token.text.lower() not in STOP:
            found.append(stem(token.text))
    if not found:
        found = [stem(token.text) for token in reversed(_clause(line, at)) if token.text.lower() not in STOP]
    return frozenset(found[:3])


def _clause(line: list[Token], at: int) -> list[Token]:
    """The words before a figure, back to the last mark, name or figure."""
    found: list[Token] = []
    for token in reversed(line[: max(0, at)]):
        if token.kind in ("figure", "name") or token.text in _CLOSING:
            break
        if token.kind == "word":
            found.insert(0, token)
    return found[-4:]


def _around(line: list[Token], at: int) -> frozenset[str]:
    return frozenset(stem(token.text) for token in line[max(0, at - 8) : at + 9] if token.kind == "word")


def _before(line: list[Token], at: int) -> frozenset[str]:
    """The nearest group of names before a figure; names with only small words between belong together."""
    last = next((place for place in range(at, -1, -1) if line[place].kind == "name"), None)
    if last is None:
        first = next((place for place in range(at, len(line)) if line[place].kind == "name"), None)
        return frozenset() if first is None else frozenset(_group(line, first, 1))
    return frozenset(_group(line, last, -1))


def _after(line: list[Token], at: int) -> frozenset[str]:
    for place in range(at + 1, min(at + 9, len(line))):
        if line[place].kind == "name":
            return frozenset(_group(line, place, 1))
        if line[place].text in _CLOSING or line[place].kind == "figure":
            break
    return frozenset()


def _group(line: list[Token], place: int, step: int) -> list[str]:
    found, gap = [], 0
    while 0 <= place < len(line) and gap < 3:
        token = line[place]
        if token.kind == "name":
            found.append(token.text)
            gap = 0
        elif token.text.lower() in ("in", "of", "on", "by", "job", "workspace", "the", "(", "'", "s", "’", "/"):
            gap += 1
        else:
            break
        place += step
    return found


def _words(line: list[Token]) -> Iterable[str]:
    denied = 0
    for token in line:
        denied = max(0, denied - 1)
        if token.kind == "mark" and token.text in _CLOSING:
            denied = 0
        if token.kind != "word" or is_weekday(token):
            continue
        folded = token.text.lower().replace("’", "'")
        if folded in NEGATIONS or folded.endswith("n't"):
            denied = 4
        elif folded not in STOP:
            yield f"not:{stem(folded)}" if denied else stem(folded)
            denied = 0


def _day(text: str, year: int) -> date | None:
    try:
        if text[:4].isdigit():
            return date.fromisoformat(text)
        numbers = [int(part) for part in re.findall(r"\d+", text)]
        name = re.search(r"(?!of\b|st\b|nd\b|rd\b|th\b)[A-Za-z]{3,}", text)
        return date(numbers[1] if len(numbers) > 1 else year, month(name[0]) if name else 0, numbers[0])
    except ValueError:
        return date(1, 1, 1)  # a day that does not exist is no day of the evidence
