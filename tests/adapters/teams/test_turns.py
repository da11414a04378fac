"""Acknowledgement, order, repeats, what a restart picks up, and what becomes of calls that go wrong."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.deliveries import Deliveries
from bot.store import Store
from tests.adapters import samples
from tests.adapters.loopback import until
from tests.adapters.recording import RecordingService
from tests.adapters.teams.activities import CHANNEL, GROUP, OTHER, PERSONAL, TENANT, USER, added, installed, mention, message
from tests.adapters.teams.conftest import Running, running
from tests.adapters.teams.loopback import LoopbackTeams


async def test_it_acknowledges_while_answers_are_computed(app: Running) -> None:
    app.service.gate.clear()
    for _ in range(12):
        status, body, seconds = await app.send(mention())
        assert (status, body) == (202, "") and seconds < 1
    await app.until(lambda: len(app.service.asked) == 12)
    assert app.service.finished == []
    app.service.gate.set()
    await app.until(lambda: len(app.teams.answers()) == 12)


async def test_teams_resend_after_15_seconds_is_answered_once(app: Running) -> None:
    app.service.gate.clear()
    body = message()
    for _ in range(3):
        assert (await app.send(body))[0] == 202
    app.service.gate.set()
    await app.until(app.teams.answers)
    assert (await app.send(body))[0] == 202
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.teams.answers()) == 1


async def test_a_thread_is_answered_in_order_and_threads_beside_each_other(app: Running) -> None:
    app.service.seconds = {"one": 0.3, "two": 0.0, "other": 0.05}
    first = mention("one")
    await app.send(first)
    await app.send(mention("two", thread=first["id"]))
    await app.send(mention("other"))
    await app.until(lambda: len(app.teams.answers()) == 3)
    assert app.service.finished == ["other", "one", "two"]
    places = [post["place"] for post in app.teams.answers()]
    assert places.count(first["conversation"]["id"]) == 2 and len(set(places)) == 2


async def test_in_a_personal_chat_progress_is_a_stream_that_ends_with_the_answer(app: Running) -> None:
    await app.send(message())
    await app.until(app.teams.answers)
    [(stream, told)] = app.teams.streams.items()
    assert not told["open"] and told["told"][0] == "Looking into it …"
    assert [post["id"] for post in app.teams.posts] == [stream]
    assert app.teams.typing == [PERSONAL]


@pytest.mark.parametrize("place", [CHANNEL, GROUP])
async def test_elsewhere_one_message_is_updated(app: Running, place: str) -> None:
    app.service.gate.clear()
    await app.send(mention(place=place))
    await app.until(lambda: any(post.get("text") == "Looking into it …" for post in app.teams.posts))
    app.service.gate.set()
    await app.until(app.teams.answers)
    assert len(app.teams.posts) == 1 and app.teams.streams == {}


async def test_what_is_unfinished_when_the_process_dies_is_answered_by_the_next(teams: LoopbackTeams, tmp_path: Path) -> None:
    stuck = RecordingService()
    stuck.pause = 60
    async with running(teams, tmp_path / "s", service=stuck, stop=0.05) as dying:
        await dying.send(message("first"))
        await dying.send(mention("second"))
        await until(lambda: len(stuck.asked) == 2 and len(teams.posts) == 2)
    assert teams.answers() == []
    async with running(teams, tmp_path / "s") as revived:
        await revived.until(lambda: len(teams.answers()) == 2)
        assert sorted(asked.text for asked in revived.service.asked) == ["first", "second"]
    assert len(teams.posts) == 2, "each took the place that the dead process had held"
    async with running(teams, tmp_path / "s") as again:
        await asyncio.sleep(0.1)
        assert again.service.asked == []


class NeverDone(Deliveries):
    """Deliveries of a process that dies between the post and the note that it was posted."""

    async def done(self, key: str) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("asked", [message, mention])
async def test_an_answer_posted_before_the_process_died_is_put_in_the_same_place(
    teams: LoopbackTeams, tmp_path: Path, asked: Any
) -> None:
    def never_done(url: str) -> Store:
        store = Store(url)
        store.deliveries = NeverDone(store.deliveries._database)
        return store

    async with running(teams, tmp_path / "s", make_store=never_done, stop=0.05) as dying:
        await dying.send(asked())
        await until(teams.answers)
    async with running(teams, tmp_path / "s") as revived:
        await revived.until(lambda: revived.service.finished and teams.called("update"))
        await revived.finished()
    assert len(teams.posts) == 1


async def test_a_question_that_kills_the_process_each_time_is_given_up_with_an_error_id(
    teams: LoopbackTeams, tmp_path: Path
) -> None:
    stuck = RecordingService()
    stuck.pause = 60
    for attempt in range(5):
        async with running(teams, tmp_path / "s", service=stuck, stop=0.02) as dying:
            if attempt == 0:
                await dying.send(mention())
            await until(lambda attempt=attempt: len(stuck.asked) == attempt + 1)
    async with running(teams, tmp_path / "s") as last:
        await until(lambda: any("I tried 5 times" in (post.get("text") or "") for post in teams.posts))
        assert last.service.asked == []
    assert len(teams.posts) == 1 and "Error id: " in teams.posts[0]["text"]


@pytest.mark.parametrize("status", [412, 429, 502, 504])
@pytest.mark.parametrize("kind", ["update", "finish"])
async def test_what_passes_is_tried_again_at_once(app: Running, kind: str, status: int) -> None:
    app.teams.refuse(kind, status=status)
    app.teams.refuse(kind, status=status)
    await app.send(message() if kind == "finish" else mention())
    await app.until(app.teams.answers)
    assert len(app.teams.called(kind)) == 3 and len(app.service.asked) == 1


async def test_a_wait_that_teams_asks_for_is_kept(app: Running) -> None:
    app.teams.refuse("finish", status=429, retry_after=1)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await app.send(message())
    await app.until(app.teams.answers)
    assert loop.time() - started >= 1


async def test_what_does_not_pass_at_once_is_left_for_later(app: Running) -> None:
    for _ in range(3):
        app.teams.refuse("update", status=503)
    await app.send(mention())
    await app.until(lambda: app.service.finished and app.teams.called("update"))
    await asyncio.sleep(0.05)
    assert await app.store.deliveries.waiting() == 1 and app.teams.answers() == []


async def test_an_answer_whose_success_was_not_told_is_not_posted_twice(app: Running) -> None:
    app.teams.refuse("finish", status=504, done=True)
    await app.send(message())
    await app.until(lambda: app.teams.called("update"))
    await asyncio.sleep(0.05)
    assert len(app.teams.posts) == len(app.teams.answers()) == 1


@pytest.mark.parametrize("status", [400, 413])
async def test_a_card_that_teams_refuses_is_sent_as_words(app: Running, status: int) -> None:
    app.teams.refuse("update", status=status)
    body = mention()
    app.service.gate.clear()
    await app.send(body)
    await app.until(lambda: app.teams.posts)
    app.teams.refuse("send", status=status)
    app.service.gate.set()
    await app.until(lambda: any("Causes" in (post.get("text") or "") for post in app.teams.posts))
    [post] = app.teams.posts
    assert "attachments" not in post and post["text"].startswith(samples.spike().headline)


async def test_where_the_app_was_removed_a_turn_ends(app: Running, caplog: pytest.LogCaptureFixture) -> None:
    for kind in ("send", "send", "send", "update"):
        app.teams.refuse(kind, status=403)
    await app.send(mention())
    await app.until(lambda: "is given up" in caplog.text)
    await app.finished()


async def test_a_stream_that_teams_ended_becomes_a_new_message(app: Running) -> None:
    app.service.gate.clear()
    await app.send(message())
    await app.until(lambda: app.teams.streams)
    [stream] = app.teams.streams
    app.teams.posts.clear()
    app.teams.streams[stream]["open"] = False
    app.service.gate.set()
    await app.until(app.teams.answers)
    assert app.teams.answers()[0]["id"] != stream


async def test_a_service_that_breaks_its_promise_is_told_with_an_error_id(app: Running) -> None:
    app.service.failing = True
    await app.send(mention())
    await app.until(lambda: any("Error id: " in (post.get("text") or "") for post in app.teams.posts))
    await app.finished()
    assert len(app.teams.posts) == 1, "the error takes the place of what was shown"


async def test_the_zone_and_the_workspace_that_someone_chose_count(app: Running) -> None:
    await app.store.prefer(f"{TENANT}:{USER}", {"tz": "Asia/Tokyo", "workspace": "prod-eu"})
    await app.send(message())
    await app.until(app.teams.answers)
    [asked] = app.service.asked
    assert (asked.tz, asked.workspace) == ("Asia/Tokyo", "prod-eu")


async def test_the_asker_is_known_by_e_mail_and_asked_for_once(app: Running) -> None:
    await app.send(message())
    await app.send(mention("what did <at>Ben</at> do?", entities=[_named(OTHER, "Ben")]))
    await app.until(lambda: len(app.teams.answers()) == 2)
    assert {asked.email for asked in app.service.asked} == {"ana@example.com"}
    assert {asked.tz for asked in app.service.asked} == {"America/New_York"}
    assert "what did Ben do?" in [asked.text for asked in app.service.asked]
    assert [body["id"] for body in app.teams.called("member")].count(USER) <= 2


async def test_whoever_has_no_e_mail_is_known_by_the_upn(teams: LoopbackTeams, tmp_path: Path) -> None:
    teams.people[USER] = {"userPrincipalName": "ana@corp.example", "name": "Ana"}
    async with running(teams, tmp_path / "s") as app:
        await app.send(message())
        await app.until(teams.answers)
        assert app.service.asked[0].email == "ana@corp.example"


async def test_it_introduces_itself_once_where_it_is_installed(app: Running) -> None:
    for body in (installed(), added(), installed()):
        assert (await app.send(body))[0] == 202
    await app.until(app.teams.answers)
    await asyncio.sleep(0.05)
    [post] = app.teams.posts
    asks = [action["title"] for part in post["attachments"][0]["content"]["body"] for action in part.get("actions", ())]
    assert "Why did our costs spike last Tuesday?" in asks


async def test_it_can_speak_unasked_where_it_was_spoken_to_also_after_a_restart(teams: LoopbackTeams, tmp_path: Path) -> None:
    from adapters.teams.card import card

    thread = mention()
    async with running(teams, tmp_path / "s") as app:
        await app.send(message())
        await app.send(thread)
        await app.until(lambda: len(teams.answers()) == 2)
    async with running(teams, tmp_path / "s") as later:
        tenant = thread["conversation"]["tenantId"]
        made = card(samples.top())
        for place in (PERSONAL, thread["conversation"]["id"], CHANNEL):
            assert await later.shell.tell(tenant, place, made)
        assert not await later.shell.tell(tenant, "19:never@thread.v2", made)
    assert [post["place"] for post in teams.posts[2:]] == [PERSONAL, thread["conversation"]["id"], CHANNEL]


def _named(id: str, name: str) -> dict[str, Any]:
    return {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{name}</at>"}
