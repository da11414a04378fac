"""Activities in, Messages out; what is not a person speaking to us is nothing."""

from typing import Any

import pytest

from adapters.teams import read
from adapters.teams.read import Heard, Reply, unpacked
from bot.message import Message
from tests.adapters.teams.activities import (
    BOT,
    CHANNEL,
    GROUP,
    OTHER,
    PERSONAL,
    SERVICE,
    TENANT,
    USER,
    about,
    deleted,
    edited,
    execute,
    mention,
    message,
    submit,
)
from tools.errors import BadRequestError


def heard(activity: dict[str, Any]) -> Heard:
    found = read.message(activity)
    assert found is not None
    return found


def test_what_is_said_in_a_personal_chat() -> None:
    said = message("why?", id="17")
    assert heard(said).message == Message(
        "teams", f"{TENANT}:{PERSONAL}:17", "why?", TENANT, PERSONAL, PERSONAL, USER, tz="America/New_York"
    )
    assert heard(said).reply == Reply(SERVICE, PERSONAL, "personal", TENANT, BOT)
    assert heard(said).addressed


def test_a_mention_in_a_channel_is_removed_and_its_thread_is_the_conversation() -> None:
    said = heard(mention("why?", thread="55"))
    assert (said.message.text, said.message.channel, said.message.thread) == ("why?", CHANNEL, f"{CHANNEL};messageid=55")
    assert said.reply.kind == "channel" and said.addressed


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>why did&nbsp;<b>costs</b> spike?</p>", "why did costs spike?"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("  one\n\n two  words ", "one\n\ntwo words"),
        ("costs < 5 and > 3", "costs < 5 and > 3"),
        ("<at>Health Monitor</at>", ""),
        ("", ""),
    ],
)
def test_text_is_read_as_a_person_reads_it(text: str, plain: str) -> None:
    said = mention("")
    assert heard(said | {"text": text}).message.text == plain


def test_other_people_who_are_mentioned_are_called_by_what_is_known_of_them() -> None:
    other = {"type": "mention", "mentioned": {"id": OTHER, "name": "Ben"}, "text": "<at>Ben</at>"}
    said = heard(mention("what did <at>Ben</at> do?", entities=[other])).message
    assert said.mentions == {OTHER: "Ben"}
    assert read.named(said, {OTHER: "ben@example.com"}).text == "what did ben@example.com do?"
    assert read.named(said, {}).text == "what did Ben do?"


def test_a_reply_in_a_thread_may_be_ours_but_a_message_of_its_own_is_not() -> None:
    reply = message("and last week?", CHANNEL)
    reply["conversation"]["id"] = f"{CHANNEL};messageid=55"
    assert not heard(reply).addressed
    root = message("lunch?", CHANNEL, id="55")
    root["conversation"]["id"] = f"{CHANNEL};messageid=55"
    assert read.message(root) is None
    assert read.message(message("lunch?", GROUP)) is None
    other = {"type": "mention", "mentioned": {"id": OTHER, "name": "Ben"}, "text": "<at>Ben</at>"}
    assert read.message(reply | {"text": "<at>Ben</at> see this", "entities": [other]}) is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"from": {"id": BOT}}, id="ourselves"),
        pytest.param({"from": {"id": "28:other", "role": "bot"}}, id="another bot"),
        pytest.param({"from": {}}, id="nobody"),
        pytest.param({"type": "typing"}, id="typing"),
        pytest.param({"type": "messageReaction"}, id="a reaction"),
        pytest.param({"type": "event"}, id="an event"),
        pytest.param({"id": ""}, id="without an id"),
        pytest.param({"conversation": {}}, id="nowhere"),
    ],
)
def test_nobody_who_asks_is_nothing(fields: dict[str, Any]) -> None:
    assert read.message(message() | fields) is None


@pytest.mark.parametrize("click", [execute, submit])
def test_a_click_equals_typing(click: Any) -> None:
    pressed = click({"ask": "And yesterday?", "verb": "ask"})
    asked = read.click(pressed)
    assert asked is not None
    typed = heard(message("And yesterday?", id=pressed["id"]))
    assert asked.message == typed.message and asked.reply.asked == "And yesterday?"


def test_a_refresh_takes_the_place_of_its_card() -> None:
    asked = read.click(execute({"ask": "why?"}, verb="refresh", under="m7"))
    assert asked is not None and (asked.reply.replaces, asked.reply.asked) == ("m7", "")


def test_a_button_that_asks_nothing_is_no_question() -> None:
    assert read.click(execute({"csv": "a1"}, verb="csv")) is None
    assert read.click(execute({"ask": 5}, verb="ask")) is None
    assert read.pressed(submit({"csv": "a1"})) == {"csv": "a1"}


def test_a_message_that_is_handed_over_is_the_question() -> None:
    asked = read.about(about("<p>Why did <b>orders</b> fail?</p>"))
    assert asked is not None and asked.message.text == asked.reply.asked == "Why did orders fail?"
    assert read.about(about("")) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("cost-spike last tuesday", "Why did our costs spike last tuesday?"),
        ("/cost-spike last tuesday", "Why did our costs spike last tuesday?"),
        ("Cost-Top", "What are the top cost contributors in the last 30 days?"),
        ("health", "How healthy is our Databricks account today?"),
        ("/health help", "help"),
        ("health of our jobs", "health of our jobs"),
        ("why did costs spike?", "why did costs spike?"),
    ],
)
def test_a_command_may_be_typed(text: str, question: str) -> None:
    assert read.command(heard(message(text))).message.text == question


def test_a_command_with_a_wrong_key_shows_an_example() -> None:
    with pytest.raises(BadRequestError, match="worksapce"):
        read.command(heard(message("cost-spike worksapce:prod")))


def test_an_edit_and_a_deletion_name_what_they_change() -> None:
    said = message("old")
    changed = read.change(edited(said, "new"))
    assert changed and changed.key == read.key(said) and changed.heard and changed.heard.message.text == "new"
    gone = read.change(deleted(said))
    assert gone and (gone.key, gone.heard) == (read.key(said), None)
    assert read.change(said) is None


def test_what_is_packed_for_the_store_comes_back() -> None:
    said = heard(mention("why?"))
    assert unpacked(said.packed()) == said
    assert said.said is not None and said.said.tzinfo is None


def test_the_order_of_what_was_said_is_teams() -> None:
    first, second = heard(message(timestamp="2026-11-24T10:00:00.1Z")), heard(message(timestamp="2026-11-24T11:00:00.0+01:00"))
    assert first.said and second.said and second.said < first.said
    assert heard(message(timestamp="yesterday")).said is None


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", None, 5, "../etc/passwd"])
def test_a_time_zone_that_is_none_is_utc(zone: Any) -> None:
    assert heard(message(localTimezone=zone)).message.tz == "UTC"
