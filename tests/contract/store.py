"""What every store promises, whatever database is behind it: subclass `StoreContract` and give it a `store` fixture."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.store import Store

HERE = ("slack", "T1", "C1", "1.1")
KEEP = timedelta(days=30)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class StoreContract:
    async def test_only_the_first_claim_of_a_delivery_succeeds(self, store: Store) -> None:
        assert await store.claim("a", {"text": "hi"}) is True
        assert await store.claim("a", {"text": "hi"}) is False
        assert await store.claim("b", {}) is True

    async def test_of_many_claims_at_once_one_succeeds(self, store: Store) -> None:
        claims = await asyncio.gather(*(store.claim("a", {"n": n}) for n in range(20)))
        assert sorted(claims) == [False] * 19 + [True]

    async def test_a_finished_delivery_is_still_known(self, store: Store) -> None:
        await store.claim("a", {})
        await store.begin("a")
        await store.done("a")
        assert await store.claim("a", {}) is False
        assert await store.unfinished() == []

    async def test_unfinished_deliveries_come_back_oldest_first_with_their_attempts(self, store: Store, clock: Clock) -> None:
        for key in ("z", "a", "m"):
            await store.claim(key, {"text": f"said {key} – <&>"})
            clock.pass_(seconds=1)
        await store.begin("a")
        await store.begin("a")
        await store.done("m")
        clock.pass_(seconds=1)
        left = await store.unfinished()
        assert [(one.key, one.payload["text"], one.attempts) for one in left] == [
            ("z", "said z – <&>", 0),
            ("a", "said a – <&>", 2),
        ]

    async def test_only_deliveries_idle_for_long_enough_are_taken_over(self, store: Store, clock: Clock) -> None:
        await store.claim("a", {})
        clock.pass_(minutes=9)
        await store.claim("b", {})
        assert await store.unfinished(idle=timedelta(minutes=10)) == []
        clock.pass_(minutes=2)
        assert [one.key for one in await store.unfinished(idle=timedelta(minutes=10))] == ["a"]
        assert await store.unfinished(idle=timedelta(minutes=10)) == [], "it has been taken over"

    async def test_finishing_or_beginning_what_is_finished_changes_nothing(self, store: Store) -> None:
        await store.claim("a", {})
        await store.done("a")
        await store.begin("a")
        await store.done("unknown")
        assert await store.unfinished() == []

    async def test_very_long_keys_are_told_apart(self, store: Store) -> None:
        assert await store.claim("k" * 400 + "1", {}) is True
        assert await store.claim("k" * 400 + "2", {}) is True
        assert await store.claim("k" * 400 + "1", {}) is False
        await store.done("k" * 400 + "1")
        assert len(await store.unfinished()) == 1

    async def test_the_last_turn_of_a_conversation_is_its_own(self, store: Store) -> None:
        assert await store.last_turn(HERE) is None
        await store.save_turn(HERE, "a1", {"question": "first"})
        await store.save_turn(HERE, "a2", {"question": "second – naïve", "n": [1, None]})
        await store.save_turn(("slack", "T1", "C1", "1.2"), "a3", {"question": "elsewhere"})
        await store.save_turn(("slack", "T1/C1", "1.1", ""), "a4", {"question": "not the same by accident"})
        assert await store.last_turn(HERE) == {"question": "second – naïve", "n": [1, None]}

    async def test_a_turn_is_found_by_its_answer(self, store: Store) -> None:
        await store.save_turn(HERE, "a1", {"question": "first"})
        assert await store.turn("a1") == {"question": "first"}
        assert await store.turn("a9") is None

    async def test_what_is_old_is_removed_but_never_what_is_unfinished(self, store: Store, clock: Clock) -> None:
        for key in ("done", "open"):
            await store.claim(key, {})
        await store.done("done")
        await store.save_turn(HERE, "a1", {})
        clock.pass_(days=KEEP.days + 1)
        await store.save_turn(HERE, "a2", {})
        await store.prune()
        assert await store.claim("done", {}) is True
        assert await store.turn("a1") is None and await store.turn("a2") is not None
        assert {one.key for one in await store.unfinished()} == {"done", "open"}
