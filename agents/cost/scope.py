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


_DIMENSIONS = {
    "workspace": "workspace", "sku": "sku", "product": "product", "user": "run_as", "run_as": "run_as", "owner": "run_as",
    "team": "team", "tag": "team", "job": "resource", "resource": "resource", "cluster": "resource",
    "warehouse": "resource", "endpoint": "resource", "pipeline": "resource",
}  # fmt: skip


def dimensions_of(question: Question) -> tuple[str, ...]:
    """The dimensions of cost that a question asks to be broken down by."""
    return tuple(dict.fromkeys(_DIMENSIONS[name] for name in question.entities.group_by if name in _DIMENSIONS))
