"""What can be had of an answer: its tables as files, the answer for the whole channel; and questions on messages."""

import csv
import io
import json
from typing import Any

from adapters.slack.read import ABOUT
from adapters.tables import csv_files
from tests.adapters import samples
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import CHANNEL, USER, click, slash
from tests.adapters.slack.test_interactions import asked_card, button


def about(text: str, app: Running) -> dict[str, Any]:
    """Someone chooses the shortcut on a message."""
    return click({}, app.slack.url, ts="1764000005.000100") | {
        "type": "message_action",
        "callback_id": ABOUT,
        "message": {"type": "message", "ts": "1764000005.000100", "text": text, "user": "U0BEN"},
        "actions": [],
    }


async def private_card(app: Running) -> dict[str, Any]:
    await app.send(slash("/cost-spike", "last Tuesday", app.slack.url))
    await app.until(lambda: app.slack.hooked)
    return app.slack.hooked[0]


def test_the_files_hold_every_row_and_digit() -> None:
    [(name, content)] = csv_files(samples.spike())
    rows = list(csv.DictReader(io.StringIO(content)))
    assert name == "causes.csv" and [row["change"] for row in rows] == ["3402.11", "988.02", "471.50", "-49.29"]
    assert len(csv_files(samples.long())[1][1].splitlines()) == 151


def test_a_name_cannot_become_a_formula() -> None:
    from dataclasses import replace

    grid = replace(samples.grid(), rows=(("=HYPERLINK(1)", None, -3.5, 0.1, 1),))
    [(_, content)] = csv_files(replace(samples.bare(), tables=(grid,)))
    assert content.splitlines()[1] == "'=HYPERLINK(1),,-3.5,0.1,1"


async def test_tables_are_uploaded_into_the_thread_once(app: Running) -> None:
    card = await asked_card(app)
    body = click(button(card, "csv"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"])
    assert [(await app.send(body))[0] for _ in range(2)] == [200, 200]
    await app.until(lambda: app.slack.called("files.completeUploadExternal"))
    [file] = app.slack.files.values()
    assert file["channels"] == [CHANNEL] and file["thread_ts"] == card["thread_ts"]
    assert file["content"].decode() == csv_files(samples.spike_in_words())[0][1]


async def test_where_files_are_refused_the_tables_come_as_text(app: Running) -> None:
    card = await asked_card(app)
    app.slack.refuse("files.getUploadURLExternal", error="missing_scope")
    await app.send(click(button(card, "csv"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"]))
    await app.until(lambda: len(app.slack.posts) == 2)
    post = app.slack.posts[1]
    assert post["thread_ts"] == card["thread_ts"] and "3402.11" in post["text"] and len(post["text"]) <= 4_000


async def test_tables_of_a_private_answer_go_to_its_asker(app: Running) -> None:
    card = await private_card(app)
    await app.send(click(button(card, "csv"), app.slack.url, ts="1764000009.000100", ephemeral=True))
    await app.until(lambda: app.slack.called("files.completeUploadExternal"))
    assert [file["channels"] for file in app.slack.files.values()] == [["D0ANA"]]


async def test_a_private_answer_is_shared_to_its_channel_once_and_says_by_whom(app: Running) -> None:
    card = await private_card(app)
    body = click(button(card, "share"), app.slack.url, ts="1764000009.000100", ephemeral=True)
    for _ in range(2):
        await app.send(body)
    await app.until(app.slack.answers)
    [post] = app.slack.answers()
    assert post["channel"] == CHANNEL and not post.get("thread_ts")
    assert post["blocks"][0]["elements"][0]["text"].endswith("(shared by ana)")
    assert '"share"' not in json.dumps(post["blocks"])


async def test_what_cannot_be_shared_is_said_to_its_asker(app: Running) -> None:
    card = await private_card(app)
    app.slack.channels.discard(CHANNEL)
    await app.send(click(button(card, "share"), app.slack.url, ts="1764000009.000100", ephemeral=True))
    await app.until(lambda: app.slack.posts)
    [post] = app.slack.posts
    assert post["channel"] == USER and "invite me to the channel" in post["text"] and "Error id: " in post["text"]


async def test_a_message_is_asked_about_for_one_person(app: Running) -> None:
    body = about("why did &lt;costs&gt; rise, <@U0BOT>?", app)
    for _ in range(2):
        assert (await app.send(body))[0] == 200
    await app.until(lambda: any(hooked.get("blocks") for hooked in app.slack.hooked))
    [asked] = app.service.asked
    assert asked.private and asked.text == "why did <costs> rise, ?" and app.slack.posts == []
