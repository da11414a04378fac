"""What no Slack sends but someone might: acknowledged or refused, never a fault, and the app goes on."""

import asyncio
import json
import logging
from typing import Any

import pytest

from adapters.slack.shell import EVENTS_PATH
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import BOT, TEAM, USER, Json, click, envelope, mention, signed

HERE: Json = {"team": {"id": TEAM}, "user": {"id": USER}}
SUBMISSION: Json = {"type": "view_submission", **HERE}
BLOCKS: Json = {"type": "block_actions", **HERE}
BODIES: dict[str, Any] = {
    "a submission without a view": SUBMISSION,
    "a submission of nothing": SUBMISSION | {"view": None},
    "a submission of a word": SUBMISSION | {"view": "x"},
    "a submission by nobody": {"type": "view_submission", "team": {"id": TEAM}, "view": {"callback_id": "x"}},
    "a submission by a word": SUBMISSION | {"user": "U", "view": {"callback_id": "x"}},
    "an unknown view": SUBMISSION | {"view": {"type": "modal", "callback_id": "gone", "state": {"values": {}}}},
    "a closed view": {"type": "view_closed", **HERE, "view": {"callback_id": "gone"}},
    "clicks on nothing": BLOCKS | {"actions": None},
    "no clicks": BLOCKS | {"actions": []},
    "a click on a word": BLOCKS | {"actions": ["x"]},
    "an unknown action": BLOCKS | {"actions": [{"action_id": "gone", "block_id": "b"}]},
    "a click with a list": BLOCKS | {"actions": [{"action_id": "ask:0", "block_id": "b", "value": "[1]"}]},
    "a click with a number": BLOCKS | {"actions": [{"action_id": "ask:0", "block_id": "b", "value": 5}]},
    "a click with half a value": BLOCKS | {"actions": [{"action_id": "work", "block_id": "b", "value": '{"wor'}]},
    "options for an unknown input": {"type": "block_suggestion", **HERE, "action_id": "x", "block_id": "b", "value": "a"},
    "an unknown shortcut": {"type": "message_action", **HERE, "callback_id": "gone"},
    "an unknown kind": {"type": "something_new", **HERE},
    "no event": envelope(None),  # type: ignore[arg-type]
    "an event that is a word": envelope("x"),  # type: ignore[arg-type]
    "an event that is a list": envelope([]),  # type: ignore[arg-type]
    "installs that are a word": mention() | {"authorizations": "x"},
    "an edit of nothing": envelope({"type": "message", "subtype": "message_changed", "channel": "C0DATA"}),
    "a deletion of nothing": envelope({"type": "message", "subtype": "message_deleted", "channel": "C0DATA"}),
    "a message without a time": envelope({"type": "app_mention", "user": USER, "text": "hi", "channel": "C0DATA"}),
    "a list": [],
    "a number": 5,
    "nothing": None,
}


@pytest.mark.parametrize("name", BODIES)
async def test_it_is_acknowledged_and_the_app_goes_on(app: Running, name: str) -> None:
    data = json.dumps(BODIES[name])
    async with app.http.post(app.url + EVENTS_PATH, data=data.encode(), headers=signed(data)) as answer:
        assert answer.status == 200
    assert app.service.asked == []
    await app.send(mention())
    await app.until(app.slack.answers)


@pytest.mark.parametrize("data", ["payload=5", "payload=[]", "payload=null", "payload=", "nonsense"])
async def test_a_form_that_holds_no_payload_is_no_fault(app: Running, data: str) -> None:
    async with app.http.post(app.url + EVENTS_PATH, data=data.encode(), headers=signed(data, json_body=False)) as answer:
        assert answer.status in (200, 400)


@pytest.mark.parametrize("data", ["[]", "5", json.dumps(SUBMISSION | {"view": None}), "payload=5"])
async def test_what_makes_no_sense_and_is_forged_is_refused(app: Running, data: str) -> None:
    async with app.http.post(app.url + EVENTS_PATH, data=data.encode(), headers=signed("another")) as answer:
        assert answer.status in (400, 401)


async def test_the_operator_sees_that_a_payload_made_no_sense_but_not_what_it_said(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await app.send(SUBMISSION | {"view": None, "secret": "a secret text"})
    assert "makes no sense" in caplog.text and "a secret text" not in caplog.text


async def test_a_recorded_request_that_is_sent_again_is_answered_once(app: Running) -> None:
    data = json.dumps(mention())
    headers = signed(data, age=200)
    for _ in range(2):
        async with app.http.post(app.url + EVENTS_PATH, data=data.encode(), headers=headers) as answer:
            assert answer.status == 200
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == 1


async def test_a_click_that_is_delivered_again_opens_one_window(app: Running) -> None:
    pressed = click({"action_id": "work", "value": json.dumps({"work": "gone"})}, app.slack.url, ts="1.1")
    await asyncio.gather(*(app.send(pressed) for _ in range(3)))
    await app.until(lambda: app.slack.called("views.update"))
    await asyncio.sleep(0.1)
    assert len(app.slack.called("views.open")) == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"bot_id": "B0OTHER", "subtype": "bot_message"}, id="another bot"),
        pytest.param({"bot_id": "B0OTHER"}, id="another app"),
        pytest.param({"user": BOT}, id="ourselves"),
        pytest.param({"user": "USLACKBOT"}, id="Slackbot"),
        pytest.param({"subtype": "channel_join"}, id="a join"),
        pytest.param({"subtype": "reminder_add"}, id="a reminder"),
    ],
)
async def test_nobody_who_asks_gets_no_answer(app: Running, fields: Json) -> None:
    assert (await app.send(mention(**fields)))[0] == 200
    await asyncio.sleep(0.05)
    assert app.service.asked == [] and app.slack.posts == []


async def test_a_question_with_a_file_is_answered(app: Running) -> None:
    await app.send(mention(subtype="file_share", files=[{"id": "F1"}]))
    await app.until(app.slack.answers)


async def test_the_same_message_in_another_organisation_is_another_question(app: Running) -> None:
    body = mention()
    for enterprise in (None, "E0ONE", "E0TWO"):
        await app.send(body | {"enterprise_id": enterprise, "authorizations": []})
    await app.until(lambda: len(app.service.asked) == 3)
    assert {asked.team for asked in app.service.asked} == {TEAM, f"E0ONE/{TEAM}", f"E0TWO/{TEAM}"}
