"""The part of the account that a cost question names."""

from agents.question import Question
from agents.understand.products import read_products
from tools.scope import Scope


def scope_of(question: Question) -> Scope:
    named = question.entities
    products, serverless = read_products(question)
    return Scope(
        workspaces=named.workspaces,
        skus=named.skus,
        products=named.products or products,
        jobs=named.jobs,
        pipelines=named.pipelines,
        warehouses=named.warehouses,
        clusters=named.clusters,
        endpoints=named.endpoints,
        users=named.users,
        teams=_tagged(question, "team"),
        cost_centers=_tagged(question, "cost_center", "cost center", "costcenter"),
        projects=_tagged(question, "project"),
        environments=_tagged(question, "env", "environment"),
        serverless=serverless,
    )


def _tagged(question: Question, *keys: str) -> tuple[str, ...]:
    return tuple(value for key, value in question.entities.tags if key.lower() in keys)


_DIMENSIONS = {
    "workspace": "workspace", "sku": "sku", "product": "product", "user": "run_as", "run_as": "run_as", "owner": "run_as",
    "team": "team", "tag": "team", "job": "resource", "resource": "resource", "cluster": "resource",
    "warehouse": "resource", "endpoint": "resource", "pipeline": "resource",
}  # fmt: skip


def dimensions_of(question: Question) -> tuple[str, ...]:
    """The dimensions of cost that a question asks to be broken down by."""
    return tuple(dict.fromkeys(_DIMENSIONS[name] for name in question.entities.group_by if name in _DIMENSIONS))
