"""`python -m tests.evals.ml [--cards]`: the models beside their baselines; fails where something was not measured."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.evals.ml import cards, causes, predictors, shared
from tests.evals.ml.anomalies import compare
from tests.evals.ml.report import Section, of_results, of_scores, of_tallies
from tests.evals.ml.series import planted

SEED, COUNT = 101, 24  # of the cost cases made by the generator beside us


def main(arguments: list[str] | None = None) -> int:
    found = sections()
    for each in found:
        sys.stdout.write(f"\n{each.model}. {each.text()}")
    empty = [f"{each.model}: {each.title}" for each in found if not each.rows]
    if empty or not found:
        sys.stderr.write(f"nothing was measured: {'; '.join(empty) or 'at all'}\n")
        return 1
    if "--cards" in (sys.argv[1:] if arguments is None else arguments):
        cards.write(found)
    return 0


def sections() -> list[Section]:
    """Own cases always; those of ../shared/eval where that folder lies beside the checkout."""
    found = of_results(asyncio.run(predictors.tried()))
    found.append(of_scores(compare(planted()), "400 planted series of our own, of 42 days each; the last 14 are judged."))
    found.append(of_tallies(causes.own(), "Cases of our own."))
    if not shared.is_here():
        sys.stdout.write("../shared/eval is not there: its cases are left out.\n")
        return found
    with TemporaryDirectory() as place:
        truths = shared.cost_cases(COUNT, SEED, Path(place))
        series = [each for truth in truths for each in shared.workspace_series(truth, Path(place))]
        told = f"{COUNT} cost cases of ../shared/eval (sampled: seed {SEED})"
        found.append(of_scores(compare(series), f"Daily cost of each workspace, {told}."))
        found.append(of_tallies(causes.given(truths, Path(place)), f"Cases of ../shared/eval: all its grids, {told}."))
    return found


if __name__ == "__main__":
    sys.exit(main())
