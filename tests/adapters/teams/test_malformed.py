"""What makes no sense is refused or answered, and is never a fault of ours."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.shell import PATH
from bot.deliveries import Deliveries
from bot.delivery import Arrival, Claim, Limits
from bot.store import Store
from tests.adapters.teams.activities import Json, execute, message, rated
from tests.adapters.teams.conftest import Running, running
from tests.adapters.teams.loopback import LoopbackTeams

BODIES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "no JSON": ("{", (400,)),
    "nothing": ("", (400,)),
    "a list": ("[]", (400,)),
    "a number": ("5", (400,)),
    "null": ("null", (400,)),
    "an object without a type": ("{}", (400,)),
    "a type that is a number": ('{"type": 5}', (400,)),
    "nested too deep": ("[" * 100_000, (400,)),
    "not UTF-8": (b"\xff\xfe{", (400,)),
    "too large": (json.dumps({"type": "message", "text": "x" * 300_000}), (413,)),
    "far too large": (json.dumps({"type": "message", "text": "x" * 3_000_000}), (413,)),
}
ACTIVITIES: dict[str, Json] = {
    "text that is a number": message() | {"text": 5},
    "no text and no value": {name: part for name, part in message().items() if name != "text"},
    "entities that are a word": message(entities="x"),
    "entities of numbers": message(entities=[1, None, "x"]),
    "a mention of nobody": message(entities=[{"type": "mention"}]),
    "channel data that is a list": message() | {"channelData": []},
    "a sender that is a word": message() | {"from": "x"},
    "a conversation that is a list": message() | {"conversation": []},
    "a value that is a list": message() | {"value": []},
    "a reaction": message() | {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
    "members that are a word": message() | {"type": "conversationUpdate", "membersAdded": "x"},
    "an installation without an action": message() | {"type": "installationUpdate"},
    "an edit of nothing": message() | {"type": "messageUpdate"},
    "a deletion of what was never said": message() | {"type": "messageDelete"},
    "an unknown type": message() | {"type": "trace"},
    "an unknown invoke": message() | {"type": "invoke", "name": "signin/verifyState"},
    "an invoke without a name": message() | {"type": "invoke"},
    "a click without a value": {**execute({}), "value": None},
    "a click that carries a list": execute({"ask": ["x"]}),
    "thumbs without a message": {**rated("x"), "replyToId": 5},
}


@pytest.mark.parametrize("name", BODIES)
async def test_what_is_no_activity_is_refused(app: Running, name: str) -> None:
    body, statuses = BODIES[name]
    data = body if isinstance(body, bytes) else body.encode()
    async with app.http.post(app.url + PATH, data=data, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status in statuses
    await app.send(message())
    await app.until(app.teams.answers)


@pytest.mark.parametrize("name", ACTIVITIES)
async def test_an_activity_that_makes_no_sense_is_no_fault(app: Running, name: str, caplog: pytest.LogCaptureFixture) -> None:
    status, _, _ = await app.send(ACTIVITIES[name])
    assert status in (200, 202, 403, 501)
    await asyncio.sleep(0.02)
    assert "Traceback" not in caplog.text and not [record for record in caplog.records if record.exc_info]
    asked = len(app.service.asked)
    await app.send(message())
    await app.until(lambda: len(app.service.asked) == asked + 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": [{"contentType": "image/png", "contentUrl": "https://x.example/i.png"}]},
        {"attachments": [{"contentType": "text/html", "content": "<p>why?</p>"}], "text": "<p>why?</p>", "textFormat": "xml"},
    ],
)
async def test_attachments_and_html_do_not_hide_the_question(app: Running, fields: Json) -> None:
    await app.send(message("why?") | fields)
    await app.until(app.teams.answers)
    assert app.service.asked[0].text == "why?"


async def test_an_empty_message_reaches_the_service_which_says_so(app: Running) -> None:
    await app.send(message(""))
    await app.until(lambda: app.service.asked)
    assert app.service.asked[0].text == ""


class Failing(Deliveries):
    """Deliveries of a store that cannot be written to, until it can."""

    broken = True

    async def claim(self, arrival: Arrival, limits: Limits | None = None) -> Claim | None:
        if self.broken:
            raise OSError("no space left on the device")
        return await super().claim(arrival, limits)


async def test_a_delivery_that_cannot_be_written_down_is_to_come_again(teams: LoopbackTeams, tmp_path: Path) -> None:
    def failing(url: str) -> Store:
        store = Store(url)
        store.deliveries = Failing(store.deliveries._database)
        return store

    async with running(teams, tmp_path / "s", make_store=failing) as app:
        body = message()
        status, told, _ = await app.send(body)
        assert status == 503 and told["id"] and app.service.asked == []
        app.store.deliveries.broken = False
        assert (await app.send(body))[0] == 202
        await app.until(teams.answers)
