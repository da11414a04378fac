"""Cards: how they look, that limits hold for whatever an answer says, and that text from data cannot act."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from adapters import words
from adapters.slack.blocks import escape
from adapters.slack.card import card
from adapters.slack.work import loading_view, message_view, work_view
from agents import figures
from agents.answer import Answer, Cause, Chart, Finding, Grid, Link
from tests.adapters import samples
from tests.adapters.slack.limits import VIEW_BLOCKS, faults
from tools.table import Receipt

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


# Whatever an answer says: lengths around Slack's limits, and characters that grow when they are escaped.
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "<&>" * 1_200, "word " * 700, "x" * 3_100, "<!channel>", "*b* `c` ```d```", "line\n" * 300, "🟢" * 900]),
)
MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
URLS = st.one_of(st.just("https://adb-1.example/x"), st.just("https://adb-1.example/" + "y" * 3_100), TEXTS)
CELLS = st.one_of(TEXTS, MONEY, st.floats(-1e9, 1e9), st.none(), st.integers(), st.dates(), st.booleans())
GRIDS = st.builds(
    lambda title, width, cells, height, kinds: Grid(
        title,
        tuple(f"column {n}" for n in range(width)),
        tuple(tuple(cells[(r + c) % len(cells)] for c in range(width)) for r in range(height)),
        kinds,
    ),
    TEXTS,
    st.integers(0, 25),
    st.lists(CELLS, min_size=1, max_size=4),
    st.integers(0, 120),
    st.tuples(st.sampled_from(["text", "usd", "percent", "number", "date"])),
)
CAUSES = st.builds(Cause, st.dictionaries(TEXTS, TEXTS, max_size=2), MONEY, st.floats(-5, 5), TEXTS, MONEY, MONEY, URLS)
ANSWERS = st.builds(
    Answer,
    question=st.builds(
        lambda text, choices: replace(samples.question(text), choices=tuple(choices)),
        TEXTS,
        st.lists(TEXTS, max_size=6),
    ),
    headline=TEXTS,
    summary=TEXTS,
    agents=st.lists(st.sampled_from(["cost", "quality", "other"]), max_size=7).map(tuple),
    causes=st.one_of(
        st.just(()),
        st.lists(CAUSES, max_size=4).map(tuple),
        st.lists(CAUSES, max_size=3).map(lambda some: tuple(some * 60)),
    ),
    findings=st.lists(st.builds(Finding, st.sampled_from(list(words.SEVERITY)), TEXTS, TEXTS), max_size=12).map(tuple),
    recommendations=st.lists(TEXTS, max_size=9).map(tuple),
    tables=st.lists(GRIDS, max_size=3).map(tuple),
    charts=st.lists(st.builds(Chart, TEXTS, st.just("bar"), st.just(()), st.just({}), TEXTS, TEXTS), max_size=3).map(tuple),
    links=st.lists(st.builds(Link, TEXTS, URLS), max_size=8).map(tuple),
    followups=st.lists(TEXTS, max_size=5).map(tuple),
    evidence=st.lists(
        st.builds(
            Receipt,
            TEXTS,
            TEXTS,
            TEXTS,
            st.dictionaries(TEXTS, CELLS, max_size=3),
            st.integers(0),
            st.floats(0, 1e6),
            st.none(),
        ),
        max_size=4,
    ).map(tuple),
    as_of=st.sampled_from([None, datetime(2026, 11, 18, tzinfo=UTC)]),
    baseline=TEXTS,
    partial=st.lists(TEXTS, max_size=4).map(tuple),
    seconds=st.floats(0, 1e4),
    error_id=st.sampled_from(["", "0badc0de"]),
    id=st.sampled_from(["", "a1b2c3d4"]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(answer=ANSWERS, file=st.sampled_from([None, "F1"]), asked=TEXTS)
def test_no_answer_exceeds_a_limit_or_loses_its_headline(answer: Answer, file: str | None, asked: str) -> None:
    made = card(answer, chart_file=file, thread="1764000000.000100", asked=asked)
    assert faults(made.blocks) == []
    assert len(made.text) <= 4_000
    start = words.one_line(answer.headline)[:100]
    shown = " ".join(strings(made.blocks[:2]))
    assert start in shown or escape(start, 10_000) in shown
    view = work_view(answer)
    assert faults(view["blocks"], most=VIEW_BLOCKS) == []
