"""Who should answer, on what topic, how sure, and whether to answer, ask back, decline or help."""

from dataclasses import dataclass
from math import log

from agents.question import AGENTS, Action, Agent
from agents.understand.classifier import Classifier, sigmoid
from agents.understand.decide import ACTIONS, Scores, action_shares, agent_odds, score

TOPICS: dict[Agent, tuple[str, ...]] = {
    "cost": ("trend", "spike", "top", "budget", "forecast", "anomalies", "chargeback", "commitment", "optimization", "untagged"),
    "security": ("threats", "user", "access", "permissions", "logins", "principals", "compliance"),
    "performance": ("jobs", "queries", "warehouses", "clusters", "forecast"),
    "reliability": ("failures", "sla", "patterns", "incidents", "retries", "drift", "risk", "runbook"),
    "quality": ("lineage", "impact", "results", "freshness", "classification", "ownership"),
    "mlops": ("health", "endpoints", "drift", "retraining", "experiments", "features"),
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
    scores = score(classifier, masked)
    odds = agent_odds(classifier, scores)
    shares = action_shares(scores)
    action = max(ACTIONS, key=lambda each: shares[each])
    ranked = sorted(range(6), key=lambda at: -odds[at])
    leaning = tuple(AGENTS[at] for at in ranked)
    fragment = sigmoid(scores.whole[11])
    if action == "answer" and sigmoid(scores.whole[10]) > 0.5:
        return Route("answer", AGENTS, ("overview",), sigmoid(scores.whole[10]), fragment, leaning)
    cut = classifier.calibration["cut"][0]
    chosen = tuple(AGENTS[at] for at in range(6) if odds[at] > cut) or leaning[:1]
    topics = _topics(classifier, scores, chosen)
    if action != "answer":
        return Route(action, chosen, topics, shares[action], fragment, leaning)
    return Route("answer", chosen, topics, _sureness(classifier, odds, cut, shares["answer"]), fragment, leaning)


def _sureness(classifier: Classifier, odds: list[float], cut: float, answer: float) -> float:
    from_margin, from_action, bias = classifier.calibration["sure"]
    margin = min(6.0, min(abs(one - cut) for one in odds))
    bounded = min(0.999, max(0.001, answer))
    return sigmoid(bias + from_margin * margin + from_action * _logit(bounded))


def _logit(share: float) -> float:
    return log(share / (1 - share))


def _topics(classifier: Classifier, scores: Scores, agents: tuple[Agent, ...]) -> tuple[str, ...]:
    """The likeliest topic of each agent, and a second one that is nearly as likely; outputs lie in the order of their names."""
    layer = classifier.layers["topics"]
    found: list[str] = []
    for agent in agents:
        first = next(at for at, name in enumerate(layer.outputs) if name.startswith(agent))
        last = first + len(TOPICS[agent])
        odds = dict(zip(layer.outputs[first:last], layer.scores(scores.vector, first, last), strict=True))
        ranked = sorted(odds, key=lambda name: -odds[name])
        found += [name for name in ranked[:2] if name == ranked[0] or odds[name] > max(0.0, odds[ranked[0]] - 0.7)]
    return tuple(found)
