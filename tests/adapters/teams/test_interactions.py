"""Clicks, the tables as CSV, thumbs, questions about messages, and commands."""

import asyncio
from typing import Any

import pytest

from tests.adapters import samples
from tests.adapters.teams.activities import CHANNEL, PERSONAL, about, execute, mention, message, rated, submit
from tests.adapters.teams.conftest import Running


async def answered(app: Running, body: dict[str, Any]) -> dict[str, Any]:
    """The post that answers a message."""
    before = len(app.teams.answers())
    await app.send(body)
    await app.until(lambda: len(app.teams.answers()) > before)
    return app.teams.answers()[-1]


def buttons(post: dict[str, Any]) -> dict[str, dict[str, Any]]:
    sets = [part["actions"] for part in post["attachments"][0]["content"]["body"] if part["type"] == "ActionSet"]
    return {action["title"]: action for some in sets for action in some}


@pytest.mark.parametrize("click", [execute, submit])
async def test_a_follow_up_is_asked_as_if_typed_and_shown_on_its_card(app: Running, click: Any) -> None:
    post = await answered(app, message())
    action = buttons(post)["And for prod-east only?"]
    second = await answered(app, click(action["data"], under=post["id"]))
    assert app.service.asked[1].text == "And for prod-east only?"
    assert app.service.asked[1].conversation == app.service.asked[0].conversation
    assert second["attachments"][0]["content"]["body"][0]["inlines"][0]["text"] == "Asked: And for prod-east only?"


async def test_a_click_is_answered_at_once(app: Running) -> None:
    app.service.gate.clear()
    status, body, _ = await app.send(execute({"ask": "why?"}))
    assert (status, body["statusCode"], body["value"]) == (200, 200, "Looking into: why?")
    app.service.gate.set()


async def test_a_click_that_is_delivered_again_is_done_once(app: Running) -> None:
    body = execute({"ask": "why?"})
    await asyncio.gather(*(app.send(body) for _ in range(3)))
    await app.until(app.teams.answers)
    await asyncio.sleep(0.05)
    assert len(app.service.asked) == 1


async def test_refresh_puts_the_new_answer_in_the_same_place(app: Running) -> None:
    post = await answered(app, mention())
    data = buttons(post)["Refresh"]["data"]
    app.service.reply = samples.bare
    await app.send(execute(data, CHANNEL, verb="refresh", under=post["id"]))
    await app.until(lambda: app.teams.headlines() == [samples.bare().headline])
    assert [one["id"] for one in app.teams.posts] == [post["id"]]


@pytest.mark.parametrize("click", [execute, submit])
async def test_the_tables_come_as_csv(app: Running, click: Any) -> None:
    post = await answered(app, message())
    body = click(buttons(post)["CSV"]["data"], under=post["id"])
    for _ in range(2):
        await app.send(body)
    await app.until(lambda: any("```" in (one.get("text") or "") for one in app.teams.posts))
    await asyncio.sleep(0.05)
    [told] = [one for one in app.teams.posts if "```" in (one.get("text") or "")]
    assert "cause,change,unit,share,actual,expected" in told["text"] and told["textFormat"] == "markdown"
    assert "orders_hourly_load" in told["text"] and ",3402.11,USD," in told["text"]


async def test_the_tables_of_an_answer_that_is_gone_are_told_so(app: Running) -> None:
    await app.send(execute({"csv": "gone"}, verb="csv"))
    await app.until(lambda: any("not kept any more" in (one.get("text") or "") for one in app.teams.posts))


async def test_a_button_that_nobody_knows_is_told_so(app: Running) -> None:
    status, body, _ = await app.send(execute({"what": "ever"}, verb="explode"))
    assert (status, body["statusCode"]) == (200, 400)
    await app.send(submit({"what": "ever"}))
    await app.until(lambda: any("I do not know this button" in (one.get("text") or "") for one in app.teams.posts))
    assert app.service.asked == []


@pytest.mark.parametrize("asked", [message, mention])
async def test_thumbs_are_kept_with_what_was_wrong(app: Running, asked: Any) -> None:
    body = asked()
    post = await answered(app, body)
    assert post["channelData"]["feedbackLoop"] == {"type": "default"}
    place = body["conversation"]["id"]
    await app.finished()
    down = rated(post["id"], "dislike", "the cause is wrong", place)
    for _ in range(2):
        assert (await app.send(down))[:2] == (200, {})
    await app.send(rated(post["id"], "like", "", place))
    [person] = {person for person, _, _ in await app.store.feedback("answer00")}
    assert await app.store.feedback("answer00") == [(person, "bad", "the cause is wrong"), (person, "good", "")]


async def test_thumbs_for_what_is_not_known_are_taken_and_forgotten(app: Running) -> None:
    for body in (rated("never-posted"), rated("x", "shrug"), rated("x") | {"value": 5}, rated("x") | {"replyToId": None}):
        assert (await app.send(body))[0] == 200


@pytest.mark.parametrize("name", ["composeExtension/fetchTask", "composeExtension/submitAction"])
async def test_a_question_about_a_message_is_answered_in_its_conversation(app: Running, name: str) -> None:
    status, body, _ = await app.send(about("<p>Why did orders fail?</p>", name=name))
    assert status == 200 and body["task"]["type"] == "message"
    await app.until(app.teams.answers)
    assert (app.service.asked[0].text, app.teams.answers()[0]["place"]) == ("Why did orders fail?", CHANNEL)
    _, body, _ = await app.send(about("", name=name))
    assert body["task"]["value"] == "That message has no text."


async def test_a_command_with_a_wrong_key_is_told_an_example_once(app: Running) -> None:
    body = message("cost-spike worksapce:prod")
    for _ in range(2):
        await app.send(body)
    await app.until(lambda: app.teams.posts)
    await asyncio.sleep(0.05)
    [post] = app.teams.posts
    assert "Did you mean “workspace:”?" in post["text"] and app.service.asked == []


async def test_a_follow_up_in_our_thread_needs_no_mention(app: Running) -> None:
    first = mention()
    await answered(app, first)
    reply = message("and last week?", CHANNEL)
    reply["conversation"]["id"] = first["conversation"]["id"]
    await answered(app, reply)
    stranger = message("and last week?", CHANNEL)
    stranger["conversation"]["id"] = f"{CHANNEL};messageid=1"
    await app.send(stranger)
    await asyncio.sleep(0.05)
    assert [asked.text for asked in app.service.asked] == ["why did costs spike?", "and last week?"]


async def test_what_was_written_by_a_program_says_so_and_from_what(app: Running) -> None:
    post = await answered(app, message())
    [written] = [entity for entity in post["entities"] if entity["type"] == "https://schema.org/Message"]
    assert written["additionalType"] == ["AIGeneratedContent"]
    names = [claim["appearance"]["name"] for claim in written["citation"]]
    assert names == ["get_cost_trend_by_sku", "get_top_cost_contributors", "get_failed_jobs"]
    assert post["summary"] == samples.spike().headline and post["place"] == PERSONAL
