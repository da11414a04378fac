"""Requests that are sent again as they were: by Slack, which did not hear us, or by someone who recorded them."""

import asyncio
import json
from collections.abc import Callable

import pytest

from adapters.slack.modal import command_view
from adapters.slack.shell import EVENTS_PATH
from bot.commands import COMMANDS
from tests.adapters.slack.conftest import Running
from tests.adapters.slack.payloads import Json, click, form, mention, message, signed, slash
from tests.adapters.slack.test_home import home_click
from tests.adapters.slack.test_modal import submitted

ASK = {"action_id": "ask:0", "value": json.dumps({"ask": "And yesterday?", "thread": "1.1"})}
KINDS: dict[str, Callable[[Running], Json]] = {
    "mention": lambda app: mention(),
    "direct message": lambda app: message(),
    "slash command": lambda app: slash("/cost-top", "last week", app.slack.url),
    "follow-up": lambda app: click(ASK, app.slack.url, ts="1.2", thread_ts="1.1"),
    "example in the tab": lambda app: home_click(app, ASK),
    "window": lambda app: submitted(command_view(COMMANDS[0], "C0DATA", f"{app.slack.url}/hook", suggests=True)),
}


async def recorded(app: Running, body: Json, times: int) -> list[int]:
    """The same bytes with the same signature, all at once."""
    is_event = body["type"] == "event_callback" if "type" in body else False
    data = json.dumps(body) if is_event else form(body)
    headers = signed(data, json_body=is_event)

    async def once() -> int:
        async with app.http.post(app.url + EVENTS_PATH, data=data.encode(), headers=headers) as answer:
            return answer.status

    return await asyncio.gather(*(once() for _ in range(times)))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_sent_again_is_acknowledged_and_asked_once(app: Running, kind: str) -> None:
    body = KINDS[kind](app)
    assert await recorded(app, body, 4) == [200] * 4
    await app.until(lambda: app.service.finished)
    assert await recorded(app, body, 1) == [200]
    await asyncio.sleep(0.1)
    assert len(app.service.asked) == 1


async def test_a_window_submitted_twice_with_other_words_asks_what_came_first(app: Running) -> None:
    view = command_view(COMMANDS[0], "C0DATA", f"{app.slack.url}/hook", suggests=False)
    for day in ("2026-11-01", "2026-11-02"):
        assert (await app.send(submitted(view, first_day={"selected_date": day})))[0] == 200
    await app.until(lambda: app.service.finished)
    await asyncio.sleep(0.1)
    assert [asked.text for asked in app.service.asked] == ["Why did our costs spike on 2026-11-01?"]


async def test_a_trigger_opens_one_window(app: Running) -> None:
    body = slash("/cost-top", "", app.slack.url)
    assert (await app.send(body))[0] == 200
    assert len(app.slack.views) == 1
    assert app.slack._views_open({"trigger_id": body["trigger_id"], "view": {}})["error"] == "exchanged_trigger_id"
