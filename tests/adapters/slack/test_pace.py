"""Rate limits: who is told to wait waits, per method and channel; nothing is lost or put out of order."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from adapters.slack.pace import PacedClient, impatient
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import CHANNEL, mention


async def token(_: str) -> str:
    return "xoxb-loopback"


@pytest.fixture
async def client(slack: LoopbackSlack) -> AsyncIterator[PacedClient]:
    async with aiohttp.ClientSession() as session:
        yield PacedClient(token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


async def test_a_limit_holds_back_its_method_in_its_channel_alone(client: PacedClient, slack: LoopbackSlack) -> None:
    slack.refuse("chat.postMessage", error="ratelimited", status=429, retry_after=1)
    started = time.monotonic()
    held = asyncio.create_task(client.chat_postMessage(channel=CHANNEL, text="first"))
    await asyncio.sleep(0.1)
    await client.chat_postMessage(channel="C0OTHER", text="elsewhere")
    await client.users_info(user="U0ANA")
    assert time.monotonic() - started < 0.9 and not held.done()
    await held
    assert time.monotonic() - started >= 1
    assert [post["text"] for post in slack.posts] == ["elsewhere", "first"]


async def test_a_storm_of_limits_loses_nothing_and_keeps_the_order(client: PacedClient, slack: LoopbackSlack) -> None:
    for _ in range(12):
        slack.refuse("chat.postMessage", error="ratelimited", status=429, retry_after=0)
    slack.refuse("chat.postMessage", error="ratelimited", status=429, retry_after=1)
    for number in range(3):
        slack.refuse("chat.postMessage", error="ratelimited", status=429, retry_after=0)
        await client.chat_postMessage(channel=CHANNEL, text=str(number))
    await asyncio.gather(*(client.chat_postMessage(channel=CHANNEL, text=str(number)) for number in range(3, 13)))
    assert sorted(int(post["text"]) for post in slack.posts) == list(range(13))
    assert client._opens == {} and client._gates == {}, "nothing is kept of limits that are over"


async def test_what_is_worth_nothing_later_does_not_wait(client: PacedClient, slack: LoopbackSlack) -> None:
    slack.refuse("chat.update", error="ratelimited", status=429, retry_after=30)
    started = time.monotonic()
    for _ in range(2):
        with impatient(), pytest.raises(SlackApiError, match="ratelimited"):
            await client.chat_update(channel=CHANNEL, ts="1.1", text="progress")
    assert time.monotonic() - started < 1
    assert len(slack.called("chat.update")) == 1, "Slack was not asked again before its time"


async def test_another_error_is_handed_on(client: PacedClient, slack: LoopbackSlack) -> None:
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel="C0GONE", text="hello")


async def test_a_limited_status_line_does_not_hold_up_the_answer(app: Running) -> None:
    app.slack.refuse("assistant.threads.setStatus", error="ratelimited", status=429, retry_after=30)
    started = time.monotonic()
    await app.send(mention())
    await app.until(app.slack.answers)
    assert time.monotonic() - started < 3
    assert len(app.slack.posts) == 1
