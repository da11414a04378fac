"""Cards: how they look, that limits hold for whatever an answer says, and that text from data cannot act."""

import base64
import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from adapters import words
from adapters.chart import draw
from adapters.teams.card import CITATIONS, card, said
from adapters.teams.connector import Written
from adapters.teams.elements import CHARACTERS
from adapters.teams.work import comma_separated
from agents import figures
from agents.answer import Answer, Chart, Grid
from bot.message import Message
from bot.service import Service
from tests.adapters import samples
from tests.adapters.generated import Generator
from tests.adapters.slack.test_card import SAMPLES
from tests.adapters.teams.limits import AIM, card_faults, elements, size, texts

PICTURE = b"\x89PNG" + bytes(20_000)
QUESTIONS = (
    "Why did our costs spike last Tuesday?",
    "What's the data lineage for the sales_daily table?",
)


def tables(made: dict[str, Any]) -> list[list[list[str]]]:
    found = [element for element in made["body"] if element["type"] == "Table"]
    return [[["".join(texts(cell["items"])) for cell in row["cells"]] for row in table["rows"]] for table in found]


def kinds(made: Any) -> set[str]:
    return {element["type"] for element in elements(made)}


@pytest.mark.parametrize("sample", [samples.spike, samples.bare, samples.long, samples.hostile], ids=lambda one: one.__name__)
def test_the_card_looks_as_agreed(sample: Callable[[], Answer], snapshot: SnapshotAssertion) -> None:
    made = card(sample(), pictures={0: b"picture"} if sample().charts else None)
    assert {"card": made.card, "summary": made.summary, "citations": made.citations[:2]} == snapshot(
        extension_class=JSONSnapshotExtension
    )


@pytest.mark.parametrize("picture", [None, PICTURE])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_samples_keep_every_limit(sample: Callable[[], Answer], picture: bytes | None) -> None:
    made = card(sample(), pictures={0: picture, 1: picture} if picture else None, asked=sample().question.text)
    assert made.card and card_faults(made.card) == []
    assert size(made.card) + size(list(made.citations)) < AIM
    assert size(card(sample()).card) <= CHARACTERS
    assert 0 < len(made.text) <= 12_000 and 0 < len(made.summary) <= 200


def test_an_answer_has_its_table_chart_facts_work_and_buttons() -> None:
    made = card(samples.spike(), pictures={0: PICTURE})
    assert made.card
    assert {"Table", "Chart.VerticalBar", "Image", "FactSet", "RichTextBlock"} <= kinds(made.card)
    assert {"Action.ShowCard", "Action.Execute", "Action.Submit", "Action.OpenUrl"} <= kinds(made.card)
    facts = {fact["title"]: fact["value"] for element in made.card["body"] for fact in element.get("facts", ())}
    assert facts["Specialist"] == "Cost + Reliability" and facts["Answered"] == "in 0.4 s"
    assert "Data complete up to" in facts and "Window" in facts


def test_a_chart_is_drawn_by_teams_with_a_picture_or_words_for_others() -> None:
    for picture in (PICTURE, None):
        made = card(samples.spike(), pictures={0: picture} if picture else None).card
        assert made
        [chart] = [element for element in made["body"] if element["type"].startswith("Chart.")]
        assert [point["y"] for point in chart["data"]] == list(samples.DAILY)
        assert [point["color"] for point in chart["data"]].count("attention") == 1
        if picture:
            assert base64.b64decode(chart["fallback"]["url"].partition(",")[2]) == picture
            assert chart["fallback"]["altText"] == samples.CHART.alt
        else:
            assert samples.CHART.alt in "".join(texts(chart["fallback"]))


