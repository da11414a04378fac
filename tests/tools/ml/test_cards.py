"""Model cards are in step with the evaluation in structure: every model, heading and measure, and no empty figure."""

import re

import pytest

from tests.evals.ml.cards import CARDS, HEADINGS, PLACE, text
from tests.evals.ml.report import Section, of_results
from tools.ml.studies import STUDIES
from tools.ml.studies.study import Measure, Result

MEASURES = {
    "cost-anomaly-detector": ("mean absolute log error", "average precision", "last value", "7-day median"),
    "query-performance-forecaster": (
        "p50: mean absolute log error",
        "p95: mean absolute log error",
        "last value",
        "7-day median",
    ),
    "job-failure-predictor": ("Brier score", "AUROC", "last outcome", "30-day rate"),
    "security-threat-detector": ("staged attacks missed", "busiest against their own average"),
    "root-cause-localizer": ("strict F1", "same-rows F1", "controls blamed", "largest single value", "own failure rates"),
}


def test_each_model_has_a_card_and_nothing_else_does() -> None:
    assert {path.stem for path in PLACE.glob("*.md")} == {card.model for card in CARDS} == set(MEASURES)
    assert {study.name for study in STUDIES} < set(MEASURES)


@pytest.mark.parametrize("model", MEASURES)
def test_a_card_has_its_parts_and_its_figures_with_n(model: str) -> None:
    written = (PLACE / f"{model}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (.+)$", written, re.MULTILINE)) == HEADINGS
    for measure in MEASURES[model]:
        assert measure in written
    assert re.search(r"^\|.*\b(n|series-days)\b.*\|$", written, re.MULTILINE)
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert rows
    assert not any("nan" in row or "||" in row or "|  |" in row for row in rows)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.model)
def test_the_words_of_a_card_are_those_that_stand_in_it(card) -> None:  # type: ignore[no-untyped-def]
    written = (PLACE / f"{card.model}.md").read_text(encoding="utf-8")
    assert all(part in written for part in (card.what, card.data, card.features, card.period, card.limits))


def test_a_card_without_figures_is_refused() -> None:
    card = CARDS[0]
    empty = Section(card.model, "Nothing.", ("a", "n"), ())
    for sections in ([], [empty], of_results([])):
        with pytest.raises(ValueError, match="nothing was measured"):
            text(card, sections)
    result = Result(card.model, "{}", (Measure("mean absolute log error", 0.1, {"last value": 0.25}, 7),), {"anomalies": 2.0})
    assert "| mean absolute log error | 0.1000 | 0.2500 | 7 |" in text(card, of_results([result]))
