"""The part of the account that a cost question names."""

from agents.question import Question
from tools.cost import Scope


def scope_of(question: Question) -> Scope:
    named = question.entities
    return Scope(
        workspaces=named.workspaces,
        skus=named.skus,
        products=named.products,
        jobs=named.jobs,
        warehouses=named.warehouses,
        users=named.users,
        teams=tuple(value for key, value in named.tags if key.lower() == "team"),
    )
