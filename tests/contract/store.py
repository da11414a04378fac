"""What every store promises, whatever database is behind it: subclass `StoreContract` and give it a `store` fixture."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.delivery import Arrival, Claim, Delivery, Limits
from bot.store import Store

HERE = ("slack", "T1", "C1", "1.1")
THERE = ("slack", "T1", "C1", "1.2")
KEEP = timedelta(days=30)
LEASE = timedelta(seconds=30)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


def arrival(key: str, conversation: tuple[str, str, str, str] | None = None, **more: Any) -> Arrival:
    """A delivery in a conversation of its own, unless one is named."""
    return Arrival(key, more.pop("payload", {"text": key}), conversation or ("slack", "T1", "C1", key), **more)


async def claim(store: Store, key: str, conversation: tuple[str, str, str, str] | None = None, **more: Any) -> Claim | None:
    return await store.deliveries.claim(arrival(key, conversation, **more))


async def take(store: Store, owner: str = "r1", room: int = 10) -> list[Delivery]:
    return await store.deliveries.take("slack", owner, room)


async def taken(store: Store, owner: str = "r1", room: int = 10) -> list[str]:
    return [one.key for one in await take(store, owner, room)]


class StoreContract:
    async def test_only_the_first_claim_of_a_delivery_succeeds(self, store: Store) -> None:
        assert await claim(store, "a") == Claim()
        assert await claim(store, "a") is None
        assert await claim(store, "b") == Claim()

    async def test_of_many_claims_at_once_one_succeeds(self, store: Store) -> None:
        claims = await asyncio.gather(*(claim(store, "a", payload={"n": n}) for n in range(20)))
        assert sum(one is not None for one in claims) == 1

    async def test_what_needs_no_turn_is_seen_once(self, store: Store) -> None:
        assert [await store.deliveries.once("w") for _ in range(2)] == [True, False]
        assert await taken(store) == []

    async def test_a_finished_delivery_is_still_known_and_forgotten_otherwise(self, store: Store) -> None:
        await claim(store, "a")
        await take(store)
        await store.deliveries.done("a")
        assert await claim(store, "a") is None
        assert await taken(store) == [] and await store.deliveries.waiting() == 0

    async def test_deliveries_are_taken_oldest_first_and_whole(self, store: Store, clock: Clock) -> None:
        for key in ("z", "a", "m"):
            await claim(store, key, payload={"text": f"said {key} – <&>"})
            clock.pass_(seconds=1)
        first = await take(store, room=2)
        assert [(one.key, one.payload["text"], one.attempts) for one in first] == [
            ("z", "said z – <&>", 1),
            ("a", "said a – <&>", 1),
        ]
        assert await taken(store, "r2") == ["m"]
        assert await store.deliveries.waiting() == 3

    async def test_one_platform_does_not_take_anothers(self, store: Store) -> None:
        await claim(store, "t", ("teams", "T1", "C1", "1.1"))
        assert await taken(store) == []
        assert [one.key for one in await store.deliveries.take("teams", "r1", 9)] == ["t"]

    async def test_a_conversation_has_one_turn_at_a_time_in_the_order_of_what_was_said(self, store: Store, clock: Clock) -> None:
        at = clock.now.replace(tzinfo=None)
        await claim(store, "late", HERE, said=at + timedelta(seconds=2))
        assert await claim(store, "early", HERE, said=at) == Claim(behind=True)
        await claim(store, "elsewhere", THERE, said=at + timedelta(seconds=1))
        assert await taken(store) == ["early", "elsewhere"]
        assert await taken(store, "r2") == []
        await store.deliveries.done("early")
        assert await taken(store, "r2") == ["late"]

    async def test_what_was_said_before_but_came_later_waits_for_the_turn_that_runs(self, store: Store, clock: Clock) -> None:
        at = clock.now.replace(tzinfo=None)
        await claim(store, "two", HERE, said=at + timedelta(seconds=1))
        assert await taken(store) == ["two"]
        await claim(store, "one", HERE, said=at)
        assert await taken(store, "r2") == []
        await store.deliveries.done("two")
        assert await taken(store, "r2") == ["one"]

    async def test_a_dead_replica_loses_its_lease_and_a_live_one_never(self, store: Store, clock: Clock) -> None:
        await claim(store, "dead", HERE)
        await claim(store, "after", HERE, said=clock.now.replace(tzinfo=None) + timedelta(seconds=1))
        await claim(store, "live", THERE)
        assert sorted(await taken(store, "r1", 1) + await taken(store, "r2", 1)) == ["dead", "live"]
        for _ in range(10):
            clock.pass_(seconds=20)
            await store.deliveries.renew("r2")
        [again] = await take(store, "r3")
        assert (again.key, again.attempts) == ("dead", 2)

    async def test_who_lost_a_lease_is_told_before_it_answers(self, store: Store, clock: Clock) -> None:
        await claim(store, "a")
        [mine] = await take(store, "r1")
        clock.pass_(seconds=29)
        assert await store.deliveries.standing(mine) == "held"
        clock.pass_(seconds=29)
        assert await taken(store, "r2") == [], "asking renewed it"
        clock.pass_(seconds=2)
        [theirs] = await take(store, "r2")
        assert await store.deliveries.standing(mine) == "gone"
        await store.deliveries.give_back(mine)
        assert await store.deliveries.standing(theirs) == "held"

    async def test_many_takers_at_once_share_without_overlap(self, store: Store) -> None:
        for n in range(30):
            await claim(store, f"k{n:02d}", ("slack", "T1", "C1", str(n % 10)))
        shares = await asyncio.gather(*(taken(store, f"r{n}", 2) for n in range(8)))
        keys = [key for share in shares for key in share]
        assert len(keys) == len(set(keys)) == 10

    async def test_what_is_given_back_is_taken_again_after_its_wait(self, store: Store, clock: Clock) -> None:
        await claim(store, "a", HERE)
        await claim(store, "b", HERE, said=clock.now.replace(tzinfo=None) + timedelta(seconds=1))
        [mine] = await take(store)
        await store.deliveries.give_back(mine, timedelta(seconds=10))
        assert await taken(store) == [], "the next turn does not overtake it"
        clock.pass_(seconds=10)
        [again] = await take(store)
        assert (again.key, again.attempts) == ("a", 2)

    async def test_a_replica_that_stops_gives_back_what_it_holds(self, store: Store) -> None:
        for key in ("a", "b", "c"):
            await claim(store, key)
        await take(store, "r1", 2)
        await store.deliveries.release("r1")
        assert sorted(await taken(store, "r2")) == ["a", "b", "c"]

    async def test_an_edit_replaces_what_waits_and_makes_a_running_answer_stale(self, store: Store) -> None:
        await claim(store, "a")
        assert await store.deliveries.revise("a", {"text": "better"}) is True
        [mine] = await take(store)
        assert mine.payload == {"text": "better"}
        await store.deliveries.revise("a", {"text": "best"})
        assert await store.deliveries.standing(mine) == "revised"
        await store.deliveries.give_back(mine)
        [again] = await take(store)
        assert again.payload == {"text": "best"} and await store.deliveries.standing(again) == "held"
        await store.deliveries.done("a")
        assert await store.deliveries.revise("a", {"text": "too late"}) is False

    async def test_what_is_deleted_is_not_answered(self, store: Store) -> None:
        await claim(store, "waits")
        assert await store.deliveries.cancel("waits") == ""
        assert await taken(store) == []
        await claim(store, "runs")
        [mine] = await take(store)
        await store.deliveries.hold("runs", "1.2")
        assert await store.deliveries.cancel("runs") == "1.2"
        assert await store.deliveries.standing(mine) == "gone"
        assert await store.deliveries.cancel("runs") is None

    async def test_a_place_that_is_held_is_known_to_who_takes_over(self, store: Store, clock: Clock) -> None:
        await claim(store, "a")
        await take(store, "r1")
        await store.deliveries.hold("a", "1764000000.000100")
        clock.pass_(minutes=1)
        [again] = await take(store, "r2")
        assert again.held == "1764000000.000100"

    async def test_who_waits_learns_how_many_are_before(self, store: Store, clock: Clock) -> None:
        for key in ("a", "b", "c"):
            await claim(store, key)
            clock.pass_(seconds=1)
        await take(store, room=1)
        assert [await store.deliveries.ahead(key) for key in ("a", "b", "c", "unknown")] == [None, 1, 2, None]

    async def test_a_limit_refuses_and_lets_go_with_time(self, store: Store, clock: Clock) -> None:
        limits = Limits(asker=2, place=3, window=timedelta(minutes=1))

        async def ask(key: str, asker: str, place: str = "p") -> str:
            claimed = await store.deliveries.claim(arrival(key, asker=asker, place=place), limits)
            assert claimed
            return claimed.refused

        assert [await ask(key, "ana") for key in ("1", "2", "3", "4")] == ["", "", "asker", "asker"]
        assert [await ask("5", "ben"), await ask("6", "cleo"), await ask("7", "cleo", "q")] == ["", "place", ""]
        assert len(await take(store)) == 4, "what was refused is not answered"
        assert await claim(store, "3") is None, "and known all the same"
        clock.pass_(seconds=61)
        assert await ask("8", "ana") == ""

    async def test_the_queue_is_bounded(self, store: Store) -> None:
        claims = [await store.deliveries.claim(arrival(key), Limits(waiting=2)) for key in ("a", "b", "c")]
        assert [one.refused for one in claims if one] == ["", "", "full"]

    async def test_very_long_keys_are_told_apart(self, store: Store) -> None:
        assert await claim(store, "k" * 400 + "1")
        assert await claim(store, "k" * 400 + "2")
        assert await claim(store, "k" * 400 + "1") is None
        await store.deliveries.done("k" * 400 + "1")
        [left] = await take(store)
        assert await store.deliveries.standing(left) == "held"

    async def test_the_last_turn_of_a_conversation_is_its_own(self, store: Store) -> None:
        assert await store.last_turn(HERE) is None and await store.knows(HERE) is False
        await store.save_turn(HERE, "a1", {"question": "first"})
        await store.save_turn(HERE, "a2", {"question": "second – naïve", "n": [1, None]})
        await store.save_turn(THERE, "a3", {"question": "elsewhere"})
        await store.save_turn(("slack", "T1/C1", "1.1", ""), "a4", {"question": "not the same by accident"})
        assert await store.last_turn(HERE) == {"question": "second – naïve", "n": [1, None]}
        assert await store.knows(HERE) is True

    async def test_a_conversation_is_known_from_its_first_delivery_on(self, store: Store) -> None:
        await claim(store, "a", HERE)
        assert (await store.knows(HERE), await store.knows(THERE)) == (True, False)

    async def test_a_turn_is_found_by_its_answer_and_by_its_delivery(self, store: Store) -> None:
        await store.save_turn(HERE, "a1", {"question": "first"}, delivery="d1")
        await store.save_turn(HERE, "a2", {"question": "second"})
        assert await store.turn("a1") == await store.turn_of("d1") == {"question": "first"}
        assert await store.turn("a9") is None and await store.turn_of("d9") is None and await store.turn_of("") is None

    async def test_what_is_old_is_removed_but_never_what_is_unfinished(self, store: Store, clock: Clock) -> None:
        for key in ("done", "open"):
            await claim(store, key)
        await store.deliveries.done("done")
        await store.save_turn(HERE, "a1", {})
        clock.pass_(days=KEEP.days + 1)
        await store.save_turn(HERE, "a2", {})
        await store.prune()
        assert await claim(store, "done")
        assert await store.turn("a1") is None and await store.turn("a2") is not None
        assert set(await taken(store)) == {"done", "open"}

    async def test_feedback_is_kept_in_order(self, store: Store) -> None:
        await store.save_feedback("a1", "T1:U1", "bad")
        await store.save_feedback("a1", "T1:U1", "bad", "the wrong day")
        await store.save_feedback("a2", "T1:U2", "good")
        assert await store.feedback("a1") == [("T1:U1", "bad", ""), ("T1:U1", "bad", "the wrong day")]

    async def test_what_people_said_and_chose_goes_with_the_rest_when_they_have_left(self, store: Store, clock: Clock) -> None:
        for person in ("T1:U1", "T1:U2"):
            await store.prefer(person, {"tz": "UTC"})
            await store.save_feedback("a1", person, "good")
        clock.pass_(days=20)
        await store.deliveries.claim(Arrival("k", {}, ("slack", "T1", "C", "1"), asker="T1:U2"))
        clock.pass_(days=20)
        await store.prune()
        assert (await store.preferences("T1:U1"), await store.preferences("T1:U2")) == ({}, {"tz": "UTC"})
        assert await store.feedback("a1") == []

    async def test_what_is_kept_is_replaced_taken_once_and_over_after_its_time(self, store: Store, clock: Clock) -> None:
        await store.kept.put("k", {"n": 1})
        await store.kept.put("k", {"n": 2})
        await store.kept.put("short", {}, timedelta(minutes=10))
        assert (await store.kept.get("k"), await store.kept.get("short"), await store.kept.get("x")) == ({"n": 2}, {}, None)
        clock.pass_(seconds=601)
        assert await store.kept.get("short") is None and not await store.kept.take("short")
        await store.prune()
        assert [await store.kept.take("k") for _ in range(2)] == [True, False]

    async def test_preferences_are_of_one_person_and_replaced_whole(self, store: Store) -> None:
        assert await store.preferences("T1:U1") == {}
        await asyncio.gather(*(store.prefer("T1:U1", {"tz": "Asia/Tokyo"}) for _ in range(5)))
        await store.prefer("T1:U2", {"tz": "UTC"})
        assert (await store.preferences("T1:U1"), await store.preferences("T1:U2")) == ({"tz": "Asia/Tokyo"}, {"tz": "UTC"})

    async def test_what_a_person_asked_is_told_newest_first(self, store: Store) -> None:
        for number in range(4):
            await claim(store, f"k{number}", asker="T1:U1" if number else "T1:U2")
            await store.save_turn(HERE, f"a{number}", {"said": f"q{number}"}, delivery=f"k{number}")
        assert await store.asked_by("T1:U1", 2) == ["q3", "q2"]
