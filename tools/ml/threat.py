"""`security-threat-detector`: for each identity and day, how unlike its own past and its peers it behaved, and in which way.

A kind of threat is a count with an expectation: the identity's own past days, and those of its peers where the past is
short. The surprise of the count is put on a scale learned from quiet days, so that the kinds can be compared.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import log, sqrt
from typing import Literal

from tools.errors import BadRequestError

Kind = Literal[
    "credential attack", "unusual access", "exfiltration", "privilege escalation", "off-hours", "dormant account revived"
]
Severity = Literal["low", "medium", "high", "critical"]
KINDS: tuple[Kind, ...] = (
    "credential attack",
    "unusual access",
    "exfiltration",
    "privilege escalation",
    "off-hours",
    "dormant account revived",
)
# Scores from which a finding is at least that severe; breadth of harm differs, so a kind has a ceiling.
SEVERITIES: tuple[tuple[float, Severity], ...] = ((0.85, "critical"), (0.7, "high"), (0.5, "medium"), (0.0, "low"))
CEILING: Mapping[Kind, Severity] = {
    "off-hours": "medium",
    "unusual access": "high",
    "dormant account revived": "high",
    "privilege escalation": "high",
}
WARM_UP = 28  # days of history before anything can be called unusual
PEER_DAYS = 5.0  # days of peers that an identity's own past is weighed against
DORMANT = 45  # days of silence after which a return is remarked
RARE_HOUR = 0.01  # share of the past below which an hour is unusual
KNOWN_EVENTS = 100  # past events before hours can be called unusual
QUIET = 0.998  # quantile of surprise that a score of 0.5 stands for
LEAST = 7.0  # nats of surprise that count as nothing, whatever was learned
EVIDENCE = 20  # events kept as evidence


@dataclass(frozen=True, slots=True)
class Event:
    """One audit event; `category` as fact_audit_logs has it, `target` what it was about (a table, a group, a principal)."""

    user: str
    at: datetime
    action: str
    category: str
    address: str = ""
    failed: bool = False
    export: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Threat:
    """What stood out for `user` on `day`; `evidence` holds the events that count, `count` how many against `expected`."""

    user: str
    day: date
    kind: Kind
    score: float
    severity: Severity
    count: float
    expected: float
    evidence: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Surprise (nats) that maps to a score of 0.5, by kind: as much as quiet days hardly ever show."""

    nats: Mapping[str, float]

    def score(self, kind: Kind, surprise: float) -> float:
        return surprise / (surprise + self.nats[kind]) if surprise > 0 else 0.0

    def to_json(self) -> str:
        return json.dumps(dict(self.nats), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Scale":
        return cls({str(kind): float(nats) for kind, nats in json.loads(text).items()})


@dataclass(slots=True)
class _Past:
    days: int = 0
    last: date | None = None
    total: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    squares: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    hours: Counter[int] = field(default_factory=Counter)
    addresses: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)


def train(events: Iterable[Event]) -> Scale:
    """The scale of each kind from the days of the events; raises BadRequestError for fewer than a hundred user-days."""
    seen: dict[str, list[float]] = defaultdict(list)
    for _, _, kind, surprise, _, _, _ in _surprises(events):
        seen[kind].append(surprise)
    if not seen or min(len(values) for values in seen.values()) < 100:
        raise BadRequestError("There are too few days of activity to learn what is usual.", do="Train on a longer period.")
    return Scale({kind: max(LEAST, sorted(seen[kind])[int(QUIET * len(seen[kind]))]) for kind in KINDS})


def detect(scale: Scale, events: Iterable[Event], first: date, last: date, *, least: float = 0.5) -> list[Threat]:
    """Threats of the days from `first` to `last`, gravest and strongest first, judged by the events before each day.

    Raises BadRequestError where the events begin less than four weeks before `first`: what is usual is not known then.
    """
    known = list(events)
    begun = min((event.at.date() for event in known), default=None)
    if begun is not None and first - begun < timedelta(days=WARM_UP):
        raise BadRequestError(f"The history before {first:%-d %b %Y} is shorter than four weeks.", do="Ask for a later day.")
    found = [
        Threat(user, day, kind, score, _severity(kind, score), count, awaited, tuple(evidence[:EVIDENCE]))
        for user, day, kind, surprise, count, awaited, evidence in _surprises(known)
        if first <= day <= last and (score := scale.score(kind, surprise)) >= least
    ]
    ranks = [name for _, name in SEVERITIES]
    return sorted(found, key=lambda threat: (ranks.index(threat.severity), -threat.score, threat.day, threat.user))


_Surprise = tuple[str, date, Kind, float, float, float, list[Event]]


