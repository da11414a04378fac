"""The real bolt app over real HTTP: what is acknowledged, refused, answered, and only once."""

import asyncio
import json

import pytest

from adapters.slack.shell import EVENTS_PATH
from tests.adapters import samples
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import BOT, CHANNEL, USER, envelope, mention, message, new_ts, signed


async def test_a_mention_is_answered_with_a_card_in_its_thread(app: Running) -> None:
    body = mention()
    status, _, _ = await app.send(body)
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert status == 200
    assert (post["channel"], post["thread_ts"]) == (CHANNEL, body["event"]["ts"])
    assert post["blocks"][0]["text"]["text"] == samples.spike().headline
    assert [block["type"] for block in post["blocks"]].count("table") == 1
    assert "Total change" in post["text"] and "+$4,812.34" in post["text"]
    assert post["unfurl_links"] in (False, "0", 0) and post["unfurl_media"] in (False, "0", 0)


async def test_the_question_carries_who_asks_and_in_which_zone(app: Running) -> None:
    app.slack.people["U0WEI"] = {"tz": "Asia/Tokyo", "profile": {"email": "wei@example.com"}}
    await app.send(mention(f"<@{BOT}> what did <@U0WEI> spend on R&amp;D?"))
    await app.until(lambda: app.service.asked)
    [asked] = app.service.asked
    assert asked.text == "what did wei@example.com spend on R&D?"
    assert asked.mentions == {"U0WEI": "wei@example.com"}
    assert (asked.email, asked.tz, asked.user) == ("ana@example.com", "America/New_York", USER)


async def test_the_chart_is_uploaded_and_shown_in_the_card(app: Running) -> None:
    app.service.reply = samples.spike
    await app.send(mention())
    await app.until(app.slack.answers)
    [image] = [block for block in app.slack.answers()[0]["blocks"] if block["type"] == "image"]
    file = app.slack.files[image["slack_file"]["id"]]
    assert file["content"].startswith(b"\x89PNG") and len(file["content"]) == file["length"] <= 1_000_000
    assert "$6,973.02" in image["alt_text"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(signed("another body"), id="signature of another body"),
        pytest.param({"X-Slack-Signature": "v0=" + "0" * 64}, id="made up"),
        pytest.param({"X-Slack-Request-Timestamp": "1"}, id="timestamp changed"),
    ],
)
async def test_a_forged_signature_is_refused(app: Running, headers: dict[str, str]) -> None:
    status, _, _ = await app.send(mention(), **headers)
    assert status == 401
    assert app.service.asked == []


async def test_a_stale_request_is_refused_though_its_signature_is_right(app: Running) -> None:
    data = json.dumps(mention())
    async with app.http.post(app.url + EVENTS_PATH, data=data, headers=signed(data, age=360)) as answer:
        assert answer.status == 401
    assert app.service.asked == []


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"", b"payload=%7B"])
async def test_what_is_no_payload_is_refused_without_a_fault(app: Running, data: bytes) -> None:
    async with app.http.post(app.url + EVENTS_PATH, data=data, headers=signed("x")) as answer:
        assert answer.status in (400, 401)


async def test_slack_can_verify_the_address(app: Running) -> None:
    data = json.dumps({"type": "url_verification", "challenge": "c4a11e"})
    async with app.http.post(app.url + EVENTS_PATH, data=data, headers=signed(data)) as answer:
        assert (answer.status, (await answer.json())["challenge"]) == (200, "c4a11e")


async def test_an_event_delivered_four_times_is_answered_once(app: Running) -> None:
    body = mention()
    for number in range(4):
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        assert (await app.send(body, **retry))[0] == 200
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.slack.answers()) == 1


async def test_an_event_delivered_four_times_at_once_is_answered_once(app: Running) -> None:
    body = mention()
    results = await asyncio.gather(*(app.send(body) for _ in range(4)))
    assert [status for status, _, _ in results] == [200] * 4
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.slack.answers()) == 1


async def test_a_mention_that_arrives_as_message_too_is_answered_once(app: Running) -> None:
    ts, text = new_ts(), f"<@{BOT}> what costs most?"
    await app.send(message(text, channel_type="channel", ts=ts))
    await app.send(mention(text, ts=ts))
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == 1


async def test_a_direct_message_is_answered(app: Running) -> None:
    await app.send(message("what costs most?"))
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["channel"] == "D0ANA"


async def test_a_reply_in_our_thread_needs_no_mention_and_others_are_left_alone(app: Running) -> None:
    first = mention()
    await app.send(first)
    await app.until(app.slack.answers)
    await app.send(message("and for prod only?", channel_type="channel", thread_ts=first["event"]["ts"]))
    await app.send(message("lunch?", channel_type="channel", thread_ts=new_ts()))
    await app.send(message("<@U0WEI> look", channel_type="channel", thread_ts=first["event"]["ts"]))
    await app.until(lambda: len(app.slack.answers()) == 2)
    await asyncio.sleep(0.1)
    assert [asked.text for asked in app.service.asked] == [
        "why did our costs spike last Tuesday?",
        "and for prod only?",
    ]
    assert len({asked.conversation for asked in app.service.asked}) == 1


async def test_whatever_else_slack_sends_is_acknowledged(app: Running) -> None:
    for body in (
        envelope({"type": "reaction_added", "user": USER, "item": {}, "event_ts": "1.1"}),
        envelope({"type": "app_home_opened", "user": USER, "tab": "messages", "event_ts": "1.1"}),
        {
            "type": "view_submission",
            "team": {"id": "T0TEAM"},
            "user": {"id": USER},
            "view": {"type": "modal", "callback_id": "old"},
        },
        {"type": "shortcut", "team": {"id": "T0TEAM"}, "user": {"id": USER}, "callback_id": "gone"},
        {
            "type": "block_actions",
            "team": {"id": "T0TEAM"},
            "user": {"id": USER},
            "actions": [{"action_id": "gone", "block_id": "b"}],
        },
    ):
        assert (await app.send(body))[0] == 200
    assert app.service.asked == []
