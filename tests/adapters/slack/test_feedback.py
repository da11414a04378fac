"""Thumbs up and down, and what was wrong, through the real app."""

from typing import Any

from adapters.slack.feedback import WRONG, told, wrong_view
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import TEAM, USER, Json, click, trigger
from tests.adapters.slack.test_interactions import asked_card

PERSON = f"{TEAM}:{USER}"


def thumb(card: Json, which: str) -> Json:
    [element] = next(block for block in card["blocks"] if block["type"] == "context_actions")["elements"]
    return {"type": "feedback_buttons", "action_id": element["action_id"], "value": element[which]["value"]}


def submitted(view: Json, words: Any, id: str = "V1") -> Json:
    values = {WRONG: {WRONG: {"type": "plain_text_input", "value": words}}}
    who = {"team": {"id": TEAM}, "user": {"id": USER}}
    return {"type": "view_submission", **who, "view": {**view, "id": id, "state": {"values": values}}}


async def test_a_good_answer_is_noted_once(app: Running) -> None:
    card = await asked_card(app)
    body = click(thumb(card, "positive_button"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"])
    for _ in range(2):
        assert (await app.send(body))[0] == 200
    assert await app.store.feedback("answer00") == [(PERSON, "good", "")]
    assert app.slack.called("views.open") == []


async def test_a_bad_answer_is_noted_and_what_was_wrong_once(app: Running) -> None:
    card = await asked_card(app)
    await app.send(click(thumb(card, "negative_button"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"]))
    await app.until(lambda: app.slack.called("views.open"))
    view = app.slack.called("views.open")[0]["view"]
    for _ in range(2):
        assert (await app.send(submitted(view, "the wrong day")))[0] == 200
    assert await app.store.feedback("answer00") == [(PERSON, "bad", ""), (PERSON, "bad", "the wrong day")]


async def test_an_expired_trigger_loses_only_the_words(app: Running) -> None:
    card = await asked_card(app)
    await app.send(click(thumb(card, "negative_button"), app.slack.url, ts=card["ts"], trigger_id=trigger(age=3.1)))
    await app.until(lambda: app.slack.called("views.open"))
    assert await app.store.feedback("answer00") == [(PERSON, "bad", "")]


def test_other_windows_tell_nothing() -> None:
    assert told(submitted(wrong_view("a1"), None)) == ("a1", "")
    for view in ({}, {"callback_id": WRONG, "private_metadata": "{"}, {"callback_id": WRONG, "private_metadata": "[]"}):
        assert told(submitted(view, "x")) == ("", "")
