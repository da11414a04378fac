"""What a conversation with an agent shows: suggestions, a status, task cards, and one answer in their place."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack import progress
from adapters.slack.prompts import SUGGESTED
from tests.adapters import samples
from tests.adapters.loopback import until
from tests.adapters.recording import RecordingService
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import AGENT_METHODS, LoopbackSlack
from tests.adapters.slack.payloads import CHANNEL, TEAM, USER, Json, deleted, envelope, mention, message


@pytest.fixture
async def slow(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    """An app whose answers wait until the gate is opened."""
    async with running(slack, tmp_path / "store.sqlite") as app:
        app.service.gate.clear()
        yield app
        app.service.gate.set()


def streamed(slack: LoopbackSlack) -> list[Json]:
    return [post for post in slack.posts if "steps" in post]


def opened(**event: object) -> Json:
    return envelope({"user": USER, "event_ts": "1.1", **event})


async def test_questions_are_suggested_where_a_conversation_is_opened(app: Running) -> None:
    await app.send(opened(type="app_home_opened", channel="D0ANA", tab="messages"))
    await app.until(lambda: app.slack.called("assistant.threads.setSuggestedPrompts"))
    [call] = app.slack.called("assistant.threads.setSuggestedPrompts")
    assert call["channel_id"] == "D0ANA" and "thread_ts" not in call
    assert [(prompt["title"], prompt["message"]) for prompt in call["prompts"]] == list(SUGGESTED)


async def test_an_older_assistant_gets_them_in_its_thread(app: Running) -> None:
    thread = {"user_id": USER, "channel_id": "D0ANA", "thread_ts": "17.1", "context": {}}
    await app.send(opened(type="assistant_thread_started", assistant_thread=thread))
    await app.until(lambda: app.slack.called("assistant.threads.setSuggestedPrompts"))
    assert app.slack.called("assistant.threads.setSuggestedPrompts")[0]["thread_ts"] == "17.1"
    await app.send(message("what costs most?", thread_ts="17.1"))
    await app.until(app.slack.answers)
    assert app.slack.answers()[0]["thread_ts"] == "17.1"


async def test_a_workspace_without_suggestions_is_asked_once(app: Running) -> None:
    app.slack.missing.update(AGENT_METHODS)
    body = opened(type="app_home_opened", channel="D0ANA", tab="messages")
    await app.send(body)
    await app.until(lambda: app.slack.called("assistant.threads.setSuggestedPrompts"))
    await app.send(body)
    await app.send(mention())
    await app.until(app.slack.answers)
    assert len(app.slack.called("assistant.threads.setSuggestedPrompts")) == 1


async def test_a_quick_answer_shows_a_status_and_streams_nothing(app: Running) -> None:
    await app.send(mention())
    await app.until(app.slack.answers)
    assert app.slack.called("assistant.threads.setStatus")[0]["status"] == progress.FIRST
    assert app.slack.called("chat.startStream") == [] and len(app.slack.posts) == 1


async def test_a_slow_answer_streams_its_steps_and_takes_their_place(slow: Running) -> None:
    await slow.send(mention())
    await slow.until(lambda: streamed(slow.slack))
    [call] = slow.slack.called("chat.startStream")
    assert (call["recipient_user_id"], call["recipient_team_id"], call["channel"]) == (USER, TEAM, CHANNEL)
    slow.service.gate.set()
    await slow.until(slow.slack.answers)
    [post] = slow.slack.posts
    assert post["blocks"][0]["text"]["text"] == samples.spike().headline and not post["streaming"]
    assert [status for _, status in post["steps"].values()] == ["complete"]


async def test_without_a_status_line_the_steps_are_streamed_at_once(slow: Running) -> None:
    slow.slack.missing.add("assistant.threads.setStatus")
    await slow.send(mention())
    await slow.until(lambda: streamed(slow.slack) and len(streamed(slow.slack)[0]["steps"]) == 2)
    [post] = slow.slack.posts
    assert list(post["steps"].values()) == [(progress.FIRST, "complete"), ("asking the warehouse", "in_progress")]
    slow.service.gate.set()
    await slow.until(slow.slack.answers)
    assert len(slow.slack.posts) == 1


async def test_where_streaming_is_refused_one_message_is_updated_and_no_more_is_tried(app: Running) -> None:
    app.slack.missing.update(AGENT_METHODS)
    for count in (1, 2):
        await app.send(mention())
        await app.until(lambda count=count: len(app.slack.answers()) == count)
    assert len(app.slack.called("chat.startStream")) == 1 and len(app.slack.posts) == 2


async def test_a_stream_that_slack_ended_by_itself_becomes_the_answer(slow: Running) -> None:
    slow.slack.missing.add("assistant.threads.setStatus")
    await slow.send(mention())
    await slow.until(lambda: streamed(slow.slack))
    streamed(slow.slack)[0]["streaming"] = False
    slow.service.gate.set()
    await slow.until(slow.slack.answers)
    assert len(slow.slack.posts) == 1


async def test_a_stream_of_a_dead_process_is_ended_and_becomes_the_answer(slack: LoopbackSlack, tmp_path: Path) -> None:
    slack.missing.add("assistant.threads.setStatus")
    stuck = RecordingService()
    stuck.pause = 60
    # A killed process does not end its stream; one that is stopped here would, so Slack is told not to hear it.
    slack.missing.add("chat.stopStream")
    async with running(slack, tmp_path / "s", service=stuck, stop=0.05) as dying:
        await dying.send(mention())
        await until(lambda: streamed(slack) and stuck.asked)
    slack.missing.discard("chat.stopStream")
    assert streamed(slack)[0]["streaming"]
    async with running(slack, tmp_path / "s"):
        await until(slack.answers)
    assert len(slack.posts) == 1 and not slack.posts[0]["streaming"]


async def test_a_question_deleted_while_its_steps_are_streamed_leaves_nothing_behind(slow: Running) -> None:
    slow.slack.missing.add("assistant.threads.setStatus")
    body = mention()
    await slow.send(body)
    await slow.until(lambda: streamed(slow.slack))
    await slow.send(deleted(body))
    slow.service.gate.set()
    await slow.until(lambda: slow.service.finished and not slow.slack.posts)
