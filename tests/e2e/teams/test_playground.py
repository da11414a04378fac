"""The bot in Microsoft's local Teams client, as a person uses it: typed, clicked and looked at in Chromium.

Pictures of the cards are kept in .cache/e2e/teams. What this client cannot do is tested in tests/adapters/teams: signed
deliveries (it signs none without an account), dialogs of the app package (it reads no manifest), full width, deletion.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from adapters.teams.app import build
from adapters.teams.card import card as made
from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.settings import Settings
from bot.store import Store
from tests.conftest import NOW
from tests.e2e.teams.conftest import KEPT, Bot
from tests.e2e.teams.playground import NAME, Browser, Playground, cards, texts

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
SPIKE = "Why did our costs spike last Tuesday?"
# The first leaves its period open, which a conversation under way would fill in.
QUESTIONS = {
    "together": "Why did the cost spike AND were there any job failures?",
    "cost": SPIKE,
    "security": "Were there any suspicious activities in the last 24 hours?",
    "performance": "Why are my ETL jobs running slower than last week?",
    "reliability": "Are we meeting our job SLAs this week?",
    "lineage": "What's the data lineage for the sales_daily table?",
    "mlops": "How is my fraud detection model performing in production?",
}
PERSONAL, GROUP, CHANNEL, OTHER_CHANNEL = "Personal Chat", "Group Chat", "General", "Announcements"
GREETING = "I answer questions about your Databricks account."
Told = Mapping[str, Answer]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told() -> AsyncIterator[Told]:
    """What the bot answers in a shell, which is what it has to answer here."""
    async with service(Settings(), now=NOW) as bot:
        yield {name: await bot.answer(Message("shell", "", text)) for name, text in QUESTIONS.items()}


async def test_it_introduces_itself_where_it_is_installed(playground: Playground, browser: Browser) -> None:
    await browser.open(PERSONAL)
    [card] = cards(await playground.card(0, GREETING))
    assert SPIKE in buttons(card)
    await browser.sees(GREETING)
    await browser.picture(KEPT / "welcome.png", of=GREETING)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_in_a_personal_chat(playground: Playground, browser: Browser, told: Told, name: str) -> None:
    await browser.open(PERSONAL)
    await asked(playground, browser, told[name], f"personal-{name}")


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_in_a_channel(playground: Playground, browser: Browser, told: Told, name: str) -> None:
    await browser.open(CHANNEL)
    event = await asked(playground, browser, told[name], f"channel-{name}", mention=True)
    assert ";messageid=" in event["actionConversationId"], "it is in the thread of the question"


async def test_a_follow_up_in_the_thread(playground: Playground, browser: Browser, told: Told) -> None:
    await browser.open(OTHER_CHANNEL)
    first = await asked(playground, browser, told["cost"], "thread-first", mention=True)
    since = len(playground.events)
    await browser.ask("and in prod-payments only?", mention=NAME, under=told["cost"].headline)
    second = await playground.until(lambda event: bool(cards(event)), since)
    assert second["actionConversationId"] == first["actionConversationId"]
    headline = next(texts(cards(second)[0]))
    assert "Tue 17 Nov 2026" in headline and headline != told["cost"].headline, "its period is that of the first question"
    assert any("prod-payments" in text for text in texts(cards(second)[0]))
    await browser.sees(headline)
    await browser.picture(KEPT / "thread-second.png")


async def test_what_is_not_for_it_is_left_alone(playground: Playground, browser: Browser) -> None:
    await browser.open(OTHER_CHANNEL)
    since = len(playground.events)
    await browser.ask("lunch?")
    await browser.ask("Which jobs failed yesterday?", mention=NAME)
    answer = await playground.until(lambda event: bool(cards(event)), since)
    assert {event["actionConversationId"] for event in playground.events[since:]} == {answer["actionConversationId"]}


async def test_a_command_typed_as_text(playground: Playground, browser: Browser, told: Told) -> None:
    await browser.open(PERSONAL)
    since = len(playground.events)
    await browser.ask("cost-spike last Tuesday")
    await playground.card(since, told["cost"].headline)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spike(playground: Playground, browser: Browser, told: Told) -> dict[str, Any]:
    """The card of the spike in a group chat, where buttons are pressed."""
    await browser.open(GROUP)
    return await asked(playground, browser, told["cost"], "group-cost", mention=True)


async def test_a_question_in_a_group_chat(playground: Playground, spike: dict[str, Any]) -> None:
    assert spike["actionConversationId"] == playground.config["groupChats"][0]["id"]


@pytest.mark.usefixtures("spike")
async def test_a_follow_up_asks_its_question(playground: Playground, browser: Browser, told: Told) -> None:
    since = len(playground.events)
    await browser.press("Are we within budget this month?", on=told["cost"].headline)
    await playground.card(since, "Asked: Are we within budget this month?")


async def test_refresh_answers_anew_in_the_same_place(
    playground: Playground, browser: Browser, told: Told, spike: dict[str, Any]
) -> None:
    since = len(playground.events)
    await browser.press("Refresh", on=told["cost"].headline)
    again = await playground.card(since, told["cost"].headline)
    assert again["message"]["messageId"] == spike["message"]["messageId"]


@pytest.mark.usefixtures("spike")
async def test_the_work_unfolds(browser: Browser, told: Told) -> None:
    await browser.press("Show the work", on=told["cost"].headline)
    await browser.sees("The sum")
    await browser.sees(f" · {told['cost'].evidence[0].tool}")
    await browser.picture(KEPT / "work.png")


@pytest.mark.usefixtures("spike")
async def test_the_tables_come_as_csv(playground: Playground, browser: Browser, told: Told) -> None:
    since = len(playground.events)
    await browser.press("CSV", on=told["cost"].headline)
    event = await playground.until(lambda event: "```" in (event.get("message", {}).get("text") or ""), since)
    columns = told["cost"].tables[0].columns
    assert ",".join(columns) in event["message"]["text"]


async def test_a_message_that_nobody_asked_for(playground: Playground, browser: Browser, bot_process: Bot, told: Told) -> None:
    """Spoken by another process than the one that heard of the place: it is in the store."""
    store = Store(bot_process.store)
    await store.open()
    async with service(Settings(), now=NOW) as bot:
        shell = build(Settings(teams_development=True), bot, store)
        place = playground.config["personalChat"]["id"]
        await browser.open(PERSONAL)
        since = len(playground.events)
        assert await shell.tell(playground.config["tenantId"], place, made(told["reliability"]))
        event = await playground.card(since, told["reliability"].headline)
        assert event["action"] == "createMessage" and event["actionConversationId"] == place
        assert not await shell.tell(playground.config["tenantId"], "never-heard-of", made(told["reliability"]))
    await store.close()


async def asked(
    playground: Playground, browser: Browser, answer: Answer, picture: str, *, mention: bool = False
) -> dict[str, Any]:
    """Types a question and waits for its card, in the client and on the screen; the event that brought it."""
    since = len(playground.events)
    await browser.ask(answer.question.text, mention=NAME if mention else "")
    event = await playground.card(since, answer.headline)
    [card] = cards(event)
    assert event["action"] == "updateMessage", "it takes the place of the progress that was shown"
    assert not event["message"].get("text"), "a card has no words beside it"
    assert set(answer.followups[:3]) <= {action.get("data", {}).get("ask") for action in actions(card)}
    await browser.sees(answer.headline)
    for step in answer.recommendations[:1]:
        await browser.sees(step)
    if answer.causes:
        assert await browser.drawn("tr, [role='row']", on=answer.headline) > len(answer.causes)
    await browser.picture(KEPT / f"{picture}.png", of=answer.headline)
    return event


def buttons(card: dict[str, Any]) -> list[str]:
    return [action["title"] for action in actions(card)]


def actions(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [action for element in card["body"] if element["type"] == "ActionSet" for action in element["actions"]]