@pytest.mark.parametrize("kind", ["bar", "line", "stacked"])
@pytest.mark.parametrize("series", [1, 3, 20])
def test_charts_of_every_kind_are_drawn_or_told(kind: Any, series: int) -> None:
    chart = Chart("Cost", kind, ("a", "b"), {f"s{n}": (1.0, 2.0) for n in range(series)}, "USD", "the numbers")
    made = card(replace(samples.bare(), charts=(chart,)))
    assert made.card and card_faults(made.card) == []
    assert "the numbers" in " ".join(texts(made.card))
    assert any(element.startswith("Chart.") for element in kinds(made.card)) == (series <= 8)


def test_days_are_told_without_their_weekday_where_space_is_short() -> None:
    for x, shown in ((("Mon 9 Nov", "Tue 10 Nov"), ["9 Nov", "10 Nov"]), (("Mon 9 Nov", "later"), ["Mon 9 Nov", "later"])):
        made = card(replace(samples.bare(), charts=(Chart("Cost", "bar", x, {"s": (1.0, 2.0)}, "USD", "alt"),))).card
        [chart] = [element for element in elements(made) if element["type"].startswith("Chart.")]
        assert [point["x"] for point in chart["data"]] == shown


def test_pictures_that_are_too_large_for_a_message_are_told_in_words() -> None:
    made = card(samples.spike(), pictures={0: draw(samples.CHART)}).card
    assert made and "Image" not in kinds(made) and size(made) < AIM


def test_the_causes_of_the_card_sum_to_its_change() -> None:
    made = card(samples.spike()).card
    assert made
    [rows] = tables(made)
    assert [row[1] for row in rows] == ["Change", "+$3,402.11", "+$988.02", "+$471.50", "−$49.29", "+$4,812.34"]
    assert [row[2] for row in rows][1:] == ["71%", "21%", "9.8%", "−1.0%", "100%"]


def test_a_cut_table_still_adds_up() -> None:
    answer = samples.long()
    made = card(answer).card
    assert made
    rows = tables(made)[0]
    money = [Decimal(row[1].strip("+").replace("$", "").replace(",", "").replace("−", "-")) for row in rows[1:]]
    assert sum(money[:-1]) == money[-1] == words.total(answer.causes)
    assert any("smaller causes" in row[0] for row in rows)


def test_the_work_shows_the_whole_addition_and_the_queries_with_their_values() -> None:
    for answer in (samples.spike(), samples.long()):
        made = card(answer).card
        [work] = [element for element in elements(made) if element["type"] == "Action.ShowCard"]
        shown = " ".join(texts(work))
        assert figures.change(words.total(answer.causes)) in shown and words.TOTAL in shown
    shown = " ".join(texts(card(samples.spike()).card))
    assert "$3,921.40 − $519.29" in shown and ':day = "2026-11-17"' in shown and "r2 · get_top_cost_contributors" in shown


def test_a_card_says_what_it_left_out() -> None:
    made = card(samples.long()).card
    assert made and "Left out for length: " in texts(made["body"][-1])[0]
    bare = card(samples.bare()).card
    assert bare and "Left out" not in json.dumps(bare)


def test_hostile_text_cannot_act() -> None:
    made = card(samples.hostile(), asked=samples.HOSTILE, pictures={0: PICTURE})
    whole = json.dumps(made.card, ensure_ascii=False)
    assert "\u202e" not in whole
    assert not any(element.get("url", "").startswith("javascript:") for element in elements(made.card))
    assert "TextBlock" not in kinds(made.card), "nothing in which Markdown is read holds data"
    for element in elements(made.card):
        for fact in element.get("facts", ()):
            assert "<https://" not in fact["value"] and "*bold*" not in fact["value"].replace("\\*", "")
            assert "https://evil" not in fact["value"]
    links = [element["url"] for element in elements(made.card) if element["type"] == "Action.OpenUrl"]
    assert links == []


