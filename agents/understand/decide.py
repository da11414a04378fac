"""From scores to a decision: whole question and its parts weighed together, per agent and for the action."""

from dataclasses import dataclass

from agents.question import AGENTS, Action
from agents.understand.classifier import Classifier, sigmoid
from agents.understand.wording import clauses_of, features, words_of

ACTIONS: tuple[Action, ...] = ("answer", "clarify", "decline", "help")
OUTPUTS = (*AGENTS, *ACTIONS, "overview", "fragment", "several")
OVERVIEW, FRAGMENT, SEVERAL = (OUTPUTS.index(name) for name in ("overview", "fragment", "several"))


@dataclass(frozen=True, slots=True)
class Scores:
    """Log odds of the whole question and of each part, by the order of OUTPUTS, with the features they were given for."""

    whole: list[float]
    parts: list[list[float]]
    vector: dict[int, float]
    words: int
    lengths: tuple[int, ...] = ()  # words in each part
    vectors: tuple[dict[int, float], ...] = ()  # of each part


def score(classifier: Classifier, masked: str) -> Scores:
    words = words_of(masked)
    vector = features(words)
    parts = [words_of(clause) for clause in clauses_of(masked)[:6]]
    layer = classifier.layers["main"]
    several = parts if len(parts) > 1 else []
    lengths = tuple(len(part) for part in several)
    vectors = tuple(features(part) for part in several)
    return Scores(layer.scores(vector), [layer.scores(each) for each in vectors], vector, len(words), lengths, vectors)


def evidence(scores: Scores, agent: int) -> list[float]:
    """What speaks for one agent: the whole, its best part, how far it leads there; apart for the first and for the others."""
    whole = scores.whole[:6]
    parts = [part[:6] for part in scores.parts]
    others = max(score for at, score in enumerate(whole) if at != agent)
    best = max((part[agent] for part in parts), default=whole[agent])
    short = float(bool(parts) and scores.lengths[max(range(len(parts)), key=lambda at: parts[at][agent])] < 3)
    leads = max(
        (part[agent] - max(score for at, score in enumerate(part) if at != agent) for part in parts),
        default=whole[agent] - others,
    )
    told = [
        _bounded(whole[agent]),
        _bounded(best),
        _bounded(whole[agent] - others),
        _bounded(leads),
        float(bool(parts)),
        min(scores.words, 20) / 10,
        _bounded(best) * short,
        _bounded(scores.whole[SEVERAL]),
        1.0,
    ]
    nothing = [0.0] * len(told)
    return told + nothing if whole[agent] > others else nothing + told


def _bounded(score: float) -> float:
    return max(-8.0, min(8.0, score))


def agent_odds(classifier: Classifier, scores: Scores) -> list[float]:
    """Calibrated log odds of each agent."""
    weights = classifier.calibration["agents"]
    return [
        weights[-1] + sum(weight * value for weight, value in zip(weights, evidence(scores, agent), strict=False))
        for agent in range(6)
    ]


def action_shares(scores: Scores) -> dict[Action, float]:
    """Probabilities of the four actions."""
    raw = [sigmoid(score) for score in scores.whole[6:10]]
    total = sum(raw) or 1.0
    return dict(zip(ACTIONS, (value / total for value in raw), strict=True))
