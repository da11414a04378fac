"""Whether worded text says only what the evidence of its answer says: each figure, day, name, direction and cause is traced."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations

from agents.answer import Answer
from agents.claims import Claim, Figure, read, sentences
from agents.facts import Evidence, Fact, evidence
from agents.words import CAUSAL, NEUTRAL, RANK

LONGEST = 1_200
# What acts in a chat, or leads away from it: no worded text needs it.
_ACTING = re.compile(r"https?:|www\.|[<>`|\[\]{}#]|(?<![\w.])@|\x1b|[\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[^\W\d_]+")
_WHOLE = frozenset(["account", "total", "altogether", "overall", "platform"])


def untraced(text: str, answer: Answer) -> tuple[str, ...]:
    """What the evidence does not bear out, in words for who wrote it; empty where all is traced."""
    return Grounding(answer).untraced(text)


class Grounding:
    """The evidence of one answer, read once, for as many texts as are tried."""

    def __init__(self, answer: Answer) -> None:
        self._evidence: Evidence = evidence(answer)

    def untraced(self, text: str) -> tuple[str, ...]:
        if not text.strip() or len(text) > LONGEST:
            return ("the text is empty or too long",)
        if _ACTING.search(text):
            return ("links, mentions and markup are not allowed",)
        claims = [read(each, self._evidence.known, year=self._evidence.year) for each in sentences(text)]
        shown = [figure for claim in claims for figure in claim.figures]
        found: list[str] = []
        carried: frozenset[str] = frozenset()
        for claim in claims:
            found += self._sentence(claim, carried, shown)
            carried = frozenset(claim.names) or carried
        return tuple(dict.fromkeys(found))

    def _sentence(self, claim: Claim, carried: frozenset[str], shown: list[Figure]) -> Iterator[str]:
        yield from (f"the name {name} is not in the evidence" for name in claim.names if name not in self._evidence.names)
        yield from (f"the day {day} is not in the evidence" for day in claim.days if day not in self._evidence.days)
        yield from (f"the time {time} is not in the evidence" for time in claim.times if time not in self._evidence.times)
        known = {f"{day:%a}".lower() for day in self._evidence.days}
        yield from (f"{day} is not a day of the evidence" for day in claim.weekdays - known)
        for figure in claim.figures:
            owners = claim.owners[figure.at]
            if not self._borne(figure, claim, owners, carried, shown):
                said = f" of {', '.join(sorted(owners))}" if owners else ""
                yield f"the figure {figure.value.normalize():f} {figure.unit}".rstrip() + f" is not in the evidence{said}"
        yield from self._words(claim, carried)

    def _borne(self, figure: Figure, claim: Claim, owners: frozenset[str], carried: frozenset[str], shown: list[Figure]) -> bool:
        fits = [fact for fact in self._evidence.facts if _may(fact, claim, owners, carried)]
        equal = [fact for fact in fits if _equal(figure, fact.figure)]
        signs = {fact.figure.sign for fact in equal}
        if figure.sign and -figure.sign in signs and figure.sign not in signs:
            return False
        if any(_same(figure, fact) for fact in equal):
            return True
        if any(_equal(figure, label) and figure.near & label.near for label in self._evidence.labels):
            return True
        if any(fact.label & figure.near - NEUTRAL for fact in fits):
            return False  # a column holds it, and holds another value
        return any(_derived(figure, one.figure, two.figure) for one, two in _pairs(fits, shown, figure))

    def _words(self, claim: Claim, carried: frozenset[str]) -> Iterator[str]:
        subject = frozenset(claim.names) or (frozenset() if _WHOLE & _plain(claim.text) else carried)
        scope = self._scope(subject)
        allowed = {word for told in scope for word in told.words}
        for word in claim.words:
            if word not in allowed and (word not in NEUTRAL or word.startswith("not:")):
                yield f"“{word.removeprefix('not:')}” is not in the evidence of this" + (" as denied" if ":" in word else "")
        directions = {sign for told in scope for sign in told.directions}
        directions |= {fact.figure.sign for fact in self._evidence.facts if not subject or subject & fact.owners}
        if not subject and (lead := {sign for told in self._evidence.lead for sign in told.directions}):
            directions = lead
        yield from ("the direction is not that of the evidence" for sign in claim.directions if sign not in directions)
        if RANK & _plain(claim.text) and subject and not subject & self._evidence.first:
            yield "what is said to rank first does not in the evidence"
        if (cause := CAUSAL.search(claim.text)) and not self._causal(claim, cause, subject):
            yield "the cause is not in the evidence"

    def _scope(self, subject: frozenset[str]) -> list[Claim]:
        told = self._evidence.claims
        return [*self._evidence.lead, *(one for one in told if not subject or not one.names or subject & set(one.names))]

    def _causal(self, claim: Claim, cause: "re.Match[str]", subject: frozenset[str]) -> bool:
        """A cause is one of the evidence: its words and names stand together where the evidence tells a cause."""
        part = read(claim.text[cause.end() :], self._evidence.known, year=self._evidence.year)
        words = {word for word in part.words if word not in NEUTRAL}
        names = set(part.names)
        for told in self._evidence.causal:
            if (
                names <= set(told.names)
                and words <= set(told.words)
                and (not subject or subject & set(told.names) or not told.names)
            ):
                return bool(names or words or part.figures)
        return False


def _may(fact: Fact, claim: Claim, owners: frozenset[str], carried: frozenset[str]) -> bool:
    """Whether the fact is about what the sentence speaks of, on the day it speaks of."""
    if claim.days and fact.days and not set(claim.days) & fact.days:
        return False
    if owners:
        return owners <= fact.owners
    if _WHOLE & _plain(claim.text):
        return not fact.owners
    return not fact.owners or bool(carried and fact.owners & carried)


def _equal(said: Figure, fact: Figure) -> bool:
    return said.unit == fact.unit and abs(said.value - fact.value) <= max(said.slack, fact.slack)


def _same(said: Figure, fact: Fact) -> bool:
    """A figure of the same value is the same figure where neither its sign nor the words beside it speak against that."""
    known = fact.figure
    if said.sign and known.sign and said.sign != known.sign:
        return False
    if fact.rivals & said.near and not fact.label & said.near:
        return False  # of another column
    counted = known.near | known.around
    return bool(said.unit or not said.near or not counted or said.near & (counted | {"tim"}))


def _pairs(fits: list[Fact], shown: list[Figure], figure: Figure) -> Iterator[tuple[Fact, Fact]]:
    """Facts that may be reckoned with: of one row or sentence, or both shown in the text."""
    rows: dict[int, list[Fact]] = {}
    for fact in fits:
        if fact.figure.unit and (fact.figure.unit == figure.unit or figure.unit in ("%", "")):
            rows.setdefault(fact.group, []).append(fact)
    for row in rows.values() if figure.unit or "tim" in figure.near else ():
        if len(row) <= 12:
            yield from permutations(row, 2)
    told = [fact for fact in fits if any(_equal(each, fact.figure) for each in shown if each is not figure)]
    yield from permutations(told[:12], 2)


def _derived(said: Figure, one: Figure, two: Figure) -> bool:
    """A difference, sum or ratio of two figures of one unit."""
    if one.unit != two.unit or not two.value:
        return False
    if said.unit == one.unit and one.unit != "%":
        gap = one.value - two.value
        signed = not said.sign or (gap > 0) == (said.sign > 0)
        return (abs(abs(gap) - said.value) <= said.slack and signed) or abs(one.value + two.value - said.value) <= said.slack
    ratio = one.value / two.value
    if said.unit == "%":
        rise = (ratio - 1) * 100
        grown = abs(abs(rise) - said.value) <= said.slack and (not said.sign or (rise > 0) == (said.sign > 0))
        return grown or (not said.sign and abs(ratio * 100 - said.value) <= said.slack)
    return said.unit == "" and abs(ratio - said.value) <= max(said.slack, Decimal("0.05"))


def _plain(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
