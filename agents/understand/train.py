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
from agents.understand.calibrate import calibrate
from agents.understand.classifier import Classifier, Layer, save
from agents.understand.corpus import FOLDS, INDEPENDENT, Example, examples, fingerprint
from agents.understand.decide import ACTIONS, OUTPUTS, Scores, score
from agents.understand.nameindex import NameIndex
from agents.understand.reading import read
from agents.understand.wording import BUCKETS, features, words_of
from tools.names import Names

TOPIC_BUCKETS = 1 << 15
STRENGTH = 30.0
COMPOSED = 0.1  # what a question put together counts against a written one
NATURAL = 3.0  # what a question counts whose author had seen no others
LARGEST = 1000  # of the whole numbers that weights are kept as
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
Floats: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def main() -> None:
    started = time.monotonic()
    lines = examples()
    masked = masked_words(lines)
    calibration = calibrate(lines, out_of_fold(lines, masked))
    matrix = _matrix([features(words_of(text)) for text in masked], BUCKETS)
    layers = {"main": _main_layer(lines, matrix), "topics": _topic_layer(lines, masked)}
    save(Classifier(layers, calibration, fingerprint()))
    sys.stdout.write(f"{len(lines)} questions, {matrix.nnz / len(lines):.0f} features each, {time.monotonic() - started:.0f} s\n")


def masked_words(lines: list[Example]) -> list[str]:
    """The lines as the classifier sees them, read without an account's names."""
    index = NameIndex(Names())
    return [read(line.text, index, now=NOW, tz="UTC", people={}).masked for line in lines]


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


def _worth(line: Example) -> float:
    return COMPOSED if line.composed else NATURAL if line.author in INDEPENDENT else 1.0


def _main_layer(lines: list[Example], matrix: csr_matrix, rows: Floats | None = None) -> Layer:
    rows = np.ones(len(lines), dtype=bool) if rows is None else rows
    worth = np.array([_worth(line) for line in lines])
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


def out_of_fold(lines: list[Example], masked: list[str]) -> list[Scores]:
    """Scores of every line from a model that has seen neither it nor, where it has an author of its own, that author."""
    matrix = _matrix([features(words_of(text)) for text in masked], BUCKETS)
    folds = np.array([line.fold for line in lines])
    scored: dict[int, Scores] = {}
    for fold in range(FOLDS):
        layer = _main_layer(lines, matrix, folds != fold)
        seen = Classifier({"main": layer}, {}, "")
        scored.update((at, score(seen, masked[at])) for at in np.flatnonzero(folds == fold).tolist())
    return [scored[at] for at in range(len(lines))]


if __name__ == "__main__":
    main()
