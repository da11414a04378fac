"""The app against a Slack that others wrote: npm's `emulate`. `npm install --ignore-scripts` in tests/e2e first."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.app import build
from adapters.slack.modal import ASK, FIRST
from adapters.slack.shell import EVENTS_PATH
from bot.store import Store
from tests.adapters import samples
from tests.adapters.loopback import serve, until
from tests.adapters.recording import RecordingService
from tests.adapters.slack.conftest import SlackSettings
from tests.adapters.slack.payloads import SECRET, Json, click, envelope, form, new_ts, signed, slash

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
TEAM = "T000000001"


@dataclass
class World:
    """The emulator, the app and Ana."""

    emulator: str
    app: str
    service: RecordingService
    bot: AsyncWebClient
    ana: AsyncWebClient
    http: aiohttp.ClientSession
    channel: str = ""
    user: str = ""
    me: str = ""

    async def send(self, body: Json) -> tuple[int, str]:
        data = form(body)
        headers = signed(data, secret=SECRET, json_body=False)
        async with self.http.post(self.app + EVENTS_PATH, data=data.encode(), headers=headers) as answer:
            return answer.status, await answer.text()

    async def mention(self, text: str) -> str:
        """Ana mentions the app; the ts of what she wrote."""
        posted = await self.ana.chat_postMessage(channel=self.channel, text=f"<@{self.me}> {text}")
        said = {
            "type": "app_mention",
            "user": self.user,
            "text": f"<@{self.me}> {text}",
            "ts": posted["ts"],
            "channel": self.channel,
        }
        async with self.http.post(f"{self.emulator}/_test/deliver", json=envelope(said, team_id=TEAM)) as answer:
            assert answer.status == 200
        return str(posted["ts"])

    async def replies(self, ts: str) -> list[Json]:
        """What stands in a thread below its first message."""
        return list((await self.bot.conversations_replies(channel=self.channel, ts=ts))["messages"][1:])

    async def cards(self, ts: str, count: int = 1) -> list[Json]:
        for _ in range(400):
            cards = [message for message in await self.replies(ts) if message.get("blocks")]
            if len(cards) >= count:
                return cards
            await asyncio.sleep(0.05)
        raise AssertionError("no card came")


@pytest.fixture
async def emulator() -> AsyncIterator[str]:
    node = shutil.which("node")
    assert node, "the end-to-end tests need Node 20 or newer"
    assert (HERE.parent / "node_modules" / "emulate").is_dir(), "run: npm install --ignore-scripts --prefix tests/e2e"
    environment = {"PATH": os.environ["PATH"], "SLACK_SIGNING_SECRET": SECRET}
    process = await asyncio.create_subprocess_exec(
        node, str(HERE / "emulator.mjs"), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield json.loads(line)["url"]
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def world(emulator: str, tmp_path: Path) -> AsyncIterator[World]:
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await store.open()
    service = RecordingService(samples.spike, store)
    shell = await build(SlackSettings(f"{emulator}/api/", slack_bot_token="xoxb-monitor"), service, store)
    site = web.Application()
    shell.routes(site)
    bot, ana = (AsyncWebClient(token, base_url=f"{emulator}/api/") for token in ("xoxb-monitor", "xoxp-ana"))
    async with serve(site) as url, aiohttp.ClientSession() as http:
        await shell.start()
        world = World(emulator, url, service, bot, ana, http)
        channels = (await bot.conversations_list())["channels"]
        world.channel = next(channel["id"] for channel in channels if channel["name"] == "data")
        world.me, world.user = (await bot.auth_test())["user_id"], (await ana.auth_test())["user_id"]
        await bot.conversations_join(channel=world.channel)
        await http.post(f"{emulator}/_test/subscribe", json={"url": url + EVENTS_PATH, "events": ["*"]})
        yield world
        await shell.stop(2)
        await store.close()


async def test_a_mention_is_answered_in_its_thread_with_card_and_chart(world: World) -> None:
    ts = await world.mention("why did our costs spike last Tuesday?")
    [card] = await world.cards(ts)
    assert card["user"] == world.me
    assert card["blocks"][0]["text"]["text"] == samples.spike().headline
    kinds = [block["type"] for block in card["blocks"]]
    assert kinds.count("table") == 1 and kinds.count("image") == 1
    [asked] = world.service.asked
    assert asked.text == "why did our costs spike last Tuesday?" and asked.email == "ana@example.com"
    image = next(block for block in card["blocks"] if block["type"] == "image")
    file = (await world.bot.files_info(file=image["slack_file"]["id"]))["file"]
    async with world.http.get(file["url_private"], headers={"Authorization": "Bearer xoxb-monitor"}) as download:
        assert (await download.read()).startswith(b"\x89PNG")


async def test_a_direct_message_comes_natively_and_is_answered(world: World) -> None:
    opened = await world.ana.conversations_open(users=[world.me])
    world.channel = opened["channel"]["id"]
    posted = await world.ana.chat_postMessage(channel=world.channel, text="what costs most?")
    [card] = await world.cards(posted["ts"])
    assert card["blocks"][0]["text"]["text"] == samples.spike().headline
    await asyncio.sleep(0.3)
    assert [asked.text for asked in world.service.asked] == ["what costs most?"], "its own answer is no question"


async def test_channel_talk_that_is_not_for_the_app_is_left_alone(world: World) -> None:
    await world.ana.chat_postMessage(channel=world.channel, text="lunch?")
    await asyncio.sleep(0.3)
    assert world.service.asked == []


async def test_a_slash_command_is_confirmed_and_answered_by_its_response_address(world: World) -> None:
    hook = f"{world.emulator}/services/{TEAM}/B000000001/X000000001"
    body = slash("/cost-spike", "last Tuesday", "", channel_id=world.channel, user_id=world.user, response_url=hook)
    status, confirmed = await world.send(body)
    assert status == 200 and json.loads(confirmed)["text"] == "Looking into: Why did our costs spike last Tuesday?"
    await until(lambda: world.service.finished)
    for _ in range(100):
        channels = (await world.bot.conversations_list())["channels"]
        general = next(channel["id"] for channel in channels if channel["name"] == "general")
        posted = (await world.bot.conversations_history(channel=general))["messages"]
        if any(samples.spike().headline in message["text"] for message in posted):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the response address was not used")


async def test_a_follow_up_button_and_the_work_behind_an_answer(world: World) -> None:
    ts = await world.mention("why did our costs spike last Tuesday?")
    [card] = await world.cards(ts)
    buttons: dict[str, Any] = {
        element["action_id"]: element for block in card["blocks"] if block["type"] == "actions" for element in block["elements"]
    }
    where = {"channel": {"id": world.channel}, "user": {"id": world.user}, "team": {"id": TEAM}}
    status, _ = await world.send(click(buttons["ask:0"], "", ts=card["ts"], thread_ts=ts, **where))
    assert status == 200
    cards = await world.cards(ts, 2)
    assert cards[1]["blocks"][0]["elements"][0]["text"] == "Asked: And for prod-east only?"
    assert world.service.asked[0].conversation == world.service.asked[1].conversation
    trigger = await world.bot.api_call("views.generateTriggerId", json={"user_id": world.user})
    work = click(buttons["work"], "", ts=card["ts"], thread_ts=ts, trigger_id=trigger["trigger_id"], **where)
    assert (await world.send(work))[0] == 200
    for _ in range(100):
        async with world.http.get(f"{world.emulator}/_test/views") as answer:
            views = await answer.json()
        if views and len(views[0]["blocks"]) > 1:
            assert "get_top_cost_contributors" in json.dumps(views[0]["blocks"])
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the window was not filled")


async def test_the_same_event_delivered_twice_is_answered_once(world: World) -> None:
    said = {
        "type": "app_mention",
        "user": world.user,
        "text": f"<@{world.me}> hi",
        "ts": new_ts(),
        "channel": world.channel,
    }
    event = envelope(said, team_id=TEAM)
    for _ in range(2):
        await world.http.post(f"{world.emulator}/_test/deliver", json=event)
    await until(lambda: world.service.finished)
    await asyncio.sleep(0.3)
    assert len(world.service.asked) == 1


async def test_a_bare_command_opens_a_window_whose_submission_is_answered(world: World) -> None:
    hook = f"{world.emulator}/services/{TEAM}/B000000001/X000000001"
    trigger = (await world.bot.api_call("views.generateTriggerId", json={"user_id": world.user}))["trigger_id"]
    body = slash("/cost-top", "", "", channel_id=world.channel, user_id=world.user, response_url=hook, trigger_id=trigger)
    assert await world.send(body) == (200, "")
    async with world.http.get(f"{world.emulator}/_test/views") as answer:
        [view] = await answer.json()
    assert view["callback_id"] == ASK and FIRST in {block.get("block_id") for block in view["blocks"]}
    values = {FIRST: {FIRST: {"type": "datepicker", "selected_date": "2026-11-17"}}}
    told = {"callback_id": ASK, "private_metadata": view["private_metadata"], "id": "V1", "state": {"values": values}}
    status, _ = await world.send(
        {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": world.user}, "view": told | {"type": "modal"}}
    )
    assert status == 200
    await until(lambda: world.service.finished)
    assert world.service.asked[0].text == "What are the top cost contributors on 2026-11-17?"


async def test_what_held_the_answers_place_is_updated_with_it(world: World) -> None:
    world.service.gate.clear()
    ts = await world.mention("why did our costs spike last Tuesday?")
    for _ in range(400):
        if held := await world.replies(ts):
            break
        await asyncio.sleep(0.05)
    assert len(held) == 1 and not held[0].get("blocks")
    world.service.gate.set()
    [card] = await world.cards(ts)
    assert card["ts"] == held[0]["ts"] and len(await world.replies(ts)) == 1


async def test_tables_are_uploaded_as_files(world: World) -> None:
    ts = await world.mention("why did our costs spike last Tuesday?")
    [card] = await world.cards(ts)
    export = next(
        element
        for block in card["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "csv"
    )
    where = {"channel": {"id": world.channel}, "user": {"id": world.user}, "team": {"id": TEAM}}
    assert (await world.send(click(export, "", ts=card["ts"], thread_ts=ts, **where)))[0] == 200
    for _ in range(200):
        files = (await world.bot.files_list())["files"]
        if found := [file for file in files if file["name"] == "causes.csv"]:
            async with world.http.get(found[0]["url_private"], headers={"Authorization": "Bearer xoxb-monitor"}) as download:
                assert "orders_hourly_load" in (await download.read()).decode()
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no file came")
