"""Who people are: e-mail by Teams' user id, asked once an hour at most."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from adapters.teams.connector import Connector, Person
from adapters.teams.read import Heard, Reply, named
from adapters.teams.trouble import TeamsError
from bot.message import Message

log = logging.getLogger(__name__)
KEEP_SECONDS = 3_600.0
KEEP_PEOPLE = 10_000


class People:
    def __init__(self, connector: Connector, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connector = connector
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, Person]] = OrderedDict()

    async def introduce(self, heard: Heard) -> Message:
        """The message with its asker's e-mail, and with those it mentions by e-mail or name."""
        message = heard.message
        asker = await self.of(heard.reply, message.user)
        others = {id: await self.of(heard.reply, id) for id in message.mentions}
        return replace(named(message, {id: one.email or one.name for id, one in others.items()}), email=asker.email)

    async def of(self, where: Reply, user: str) -> Person:
        """The person behind an id; nobody in particular where Teams does not say."""
        key = (where.tenant, user)
        known = self._known.get(key)
        if known and self._clock() - known[0] < KEEP_SECONDS:
            return known[1]
        try:
            person = await self._connector.member(where, user)
        except TeamsError as error:
            log.warning("who someone is was not told: %s", error)
            return Person()
        self._known[key] = (self._clock(), person)
        while len(self._known) > KEEP_PEOPLE:
            self._known.popitem(last=False)
        return person
