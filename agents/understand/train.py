"""`python -m agents.understand.train`: learns weights.bin from training/*.txt, the same ones every time."""

import sys
import time
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from agents.question import AGENTS
from agents.understand.classifier import Classifier, Layer, save
from agents.understand.corpus import FOLDS, Example, examples, fingerprint
from agents.understand.decide import ACTIONS, OUTPUTS, OVERVIEW, Scores, action_shares, agent_odds, evidence, score
from agents.understand.nameindex import NameIndex
from agents.understand.reading import read
from agents.understand.wording import BUCKETS, features, words_of
from tools.names import Names

TOPIC_BUCKETS = 1 << 15
STRENGTH = 30.0
COMPOSED = 0.3  # what a question put together counts against a written one
LARGEST = 1000  # of the whole numbers that weights are kept as
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def main() -> None:
    started = time.monotonic()
    lines = examples()
    index = NameIndex(Names())
    masked = [read(line.text, index, now=NOW, tz="UTC", people={}).masked for line in lines]
    matrix = _matrix([features(words_of(text)) for text in masked], BUCKETS)
    folds = np.array([line.fold for line in lines])
    scored = _out_of_fold(lines, masked, matrix, folds)
    calibration = _calibrate(lines, scored)
    classifier = Classifier(
        {"main": _main_layer(lines, matrix), "topics": _topic_layer(lines, masked)}, calibration, fingerprint()
    )
    save(classifier)
    sys.stdout.write(f"{len(lines)} questions, {matrix.nnz / len(lines):.0f} features each, {time.monotonic() - started:.0f} s\n")


def _matrix(vectors: list[dict[int, float]], buckets: int) -> csr_matrix:
    indptr = np.cumsum([0] + [len(vector) for vector in vectors])
    indices = np.fromiter((at & (buckets - 1) for vector in vectors for at in vector), dtype=np.int32)
    data = np.fromiter((value for vector in vectors for value in vector.values()), dtype=np.float64)
    return csr_matrix((data, indices, indptr), shape=(len(vectors), buckets))


def _targets(lines: list[Example]) -> list[tuple[Floats, Floats]]:
    """For each output which lines count and what they say."""
    answer = np.array([line.action == "answer" and line.topics != ("overview",) for line in lines])
    own = np.array([not line.followup or line.fragment for line in lines])
    fragment = np.array([line.fragment for line in lines])
    targets = [(answer, np.array([agent in line.agents for line in lines])) for agent in AGENTS]
    targets += [(own, np.array([line.action == action for line in lines])) for action in ACTIONS]
    overview = np.array([line.topics == ("overview",) for line in lines])
    told = np.array([line.action != "clarify" for line in lines])
    several = np.array([len(line.agents) > 1 for line in lines])
    return [*targets, (own & ~fragment, overview), (fragment | told, fragment), (answer, several)]


@dataclass(frozen=True)
class _Fitted:
    weights: Floats
    bias: float


def _fit(matrix: csr_matrix, wanted: Floats, counts: Floats) -> _Fitted:
    """A logistic regression in which rare features count more; their rarity is part of the weights it returns."""
    rarity = np.log(len(wanted) / (1.0 + np.asarray((matrix != 0).sum(axis=0)).ravel()) + 1.0)
    rarity /= rarity[rarity < rarity.max()].mean()
    model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, tol=0.05, random_state=0, max_iter=300)
    model.fit(matrix @ diags(rarity), wanted, sample_weight=counts)
    return _Fitted(model.coef_[0] * rarity, round(float(model.intercept_[0]), 6))


def _main_layer(lines: list[Example], matrix: csr_matrix, rows: Floats | None = None) -> Layer:
    rows = np.ones(len(lines), dtype=bool) if rows is None else rows
    worth = np.array([COMPOSED if line.composed else 1.0 for line in lines])
    models = [_fit(matrix[told & rows], wanted[told & rows], worth[told & rows]) for told, wanted in _targets(lines)]
    return _layer(OUTPUTS, models, BUCKETS)


def _layer(outputs: tuple[str, ...], models: list[_Fitted], buckets: int) -> Layer:
    weights = np.column_stack([model.weights for model in models])
    scale = float(np.abs(weights).max()) / LARGEST
    whole = np.rint(weights / scale).astype(np.int16)
    return Layer(outputs, tuple(model.bias for model in models), scale, buckets, array("h", whole.tobytes()))


