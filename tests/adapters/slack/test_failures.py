"""Each call fails in turn: the asker always sees something, once, and the log says why."""

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from tests.adapters import samples
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.loopback import AGENT_METHODS
from tests.adapters.slack.payloads import CHANNEL, USER, mention, slash


def has_image(post: dict[str, object]) -> bool:
    blocks = post["blocks"]
    assert isinstance(blocks, list)
    return any(block["type"] == "image" for block in blocks)


async def test_an_image_that_must_be_shared_first_is_shared_in_the_thread_and_shown(app: Running) -> None:
    app.service.reply = samples.spike
    app.slack.private_files_show = False
    body = mention()
    await app.send(body)
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert has_image(post)
    assert [file["channels"] for file in app.slack.files.values()] == [[], [CHANNEL]]
    assert app.slack.files["F0001"]["thread_ts"] == body["event"]["ts"]
    await app.send(mention())
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert len(app.slack.files) == 3, "what was learned is remembered"


async def test_an_image_that_is_refused_for_good_leaves_the_card_and_the_numbers(app: Running) -> None:
    app.service.reply = samples.spike
    for _ in range(2):
        app.slack.refuse("chat.postMessage", error="invalid_blocks", messages=["invalid slack file"])
    await app.send(mention())
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert not has_image(post)
    assert samples.CHART.alt in str(post["blocks"])


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_fails_costs_the_image_only(app: Running, method: str) -> None:
    app.service.reply = samples.spike
    for _ in range(2):
        app.slack.refuse(method, error="missing_scope")
    await app.send(mention())
    await app.until(app.slack.answers)
    assert not has_image(app.slack.answers()[0])


async def test_blocks_that_are_refused_leave_the_words(app: Running) -> None:
    for _ in range(2):
        app.slack.refuse("chat.postMessage", error="invalid_blocks", messages=["/blocks/2 is wrong"])
    await app.send(mention())
    await app.until(lambda: app.slack.posts)
    [post] = app.slack.posts
    assert post["blocks"] == [] and samples.spike().headline in post["text"]


async def test_a_rate_limit_is_waited_for(app: Running) -> None:
    app.slack.refuse("chat.postMessage", error="ratelimited", status=429, retry_after=0)
    await app.send(mention())
    await app.until(app.slack.answers)
    assert len(app.slack.called("chat.postMessage")) == 2
    assert len(app.slack.answers()) == 1


async def test_a_post_that_arrived_though_slack_did_not_say_so_is_not_repeated(app: Running) -> None:
    app.slack.refuse("chat.postMessage", status=503, done=True)
    await app.send(mention())
    await app.until(lambda: app.slack.called("conversations.replies"))
    await asyncio.sleep(0.2)
    assert len(app.slack.answers()) == 1
    assert len(app.slack.called("chat.postMessage")) == 1


async def test_a_post_that_did_not_arrive_is_posted_once_looked_for(app: Running) -> None:
    app.slack.refuse("chat.postMessage", status=500)
    await app.send(mention())
    await app.until(app.slack.answers)
    assert len(app.slack.called("conversations.replies")) == 1
    assert len(app.slack.answers()) == 1


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_where_the_channel_is_closed_the_asker_gets_the_answer_directly(app: Running, error: str) -> None:
    app.slack.refuse("chat.postMessage", error=error)
    await app.send(mention())
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert post["channel"] == USER
    assert error in post["blocks"][0]["elements"][0]["text"]
    assert samples.spike().headline in post["text"]


async def test_a_service_that_breaks_ends_in_an_error_id_that_the_log_knows(
    app: Running, caplog: pytest.LogCaptureFixture
) -> None:
    app.service.failing = True
    with caplog.at_level(logging.INFO):
        await app.send(mention("<@U0BOT> a secret question"))
        await app.until(lambda: app.slack.posts)
    [post] = app.slack.posts
    error_id = post["text"].rsplit("Error id: ", 1)[1]
    assert len(error_id) == 8 and error_id in caplog.text
    assert "secret question" not in caplog.text
    assert "xoxb-" not in caplog.text


async def test_an_error_answer_is_a_short_card_with_its_id(app: Running) -> None:
    app.service.reply = samples.failed
    await app.send(mention())
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert "0badc0de" in str(post["blocks"]) and "GRANT USE SCHEMA" in post["text"]


async def test_without_status_lines_a_message_holds_the_place_and_becomes_the_answer(app: Running) -> None:
    app.slack.missing.update(AGENT_METHODS)
    app.service.pause = 0.1
    await app.send(mention())
    await app.until(lambda: app.slack.posts)
    assert app.slack.posts[0]["text"] == "Looking into it …"
    await app.until(app.slack.answers)
    assert len(app.slack.posts) == 1
    await app.send(mention())
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert len(app.slack.called("assistant.threads.setStatus")) == 1, "what was learned is remembered"


async def test_with_status_lines_nothing_else_is_posted(app: Running) -> None:
    body = mention()
    await app.send(body)
    await app.until(app.slack.answers)
    [status] = app.slack.called("assistant.threads.setStatus")
    assert (status["channel_id"], status["thread_ts"]) == (CHANNEL, body["event"]["ts"])
    assert len(app.slack.posts) == 1


async def test_an_asker_whom_slack_does_not_know_is_answered_all_the_same(app: Running) -> None:
    app.slack.people.clear()
    await app.send(mention())
    await app.until(app.slack.answers)
    assert app.service.asked[0].email == "" and app.service.asked[0].tz == "UTC"


async def test_while_the_store_is_broken_events_come_again_and_commands_are_told(
    app: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(tmp_path / "store.sqlite") as database:
        database.execute("DROP TABLE deliveries")
    assert (await app.send(mention()))[0] == 500
    status, body, _ = await app.send(slash("/cost-top", "last week", app.slack.url))
    assert status == 200 and "Error id: " in body
    assert body[-8:] in caplog.text
    assert "spike" not in caplog.text, "what was asked stays out of the log"
