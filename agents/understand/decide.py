"""From scores to a decision: whole question and its parts weighed together, per agent and for the action."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from dataclasses import dataclass
from math import log
from operator import mul

from agents.question import AGENTS, Action, Agent
from agents.understand.classifier import Classifier, sigmoid
from agents.understand.wording import clauses_of, features, words_of

ACTIONS: tuple[Action, ...] = ("answer", "clarify", "decline", "help")
OUTPUTS = (*AGENTS, *ACTIONS, "overview", "fragment", "several")
ANSWER, OVERVIEW, FRAGMENT, SEVERAL = (OUTPUTS.index(name) for name in ("answer", "overview", "fragment", "several"))

_ACTION_WEIGHTS = (1.0, 1.5, 2.0, 1.0)  # a question wrongly answered costs more than one wrongly asked back or declined
_DENIAL = re.compile(
    r"\b(?:no|not|nothing|never|nobody|none|forget|aside|besides|regardless|except|idc|nicht|kein\w*|pas|sin|nao|non|\w+n'?t)\b"
)
_ASKING = re.compile(
    r"\b(?:who|what|which|how|why|when|where|is|are|did|does|do|was|were|has|have|show|list|any|wer|was|wie|welche|que|quien|cuanto|quem|quanto|chi)\b"
)
_JOIN = re.compile(r"\b(?:and|also|plus|as well|und|y|e|et)\b|[+&/]")


@dataclass(frozen=True, slots=True)
class Cues:
    """Signs of whether a second thing is asked: per part whether it denies and whether it asks, joining words, question marks."""

    denies: tuple[bool, ...]
    asks: tuple[bool, ...]
    joins: int
    marks: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Log odds of the whole question and of each part, by the order of OUTPUTS, with the features they were given for."""

    whole: list[float]
    parts: list[list[float]]
    vector: dict[int, float]
    words: int
    cues: Cues
    lengths: tuple[int, ...] = ()  # words in each part
    vectors: tuple[dict[int, float], ...] = ()  # of each part


def score(classifier: Classifier, masked: str) -> Scores:
    words = words_of(masked)
    vector = features(words)
    clauses = clauses_of(masked)[:6]
    clauses = clauses if len(clauses) > 1 else []
    several = [words_of(clause) for clause in clauses]
    layer = classifier.layers["main"]
    lengths = tuple(len(part) for part in several)
    vectors = tuple(features(part) for part in several)
    return Scores(
        layer.scores(vector),
        [layer.scores(each) for each in vectors],
        vector,
        len(words),
        _cues(masked, clauses),
        lengths,
        vectors,
    )


def _cues(masked: str, clauses: list[str]) -> Cues:
    told = clauses or [masked]
    return Cues(
        tuple(bool(_DENIAL.search(each)) for each in told),
        tuple(bool(_ASKING.search(each)) for each in told),
        len(_JOIN.findall(masked)),
        masked.count("?"),
    )


def evidence(scores: Scores, agent: int) -> list[float]:
    """What speaks for one agent, apart for the first and for the others: the whole, its best part, and whether that is a part of its own."""
    whole = scores.whole[:6]
    parts = [part[:6] for part in scores.parts] or [whole]
    others = sorted((score for at, score in enumerate(whole) if at != agent), reverse=True)
    rival = max((at for at in range(6) if at != agent), key=lambda at: whole[at])
    own, lead = _best_part(parts, agent)
    rivals, rival_lead = _best_part(parts, rival)
    divided = float(bool(scores.parts))
    apart = divided * (own != rivals)
    best = _bounded(max(part[agent] for part in parts))
    strongest = max(range(len(parts)), key=lambda at: parts[at][agent])
    short = float(bool(scores.parts) and scores.lengths[strongest] < 3)
    told = [_bounded(whole[agent]), _bounded(whole[agent] - others[0]), _bounded(others[1] - whole[agent])]
    told += [best, best * short, _bounded(lead), divided, min(scores.words, 20) / 10, float(scores.words > 20)]
    told += [apart, apart * _bounded(lead), apart * _bounded(rival_lead), apart * _bounded(min(lead, rival_lead))]
    told += _told_by_cues(scores, own, rivals, apart, divided)
    told += [_bounded(scores.whole[SEVERAL]), apart * _bounded(scores.whole[SEVERAL]), 1.0]
    nothing = [0.0] * len(told)
    return told + nothing if whole[agent] > others[0] else nothing + told


def _best_part(parts: list[list[float]], agent: int) -> tuple[int, float]:
    """The part in which an agent leads most, or lags least, and by how much."""
    leads = [part[agent] - max(score for at, score in enumerate(part) if at != agent) for part in parts]
    at = max(range(len(leads)), key=lambda each: leads[each])
    return at, leads[at]


def _told_by_cues(scores: Scores, own: int, rivals: int, apart: float, divided: float) -> list[float]:
    cues = scores.cues
    part = scores.parts[own] if scores.parts else None
    return [
        float(cues.denies[own]),
        cues.denies[own] * divided,
        cues.asks[own] * divided,
        cues.asks[own] * cues.asks[rivals] * apart,
        min(cues.joins, 4) * 0.3,
        min(cues.marks, 3) * 0.3,
        len(scores.parts) * 0.3,
        _bounded(part[ANSWER]) if part else 0.0,
        _bounded(part[FRAGMENT]) if part else 0.0,
    ]


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
    raw = [sigmoid(score) * weight for score, weight in zip(scores.whole[6:10], _ACTION_WEIGHTS, strict=True)]
    total = sum(raw) or 1.0
    return dict(zip(ACTIONS, (value / total for value in raw), strict=True))


@dataclass(frozen=True, slots=True)
class Decision:
    """`agents` by probability come first in `leaning`; `confidence` is that of the whole decision."""

    action: Action
    agents: tuple[Agent, ...]
    leaning: tuple[Agent, ...]
    confidence: float


def decide(classifier: Classifier, scores: Scores) -> Decision:
    """The likeliest action and, for an answer, every agent above the cut, at least the first."""
    odds = agent_odds(classifier, scores)
    shares = action_shares(scores)
    action = max(ACTIONS, key=lambda each: shares[each])
    leaning = tuple(AGENTS[at] for at in sorted(range(6), key=lambda at: -odds[at]))
    overview = sigmoid(scores.whole[OVERVIEW])
    if action == "answer" and overview > 0.5:
        return Decision("answer", AGENTS, leaning, overview)
    if action != "answer":
        return Decision(action, (), leaning, shares[action])
    cut = classifier.calibration["cut"][0]
    chosen = tuple(AGENTS[at] for at in range(6) if odds[at] > cut) or leaning[:1]
    *weights, bias = classifier.calibration["sure"]
    told = signs(scores, odds, cut, shares["answer"])
    return Decision("answer", chosen, leaning, sigmoid(bias + sum(map(mul, weights, told))))


def signs(scores: Scores, odds: list[float], cut: float, answer: float) -> list[float]:
    """What makes a set of agents sure: the narrowest margin, the lead of the first, the share of the action, a short text."""
    bounded = min(0.999, max(0.001, answer))
    first, second = sorted(scores.whole[:6], reverse=True)[:2]
    margin = min(6.0, min(abs(one - cut) for one in odds))
    return [
        margin,
        min(6.0, max(odds)),
        _bounded(first - second),
        _bounded(first),
        log(bounded / (1 - bounded)),
        min(scores.words, 20) / 10,
    ]
