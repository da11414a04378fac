"""Socket Mode: the same app over a real websocket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import USER, Json, click, envelope, mention, slash


@pytest.fixture
async def app(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    tokens = {"slack_app_token": "xapp-loopback", "slack_signing_secret": ""}
    async with running(slack, tmp_path / "store.sqlite", **tokens) as app:
        await app.until(lambda: slack.sockets)
        yield app


async def test_a_mention_is_acknowledged_and_answered_in_its_thread(app: Running) -> None:
    body = mention()
    ack = await app.slack.push("events_api", body)
    assert ack["envelope_id"]
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["thread_ts"] == body["event"]["ts"]


async def test_an_envelope_delivered_four_times_is_answered_once(app: Running) -> None:
    body = mention()
    for attempt in range(4):
        await app.slack.push("events_api", body | {"retry_attempt": attempt})
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.slack.answers()) == 1


async def test_a_slash_command_and_a_click_work(app: Running) -> None:
    ack = await app.slack.push("slash_commands", slash("/cost-spike", "last Tuesday", app.slack.url))
    assert ack["payload"]["text"] == "Looking into: Why did our costs spike last Tuesday?"
    await app.until(lambda: app.slack.hooked)
    pressed = {"action_id": "ask:0", "value": '{"ask":"And yesterday?","thread":"1.1"}'}
    await app.slack.push("interactive", click(pressed, app.slack.url, ts="1.2", thread_ts="1.1"))
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["thread_ts"] == "1.1"


async def test_every_envelope_is_acknowledged(app: Running) -> None:
    await app.slack.push("events_api", envelope({"type": "reaction_added", "user": USER, "item": {}, "event_ts": "1"}))
    await app.slack.push("interactive", {"type": "shortcut", "callback_id": "x", "user": {"id": USER}, "team": {"id": "T0TEAM"}})
    assert app.service.asked == []


async def test_acknowledgements_do_not_wait_for_answers(app: Running) -> None:
    app.service.gate.clear()
    await asyncio.gather(*(app.slack.push("events_api", mention()) for _ in range(10)))
    assert app.service.finished == []
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 10)


async def test_after_a_dropped_socket_it_comes_back(app: Running) -> None:
    await app.slack.sockets[0].close()
    await app.until(lambda: app.slack.sockets, 15)
    await app.slack.push("events_api", mention())
    await app.until(app.slack.answers)


async def test_while_a_socket_is_renewed_the_other_hears(app: Running) -> None:
    await app.until(lambda: len(app.slack.sockets) == 2)
    old, other = app.slack.sockets
    await old.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
    await app.slack.push("events_api", mention(), on=other)
    await app.until(lambda: len(app.slack.sockets) == 2 and old not in app.slack.sockets)
    await app.slack.push("events_api", mention(), on=app.slack.sockets[-1])
    await app.until(lambda: len(app.slack.answers()) == 2)


async def test_an_envelope_that_comes_down_both_sockets_is_answered_once(app: Running) -> None:
    await app.until(lambda: len(app.slack.sockets) == 2)
    body = mention()
    for socket in app.slack.sockets:
        await app.slack.push("events_api", body, on=socket)
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == 1


async def test_a_socket_that_has_gone_deaf_is_replaced(slack: LoopbackSlack, tmp_path: Path) -> None:
    slack.deaf = True
    tokens = {"slack_app_token": "xapp-loopback", "slack_signing_secret": ""}
    async with running(slack, tmp_path / "store.sqlite", ping_seconds=0.2, **tokens) as app:
        slack.deaf = False
        await app.until(lambda: slack.sockets, 10)
        await slack.push("events_api", mention())
        await app.until(slack.answers)


@pytest.mark.parametrize(
    "payload",
    [{"type": "view_submission", "view": None}, {"type": "block_actions", "actions": []}, {"type": "event_callback"}, {}],
)
async def test_an_envelope_that_makes_no_sense_is_acknowledged(app: Running, payload: Json) -> None:
    assert (await app.slack.push("interactive", payload))["envelope_id"]
    await app.slack.push("events_api", mention())
    await app.until(app.slack.answers)


async def test_without_a_signing_secret_there_is_no_address_to_post_to(app: Running) -> None:
    status, _, _ = await app.send(mention())
    assert status == 404
