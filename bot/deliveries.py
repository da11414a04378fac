"""What platforms delivered: written down once, worked on by one replica at a time, in order within a conversation.

A replica takes a delivery for a while and keeps renewing that lease while it lives; when it dies the lease ends, and
another takes the delivery. Nothing else tells replicas apart, so any of them can answer anything.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.database import Database
from bot.delivery import Arrival, Claim, Conversation, Delivery, Json, Limits, Refusal, Standing
from bot.keys import bounded, conversation_key
from bot.schema import DELIVERIES as D

RECEIVED, WORKING, DONE, REFUSED = "received", "working", "done", "refused"
OPEN = (RECEIVED, WORKING)
LEASE = timedelta(seconds=30)


class Deliveries:
    def __init__(self, database: Database, *, lease: timedelta = LEASE) -> None:
        self._database = database
        self.lease = lease

    async def claim(self, arrival: Arrival, limits: Limits | None = None) -> Claim | None:
        """Writes a delivery down; None if it was known already. What is refused is known from then on, too."""
        try:
            return await self._database.run(lambda connection: self._claim(connection, arrival, limits or Limits()))
        except IntegrityError:
            return None

    async def once(self, key: str, conversation: Conversation = ("", "", "", "")) -> bool:
        """True the first time a key is seen: for what is done at once and needs no turn."""
        row = self._row(Arrival(key, {}, conversation)) | {"state": DONE}
        try:
            await self._database.run(lambda connection: connection.execute(insert(D).values(row)))
        except IntegrityError:
            return False
        return True

    async def take(self, platform: str, owner: str, room: int) -> list[Delivery]:
        """Up to `room` deliveries whose turn it is, the oldest first; they are `owner`'s while it renews its lease."""

        def work(connection: Connection) -> list[Delivery]:
            now = self._database.now()
            rows = connection.execute(_due(platform, now).limit(room).with_for_update()).all()
            mine = {"state": WORKING, "owner": owner, "until": now + self.lease, "attempts": D.c.attempts + 1, "touched": now}
            if rows:
                connection.execute(update(D).where(D.c.key.in_([row.key for row in rows])).values(mine))
            return [
                Delivery(row.key, json.loads(row.payload), row.attempts + 1, owner, row.revision, row.held, now - row.received)
                for row in rows
            ]

        return await self._database.run(work, alone=True)

    async def renew(self, owner: str) -> None:
        """Lengthens the leases of everything that `owner` works on."""
        mine = update(D).where(D.c.owner == owner, D.c.state == WORKING)
        until = self._database.now() + self.lease
        await self._database.run(lambda connection: connection.execute(mine.values(until=until)))

    async def standing(self, taken: Delivery) -> Standing:
        """Asked before an answer is shown: `held` renews the lease; else the answer is stale and must not be shown."""

        def work(connection: Connection) -> Standing:
            row = connection.execute(select(D.c.revision).where(_held(taken)).with_for_update()).first()
            if row is None:
                return "gone"
            if row.revision != taken.revision:
                return "revised"
            connection.execute(update(D).where(_held(taken)).values(until=self._database.now() + self.lease))
            return "held"

        return await self._database.run(work)

    async def done(self, key: str) -> None:
        """Finishes a delivery; its key stays to recognise repeats, what was said does not."""
        this = update(D).where(D.c.key == bounded(key))
        done = this.values(state=DONE, payload="{}", owner="", held="", touched=self._database.now())
        await self._database.run(lambda connection: connection.execute(done))

    async def give_back(self, taken: Delivery, wait: timedelta = timedelta(0)) -> None:
        """Lets go of a delivery, to be taken again by anyone after `wait`."""
        free = update(D).where(_held(taken)).values(state=RECEIVED, owner="", until=self._database.now() + wait)
        await self._database.run(lambda connection: connection.execute(free))

    async def release(self, owner: str) -> None:
        """Lets go of everything that `owner` still holds, when it stops."""
        mine = update(D).where(D.c.owner == owner, D.c.state == WORKING)
        free = mine.values(state=RECEIVED, owner="", until=self._database.now())
        await self._database.run(lambda connection: connection.execute(free))

    async def revise(self, key: str, payload: Json) -> bool:
        """Replaces what was said in a delivery that is not answered yet; whoever works on it will have to begin anew."""
        this = update(D).where(D.c.key == bounded(key), D.c.state.in_(OPEN))
        new = this.values(payload=dumped(payload), revision=D.c.revision + 1)
        return await self._database.run(lambda connection: connection.execute(new).rowcount == 1)

    async def cancel(self, key: str) -> str | None:
        """Ends a delivery that is not answered yet: what held its answer's place, or None if it was not open."""
        this = and_(D.c.key == bounded(key), D.c.state.in_(OPEN))
        ended = update(D).where(this).values(state=DONE, payload="{}", owner="", touched=self._database.now())

        def work(connection: Connection) -> str | None:
            held: str | None = connection.execute(select(D.c.held).where(this).with_for_update()).scalar()
            connection.execute(ended)
            return held

        return await self._database.run(work)

    async def hold(self, key: str, held: str) -> None:
        """Remembers the message that holds the answer's place, for whoever gives the answer."""
        this = update(D).where(D.c.key == bounded(key)).values(held=held[:64])
        await self._database.run(lambda connection: connection.execute(this))

    async def ahead(self, key: str) -> int | None:
        """How many questions are before one that still waits; None once it does not wait any more."""

        def work(connection: Connection) -> int | None:
            waits = select(D.c.said, D.c.platform).where(D.c.key == bounded(key), D.c.state == RECEIVED)
            row = connection.execute(waits).first()
            if row is None:
                return None
            before = select(func.count()).where(D.c.state.in_(OPEN), D.c.platform == row.platform, D.c.said < row.said)
            return connection.execute(before).scalar_one()

        return await self._database.run(work)

    async def knows(self, conversation: Conversation) -> bool:
        """Whether anything was ever asked in a conversation."""
        any_of = select(exists().where(D.c.conversation == conversation_key(conversation)))
        return await self._database.run(lambda connection: bool(connection.execute(any_of).scalar()))

    async def waiting(self) -> int:
        """How many deliveries are not finished."""
        left = select(func.count()).where(D.c.state.in_(OPEN))
        return await self._database.run(lambda connection: connection.execute(left).scalar_one())

    async def prune(self, before: datetime) -> None:
        """Removes what was finished before a time, never what is unfinished."""
        old = delete(D).where(D.c.state.in_((DONE, REFUSED)), D.c.touched < before)
        await self._database.run(lambda connection: connection.execute(old))

    def _claim(self, connection: Connection, arrival: Arrival, limits: Limits) -> Claim | None:
        row = self._row(arrival)
        if connection.execute(select(D.c.key).where(D.c.key == row["key"])).first():
            return None
        refused = _refusal(connection, row, limits)
        if refused:
            row |= {"state": REFUSED, "payload": "{}"}
        behind = exists().where(D.c.conversation == row["conversation"], D.c.state.in_(OPEN))
        claim = Claim(refused, bool(connection.execute(select(behind)).scalar()))
        connection.execute(insert(D).values(row))
        return claim

    def _row(self, arrival: Arrival) -> dict[str, Any]:
        now = self._database.now()
        return {
            "key": bounded(arrival.key),
            "state": RECEIVED,
            "payload": dumped(arrival.payload),
            "attempts": 0,
            "received": now,
            "touched": now,
            "platform": arrival.conversation[0],
            "conversation": conversation_key(arrival.conversation),
            "asker": bounded(arrival.asker),
            "place": bounded(arrival.place),
            "said": arrival.said or now,
            "until": now,
        }


