"""Where we were spoken to, so that we can speak there unasked; and which answer a message of ours shows."""

from dataclasses import asdict, replace
from datetime import timedelta

from adapters.teams.read import Reply
from bot.store import Store

REMEMBERED = 10_000
LASTS = timedelta(days=30)


class References:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Reply] = {}

    async def keep(self, to: Reply) -> None:
        """Writes a place down for good when it is new or has changed."""
        key = _key(to.tenant, to.conversation)
        place = Reply(to.service_url, _room(to.conversation), to.kind, to.tenant, to.bot)
        if self._known.get(key) == place:
            return
        if await self.find(to.tenant, place.conversation) != place:
            await self._store.kept.put(key, asdict(place))
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[key] = place

    async def find(self, tenant: str, conversation: str) -> Reply | None:
        """The place, be it a thread of a channel, or nothing if we were never spoken to there."""
        kept = await self._store.kept.get(_key(tenant, conversation))
        return replace(Reply(**kept), conversation=conversation) if kept else None

    async def shows(self, to: Reply, message: str, answer_id: str) -> None:
        """Notes which answer a message shows, for as long as people may still judge it."""
        if message and answer_id:
            await self._store.kept.put(_message(to, message), {"shows": answer_id}, LASTS)

    async def shown(self, to: Reply, message: str) -> str:
        """The answer that a message shows; empty if that is not known any more."""
        kept = await self._store.kept.get(_message(to, message)) if message else None
        return str(kept["shows"]) if kept else ""


def _key(tenant: str, conversation: str) -> str:
    return f"teams-place:{tenant}:{_room(conversation)}"


def _message(to: Reply, message: str) -> str:
    return f"teams-message:{to.tenant}:{_room(to.conversation)}:{message}"


def _room(conversation: str) -> str:
    """The channel of a thread; any other conversation is itself."""
    return conversation.partition(";")[0]
