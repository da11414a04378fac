"""What must outlive the process: deliveries, so that none is lost or answered twice, and turns, for a thread's context."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select

from bot.database import Database, utc_now
from bot.deliveries import LEASE, Deliveries, dumped
from bot.delivery import Conversation
from bot.kept import Kept
from bot.keys import bounded, conversation_key
from bot.schema import DELIVERIES, FEEDBACK, PREFERENCES, TURNS, version
from bot.spool import Spool

Json = Mapping[str, Any]


class Store:
    """Deliveries and turns in one database. `keep` bounds how long what is finished stays."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        keep: timedelta = timedelta(days=30),
        lease: timedelta = LEASE,
    ) -> None:
        self._database = Database(url, clock=clock)
        self._keep = keep
        self.deliveries = Deliveries(self._database, lease=lease)
        self.kept = Kept(self._database)
        self.spool = Spool(self._database)

    async def open(self) -> None:
        """Brings the tables to the newest version, and removes what is too old."""
        await self._database.open()
        await self.prune()

    async def close(self) -> None:
        await self._database.close()

    async def version(self) -> int:
        """The version of the tables; asking it shows that the database can be reached."""
        return await self._database.run(version)

    async def save_turn(self, conversation: Conversation, answer_id: str, payload: Json, *, delivery: str = "") -> None:
        """Keeps a turn; `delivery` names what it answered, so that the answer is not computed again."""
        row = {
            "conversation": conversation_key(conversation),
            "answer_id": answer_id,
            "payload": dumped(payload),
            "created": self._database.now(),
            "delivery": bounded(delivery),
        }
        await self._database.run(lambda connection: connection.execute(insert(TURNS).values(row)))

    async def last_turn(self, conversation: Conversation) -> Json | None:
        """The newest turn of a conversation, or nothing if it has none."""
        return await self._turn(TURNS.c.conversation == conversation_key(conversation))

    async def turn(self, answer_id: str) -> Json | None:
        return await self._turn(TURNS.c.answer_id == answer_id)

    async def turn_of(self, delivery: str) -> Json | None:
        """The turn that answered a delivery, if it got that far."""
        return await self._turn(TURNS.c.delivery == bounded(delivery)) if delivery else None

    async def asked_by(self, person: str, count: int) -> list[str]:
        """What a person asked and got answered, in their words, the newest first."""
        theirs = select(TURNS.c.payload).join(DELIVERIES, DELIVERIES.c.key == TURNS.c.delivery)
        newest = theirs.where(DELIVERIES.c.asker == bounded(person)).order_by(TURNS.c.number.desc()).limit(count)
        found = await self._database.run(lambda connection: connection.execute(newest).scalars().all())
        return [said for payload in found if (said := json.loads(payload).get("said"))]

    async def save_feedback(self, answer_id: str, person: str, verdict: str, words: str = "") -> None:
        """Keeps what a person thinks of an answer: `good` or `bad`, and what was wrong."""
        row: dict[str, Any] = {"answer_id": answer_id, "person": bounded(person), "verdict": verdict, "words": words}
        row["created"] = self._database.now()
        await self._database.run(lambda connection: connection.execute(insert(FEEDBACK).values(row)))

    async def feedback(self, answer_id: str) -> list[tuple[str, str, str]]:
        """Person, verdict and words of all that was said of an answer, in order."""
        said = select(FEEDBACK.c.person, FEEDBACK.c.verdict, FEEDBACK.c.words).where(FEEDBACK.c.answer_id == answer_id)
        found = await self._database.run(lambda connection: connection.execute(said.order_by(FEEDBACK.c.number)).all())
        return [(row.person, row.verdict, row.words) for row in found]

    async def prefer(self, person: str, payload: Json) -> None:
        """Replaces a person's preferences."""
        key = PREFERENCES.c.person == bounded(person)
        row = {"person": bounded(person), "payload": dumped(payload), "touched": self._database.now()}

        def work(connection: Connection) -> None:
            connection.execute(delete(PREFERENCES).where(key))
            connection.execute(insert(PREFERENCES).values(row))

        await self._database.run(work, alone=True)

    async def preferences(self, person: str) -> Json:
        """A person's preferences, empty if they have none."""
        kept = select(PREFERENCES.c.payload).where(PREFERENCES.c.person == bounded(person))
        payload = await self._database.run(lambda connection: connection.execute(kept).scalar())
        return json.loads(payload) if payload else {}

    async def knows(self, conversation: Conversation) -> bool:
        """Whether anything was asked or answered in a conversation."""
        return await self.deliveries.knows(conversation) or await self.last_turn(conversation) is not None

    async def prune(self) -> None:
        """Removes what is older than what is kept, and what those preferred who have not been here since."""
        before = self._database.now() - self._keep
        asked = exists().where(DELIVERIES.c.asker == PREFERENCES.c.person)

        def work(connection: Connection) -> None:
            connection.execute(delete(TURNS).where(TURNS.c.created < before))
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.created < before))
            connection.execute(delete(PREFERENCES).where(PREFERENCES.c.touched < before, ~asked))

        await self.deliveries.prune(before)
        await self._database.run(work)
        await self.kept.prune()

    async def _turn(self, which: Any) -> Json | None:
        newest = select(TURNS.c.payload).where(which).order_by(TURNS.c.number.desc()).limit(1)
        payload = await self._database.run(lambda connection: connection.execute(newest).scalar())
        return None if payload is None else json.loads(payload)
