"""Who should answer, on what topic, how sure, and whether to answer, ask back, decline or help."""

from collections.abc import Iterator
from dataclasses import dataclass

from agents.question import AGENTS, Action, Agent
from agents.understand.classifier import Classifier, sigmoid
from agents.understand.decide import FRAGMENT, Scores, decide, score

FAINT, CLEAR = -1.0, 0.0  # log odds from which a part is for an agent that the whole asks, and on a topic of its own
TOPICS: dict[Agent, tuple[str, ...]] = {
    "cost": ("trend", "spike", "top", "budget", "forecast", "anomalies", "chargeback", "commitment", "optimization", "untagged"),
    "security": ("threats", "user", "access", "permissions", "logins", "principals", "compliance"),
    "performance": ("jobs", "queries", "warehouses", "clusters", "forecast"),
    "reliability": ("failures", "sla", "patterns", "incidents", "retries", "drift", "risk", "runbook"),
    "quality": ("lineage", "impact", "results", "freshness", "classification", "ownership"),
    "mlops": ("health", "endpoints", "drift", "retraining", "experiments", "features"),
}


# What is asked of a time that has not begun is a forecast.
AHEAD = {
    "cost.trend": "cost.forecast",
    "performance.queries": "performance.forecast",
    "performance.warehouses": "performance.forecast",
    "reliability.failures": "reliability.risk",
}


@dataclass(frozen=True, slots=True)
class Route:
    """`fragment` is the probability that the words are only a rest of an earlier question."""

    action: Action
    agents: tuple[Agent, ...]
    topics: tuple[str, ...]
    confidence: float
    fragment: float
    leaning: tuple[Agent, ...]  # agents by probability, for the choices of a clarification


def route(classifier: Classifier, masked: str) -> Route:
    """The decision for masked words (see wording.py)."""
    if not masked:
        return Route("help", (), (), 1.0, 0.0, AGENTS)
    scores = score(classifier, masked)
    decision = decide(classifier, scores)
    overview = decision.agents == AGENTS
    topics = ("overview",) if overview else _topics(classifier, scores, decision.agents)
    fragment = sigmoid(scores.whole[FRAGMENT])
    return Route(decision.action, decision.agents, topics, decision.confidence, fragment, decision.leaning)


def _topics(classifier: Classifier, scores: Scores, agents: tuple[Agent, ...]) -> tuple[str, ...]:
    """The likeliest topic of each agent; two of them where two parts of the question ask that agent for different ones."""
    found: list[str] = []
    for agent in agents:
        whole = _topic_odds(classifier, scores.vector, agent)
        asked = tuple(dict.fromkeys(_asked_in_parts(classifier, scores, agent)))
        found += asked[:2] if len(asked) > 1 else (max(whole, key=lambda name: whole[name]),)
    return tuple(found)


def _asked_in_parts(classifier: Classifier, scores: Scores, agent: Agent) -> Iterator[str]:
    """The clear topic of each part that is surely for this agent."""
    at = AGENTS.index(agent)
    for vector, part, length in zip(scores.vectors, scores.parts, scores.lengths, strict=True):
        if length > 1 and part[at] > FAINT and part[at] == max(part[:6]):
            odds = _topic_odds(classifier, vector, agent)
            best = max(odds, key=lambda name: odds[name])
            if odds[best] > CLEAR:
                yield best


def _topic_odds(classifier: Classifier, vector: dict[int, float], agent: Agent) -> dict[str, float]:
    """Log odds of an agent's topics; the layer's outputs lie in the order of their names."""
    layer = classifier.layers["topics"]
    first = next(at for at, name in enumerate(layer.outputs) if name.startswith(agent))
    last = first + len(TOPICS[agent])
    return dict(zip(layer.outputs[first:last], layer.scores(vector, first, last), strict=True))
