"""Order, acknowledgement under load, and what a restart picks up."""

import asyncio
from pathlib import Path

from bot.deliveries import Deliveries
from bot.store import Store
from tests.adapters.loopback import until
from tests.adapters.recording import RecordingService
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import AGENT_METHODS, LoopbackSlack
from tests.adapters.slack.payloads import CHANNEL, USER, mention, slash


class NeverDone(Deliveries):
    """Deliveries of a process that dies between the post and the note that it was posted."""

    async def done(self, key: str) -> None:
        await asyncio.Event().wait()


def never_done(url: str) -> Store:
    store = Store(url)
    store.deliveries = NeverDone(store._database)
    return store


async def test_a_thread_is_answered_in_order_and_threads_beside_each_other(app: Running) -> None:
    app.service.seconds = {"one": 0.3, "two": 0.0, "other": 0.05}
    first = mention("<@U0BOT> one")
    await app.send(first)
    await app.send(mention("<@U0BOT> two", thread_ts=first["event"]["ts"]))
    await app.send(mention("<@U0BOT> other"))
    await app.until(lambda: len(app.slack.answers()) == 3)
    assert app.service.finished == ["other", "one", "two"]


async def test_it_acknowledges_while_answers_are_computed(app: Running) -> None:
    app.service.gate.clear()
    for _ in range(12):
        assert (await app.send(mention()))[0] == 200
    await app.until(lambda: len(app.service.asked) == 12)
    assert app.service.finished == []
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 12)


async def test_when_there_is_no_room_the_asker_is_told(slack: LoopbackSlack, tmp_path: Path) -> None:
    service = RecordingService()
    service.gate.clear()
    async with running(slack, tmp_path / "s", service=service, questions_waiting=1) as app:
        await app.send(mention())
        await app.send(mention())
        await app.until(lambda: slack.hooked)
        assert (slack.hooked[0]["user"], slack.hooked[0]["channel"]) == (USER, CHANNEL)
        assert "too many questions waiting" in slack.hooked[0]["text"]
        service.gate.set()
        await app.until(slack.answers)


async def test_what_is_unfinished_when_the_process_dies_is_answered_by_the_next(slack: LoopbackSlack, tmp_path: Path) -> None:
    stuck = RecordingService()
    stuck.pause = 60
    async with running(slack, tmp_path / "s", service=stuck, stop=0.05) as dying:
        await dying.send(mention("<@U0BOT> first"))
        await dying.send(slash("/cost-top", "last week", slack.url))
        await until(lambda: len(stuck.asked) == 2)
    assert slack.answers() == [] and slack.hooked == []
    async with running(slack, tmp_path / "s") as revived:
        await revived.until(lambda: slack.answers() and slack.hooked)
        assert sorted(asked.text for asked in revived.service.asked) == [
            "What are the top cost contributors last week?",
            "first",
        ]
        assert slack.answers()[0]["channel"] == CHANNEL
    async with running(slack, tmp_path / "s") as again:
        await asyncio.sleep(0.1)
        assert again.service.asked == []


async def test_an_answer_that_was_posted_before_the_process_died_is_not_posted_again(
    slack: LoopbackSlack, tmp_path: Path
) -> None:
    async with running(slack, tmp_path / "s", make_store=never_done, stop=0.05) as dying:
        await dying.send(mention())
        await until(slack.answers)
    async with running(slack, tmp_path / "s") as revived:
        await asyncio.sleep(0.2)
        assert revived.service.asked == []
    assert len(slack.answers()) == 1


async def test_a_place_held_by_a_dead_process_becomes_the_answer(slack: LoopbackSlack, tmp_path: Path) -> None:
    slack.missing.update(AGENT_METHODS)
    stuck = RecordingService()
    stuck.pause = 60
    async with running(slack, tmp_path / "s", service=stuck, stop=0.05) as dying:
        await dying.send(mention())
        await until(lambda: slack.posts and stuck.asked)
    async with running(slack, tmp_path / "s"):
        await until(slack.answers)
    assert len(slack.posts) == 1


async def test_a_question_that_kills_the_process_each_time_is_given_up_with_an_error_id(
    slack: LoopbackSlack, tmp_path: Path
) -> None:
    stuck = RecordingService()
    stuck.pause = 60
    body = mention()
    for attempt in range(5):
        async with running(slack, tmp_path / "s", service=stuck, stop=0.02) as dying:
            if attempt == 0:
                await dying.send(body)
            await until(lambda attempt=attempt: len(stuck.asked) == attempt + 1)
    async with running(slack, tmp_path / "s") as last:
        await until(lambda: slack.posts)
        assert last.service.asked == []
    assert "I tried 5 times" in slack.posts[0]["text"] and "Error id: " in slack.posts[0]["text"]
