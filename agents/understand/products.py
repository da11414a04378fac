"""Products of the bill said in words: "serverless SQL" and "model serving" for SQL and MODEL_SERVING of the account."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from agents.question import Entities
from agents.understand.text import fold

_BESIDE = r"(?:compute|costs?|spend(?:ing)?|usage|bill|dbus?|charges|fees)"


def spoken_products(products: Iterable[str]) -> Mapping[str, re.Pattern[str]]:
    """How people say each product; one word alone says too little, it needs "serverless" or what it costs beside it."""
    said: dict[str, re.Pattern[str]] = {}
    for product in products:
        words = [re.escape(word) for word in fold(product).split("_")]
        name = "[ -]".join(words)
        alone = rf"\b(?:serverless|classic) {name}\b|\b{name} {_BESIDE}\b"
        said[product] = re.compile(rf"\b{name}\b" if len(words) > 1 else alone)
    return said


def with_products(entities: Entities, said: Mapping[str, re.Pattern[str]], text: str) -> Entities:
    """The entities with the products that the text names, where it names none otherwise."""
    if entities.products or entities.skus:
        return entities
    folded = fold(text)
    return replace(entities, products=tuple(product for product, pattern in said.items() if pattern.search(folded)))
