"""What to offer when a question could mean several things: complete questions to pick from."""

from agents.question import Agent, Entities

_ASKED: dict[Agent, dict[str, str]] = {
    "cost": {
        "jobs": "What does {name} cost, and has that changed?",
        "workspaces": "What did we spend in {name}?",
        "warehouses": "What does the warehouse {name} cost?",
        "users": "How much did {name} spend?",
        "": "What did we spend, and what changed?",
    },
    "security": {
        "tables": "Who accessed {name}?",
        "users": "What did {name} do?",
        "jobs": "Who changed {name}?",
        "workspaces": "Were there suspicious activities in {name}?",
        "": "Were there any suspicious activities?",
    },
    "performance": {
        "jobs": "Is {name} slower than usual, and why?",
        "warehouses": "Are queries slow or queueing on {name}?",
        "clusters": "How well is {name} used?",
        "workspaces": "What is slow in {name}?",
        "": "What is slower than usual?",
    },
    "reliability": {
        "jobs": "Did {name} fail or miss its SLA?",
        "workspaces": "Which jobs failed in {name}?",
        "pipelines": "Did {name} fail or finish late?",
        "": "Which jobs failed or were late?",
    },
    "quality": {"tables": "Is {name} fresh, and do its checks pass?", "": "Which tables have quality problems?"},
    "mlops": {
        "models": "How is {name} performing in production?",
        "endpoints": "Is {name} slow or returning errors?",
        "": "How are our models and endpoints doing?",
    },
}
_BY_KIND: dict[str, tuple[Agent, ...]] = {
    "jobs": ("reliability", "performance", "cost"),
    "pipelines": ("reliability", "performance", "cost"),
    "tables": ("quality", "security", "cost"),
    "workspaces": ("cost", "reliability", "security"),
    "warehouses": ("performance", "cost"),
    "clusters": ("performance", "cost"),
    "users": ("security", "cost"),
    "models": ("mlops",),
    "endpoints": ("mlops", "cost"),
}


def choices_for(entities: Entities, leaning: tuple[Agent, ...]) -> tuple[str, ...]:
    """Two to four questions, about the names in the question where there are any."""
    for kind, agents in _BY_KIND.items():
        names = getattr(entities, kind)
        if names:
            offered = [_ASKED[agent].get(kind) or _ASKED[agent][""] for agent in agents]
            offered += [_ASKED[agent][""] for agent in leaning if agent not in agents]
            return tuple(dict.fromkeys(text.format(name=names[0]) for text in offered))[:3]
    return tuple(_ASKED[agent][""] for agent in leaning[:3])
