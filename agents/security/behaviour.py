"""How identities behaved in a period, beside their own 28 days before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

# What each kind of behaviour is called in a sentence about its count.
WORDS = {
    "ALL_EVENTS": "events",
    "DATA_READS": "reads of table data",
    "DATA_EXPORTS": "downloads and exports",
    "REFUSED_CALLS": "refused calls",
    "PERMISSION_CHANGES": "permission changes",
    "DELETIONS": "deletions",
    "SECRET_READS": "reads of secrets",
    "TOKENS_CREATED": "tokens created",
    "NEW_ADDRESS": "events from new addresses",
    "UNUSUAL_HOURS": "events in hours unusual for this person",
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """One kind of behaviour of one identity: its busiest UTC day in the period against a usual active day."""

    count: int
    busiest: int
    usual: float
    spread: float
    maximum: int
    days: int
    detail: str = ""

    @property
    def factor(self) -> float:
        """Standard deviations above the usual day; the deviation is at least 1 and at least that of rare events."""
        return (self.busiest - self.usual) / max(self.spread, sqrt(self.usual), 1.0)

    def is_burst(self, least: int) -> bool:
        """Far outside what this identity has done on any day before; `least` events are worth somebody's time."""
        return self.busiest >= least and self.busiest >= 3 * self.maximum and self.factor >= 4


NOTHING = Deviation(0, 0, 0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One identity's deviations by kind; a kind that did not occur in the period is absent."""

    user: str
    user_type: str
    kinds: Mapping[str, Deviation]

    def __getitem__(self, kind: str) -> Deviation:
        return self.kinds.get(kind, NOTHING)

    @property
    def has_history(self) -> bool:
        return self["ALL_EVENTS"].days > 0

    @property
    def is_person(self) -> bool:
        return self.user_type == "HUMAN_USER"

    @property
    def name(self) -> str:
        return self.user if self.is_person else f"service principal {self.user}"


def read_behaviours(rows: Iterable[Mapping[str, Any]]) -> tuple[Behaviour, ...]:
    """The rows of `identity_deviations`, one value per identity."""
    kinds: dict[tuple[str, str], dict[str, Deviation]] = {}
    for row in rows:
        kinds.setdefault((row["user_email"], row["user_type"]), {})[row["kind"]] = Deviation(
            int(row["event_count"]),
            int(row["busiest_day"]),
            float(row["usual_day"]),
            float(row["usual_deviation"]),
            int(row["usual_maximum"]),
            int(row["usual_days"]),
            row["detail"],
        )
    return tuple(Behaviour(user, user_type, found) for (user, user_type), found in kinds.items())
