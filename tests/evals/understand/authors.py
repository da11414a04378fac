"""Leave one author out: how well the questions of each independent author are understood by a model that learned from all others.

Learned anew here, from every line once and a share of the composed ones, in two to five minutes of processor time.
"""

from dataclasses import dataclass

from agents.understand.calibrate import calibrate
from agents.understand.classifier import Classifier
from agents.understand.corpus import INDEPENDENT, Example, examples
from agents.understand.decide import Decision, Scores, decide
from agents.understand.train import masked_words, out_of_fold

COMPOSED_KEPT = 6  # one in


@dataclass(frozen=True, slots=True)
class Judged:
    line: Example
    decision: Decision

    @property
    def kind(self) -> str:
        if self.line.action != "answer":
            return self.line.action
        return "several" if len(self.line.agents) > 1 else "single"

    @property
    def right_action(self) -> bool:
        return self.decision.action == self.line.action

    @property
    def right(self) -> bool:
        return self.right_action and (self.line.action != "answer" or set(self.decision.agents) == set(self.line.agents))


def judged_authors() -> list[Judged]:
    """Every question of the independent authors with the decision about it."""
    lines = _thinned(examples())
    return judged(lines, out_of_fold(lines, masked_words(lines)))


def judged(lines: list[Example], scored: list[Scores]) -> list[Judged]:
    """Decisions with an author's own lines left out of the calibration too; `scored` are out of fold."""
    found = []
    for author in sorted(INDEPENDENT):
        others = [at for at, line in enumerate(lines) if line.author != author]
        shell = Classifier({}, calibrate([lines[at] for at in others], [scored[at] for at in others]), "")
        own = [at for at, line in enumerate(lines) if line.author == author and not line.composed]
        found += [Judged(lines[at], decide(shell, scored[at])) for at in own]
    return found


def _thinned(lines: list[Example]) -> list[Example]:
    first = {line.line: line for line in reversed(lines) if not line.composed}
    return [*first.values(), *[line for line in lines if line.composed][::COMPOSED_KEPT]]
