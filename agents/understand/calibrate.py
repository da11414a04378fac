"""The numbers between scores and a decision, learned from scores of questions that the scoring model had not seen."""

from typing import Any, TypeAlias

import numpy as np
from sklearn.linear_model import LogisticRegression

from agents.question import AGENTS
from agents.understand.classifier import Classifier
from agents.understand.corpus import INDEPENDENT, Example
from agents.understand.decide import OVERVIEW, Scores, action_shares, agent_odds, evidence, signs

SEVERAL = 0.25  # what a question to several specialists counts against one to a single specialist when the cut is chosen
CAUTION = 0.35  # log odds taken from every confidence: a new author writes in ways that none of those left out did
COMPOSED_KEPT = 4  # one in
Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def calibrate(lines: list[Example], scored: list[Scores]) -> dict[str, list[float]]:
    """Weights of the evidence for an agent, the cut from which an agent is asked, and weights of what makes a decision sure."""
    kept = _once(lines)
    lines, scored = [lines[at] for at in kept], [scored[at] for at in kept]
    asked = [at for at, line in enumerate(lines) if _is_answer(line) and not line.followup]
    weights = _evidence_weights([lines[at] for at in asked], [scored[at] for at in asked])
    shell = Classifier({}, {"agents": weights}, "")
    typed = [at for at, line in enumerate(lines) if line.author in INDEPENDENT and not line.composed]
    cut = _best_cut(shell, [(lines[at], scored[at]) for at in typed if _is_answer(lines[at])])
    return {"agents": weights, "cut": [cut], "sure": _sureness(shell, cut, [(lines[at], scored[at]) for at in typed])}


def _once(lines: list[Example]) -> list[int]:
    """Every written line as it was written, without its variations, and a share of the composed ones."""
    first = {line.line: at for at, line in reversed(list(enumerate(lines))) if not line.composed}
    composed = [at for at, line in enumerate(lines) if line.composed]
    return sorted([*first.values(), *composed[::COMPOSED_KEPT]])


def _is_answer(line: Example) -> bool:
    return line.action == "answer" and line.topics != ("overview",)


def _evidence_weights(lines: list[Example], scored: list[Scores]) -> list[float]:
    rows = np.array([evidence(scores, agent) for scores in scored for agent in range(6)])
    truth = np.array([agent in line.agents for line in lines for agent in AGENTS])
    counts = np.repeat([0.3 if line.composed else 1.0 if len(line.agents) == 1 else 3.0 for line in lines], 6)
    model = LogisticRegression(C=3.0, random_state=0, max_iter=2000).fit(rows, truth, sample_weight=counts)
    return [*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0])]


def _best_cut(shell: Classifier, cases: list[tuple[Example, Scores]]) -> float:
    odds = np.array([agent_odds(shell, scores) for _, scores in cases])
    truth = np.array([[agent in line.agents for agent in AGENTS] for line, _ in cases])
    single = truth.sum(axis=1) == 1
    exact = {round(float(cut), 1): _exact(odds, truth, cut) for cut in np.arange(-1.5, 3.1, 0.1)}
    return max(exact, key=lambda cut: (1 - SEVERAL) * exact[cut][single].mean() + SEVERAL * exact[cut][~single].mean())


def _exact(odds: Floats, truth: Floats, cut: float) -> Floats:
    chosen = odds > cut
    chosen[np.arange(len(odds)), odds.argmax(axis=1)] = True
    return np.asarray((chosen == truth).all(axis=1))


def _sureness(shell: Classifier, cut: float, cases: list[tuple[Example, Scores]]) -> list[float]:
    """How often a question that is answered is answered by the right set, from the signs of a sure decision."""
    shares = [action_shares(scores) for _, scores in cases]
    told = [
        (line, scores, share["answer"])
        for (line, scores), share in zip(cases, shares, strict=True)
        if share["answer"] == max(share.values()) and scores.whole[OVERVIEW] < 0
    ]
    odds = [agent_odds(shell, scores) for _, scores, _ in told]
    truth = np.array([[agent in line.agents for agent in AGENTS] for line, _, _ in told])
    right = _exact(np.array(odds), truth, cut) & np.array([line.action == "answer" for line, _, _ in told])
    rows = np.array([signs(scores, odds[at], cut, share) for at, (_, scores, share) in enumerate(told)])
    model = LogisticRegression(C=10.0, random_state=0, max_iter=500).fit(rows, right)
    return [*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0]) - CAUTION]
