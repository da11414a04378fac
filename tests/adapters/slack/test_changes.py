"""Questions that are edited, deleted, in line, or too many."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.turns import NOTICE_SECONDS
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.loopback import AGENT_METHODS, LoopbackSlack
from tests.adapters.slack.payloads import BOT, CHANNEL, USER, deleted, edited, mention, message, slash


@pytest.fixture
async def one_at_a_time(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(slack, tmp_path / "store.sqlite", parallel=1) as app:
        app.service.gate.clear()
        yield app
        app.service.gate.set()


async def test_an_edit_replaces_a_question_that_waits(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(mention(f"<@{BOT}> first"))
    await app.until(lambda: app.service.asked)
    waiting = mention(f"<@{BOT}> what costs mots?")
    await app.send(waiting)
    await app.send(edited(waiting, f"<@{BOT}> what costs most?"))
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert app.service.finished == ["first", "what costs most?"]


async def test_an_edit_while_it_is_answered_drops_that_answer_and_begins_anew(app: Running) -> None:
    app.service.gate.clear()
    body = mention(f"<@{BOT}> old words")
    await app.send(body)
    await app.until(lambda: app.service.asked)
    await app.send(edited(body, f"<@{BOT}> new words"))
    app.service.gate.set()
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert app.service.finished == ["old words", "new words"]
    assert len(app.slack.answers()) == 1


async def test_an_edit_of_what_is_answered_changes_nothing(app: Running) -> None:
    body = mention()
    await app.send(body)
    await app.until(app.slack.answers)
    await app.send(edited(body, f"<@{BOT}> something else"))
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.slack.answers()) == 1


async def test_a_preview_that_slack_adds_is_no_edit(one_at_a_time: Running) -> None:
    app = one_at_a_time
    body = mention()
    await app.send(body)
    await app.until(lambda: app.service.asked)
    await app.send(edited(body, body["event"]["text"], attachments=[{"title": "a link"}]))
    app.service.gate.set()
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == 1


async def test_a_deleted_question_that_waits_is_not_answered(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(mention(f"<@{BOT}> first"))
    await app.until(lambda: app.service.asked)
    gone, stays = mention(f"<@{BOT}> never mind"), mention(f"<@{BOT}> last")
    await app.send(gone)
    await app.send(stays)
    await app.send(deleted(gone))
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert app.service.finished == ["first", "last"]


@pytest.mark.parametrize("has_replies", [False, True])
async def test_a_question_deleted_while_it_is_answered_leaves_nothing_behind(app: Running, has_replies: bool) -> None:
    app.slack.missing.update(AGENT_METHODS)
    app.service.gate.clear()
    body = mention()
    await app.send(body)
    await app.until(lambda: app.slack.posts)
    gone = edited(body, "This message was deleted.", subtype="tombstone") if has_replies else deleted(body)
    await app.send(gone)
    app.service.gate.set()
    await app.until(lambda: app.service.finished and not app.slack.posts)
    await asyncio.sleep(0.1)
    assert app.slack.posts == []


async def test_an_edit_that_takes_back_the_mention_ends_the_question(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(mention(f"<@{BOT}> first"))
    await app.until(lambda: app.service.asked)
    body = mention(f"<@{BOT}> lunch?")
    await app.send(body)
    await app.send(edited(body, "lunch?"))
    app.service.gate.set()
    await app.until(app.slack.answers)
    await asyncio.sleep(0.1)
    assert app.service.finished == ["first"]


async def test_who_waits_is_told_how_many_are_before_and_the_answer_takes_that_place(one_at_a_time: Running) -> None:
    app = one_at_a_time
    app.slack.missing.update(AGENT_METHODS)
    for _ in range(2):
        await app.send(mention())
    last = mention(f"<@{BOT}> the last")
    await app.send(last)
    await app.until(lambda: any("2 questions are before yours" in post["text"] for post in app.slack.posts))
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 3)
    mine = [post for post in app.slack.posts if post["thread_ts"] == last["event"]["ts"]]
    assert len(mine) == 1 and mine[0]["blocks"]


async def test_what_waits_behind_its_own_thread_takes_no_place_above_the_answer_before(one_at_a_time: Running) -> None:
    app = one_at_a_time
    app.slack.missing.update(AGENT_METHODS)
    first = mention(f"<@{BOT}> first")
    await app.send(first)
    await app.until(lambda: app.slack.posts)
    await app.send(mention(f"<@{BOT}> second", thread_ts=first["event"]["ts"]))
    await asyncio.sleep(NOTICE_SECONDS + 0.5)
    assert len(app.slack.posts) == 1, "what holds the place of the first"
    app.service.gate.set()
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert app.service.finished == ["first", "second"]


async def test_a_person_who_asks_too_much_is_told_and_others_go_on(slack: LoopbackSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path / "s", questions_per_user=2) as app:
        bodies = [mention() for _ in range(3)]
        for body in bodies:
            assert (await app.send(body))[0] == 200
        await app.send(mention(user="U0BEN"))
        await app.until(lambda: slack.hooked and len(slack.answers()) == 3)
        [notice] = slack.hooked
        assert (notice["user"], notice["channel"], notice["thread_ts"]) == (USER, CHANNEL, bodies[2]["event"]["ts"])
        assert "You have asked 2 questions within a minute" in notice["text"]
        await app.send(bodies[2])
        await asyncio.sleep(0.1)
        assert len(slack.hooked) == 1 and len(app.service.asked) == 3


async def test_a_command_over_the_limit_is_told_at_once(slack: LoopbackSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path / "s", questions_per_user=1) as app:
        await app.send(slash("/cost-top", "last week", slack.url))
        _, body, _ = await app.send(slash("/cost-top", "last week", slack.url))
        assert "You have asked 1 question within a minute" in body
        await app.until(lambda: slack.hooked)
        assert len(app.service.asked) == 1


async def test_a_channel_that_asks_too_much_is_told(slack: LoopbackSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path / "s", questions_per_channel=1) as app:
        await app.send(mention())
        await app.send(mention(user="U0BEN"))
        await app.until(lambda: slack.hooked and slack.answers())
        assert "This channel has asked 1 question within a minute" in slack.hooked[0]["text"]
        await app.send(message())
        await app.until(lambda: len(slack.answers()) == 2)