@pytest.mark.parametrize(
    "text", ["{{DATE(2026-11-24T00:00:00Z)}}", "${expression}", "<at>everyone</at>", "[x](https://evil.example)"]
)
def test_names_that_are_commands_to_a_card_are_only_shown(text: str) -> None:
    grid = Grid(text, (text,), ((text,),))
    answer = replace(samples.spike(), headline=text, tables=(grid,), baseline=text, followups=(text,))
    made = card(answer)
    assert "{{" not in "".join(texts(made.card))
    assert not any(entity.get("type") == "mention" for entity in (made.card or {}).get("msteams", {}).get("entities", ()))
    facts = [fact["value"] for element in elements(made.card) for fact in element.get("facts", ())]
    assert all("[x](" not in value and "<at>" not in value for value in facts)


def test_what_a_button_carries_is_the_whole_question() -> None:
    answer = replace(samples.spike(), followups=("x" * 2_500, "And yesterday?\nPlease"))
    made = card(answer).card
    carried = [
        element["data"]["ask"] for element in elements(made) if element["type"] == "Action.Execute" and "ask" in element["data"]
    ]
    assert carried == ["And yesterday?\nPlease", answer.question.text]


def test_a_followup_is_cut_between_words_and_asks_the_whole_question() -> None:
    long = "Which jobs in the workspace prod-east, if any, failed most often last week?"
    answer = replace(samples.spike(), followups=(long, "And for prod-east only?", "y" * 60))
    made = card(answer).card
    buttons = {
        element["title"]: element["data"]["ask"]
        for element in elements(made)
        if element["type"] == "Action.Execute" and element["verb"] == "ask"
    }
    assert buttons == {
        "Which jobs in the workspace prod-east, if…": long,
        "And for prod-east only?": "And for prod-east only?",
        "y" * 44 + "…": "y" * 60,
    }


def test_at_most_ten_queries_are_cited() -> None:
    made = card(samples.long())
    assert len(made.citations) == CITATIONS == 10
    assert Written(made.citations).serialize()["citation"][0]["appearance"]["name"] == "get_rows"


def test_csv_is_whole_rows_and_cannot_close_its_block() -> None:
    for answer in (samples.spike(), samples.hostile(), samples.long()):
        text = comma_separated(answer)
        assert 0 < len(text) <= 20_100 and "```" not in text and "\r" not in text
    assert comma_separated(samples.long()).endswith("\n… (cut)")
    assert comma_separated(samples.bare()) == ""


def test_words_alone_are_a_message_too() -> None:
    assert (said("  ").text, said("a\x00b").text) == ("–", "ab")


def test_no_answer_exceeds_a_limit_or_loses_its_headline() -> None:
    made_up, chance = Generator(seed=11), random.Random(11)
    for number in range(300):
        answer = made_up.answer()
        picture = bytes(chance.choice((10, 12_000, 24_000, 90_000)))
        made = card(answer, pictures={0: picture, 1: picture}, asked=answer.question.text if number % 3 else "")
        assert made.card
        wrong = card_faults(made.card)
        assert wrong == [], (number, wrong)
        assert size(made.card) + size(list(made.citations)) < AIM, number
        assert words.one_line(answer.headline)[:100].replace("{{", "{ {") in " ".join(texts(made.card)), number
        assert 0 < len(made.text) <= 12_000 and len(made.summary) <= 200


async def test_real_answers_keep_every_limit_and_say_what_the_words_say(bot: Service) -> None:
    for question in QUESTIONS:
        answer = await bot.answer(Message("teams", "", question))
        made = card(answer, pictures={0: PICTURE})
        assert made.card and card_faults(made.card) == []
        assert size(made.card) + size(list(made.citations)) < AIM
        shown = " ".join(texts(made.card))
        for told in (answer.headline, *answer.recommendations[:3], *(found.text for found in words.ranked(answer.findings)[:3])):
            assert words.one_line(told)[:120] in shown


def test_a_card_is_made_in_five_milliseconds() -> None:
    answer, spent = samples.spike(), []
    for _ in range(30):
        started = time.process_time()
        card(answer, pictures={0: PICTURE})
        spent.append(time.process_time() - started)
    assert min(spent) < 0.005
