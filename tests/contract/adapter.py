"""What every chat adapter promises, as one suite that each of them passes.

A platform's test module subclasses `AdapterContract` and gives it a `Platform`.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from adapters import words
from agents.answer import Answer
from bot.message import Message
from tests.adapters import samples
from tests.adapters.loopback import until
from tests.adapters.recording import RecordingService

Json = dict[str, Any]
SAMPLES = (
    samples.spike,
    samples.top,
    samples.bare,
    samples.failed,
    samples.clarify,
    samples.decline,
    samples.hostile,
    samples.long,
)


@dataclass(frozen=True)
class Rendered:
    """What an answer became: everything as JSON, and the plain text that stands for it."""

    whole: str
    text: str
    faults: list[str]


class Platform(ABC):
    """One running adapter, and what is needed to speak to it as its platform does."""

    service: RecordingService

    @abstractmethod
    async def deliver(self, body: Json) -> None:
        """As the platform delivers; it has to be acknowledged."""

    @abstractmethod
    def typed(self, text: str) -> Json:
        """What a person types to us, with a new id."""

    @abstractmethod
    def own(self) -> list[Json]:
        """What the platform sends us of what we or other programs said."""

    @abstractmethod
    def pressed(self, question: str) -> Json:
        """A click on a button of an answer that asks a question, with a new id."""

    @abstractmethod
    def answers(self) -> list[Json]:
        """The answers that stand in the platform."""

    @abstractmethod
    def render(self, answer: Answer) -> Rendered: ...

    @abstractmethod
    def acting(self, rendered: Rendered) -> list[str]:
        """Whatever in a rendered answer would mention somebody, link where we do not, or run."""


class AdapterContract:
    @pytest.fixture
    async def platform(self, tmp_path: Path) -> AsyncIterator[Platform]:
        async with self.running(tmp_path / "store.sqlite") as platform:
            yield platform

    def running(self, database: Path) -> AbstractAsyncContextManager[Platform]:
        raise NotImplementedError

    @pytest.mark.parametrize(
        "text", ["why did our costs spike last Tuesday?", "is 3 < 4 & 5 > 4?", "two\nlines", "müssen wir 漢字 sparen? 🟠", "100%"]
    )
    async def test_reads_what_was_typed(self, platform: Platform, text: str) -> None:
        await platform.deliver(platform.typed(text))
        await until(platform.answers)
        assert platform.service.asked[0].text == text

    async def test_knows_who_asked_and_in_which_zone(self, platform: Platform) -> None:
        await platform.deliver(platform.typed("why?"))
        await until(platform.answers)
        asked = platform.service.asked[0]
        assert (asked.email, asked.tz) == ("ana@example.com", "America/New_York")
        assert asked.delivery and asked.team and asked.channel and asked.thread and asked.user

    async def test_ignores_itself_and_other_programs(self, platform: Platform) -> None:
        for body in platform.own():
            await platform.deliver(body)
        await platform.deliver(platform.typed("why?"))
        await until(platform.answers)
        await asyncio.sleep(0.05)
        assert [asked.text for asked in platform.service.asked] == ["why?"]

    @pytest.mark.parametrize("kind", ["typed", "pressed"])
    async def test_answers_a_repeated_delivery_once(self, platform: Platform, kind: str) -> None:
        body = getattr(platform, kind)("why?")
        await asyncio.gather(*(platform.deliver(body) for _ in range(3)))
        await until(platform.answers)
        await platform.deliver(body)
        await asyncio.sleep(0.05)
        assert len(platform.service.asked) == len(platform.answers()) == 1

    async def test_a_click_equals_typing(self, platform: Platform) -> None:
        await platform.deliver(platform.typed("and yesterday?"))
        await until(platform.answers)
        await platform.deliver(platform.pressed("and yesterday?"))
        await until(lambda: len(platform.answers()) == 2)
        typed, clicked = platform.service.asked
        assert _said(typed) == _said(clicked)

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
    async def test_renders_every_sample_within_limits_and_with_plain_text(self, platform: Platform, sample: Any) -> None:
        answer = sample()
        made = platform.render(answer)
        assert made.faults == []
        assert words.one_line(answer.headline)[:100] in _unescaped(made.text)
        assert len(made.text) >= min(len(words.plain_text(answer)), 3_000)

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
    async def test_posts_every_sample(self, platform: Platform, sample: Any) -> None:
        platform.service.reply = lambda: replace(sample(), charts=())  # drawing takes long, and is tested elsewhere
        await platform.deliver(platform.typed("why?"))
        await until(platform.answers)

    async def test_hostile_data_cannot_mention_or_link(self, platform: Platform) -> None:
        made = platform.render(samples.hostile())
        assert "\u202e" not in json.loads(made.whole).__repr__()
        assert platform.acting(made) == []

    async def test_a_fault_of_the_service_is_told(self, platform: Platform) -> None:
        platform.service.failing = True
        await platform.deliver(platform.typed("why?"))
        await until(lambda: any("Error id: " in text for text in self.texts(platform)))

    def texts(self, platform: Platform) -> list[str]:
        """The words of everything that was posted."""
        raise NotImplementedError


def _said(message: Message) -> tuple[str, ...]:
    return (message.platform, message.text, message.team, message.channel, message.user, message.email, message.tz)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
