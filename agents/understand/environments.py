"""Workspaces that share their first word are one environment: "prod" means every prod-…, not one of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from agents.question import Entities
from agents.understand.text import fold


def environments(workspaces: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """First word → the workspaces that begin with it, where there are several."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in workspaces:
        groups[re.split(r"[^a-z0-9]", fold(name), maxsplit=1)[0]].append(name)
    return {word: tuple(names) for word, names in groups.items() if len(names) > 1}


def with_environments(entities: Entities, groups: Mapping[str, tuple[str, ...]]) -> Entities:
    """Names that were unsure because they are an environment's become all of its workspaces."""
    meant = [groups[fold(word)] for word, choices in entities.unsure if set(choices) <= set(groups.get(fold(word), ()))]
    if not meant:
        return entities
    unsure = tuple((word, choices) for word, choices in entities.unsure if groups.get(fold(word)) not in meant)
    workspaces = tuple(dict.fromkeys((*entities.workspaces, *(name for names in meant for name in names))))
    return replace(entities, workspaces=workspaces, unsure=unsure)
