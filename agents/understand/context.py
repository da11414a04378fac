"""What a question takes over from the one before it in the thread."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from dataclasses import fields, replace
from typing import Any

from agents.question import Entities, Question

# "it", "that", "those" and a leading "and" point back; in six languages.
_POINTING = re.compile(
    r"^(?:and|und|et|y|e|so|ok|okay|hmm|but|aber|mais|pero|ma|now|also|then|what about|how about|same|only|just|nur|seulement|solo|so|no|nein|non|instead|sorry|i meant)\b"
    r"|\b(?:it|its|that|those|these|them|they|their|there|same|one|ones|this one|which of|too|then|else|because of (?:that|this)|him|her|he|she"
    r"|davon|das|die davon|dies|daran|dort|auch|dabei|ca|cela|ceux|celui|celle|lesquels|en|y|eso|esto|esos|ellos|cuales|ahi|tambien|isso|isto|esses|deles|quais|la|tambem"
    r"|quello|questo|quelli|quali|loro|anche)\b"
)
_THINGS = r"(jobs?|pipelines?|warehouses?|clusters?|tables?|endpoints?|models?|users?|people|experiments?)"
_MANY = re.compile(
    rf"\b(?:(?:which|any|all|each|some|most|none) of (?:them|those|these)(?: {_THINGS})?|(?:those|these) {_THINGS})\b"
)
_ONE = re.compile(rf"\bth(?:at|is) (?:very )?{_THINGS}\b")
_NOUNS = {
    "job": "jobs", "pipeline": "pipelines", "warehouse": "warehouses", "cluster": "clusters", "table": "tables",
    "endpoint": "endpoints", "model": "models", "user": "users", "people": "users", "experiment": "experiments",
}  # fmt: skip
_WHY = re.compile(r"^(?:(?:and|but|ok|hmm|so) )?(?:why|warum|wieso|pourquoi|por que|porque|perche|how come)\b")
_DROPPED = re.compile(
    r"\b(?:all workspaces|everyone|everybody|overall|in total|all of them|everything|all users|all teams|whole account|alle|todos|tous|tutti)\b"
)


def points_back(folded: str) -> bool:
    """Whether the words refer to something said before."""
    return bool(_POINTING.search(folded))


def everywhere(folded: str) -> bool:
    """Whether the words widen the question to the whole account."""
    return bool(_DROPPED.search(folded))


def merged_entities(now: Entities, before: Entities, folded: str) -> Entities:
    """Those of the new question, and of the earlier one every kind that the new one does not name."""
    if everywhere(folded):
        return now
    changes = {}
    for field in fields(Entities):
        if field.name in ("unsure", "unknown"):
            continue
        if not getattr(now, field.name) and getattr(before, field.name):
            changes[field.name] = getattr(before, field.name)
    return replace(now, **changes)


def pointed(question: Question, named: Entities, found: Entities, folded: str) -> Question:
    """The question about the things that the last answer named, where it points at them and names none itself."""
    many, one = _MANY.search(folded), _ONE.search(folded)
    pointing = many or one
    if pointing is None:
        return question
    noun = next((word for word in pointing.groups() if word), "")
    kinds = [_NOUNS[noun.rstrip("s")]] if noun else [kind for kind in _NOUNS.values() if getattr(found, kind)][:1]
    changes: dict[str, Any] = {
        kind: getattr(found, kind) if many else getattr(found, kind)[:1]
        for kind in kinds
        if getattr(found, kind) and not getattr(named, kind)
    }
    return replace(question, entities=replace(question.entities, **changes))


def inherited(question: Question, prior: Question, folded: str, *, subject: bool) -> Question:
    """The question with what it leaves unsaid taken from `prior`; with `subject` it keeps its own agents and topics."""
    period, compare = question.period, question.compare
    if period is None:
        period, compare = prior.period, compare or (prior.compare if not subject else None)
    merged = replace(
        question, period=period, compare=compare, entities=merged_entities(question.entities, prior.entities, folded)
    )
    if subject:
        return merged
    topics = ("cost.spike",) if prior.topics == ("cost.trend",) and _WHY.search(folded) else prior.topics
    return replace(
        merged,
        action="answer",
        agents=prior.agents,
        topics=topics,
        choices=(),
        reason="",
        confidence=min(prior.confidence, question.confidence) if prior.confidence else question.confidence,
    )
