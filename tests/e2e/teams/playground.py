"""Microsoft's local Teams client as two things: what it was sent, over its own interface, and its page in Chromium."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

Json = dict[str, Any]
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
NAME = "Test Bot"


def cards(event: Json) -> list[Json]:
    """The Adaptive Cards of a message that was posted or put in the place of another."""
    attachments = event.get("message", {}).get("attachments") or []
    return [one["content"] for one in attachments if one["contentType"] == ADAPTIVE]


def texts(element: Any) -> Iterator[str]:
    """Every text of a card, in order."""
    if isinstance(element, dict):
        if isinstance(element.get("text"), str):
            yield element["text"]
        element = list(element.values())
    if isinstance(element, list):
        for part in element:
            yield from texts(part)


@dataclass
class Playground:
    """What the client received, in order; its undocumented interface is why its version is pinned."""

    url: str
    http: aiohttp.ClientSession
    config: Json = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)

    async def listen(self) -> None:
        async with self.http.get(f"{self.url}/_internal/v1/config") as answer:
            self.config = (await answer.json())["config"]
        async with self.http.ws_connect(f"{self.url}/_ws_conversation/v1/conversations/stream") as stream:
            async for one in stream:
                self.events.append(json.loads(one.data))

    async def until(self, wanted: Callable[[Json], bool], since: int, seconds: float = 60) -> Json:
        """The first event after the first `since` ones that is wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events[since:]:
                if wanted(event):
                    return event
            await asyncio.sleep(0.02)
        told = [str(event)[:200] for event in self.events[since:]]
        raise AssertionError("what should have come did not; what came: " + "\n".join(told))

    async def card(self, since: int, headline: str) -> Json:
        """The event that brought a card with this headline."""
        return await self.until(lambda event: any(headline in texts(card) for card in cards(event)), since)

    async def post(self, path: str, body: Json) -> Json:
        async with self.http.post(f"{self.url}{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            text = await answer.text()
        return dict(json.loads(text)) if text.startswith("{") else {}


class Browser:
    """The page: each order is a line to browser.mjs and waits for its answer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def open(self, place: str) -> None:
        await self._order(do="open", place=place)

    async def ask(self, text: str, *, mention: str = "", under: str = "") -> None:
        await self._order(do="ask", text=text, mention=mention, under=under)

    async def sees(self, text: str) -> None:
        await self._order(do="sees", text=text)

    async def press(self, button: str, *, on: str) -> None:
        """Presses a button of the card that shows `on`."""
        await self._order(do="press", button=button, on=on)

    async def drawn(self, what: str, *, on: str) -> int:
        """How many elements of a kind the card that shows `on` has."""
        return int((await self._order(do="count", what=what, on=on))["count"])

    async def picture(self, path: Path, *, of: str = "") -> None:
        """A PNG of the card that shows `of`, or of the page."""
        await self._order(do="picture", path=str(path), of=of)

    async def ready(self) -> None:
        await self._answer("start")

    async def _order(self, **order: Any) -> Json:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self._answer(str(order))

    async def _answer(self, order: str) -> Json:
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        said: Json = json.loads(line or b'{"error": "the browser is gone"}')
        assert said.get("ok"), f"{order}: {said.get('error')}"
        return said
