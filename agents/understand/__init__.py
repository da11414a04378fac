"""Understanding: from what people type to a Question, without a language model, in milliseconds."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

from agents.question import Asker, Entities, Question
from agents.understand import classifier, context
from agents.understand.choices import choices_for
from agents.understand.entities import read_quantities, read_tags, to_entities
from agents.understand.environments import environments, with_environments
from agents.understand.nameindex import NameIndex
from agents.understand.products import read_products
from agents.understand.reading import Read, read
from agents.understand.route import AHEAD, TOPICS, Route, route
from agents.understand.text import fold
from agents.understand.zones import known_zone
from tools.names import Names

_NOBODY: Mapping[str, str] = MappingProxyType({})
_DECLINED = "I only read this Databricks account's costs, security, performance, reliability, data quality and ML operations."
_ANYONE = Asker()
_NOTHING = Entities()
_SURE = 0.7  # of declining, below which a question that names a job or a table is asked back
_SUBJECT = 0.5
_PAST = re.compile(r"\b(?:did|was|were|failed|spent|happened|logged)\b")  # "what did we spend on" a day to come foretells nothing


class Understanding:
    """Built once from the account's names; then a pure function of a text, a moment, an asker and the question before."""

    def __init__(self, names: Names, *, budgets: tuple[str, ...] = ()) -> None:
        self._index = NameIndex(replace(names, budgets=tuple(dict.fromkeys((*names.budgets, *budgets)))))
        self._environments = environments(names.workspaces)
        self._products = frozenset(names.products)
        self._classifier = _weights()

    def understand(
        self,
        text: str,
        *,
        now: datetime,
        asker: Asker = _ANYONE,
        prior: Question | None = None,
        found: Entities = _NOTHING,
        mentions: Mapping[str, str] = _NOBODY,
    ) -> Question:
        """The question that a text asks. A word that cannot be resolved becomes a clarification, never an error.

        `prior` is the question before it in the thread, `found` the names in its answer: what "which of them" means.
        """
        now = now if now.tzinfo else now.replace(tzinfo=UTC)
        tz = known_zone(asker.tz)
        before = prior if prior and prior.action == "answer" else None
        seen = read(text, self._index, now=now, tz=tz, people=mentions, prior=before.period if before else None)
        routed = route(self._classifier, seen.masked)
        alone = read(text, self._index, now=now, tz=tz, people=mentions) if before and before.period else seen
        named = to_entities(seen.mentions, read_quantities(seen.text), read_tags(seen.text, self._index))
        entities = with_environments(named, self._environments)
        foretold = alone.time.ahead and not _PAST.search(fold(seen.text))
        topics = tuple(AHEAD.get(topic, topic) for topic in routed.topics) if foretold else routed.topics
        question = Question(
            text=seen.text,
            action=routed.action,
            agents=routed.agents if routed.action == "answer" else (),
            topics=topics if routed.action == "answer" else (),
            confidence=round(routed.confidence, 4),
            period=alone.time.period,
            compare=alone.time.compare,
            ahead=alone.time.ahead,
            entities=entities,
            asker=replace(asker, tz=tz),
            now=now.astimezone(UTC),
        )
        if question.agents == ("cost",):
            question = self._with_products(question)
        if before is not None:
            question = context.pointed(_in_thread(question, before, seen, routed), named, found, fold(seen.text))
        return _asked_back(question, seen, routed)

    def _with_products(self, question: Question) -> Question:
        """The question with the account's products that it says in words, where it names none otherwise."""
        named = question.entities
        if named.products or named.skus:
            return question
        spoken = tuple(product for product in read_products(question)[0] if product in self._products)
        return replace(question, entities=replace(named, products=spoken))


def _in_thread(question: Question, before: Question, seen: Read, routed: Route) -> Question:
    """A fragment takes over everything, a pronoun period and names, a new subject nothing."""
    folded = fold(seen.text)
    if routed.action in ("help", "decline") and routed.confidence > 0.6 and routed.fragment < 0.8:
        return question
    related = replace(question, period=seen.time.period, compare=seen.time.compare)
    if routed.action != "answer" or routed.fragment > _SUBJECT:
        return context.inherited(related, before, folded, subject=False)
    if context.points_back(folded):
        return context.inherited(related, before, folded, subject=True)
    return question


def _asked_back(question: Question, seen: Read, routed: Route) -> Question:
    if question.action == "decline" and routed.confidence < _SURE and (question.entities.jobs or question.entities.tables):
        question = replace(question, action="clarify")  # what names the account's own things is hardly about something else
    if question.action == "decline":
        return replace(question, reason=_DECLINED)
    if question.action == "help":
        return question
    if seen.time.unresolved:
        wrong = seen.time.unresolved[0]
        return replace(
            question,
            action="clarify",
            reason=f"I cannot place “{wrong}” in the calendar. Which day or period do you mean?",
            choices=tuple(f"{question.text.replace(wrong, other)}" for other in ("yesterday", "last week", "last month")),
        )
    if question.action == "clarify":
        return replace(
            question, choices=choices_for(question.entities, routed.leaning), reason="I am not sure what you would like to know."
        )
    return question


@cache
def _weights() -> classifier.Classifier:
    return classifier.load()


__all__ = ["TOPICS", "Understanding"]