def _due(platform: str, now: datetime) -> Select[Any]:
    """Deliveries that nobody holds, with no earlier one open in their conversation and none being worked on there."""
    other = D.alias()
    earlier = or_(other.c.said < D.c.said, and_(other.c.said == D.c.said, other.c.key < D.c.key))
    worked_on = and_(other.c.state == WORKING, other.c.until > now)
    same = and_(other.c.conversation == D.c.conversation, other.c.key != D.c.key, other.c.state.in_(OPEN))
    blocked = exists().where(same, or_(earlier, worked_on))
    free = and_(D.c.platform == platform, D.c.state.in_(OPEN), D.c.until <= now)
    return select(D).where(free, ~blocked).order_by(D.c.said, D.c.key)


def _held(taken: Delivery) -> Any:
    # A stolen lease was taken with one attempt more, be it by the same owner.
    return and_(D.c.key == taken.key, D.c.owner == taken.owner, D.c.state == WORKING, D.c.attempts == taken.attempts)


def _refusal(connection: Connection, row: Json, limits: Limits) -> Refusal:
    since = row["received"] - limits.window

    def asked(*which: Any) -> int:
        return connection.execute(select(func.count()).where(D.c.state != REFUSED, *which)).scalar_one()

    if limits.waiting and asked(D.c.state.in_(OPEN), D.c.platform == row["platform"]) >= limits.waiting:
        return "full"
    if limits.asker and row["asker"] and asked(D.c.asker == row["asker"], D.c.received > since) >= limits.asker:
        return "asker"
    if limits.place and row["place"] and asked(D.c.place == row["place"], D.c.received > since) >= limits.place:
        return "place"
    return ""


def dumped(payload: Json) -> str:
    return json.dumps(payload, ensure_ascii=False, default=str)
