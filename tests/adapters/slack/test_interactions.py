"""Slash commands, follow-up buttons and “Show the work”, through the real app."""

import asyncio
import json
from typing import Any

from tests.adapters import samples
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import CHANNEL, USER, click, mention, slash, trigger


def button(post: dict[str, Any], action: str) -> dict[str, Any]:
    elements = [element for block in post["blocks"] if block["type"] == "actions" for element in block["elements"]]
    return next(element for element in elements if element["action_id"] == action)


async def asked_card(app: Running) -> dict[str, Any]:
    await app.send(mention())
    await app.until(app.slack.answers)
    return app.slack.answers()[0]


async def test_a_slash_command_is_confirmed_at_once_and_answered_to_its_user_alone(app: Running) -> None:
    status, body, _ = await app.send(slash("/cost-spike", "last Tuesday workspace:prod", app.slack.url))
    confirmed = json.loads(body)
    assert status == 200
    assert confirmed["response_type"] == "ephemeral"
    assert confirmed["text"] == "Looking into: Why did our costs spike last Tuesday in workspace prod?"
    await app.until(lambda: app.slack.hooked)
    [answer] = app.slack.hooked
    assert answer["response_type"] == "ephemeral" and answer["replace_original"] is False
    assert answer["blocks"][0]["elements"][0]["text"] == "Asked: Why did our costs spike last Tuesday in workspace prod?"
    assert app.slack.posts == []
    assert app.service.asked[0].private and app.service.asked[0].email == "ana@example.com"


async def test_a_private_answer_shares_no_chart(app: Running) -> None:
    app.service.reply = samples.spike
    await app.send(slash("/cost-spike", "last Tuesday", app.slack.url))
    await app.until(lambda: app.slack.hooked)
    assert app.slack.files == {}
    assert samples.CHART.alt in json.dumps(app.slack.hooked[0]["blocks"])


async def test_an_argument_that_makes_no_sense_gets_an_example(app: Running) -> None:
    status, body, _ = await app.send(slash("/cost-spike", "worksapce:prod", app.slack.url))
    assert status == 200
    assert json.loads(body)["text"] == (
        "I do not know “worksapce:”. Did you mean “workspace:”? Try: /cost-spike last Tuesday workspace:prod"
    )
    assert app.service.asked == []


async def test_a_repeated_slash_delivery_is_answered_once(app: Running) -> None:
    body = slash("/cost-top", "last week", app.slack.url)
    await asyncio.gather(app.send(body), app.send(body))
    await app.until(lambda: app.slack.hooked)
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == len(app.slack.hooked) == 1


async def test_where_the_response_address_is_dead_the_answer_comes_as_an_ephemeral_message(app: Running) -> None:
    app.slack.refuse("response_url", error="expired_url", status=404)
    await app.send(slash("/cost-top", "last week", app.slack.url))
    await app.until(lambda: app.slack.hooked)
    assert (app.slack.hooked[0]["channel"], app.slack.hooked[0]["user"]) == (CHANNEL, USER)


async def test_a_follow_up_continues_the_conversation_in_its_thread(app: Running) -> None:
    card = await asked_card(app)
    pressed = button(card, "ask:0")
    assert (await app.send(click(pressed, app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"])))[0] == 200
    await app.until(lambda: len(app.slack.answers()) == 2)
    first, second = app.service.asked
    assert second.text == "And for prod-east only?"
    assert second.conversation == first.conversation
    reply = app.slack.answers()[1]
    assert reply["thread_ts"] == card["thread_ts"]
    assert reply["blocks"][0]["elements"][0]["text"] == "Asked: And for prod-east only?"


async def test_a_follow_up_on_a_private_answer_stays_private_and_in_its_conversation(app: Running) -> None:
    await app.send(slash("/cost-spike", "last Tuesday", app.slack.url))
    await app.until(lambda: app.slack.hooked)
    pressed = button(app.slack.hooked[0], "ask:1")
    await app.send(click(pressed, app.slack.url, ts="1764000009.000100", ephemeral=True))
    await app.until(lambda: len(app.slack.hooked) == 3)
    assert app.slack.hooked[1]["text"] == "Looking into: Which jobs failed last Tuesday?"
    assert app.slack.posts == []
    first, second = app.service.asked
    assert second.private and second.conversation == first.conversation


async def test_a_button_to_a_page_is_only_acknowledged(app: Running) -> None:
    card = await asked_card(app)
    assert (await app.send(click(button(card, "open:0"), app.slack.url, ts=card["ts"])))[0] == 200
    await asyncio.sleep(0.05)
    assert len(app.service.asked) == 1


async def test_show_the_work_opens_a_window_at_once_and_fills_it(app: Running) -> None:
    card = await asked_card(app)
    pressed = click(button(card, "work"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"])
    assert (await app.send(pressed))[0] == 200
    await app.until(lambda: app.slack.called("views.update"))
    opened, filled = app.slack.called("views.open")[0], app.slack.called("views.update")[0]
    assert opened["trigger_id"] == pressed["trigger_id"] and len(opened["view"]["blocks"]) == 1
    shown = json.dumps(filled["view"]["blocks"])
    for receipt in samples.RECEIPTS:
        assert receipt.tool in shown
    assert "+$4,812.34" in shown and "fact_usage" in shown and ":day" in shown
    assert "list_cost &gt; 0" in shown


async def test_a_window_that_cannot_open_is_explained_with_an_error_id(app: Running) -> None:
    card = await asked_card(app)
    await app.send(click(button(card, "work"), app.slack.url, ts=card["ts"], trigger_id=trigger(age=3.1)))
    await app.until(lambda: app.slack.hooked)
    assert app.slack.hooked[0]["text"].startswith("The window could not be opened; please click again. Error id: ")


async def test_work_that_is_not_kept_any_more_is_said_in_the_window(app: Running) -> None:
    pressed = {"action_id": "work", "value": json.dumps({"work": "gone"})}
    await app.send(click(pressed, app.slack.url, ts="1.1"))
    await app.until(lambda: app.slack.called("views.update"))
    assert "not kept" in json.dumps(app.slack.called("views.update")[0]["view"])


async def test_the_choices_of_a_clarifying_question_work(app: Running) -> None:
    app.service.reply = samples.clarify
    await app.send(mention())
    await app.until(app.slack.answers)
    card = app.slack.answers()[0]
    await app.send(click(button(card, "choice:1"), app.slack.url, ts=card["ts"], thread_ts=card["thread_ts"]))
    await app.until(lambda: len(app.service.asked) == 2)
    assert app.service.asked[1].text == "Why did costs spike last Tuesday?"
