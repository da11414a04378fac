"""`python -m agents.understand.train`: learns weights.bin from training/*.txt, the same ones every time."""

import sys
import time
from array import array
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from agents.question import AGENTS
from agents.understand.classifier import Classifier, Layer, save
from agents.understand.corpus import FOLDS, Example, examples, fingerprint
from agents.understand.decide import ACTIONS, OUTPUTS, Scores, action_shares, agent_odds, evidence, score
from agents.understand.nameindex import NameIndex
from agents.understand.reading import read
from agents.understand.wording import BUCKETS, features, words_of
from tools.names import Names

TOPIC_BUCKETS = 1 << 15
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
    return [*targets, (own & ~fragment, overview), (fragment | told, fragment)]


def _fit(matrix: csr_matrix, wanted: Floats, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="liblinear", dual=True, tol=0.01, random_state=0, max_iter=300).fit(
        matrix, wanted
    )


def _main_layer(lines: list[Example], matrix: csr_matrix, rows: Floats | None = None) -> Layer:
    rows = np.ones(len(lines), dtype=bool) if rows is None else rows
    models = [_fit(matrix[counts & rows], wanted[counts & rows], 6.0) for counts, wanted in _targets(lines)]
    return _layer(OUTPUTS, models, BUCKETS, "h")


def _layer(outputs: tuple[str, ...], models: list[LogisticRegression], buckets: int, kind: str) -> Layer:
    weights = np.column_stack([model.coef_[0] for model in models])
    largest = 32_000 if kind == "h" else 127
    scale = float(np.abs(weights).max()) / largest
    whole = np.rint(weights / scale).astype(np.int16 if kind == "h" else np.int8)
    return Layer(
        outputs,
        tuple(round(float(model.intercept_[0]), 6) for model in models),
        scale,
        buckets,
        array(kind, whole.tobytes()),
    )


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
        models.append(_fit(matrix[rows], topics[rows] == name, 6.0))
    return _layer(tuple(names), models, TOPIC_BUCKETS, "b")


def _out_of_fold(lines: list[Example], masked: list[str], matrix: csr_matrix, folds: Floats) -> list[Scores]:
    """Scores of every line from a model that has not seen it."""
    scored: dict[int, Scores] = {}
    for fold in range(FOLDS):
        layer = _main_layer(lines, matrix, folds != fold)
        seen = Classifier({"main": layer}, {}, "")
        scored.update((at, score(seen, masked[at])) for at in np.flatnonzero(folds == fold).tolist())
    return [scored[at] for at in range(len(lines))]


def _calibrate(lines: list[Example], scored: list[Scores]) -> dict[str, list[float]]:
    asked = [at for at, line in enumerate(lines) if line.action == "answer" and line.topics != ("overview",)]
    rows = [evidence(scored[at], agent) for at in asked for agent in range(6)]
    wanted = [AGENTS[agent] in lines[at].agents for at in asked for agent in range(6)]
    model = LogisticRegression(C=10.0, random_state=0, max_iter=500).fit(np.array(rows), np.array(wanted))
    agents = [*(float(weight) for weight in model.coef_[0]), float(model.intercept_[0])]
    shell = Classifier({}, {"agents": agents}, "")
    odds = np.array([agent_odds(shell, scored[at]) for at in asked])
    truth = np.array(wanted).reshape(-1, 6)
    exact = {cut: _exact(odds, truth, cut) for cut in np.arange(-1.5, 1.6, 0.1)}
    cut = float(max(exact, key=lambda each: exact[each].mean()))
    shares = [action_shares(scores) for scores in scored]
    own = [at for at, line in enumerate(lines) if not line.followup]
    right_action = np.mean([max(shares[at], key=lambda action: shares[at][action]) == lines[at].action for at in own])
    single = truth.sum(axis=1) == 1
    sys.stdout.write(f"out of fold: single {exact[cut][single].mean():.3f}  several {exact[cut][~single].mean():.3f}  ")
    sys.stdout.write(f"action {right_action:.3f}  cut {cut:.1f}\n")
    sure = _confidence(odds, exact[cut], cut, [shares[at]["answer"] for at in asked])
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
