"""Who people are: e-mail and time zone by Slack's user id, asked once an hour at most."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.acting import acting
from adapters.slack.read import named
from adapters.slack.trouble import detail
from bot.message import Message

log = logging.getLogger(__name__)
KEEP_SECONDS = 3_600.0
KEEP_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Person:
    email: str = ""
    name: str = ""
    tz: str = ""


class People:
    def __init__(self, client: AsyncWebClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, Person]] = OrderedDict()

    async def introduce(self, message: Message) -> Message:
        """The message with its asker's e-mail and zone, and with those it mentions by e-mail or name."""
        asker, *others = await asyncio.gather(*(self.of(id) for id in (message.user, *message.mentions)))
        names = {id: person.email or person.name for id, person in zip(message.mentions, others, strict=True)}
        return replace(named(message, names), email=asker.email, tz=asker.tz or message.tz)

    async def of(self, user: str) -> Person:
        """The person behind an id; nobody in particular where Slack does not say."""
        key = (acting(), user)
        known = self._known.get(key)
        if known and self._clock() - known[0] < KEEP_SECONDS:
            return known[1]
        try:
            found = (await self._client.users_info(user=user))["user"]
        except (SlackApiError, aiohttp.ClientError, TimeoutError, KeyError) as error:
            log.warning("users.info: %s", detail(error))
            return Person()
        profile = found.get("profile") or {}
        name = profile.get("real_name") or found.get("real_name") or found.get("name") or ""
        person = Person(profile.get("email") or "", name, found.get("tz") or "")
        self._known[key] = (self._clock(), person)
        while len(self._known) > KEEP_PEOPLE:
            self._known.popitem(last=False)
        return person