def _surprises(events: Iterable[Event]) -> Iterator[_Surprise]:
    """Every active user, day and kind after the first weeks, with the surprise of its count."""
    by_day: dict[date, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in sorted(events, key=lambda each: (each.at, each.user, each.action, each.target, each.address, each.failed)):
        by_day[event.at.date()][event.user].append(event)
    pasts: dict[str, _Past] = {}
    peers: dict[bool, _Past] = {True: _Past(), False: _Past()}
    begun = min(by_day, default=None)
    for day in sorted(by_day):
        assert begun is not None
        for user, mine in by_day[day].items():
            past, around = pasts.setdefault(user, _Past()), peers["@" in user]
            counts = _counts(mine, past, day)
            if (day - begun).days >= WARM_UP:
                for kind in KINDS:
                    count, evidence = counts[kind]
                    awaited, spread = _awaited(kind, past, around)
                    yield user, day, kind, _surprise(count, awaited, spread), count, awaited, evidence
        for user, mine in by_day[day].items():
            counts = _counts(mine, pasts[user], day)
            _remember(peers["@" in user], counts)
            _learn(pasts[user], mine, counts, day)


def _counts(events: Sequence[Event], past: _Past, day: date) -> dict[Kind, tuple[float, list[Event]]]:
    """How much of each kind of threat the day's events hold, and which events these are."""
    new_place = [event for event in events if event.address and event.address not in past.addresses and past.days >= 3]
    fresh = {id(event) for event in new_place}
    refused = [event for event in events if event.failed and event.category == "AUTHENTICATION"]
    entered = [e for e in events if not e.failed and e.category == "AUTHENTICATION" and id(e) in fresh]
    denied = [event for event in events if event.failed and event.category != "AUTHENTICATION"]
    unknown = [e for e in events if not e.failed and e.target and e.target not in past.targets and e.category == "READ"]
    exports = [event for event in events if event.export and not event.failed]
    reads = [event for event in events if event.category == "READ" and not event.failed and not event.export]
    granted = [event for event in events if event.category == "PERMISSION" and not event.failed]
    hours = sum(past.hours.values())
    rare = {hour for hour in range(24) if sum(past.hours[(hour + k) % 24] for k in (-1, 0, 1)) < RARE_HOUR * hours}
    late = [event for event in events if hours >= KNOWN_EVENTS and event.at.hour in rare]
    silent = (day - past.last).days if past.last else 0
    broke_in = [event for event in entered if any(bad.at <= event.at for bad in refused)] if len(refused) >= 5 else []
    wide = [event for event in granted if _is_wide(event)]
    return {
        "credential attack": (len(refused) + 5.0 * len(broke_in), refused + broke_in),
        "unusual access": (len(denied) + len(unknown) / 2 + len(new_place) / 2, denied + unknown + new_place),
        "exfiltration": (len(exports) + len(reads) / 10 + len(set(map(id, exports)) & fresh), exports + reads),
        "privilege escalation": (len(granted) + 6.0 * len(wide), wide + granted),
        "off-hours": (float(len(late)) if "@" in (events[0].user if events else "") else 0.0, late),
        "dormant account revived": (float(silent) / 3 if silent >= DORMANT else 0.0, list(events)),
    }


def _is_wide(event: Event) -> bool:
    """A grant to oneself, or of administration."""
    about = event.target.lower()
    return event.user.lower() in about or any(word in about for word in ("admin", "all_privileges", "manage"))


def _awaited(kind: Kind, past: _Past, peers: _Past) -> tuple[float, float]:
    """Expected count of a day and how much more than a Poisson count it varies, own past and peers weighed together."""
    usual = peers.total[kind] / peers.days if peers.days else 0.5
    mean = (past.total[kind] + PEER_DAYS * usual) / (past.days + PEER_DAYS)
    total, squares = past.total[kind], past.squares[kind]
    own_variance = squares / past.days - (total / past.days) ** 2 if past.days >= 5 else 0.0
    peer_variance = peers.squares[kind] / peers.days - usual**2 if peers.days else 0.0
    variance = (past.days * own_variance + PEER_DAYS * min(peer_variance, 4 * mean)) / (past.days + PEER_DAYS)
    return max(mean, 0.02), max(1.0, variance / max(mean, 0.02))


def _surprise(count: float, awaited: float, spread: float) -> float:
    """Nats by which a count exceeds its expectation, less where such counts vary much."""
    return (count * log(count / awaited) - (count - awaited)) / sqrt(spread) if count > awaited else 0.0


def _remember(past: _Past, counts: Mapping[Kind, tuple[float, list[Event]]]) -> None:
    past.days += 1
    for kind, (count, _) in counts.items():
        past.total[kind] += count
        past.squares[kind] += count * count


def _learn(past: _Past, events: Sequence[Event], counts: Mapping[Kind, tuple[float, list[Event]]], day: date) -> None:
    _remember(past, counts)
    past.last = day
    for event in events:
        past.hours[event.at.hour] += 1
        past.targets.add(event.target)
        if event.address and not event.failed:
            past.addresses.add(event.address)


def _severity(kind: Kind, score: float) -> Severity:
    names = [name for _, name in SEVERITIES]
    at = next(rank for rank, (edge, _) in enumerate(SEVERITIES) if score >= edge)
    return names[max(at, names.index(CEILING.get(kind, "critical")))]
