"""Slack hangs, breaks, or does not know us any more: nothing is lost, nothing comes twice, and the operator sees why."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store
from tests.adapters import samples
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import USER, mention, message, slash
from tests.contract.store import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(slack: LoopbackSlack, tmp_path: Path, clock: Clock) -> AsyncIterator[Running]:
    """An app whose store's clock is moved by hand, and that waits half a second for Slack."""

    def make_store(url: str) -> Store:
        return Store(url, clock=clock)

    async with running(slack, tmp_path / "store.sqlite", make_store=make_store, call_seconds=0.5) as app:
        yield app


async def pass_and_look(app: Running, clock: Clock, **time: float) -> None:
    """Lets time pass; the queue looks again when anything comes in."""
    clock.pass_(**time)
    await app.send(mention(channel="C0OTHER"))


async def test_a_token_that_was_revoked_is_named_and_the_answer_comes_with_the_next(
    app: Running, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for method in ("chat.postMessage", "conversations.replies"):
        app.slack.refuse(method, error="token_revoked")
    body = mention()
    await app.send(body)
    await app.until(lambda: "CRITICAL" in caplog.text)
    assert "Slack refuses SLACK_BOT_TOKEN: token_revoked" in caplog.text
    assert app.slack.posts == []
    await pass_and_look(app, clock, seconds=11)
    await app.until(lambda: "waits for 0:01:00" in caplog.text)
    await asyncio.sleep(0.2)  # what is logged is then written
    await pass_and_look(app, clock, seconds=61)
    await app.until(lambda: body["event"]["ts"] in [post["thread_ts"] for post in app.slack.answers()])
    await asyncio.sleep(0.1)
    assert [post["thread_ts"] for post in app.slack.posts].count(body["event"]["ts"]) == 1


async def test_while_slack_is_down_the_answer_waits_and_is_posted_once(app: Running, clock: Clock) -> None:
    app.slack.refuse("chat.postMessage", status=503, done=True)
    for _ in range(2):
        app.slack.refuse("conversations.replies", status=503)
    body = mention()
    await app.send(body)
    await app.until(lambda: app.slack.called("conversations.replies"))
    await asyncio.sleep(0.1)
    for seconds in (11, 61):
        await pass_and_look(app, clock, seconds=seconds)
        await asyncio.sleep(0.3)
    mine = [post for post in app.slack.answers() if post["thread_ts"] == body["event"]["ts"]]
    assert len(mine) == 1, "the post that arrived unseen was found"
    assert await app.store.deliveries.waiting() == 0


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_post_that_hangs_is_looked_for_before_it_is_posted_again(app: Running, arrived: bool) -> None:
    app.slack.refuse("chat.postMessage", pause=2, done=arrived)
    await app.send(mention())
    await app.until(lambda: app.slack.called("conversations.replies"))
    await app.until(app.slack.answers)
    await asyncio.sleep(0.2)
    assert len(app.slack.answers()) == 1
    assert len(app.slack.called("chat.postMessage")) == (1 if arrived else 2)


@pytest.mark.parametrize("method", ["assistant.threads.setStatus", "users.info", "files.getUploadURLExternal"])
async def test_a_call_that_hangs_beside_the_answer_costs_no_more_than_its_wait(app: Running, method: str) -> None:
    app.service.reply = samples.spike
    app.slack.refuse(method, pause=25)
    await app.send(mention())
    await app.until(app.slack.answers)
    assert len(app.slack.answers()) == 1


async def test_a_status_line_that_hangs_does_not_hold_up_other_threads(app: Running) -> None:
    app.slack.refuse("assistant.threads.setStatus", pause=25)
    slow, quick = mention(), mention()
    await app.send(slow)
    await app.send(quick)
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["thread_ts"] == quick["event"]["ts"]


async def test_who_is_in_a_direct_message_hears_of_a_fault(app: Running) -> None:
    app.service.failing = True
    await app.send(message())
    await app.until(lambda: app.slack.posts)
    assert app.slack.posts[0]["channel"] == "D0ANA" and "Error id: " in app.slack.posts[0]["text"]


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived"])
async def test_a_private_answer_in_a_closed_channel_is_sent_directly(app: Running, error: str) -> None:
    app.slack.refuse("response_url", error="used_url", status=404)
    app.slack.refuse("chat.postEphemeral", error=error)
    await app.send(slash("/cost-top", "last week", app.slack.url))
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["channel"] == USER


async def test_where_nobody_can_be_told_the_log_has_it_and_it_is_tried_again(
    app: Running, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app.service.failing = True
    for method in ("chat.postMessage", "chat.postEphemeral"):
        app.slack.refuse(method, error="restricted_action")
    app.slack.refuse("chat.postMessage", error="user_disabled")
    with caplog.at_level(logging.INFO):
        await app.send(mention())
        await app.until(lambda: "was not shown: user_disabled" in caplog.text)
    assert app.slack.posts == []
    await pass_and_look(app, clock, minutes=16)
    await app.until(lambda: len(app.slack.posts) == 2)
    assert all("Error id: " in post["text"] for post in app.slack.posts)
