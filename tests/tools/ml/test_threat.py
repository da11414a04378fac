"""Who behaved unlike themselves and their peers: each kind found, quiet days left alone, nothing taken from the future."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from tools.errors import BadRequestError
from tools.ml.threat import Event, Kind, Scale, detect, train

START = datetime(2026, 5, 4, tzinfo=UTC)
DAY = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 10, tzinfo=UTC)


def usual(seed: int = 6) -> list[Event]:
    """Twelve people, eight weeks of working days: a sign-in, reads of a few tables, now and then an export."""
    random = np.random.default_rng(seed)
    made = []
    for person in range(12):
        user, address = f"p{person}@example.com", f"10.0.0.{person}"
        for day in (START + timedelta(days=n) for n in range(58)):
            if day.weekday() >= 5 or (person == 11 and day > START + timedelta(days=4)):
                continue
            made.append(Event(user, day + timedelta(hours=8), "login", "AUTHENTICATION", address))
            for _ in range(int(random.integers(3, 9))):
                at = day + timedelta(hours=int(random.integers(8, 17)), minutes=int(random.integers(0, 60)))
                made.append(Event(user, at, "getTable", "READ", address, target=f"t{random.integers(0, 4)}"))
            if random.random() < 0.2:
                made.append(Event(user, day + timedelta(hours=12), "download", "READ", address, export=True))
    return made


PLAIN = Event("p1@example.com", AT, "getTable", "READ", "10.0.0.1")
ATTACKS: dict[Kind, list[Event]] = {
    "credential attack": [
        replace(
            PLAIN, at=AT + timedelta(minutes=n), action="login", category="AUTHENTICATION", address="203.0.113.9", failed=n < 12
        )
        for n in range(13)
    ],
    "unusual access": [replace(PLAIN, at=AT + timedelta(minutes=n), failed=True) for n in range(20)],
    "exfiltration": [replace(PLAIN, at=AT + timedelta(minutes=n), action="download", export=True) for n in range(25)],
    "privilege escalation": [
        replace(PLAIN, action="updatePermissions", category="PERMISSION", target="p1@example.com MANAGE") for _ in range(3)
    ],
    "off-hours": [replace(PLAIN, at=AT.replace(hour=2, minute=n), target="t1") for n in range(30)],
    "dormant account revived": [replace(PLAIN, user="p11@example.com", address="10.0.0.11")],
}


def scale() -> Scale:
    return train(usual())


@pytest.mark.parametrize("kind", ATTACKS)
def test_each_kind_is_found_with_its_evidence(kind: Kind) -> None:
    found = detect(scale(), [*usual(), *ATTACKS[kind]], DAY, DAY)
    mine = next(each for each in found if each.kind == kind)
    assert mine.user == ATTACKS[kind][0].user
    assert 0.5 <= mine.score <= 1
    assert mine.severity != "low"
    assert mine.evidence
    assert set(mine.evidence) <= {*usual(), *ATTACKS[kind]}


def test_a_break_in_is_critical() -> None:
    assert detect(scale(), [*usual(), *ATTACKS["credential attack"]], DAY, DAY)[0].severity == "critical"


def test_usual_days_are_left_alone() -> None:
    found = detect(scale(), usual(7), date(2026, 6, 8), DAY)
    assert len(found) <= 2, found


def test_later_days_and_the_order_of_rows_change_nothing() -> None:
    events = [*usual(), *ATTACKS["exfiltration"]]
    later = [replace(each, at=each.at + timedelta(days=1 + n % 3)) for n, each in enumerate(ATTACKS["credential attack"])]
    assert detect(scale(), events, DAY, DAY) == detect(scale(), [*later, *reversed(events)], DAY, DAY)


def test_training_twice_gives_the_same_scale() -> None:
    assert scale() == scale() == Scale.from_json(scale().to_json())


def test_too_little_activity_is_refused() -> None:
    for few in ([], usual()[:1], [each for each in usual() if each.at < START + timedelta(days=3)]):
        with pytest.raises(BadRequestError, match="too few days"):
            train(few)
    with pytest.raises(BadRequestError, match="four weeks"):
        detect(scale(), [each for each in usual() if each.at.date() > date(2026, 6, 25)], DAY, DAY)
    assert detect(scale(), [], DAY, DAY) == []
