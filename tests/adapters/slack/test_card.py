"""Cards: how they look, that limits hold for whatever an answer says, and that text from data cannot act."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from adapters import words
from adapters.slack.blocks import escape
from adapters.slack.card import card
from adapters.slack.work import loading_view, message_view, work_view
from agents import figures
from agents.answer import Answer
from tests.adapters import samples
from tests.adapters.generated import Generator
from tests.adapters.slack.limits import VIEW_BLOCKS, faults

SAMPLES = (
    samples.spike,
    samples.top,
    samples.bare,
    samples.failed,
    samples.clarify,
    samples.decline,
    samples.hostile,
    samples.long,
)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings(part)]


def markup(blocks: list[dict[str, Any]]) -> list[str]:
    """Every text in which Slack reads markup."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if blocks.get("type") == "mrkdwn" else []
        return own + [text for part in blocks.values() for text in markup(part)]
    return [text for part in blocks for text in markup(part)] if isinstance(blocks, list) else []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_the_card_looks_as_agreed(sample: Callable[[], Answer], snapshot: SnapshotAssertion) -> None:
    made = card(sample(), chart_file="F0CHART" if sample().charts else None, thread="1764000000.000100")
    assert {"blocks": made.blocks, "text": made.text} == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("sample", [samples.spike, samples.hostile], ids=lambda sample: sample.__name__)
def test_the_work_looks_as_agreed(sample: Callable[[], Answer], snapshot: SnapshotAssertion) -> None:
    assert work_view(sample()) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("chart_file", [None, "F0CHART"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_samples_keep_every_limit(sample: Callable[[], Answer], chart_file: str | None) -> None:
    made = card(sample(), chart_file=chart_file, thread="1.1", asked=sample().question.text)
    assert faults(made.blocks) == []
    assert 0 < len(made.text) <= 4_000
    assert faults(work_view(sample())["blocks"], most=VIEW_BLOCKS) == []


def test_the_causes_of_the_card_sum_to_its_change() -> None:
    [table] = [block for block in card(samples.spike()).blocks if block["type"] == "table"]
    changes = [row[1]["text"] for row in table["rows"]]
    assert changes == ["Change", "+$3,402.11", "+$988.02", "+$471.50", "−$49.29", "+$4,812.34"]
    assert [row[2]["text"] for row in table["rows"]][1:] == ["71%", "21%", "9.8%", "−1.0%", "100%"]


def test_the_work_shows_the_whole_addition_however_long_the_names() -> None:
    for answer in (samples.spike(), samples.long()):
        shown = " ".join(markup(work_view(answer)["blocks"]))
        assert f"{figures.change(words.total(answer.causes))}  = Total change" in shown
    assert "$3,921.40 actual − $519.29 expected" in " ".join(markup(work_view(samples.spike())["blocks"]))


def test_a_cut_table_still_adds_up() -> None:
    answer = samples.long()
    [table] = [block for block in card(answer).blocks if block["type"] == "table"]
    money = [Decimal(row[1]["text"].strip("+").replace("$", "").replace(",", "").replace("−", "-")) for row in table["rows"][1:]]
    assert sum(money[:-1]) == money[-1] == words.total(answer.causes)
    assert any("smaller causes" in row[0]["text"] for row in table["rows"])


def test_a_card_says_what_it_left_out() -> None:
    last = card(samples.long()).blocks[-1]
    assert last["elements"][0]["text"].startswith("Left out for length: ")


def test_hostile_text_cannot_act() -> None:
    made = card(samples.hostile(), chart_file="F1", thread="1.1", asked=samples.HOSTILE)
    for text in [*markup(made.blocks), made.text, *markup(work_view(samples.hostile())["blocks"])]:
        assert "<" not in text and ">" not in text
        assert "\u202e" not in text
    assert all(
        element.get("verbatim") for block in made.blocks for element in [block.get("text", {})] if element.get("type") == "mrkdwn"
    )
    assert "javascript:alert" not in json.dumps([block for block in made.blocks if block["type"] == "actions"])


def test_code_cannot_be_closed_by_what_is_in_it() -> None:
    blocks = work_view(samples.hostile())["blocks"]
    fenced = [text for text in markup(blocks) if "```" in text]
    assert fenced and all(text.count("```") == 2 for text in fenced)


def test_escaping_is_slacks_and_never_cuts_an_entity() -> None:
    assert escape("<!channel> & \"quotes\" 'stay'") == "&lt;!channel&gt; &amp; \"quotes\" 'stay'"
    for limit in range(2, 30):
        cut = escape("a<&>b<&>c<&>", limit)
        assert len(cut) <= limit
        assert escape("", 10) == "" and cut.replace("&lt;", "").replace("&amp;", "").replace("&gt;", "").count("&") == 0


def test_a_follow_up_that_does_not_fit_a_button_is_left_out_rather_than_cut() -> None:
    answer = replace(samples.spike(), followups=("x" * 2_500, "And yesterday?"))
    buttons = [e for block in card(answer).blocks if block["type"] == "actions" for e in block["elements"]]
    assert [json.loads(e["value"])["ask"] for e in buttons if e["action_id"].startswith("ask:")] == ["And yesterday?"]


def test_a_chart_that_cannot_be_shown_is_told() -> None:
    assert samples.CHART.alt in json.dumps(card(samples.spike()).blocks, ensure_ascii=False)


def test_windows_that_wait_and_apologise_keep_the_limits() -> None:
    for view in (loading_view(), message_view("<!channel> " * 900)):
        assert faults(view["blocks"], most=VIEW_BLOCKS) == []


def test_no_answer_exceeds_a_limit_or_loses_its_headline() -> None:
    made_up = Generator(seed=7)
    for number in range(2_000):
        answer = made_up.answer()
        made = card(
            answer,
            chart_file=("F1", None)[number % 2],
            thread="1764000000.000100",
            asked=answer.question.text if number % 3 else "",
            private=number % 5 == 0,
        )
        wrong = faults(made.blocks)
        assert wrong == [], (number, wrong)
        assert 0 < len(made.text) <= 4_000
        start = words.one_line(answer.headline)[:100]
        shown = " ".join(strings(made.blocks[:2]))
        assert start in shown or escape(start, 10_000) in shown, number
        if number % 10 == 0:
            assert faults(work_view(answer)["blocks"], most=VIEW_BLOCKS) == [], number
