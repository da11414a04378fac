"""Payloads in, Messages out; what is not a person speaking to us is nothing."""

import json
from typing import Any

import pytest

from adapters.slack import payload, read
from adapters.slack.heard import Bot, Reply, unpacked
from bot.message import Message
from tests.adapters.slack.payloads import BOT, BOT_ID, CHANNEL, TEAM, USER, click, envelope, mention, message, slash
from tools.errors import BadRequestError

ME = Bot(BOT, BOT_ID)


def heard(body: dict[str, Any]) -> read.Heard:
    found = read.event(body, ME)
    assert found is not None
    return found


def test_a_mention_becomes_a_message_without_our_name() -> None:
    found = heard(mention(f"<@{BOT}>  why did costs spike?", ts="1764000000.000100"))
    assert found.message == Message(
        platform="slack",
        delivery=f"{TEAM}:{CHANNEL}:1764000000.000100",
        text="why did costs spike?",
        team=TEAM,
        channel=CHANNEL,
        thread="1764000000.000100",
        user=USER,
    )
    assert found.reply == Reply(CHANNEL, thread_ts="1764000000.000100")
    assert found.addressed


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("see <https://x.example/a?b=1&amp;c=2|the page>", "see the page"),
        ("see <https://x.example/a?b=1&amp;c=2>", "see https://x.example/a?b=1&c=2"),
        ("mail <mailto:ana@example.com|ana@example.com>", "mail ana@example.com"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        ("<!here> <!subteam^S1|@platform> <!date^1^{date}|today>", "@here @platform today"),
        ("two\u00a0 spaces\nand  lines", "two spaces\nand lines"),
        (f"prod<@{BOT}> cost", "prod cost"),
        ("<@U0WEI|wei> spent?", "@U0WEI spent?"),
    ],
)
def test_markup_is_read_as_a_person_would(raw: str, text: str) -> None:
    assert heard(message(raw)).message.text == text


def test_people_are_called_by_name_once_known() -> None:
    said = heard(message("<@U0WEI> and <@U0DAN|dan> and @U0WEIX")).message
    assert said.mentions == {"U0WEI": "", "U0DAN": "dan"}
    named = read.named(said, {"U0WEI": "wei@example.com"})
    assert named.text == "wei@example.com and dan and @U0WEIX"
    assert named.mentions == {"U0WEI": "wei@example.com", "U0DAN": "dan"}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"user": BOT}, id="ourselves"),
        pytest.param({"bot_id": BOT_ID}, id="our bot id"),
        pytest.param({"bot_id": "B0OTHER"}, id="another bot"),
        pytest.param({"bot_profile": {"id": "B1"}}, id="a bot profile"),
        pytest.param({"user": "USLACKBOT"}, id="Slackbot"),
        pytest.param({"user": None}, id="nobody"),
        pytest.param({"hidden": True}, id="hidden"),
        *(
            pytest.param({"subtype": subtype}, id=subtype)
            for subtype in (
                "message_changed",
                "message_deleted",
                "channel_join",
                "channel_topic",
                "bot_message",
                "tombstone",
            )
        ),
    ],
)
def test_what_no_person_says_to_us_is_nothing(fields: dict[str, Any]) -> None:
    assert read.event(message(**fields), ME) is None
    assert read.event(mention(**fields), ME) is None


def test_a_message_with_a_file_is_a_message() -> None:
    assert heard(message("look", subtype="file_share", files=[{"id": "F1"}])).message.text == "look"


def test_other_events_and_malformed_ones_are_nothing() -> None:
    for body in ({}, {"event": None}, envelope({"type": "team_join"}), envelope({"type": "message", "user": USER})):
        assert read.event(body, ME) is None


def test_channel_talk_is_not_for_us_but_a_reply_in_a_thread_may_be() -> None:
    assert read.event(message("lunch?", channel_type="channel"), ME) is None
    reply = heard(message("and prod?", channel_type="channel", thread_ts="1.1"))
    assert not reply.addressed and reply.message.thread == reply.reply.thread_ts == "1.1"
    assert read.event(message("<@U0WEI> and prod?", channel_type="channel", thread_ts="1.1"), ME) is None
    assert heard(message(f"<@{BOT}> and prod?", channel_type="channel")).addressed


def test_a_direct_message_is_known_by_its_channel_too() -> None:
    body = message("hello")
    del body["event"]["channel_type"]
    assert heard(body).addressed


def test_enterprise_and_workspace_are_both_in_the_key() -> None:
    grid = mention() | {"enterprise_id": "E0", "team_id": "T1"}
    pressed = click({"action_id": "ask:0", "value": '{"ask":"q","thread":"1.1"}'}, "http://x", ts="1.2")
    in_grid = read.click(pressed | {"team": {"id": "T1", "enterprise_id": "E0"}, "enterprise": {"id": "E0"}})
    command = read.command(slash("/health", "help", "http://x", enterprise_id="E0", team_id="T1"), ME)
    assert in_grid is not None
    assert heard(grid).message.team == in_grid.message.team == command.message.team == "E0/T1"
    organisation = mention() | {"team_id": None, "authorizations": [{"enterprise_id": "E0", "team_id": None}]}
    assert heard(organisation).message.team == "E0"


def test_a_command_is_private_and_starts_a_conversation_of_its_own() -> None:
    body = slash("/failed-jobs", "yesterday job:etl", "http://x")
    found = read.command(body, ME)
    assert found.message.text == "Which jobs failed yesterday for job etl?"
    assert found.message.private and found.reply.user == USER and found.reply.response_url == "http://x/hook"
    assert found.message.thread == f"slash-{body['trigger_id']}"
    assert read.command(body, ME) == found
    assert read.command(slash("/unheard-of", "why?", "http://x"), ME).message.text == "why?"
    with pytest.raises(BadRequestError):
        read.command(slash("/failed-jobs", "jbo:etl", "http://x"), ME)


@pytest.mark.parametrize("value", ["", "{", "[]", "1", '{"ask":""}', '{"ask":3}', '{"work":"a1"}'])
def test_a_click_without_a_question_is_no_message(value: str) -> None:
    assert read.click(click({"action_id": "x", "value": value}, "http://x", ts="1.1")) is None
    assert read.click({"type": "block_actions"}) is None


def test_a_click_is_a_message_in_the_thread_of_its_card() -> None:
    found = read.click(click({"action_id": "ask:0", "value": '{"ask":"q?","thread":""}'}, "http://x", ts="1.2", thread_ts="1.1"))
    assert found is not None
    assert (found.message.text, found.message.thread, found.reply.thread_ts) == ("q?", "1.1", "1.1")
    assert not found.message.private and found.reply.asked == "q?"


def test_two_clicks_are_two_deliveries_and_one_click_repeated_is_one() -> None:
    pressed = click({"action_id": "ask:0", "value": '{"ask":"q?"}'}, "http://x", ts="1.2")
    again = click({"action_id": "ask:0", "value": '{"ask":"q?"}'}, "http://x", ts="1.2")
    first, same, second = (read.click(body) for body in (pressed, pressed, again))
    assert first and same and second
    assert first.message.delivery == same.message.delivery != second.message.delivery


def test_what_is_heard_survives_the_store() -> None:
    for found in (heard(mention("<@U0WEI> spent?")), read.command(slash("/health", "help", "http://x"), ME)):
        assert unpacked(json.loads(json.dumps(found.packed()))) == found


def test_the_work_a_click_asks_for() -> None:
    assert payload.wanted(click({"action_id": "work", "value": '{"work":"a1"}'}, "http://x", ts="1.1")) == ("work", "a1")
    assert payload.wanted({"actions": []}) == ("", "")
