"""The workspace that a question is about where it names none: the one that its asker chose, if they chose any."""

import re
from dataclasses import replace

from agents.question import Entities, Question
from agents.understand.context import everywhere
from agents.understand.text import fold

# What lies in one workspace already, or in none.
_PLACED = ("jobs", "pipelines", "warehouses", "clusters", "endpoints", "models", "tables", "experiments", "budgets")
_SEVERAL = re.compile(r"\bworkspaces\b")


def in_default_workspace(question: Question, workspace: str, known: tuple[str, ...], prior: Question | None) -> Question:
    """The question narrowed to the asker's default workspace, if the account has it and nothing says otherwise.

    In a thread the question before says otherwise when it was about the whole account.
    """
    if question.action != "answer" or workspace not in known:
        return question
    named, before = question.entities, prior if prior and prior.action == "answer" else None
    if before and before.workspace_assumed and named.workspaces == before.entities.workspaces == (workspace,):
        return replace(question, workspace_assumed=True)
    whole = before is not None and not before.entities.workspaces and not _placed(before.entities)
    said = fold(question.text)
    if named.workspaces or _placed(named) or "workspace" in named.group_by or whole or everywhere(said) or _SEVERAL.search(said):
        return question
    return replace(question, entities=replace(named, workspaces=(workspace,)), workspace_assumed=True)


def _placed(entities: Entities) -> bool:
    return any(getattr(entities, kind) for kind in _PLACED)
