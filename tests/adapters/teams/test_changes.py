"""Questions that are edited, deleted, in line, or too many."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.teams.activities import CHANNEL, OTHER, deleted, edited, mention, message
from tests.adapters.teams.conftest import Running, running
from tests.adapters.teams.loopback import LoopbackTeams


@pytest.fixture
async def one_at_a_time(teams: LoopbackTeams, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(teams, tmp_path / "store.sqlite", parallel=1) as app:
        app.service.gate.clear()
        yield app
        app.service.gate.set()


async def test_an_edit_replaces_a_question_that_waits(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(message("first"))
    await app.until(lambda: app.service.asked)
    waiting = mention("what costs mots?")
    await app.send(waiting)
    await app.send(edited(waiting, "<at>Health Monitor</at> what costs most?"))
    app.service.gate.set()
    await app.until(lambda: len(app.teams.answers()) == 2)
    assert app.service.finished == ["first", "what costs most?"]


async def test_who_waits_in_a_channel_is_told_how_many_are_before_and_the_answer_takes_that_place(one_at_a_time: Running) -> None:
    app = one_at_a_time
    for _ in range(2):
        await app.send(message())
    last = mention("the last")
    await app.send(last)
    await app.until(lambda: any("2 questions are before yours" in (post.get("text") or "") for post in app.teams.posts))
    app.service.gate.set()
    await app.until(lambda: len(app.teams.answers()) == 3)
    assert len([post for post in app.teams.posts if post["place"] == last["conversation"]["id"]]) == 1


async def test_an_edit_while_it_is_answered_drops_that_answer_and_begins_anew(app: Running) -> None:
    app.service.gate.clear()
    body = mention("old words")
    await app.send(body)
    await app.until(lambda: app.service.asked)
    await app.send(edited(body, "<at>Health Monitor</at> new words"))
    app.service.gate.set()
    await app.until(app.teams.answers)
    await asyncio.sleep(0.1)
    assert app.service.finished == ["old words", "new words"]
    assert len(app.teams.posts) == 1


async def test_an_edit_of_what_is_answered_changes_nothing(app: Running) -> None:
    body = message()
    await app.send(body)
    await app.until(app.teams.answers)
    await app.send(edited(body, "something else"))
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.teams.answers()) == 1


async def test_an_edit_that_takes_back_the_mention_ends_the_question(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(message("first"))
    await app.until(lambda: app.service.asked)
    body = mention("lunch?")
    await app.send(body)
    await app.send(edited(body, "lunch?") | {"entities": []})
    app.service.gate.set()
    await app.until(app.teams.answers)
    await asyncio.sleep(0.1)
    assert app.service.finished == ["first"]


async def test_a_deleted_question_that_waits_is_not_answered(one_at_a_time: Running) -> None:
    app = one_at_a_time
    await app.send(message("first"))
    await app.until(lambda: app.service.asked)
    gone, stays = mention("never mind"), mention("last")
    await app.send(gone)
    await app.send(stays)
    await app.send(deleted(gone))
    app.service.gate.set()
    await app.until(lambda: len(app.teams.answers()) == 2)
    assert app.service.finished == ["first", "last"]


async def test_a_question_deleted_while_it_is_answered_leaves_nothing_behind(app: Running) -> None:
    app.service.gate.clear()
    body = mention()
    await app.send(body)
    await app.until(lambda: app.teams.posts)
    await app.send(deleted(body))
    app.service.gate.set()
    await app.until(lambda: app.service.finished and app.teams.removed)
    await asyncio.sleep(0.1)
    assert app.teams.posts == []


async def test_a_person_who_asks_too_much_is_told_once_and_others_go_on(teams: LoopbackTeams, tmp_path: Path) -> None:
    async with running(teams, tmp_path / "s", questions_per_user=2) as app:
        bodies = [mention() for _ in range(3)]
        for body in bodies:
            assert (await app.send(body))[0] == 202
        other = mention()
        other["from"]["id"] = OTHER
        await app.send(other)
        await app.until(lambda: len(teams.answers()) == 3)
        await app.send(bodies[2])
        await asyncio.sleep(0.1)
        [notice] = [post for post in teams.posts if "You have asked 2 questions within a minute" in (post.get("text") or "")]
        assert notice["place"] == bodies[2]["conversation"]["id"] and len(app.service.asked) == 3


async def test_a_channel_that_asks_too_much_is_told(teams: LoopbackTeams, tmp_path: Path) -> None:
    async with running(teams, tmp_path / "s", questions_per_channel=1) as app:
        await app.send(mention())
        other = mention()
        other["from"]["id"] = OTHER
        await app.send(other)
        await app.until(lambda: any("This channel has asked 1 question" in (post.get("text") or "") for post in teams.posts))
        await app.send(message())
        await app.until(lambda: len(teams.answers()) == 2)
        assert {post["place"].partition(";")[0] for post in teams.answers()} != {CHANNEL}


async def test_when_there_is_no_room_the_asker_is_told(teams: LoopbackTeams, tmp_path: Path) -> None:
    async with running(teams, tmp_path / "s", questions_waiting=1) as app:
        app.service.gate.clear()
        await app.send(message())
        await app.send(mention())
        await app.until(lambda: any("too many questions waiting" in (post.get("text") or "") for post in teams.posts))
        app.service.gate.set()
        await app.until(teams.answers)
