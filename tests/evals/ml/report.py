"""The evaluation as sections of figures: printed by `make eval`, and put into the model cards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.evals.ml.anomalies import Score
from tests.evals.ml.causes import Tally
from tools.ml.studies.study import Result


@dataclass(frozen=True, slots=True)
class Section:
    """A table of figures about one model; `rows` are empty where nothing was measured."""

    model: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        ruler = "|".join(("---", *("---:" for _ in self.columns[1:])))
        lines = (f"| {' | '.join(row)} |" for row in self.rows)
        return "\n".join((self.title, "", f"| {' | '.join(self.columns)} |", f"|{ruler}|", *lines, ""))


def of_results(results: Iterable[Result]) -> list[Section]:
    """Each model beside the naive guesses on the last days of the sample."""
    found = []
    for result in results:
        naive = tuple(result.measures[0].naive)
        rows = [
            (each.name, f"{each.value:.4f}", *(f"{each.naive[name]:.4f}" for name in naive), str(each.n))
            for each in result.measures
        ]
        title = "The last 30 days of the sample account (24 November 2026), trained on the 90 days before."
        found.append(Section(result.name, title, ("measure", "model", *naive, "n"), tuple(rows)))
        others = tuple((name, f"{value:.4g}") for name, value in result.figures.items())
        found.append(Section(result.name, "On the same days.", ("figure", "value"), others))
    return found


def of_scores(scores: Sequence[Score], title: str) -> Section:
    rows = tuple(
        (
            each.detector,
            f"{each.f1:.3f}",
            f"{each.precision:.3f}",
            f"{each.recall:.3f}",
            f"{each.average_precision:.3f}",
            str(each.n),
            str(each.positive),
            f"{each.ms:.2f}" if each.ms == each.ms else "–",
        )
        for each in scores
    )
    columns = ("detector", "F1", "precision", "recall", "average precision", "series-days", "changed", "ms a series")
    return Section("cost-anomaly-detector", title, columns, rows)


def of_tallies(tallies: Sequence[Tally], title: str) -> Section:
    rows = tuple(
        (
            each.name,
            str(len(each.seconds)),
            f"{each.f1(each.strict):.3f}" if each.true else "–",
            f"{each.f1(each.rows):.3f}" if each.true else "–",
            each.published,
            f"{each.blamed} of {each.controls}",
            f"{1000 * sum(each.seconds) / len(each.seconds):.0f}",
        )
        for each in tallies
        if each.seconds
    )
    columns = ("cases", "n", "strict F1", "same-rows F1", "best published", "controls blamed", "ms a case")
    return Section("root-cause-localizer", title, columns, rows)