def _topic_layer(lines: list[Example], masked: list[str]) -> Layer:
    """One against the other topics of the same agent, learned from questions for that agent alone."""
    names = sorted({topic for line in lines for topic in line.topics if "." in topic})
    single = [at for at, line in enumerate(lines) if line.action == "answer" and len(line.topics) == 1 and "." in line.topics[0]]
    matrix = _matrix([features(words_of(masked[at])) for at in single], TOPIC_BUCKETS)
    agents = np.array([lines[at].agents[0] for at in single])
    topics = np.array([lines[at].topics[0] for at in single])
    models = []
    for name in names:
        rows = agents == name.partition(".")[0]
        models.append(_fit(matrix[rows], topics[rows] == name, np.ones(int(rows.sum()))))
    return _layer(tuple(names), models, TOPIC_BUCKETS)


def _out_of_fold(lines: list[Example], masked: list[str], matrix: csr_matrix, folds: Floats) -> list[Scores]:
    """Scores of every line from a model that has not seen it."""
    scored: dict[int, Scores] = {}
    for fold in range(FOLDS):
        layer = _main_layer(lines, matrix, folds != fold)
        seen = Classifier({"main": layer}, {}, "")
        scored.update((at, score(seen, masked[at])) for at in np.flatnonzero(folds == fold).tolist())
    return [scored[at] for at in range(len(lines))]


def _calibrate(lines: list[Example], scored: list[Scores]) -> dict[str, list[float]]:
    asked = [
        at for at, line in enumerate(lines) if line.action == "answer" and line.topics != ("overview",) and not line.followup
    ]
    rows = np.array([evidence(scored[at], agent) for at in asked for agent in range(6)])
    truth = np.array([[agent in lines[at].agents for agent in AGENTS] for at in asked])
    single, written = truth.sum(axis=1) == 1, np.array([not lines[at].composed for at in asked])
    counts = np.repeat(np.where(written, np.where(single, 1.0, 3.0), 0.3), 6)
    model = LogisticRegression(C=10.0, random_state=0, max_iter=2000).fit(rows, truth.ravel(), sample_weight=counts)
    agents = [*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0])]
    shell = Classifier({}, {"agents": agents}, "")
    odds = np.array([agent_odds(shell, scored[at]) for at in asked])
    exact = {float(cut): _exact(odds, truth, cut) for cut in np.arange(-1.5, 1.6, 0.1).round(1)}
    ones, more = written & single, written & ~single
    cut = max(exact, key=lambda each: 0.7 * exact[each][ones].mean() + 0.3 * exact[each][more].mean())
    shares = [action_shares(scores) for scores in scored]
    own = [at for at, line in enumerate(lines) if not line.followup and not line.composed]
    likely = {at: max(shares[at], key=lambda action: shares[at][action]) for at in own}
    right_action = np.mean([likely[at] == lines[at].action for at in own])
    sys.stdout.write(f"out of fold: single {exact[cut][ones].mean():.3f}  several {exact[cut][more].mean():.3f}  ")
    sys.stdout.write(f"action {right_action:.3f}  cut {cut:.1f}\n")
    told = [at for at in own if likely[at] == "answer" and scored[at].whole[OVERVIEW] < 0]
    odds = np.array([agent_odds(shell, scored[at]) for at in told])
    truth = np.array([[agent in lines[at].agents for agent in AGENTS] for at in told])
    right = _exact(odds, truth, cut) & np.array([lines[at].action == "answer" for at in told])
    sure = _confidence(odds, right, cut, [shares[at]["answer"] for at in told])
    return {"agents": agents, "cut": [cut], "sure": sure}


def _exact(odds: Floats, truth: Floats, cut: float) -> Floats:
    chosen = odds > cut
    chosen[np.arange(len(odds)), odds.argmax(axis=1)] = True
    return np.asarray((chosen == truth).all(axis=1))


def _confidence(odds: Floats, right: Floats, cut: float, answer: list[float]) -> list[float]:
    """How often the set is right, as a function of the narrowest margin and of the share of the action."""
    margin = np.abs(odds - cut).min(axis=1)
    rows = np.column_stack(
        [np.minimum(margin, 6), np.log(np.clip(answer, 1e-3, 1 - 1e-3) / (1 - np.clip(answer, 1e-3, 1 - 1e-3)))]
    )
    model = LogisticRegression(C=10.0, random_state=0, max_iter=500).fit(rows, right)
    return [*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0])]


if __name__ == "__main__":
    main()
