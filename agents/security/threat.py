"""What a threat is, and what the rules that find threats read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.answer import Severity
from agents.figures import moment
from agents.security.behaviour import Behaviour


@dataclass(frozen=True, slots=True)
class Threat:
    """One thing worth a person's look: who, how bad, what happened and what to do about it."""

    severity: Severity
    kind: str
    user: str
    text: str
    advice: tuple[str, ...]
    at: datetime | None = None
    short: str = ""

    @property
    def gist(self) -> str:
        """What happened, as part of a sentence."""
        return self.short or self.text.rstrip(".")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules read. `actions`, `silent` (last event before the period) are of the flagged identities only."""

    tz: str
    behaviours: tuple[Behaviour, ...]
    sign_ins: Mapping[str, Mapping[str, Any]]
    permissions: tuple[Mapping[str, Any], ...] = ()
    sensitive: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    silent: Mapping[str, datetime] = field(default_factory=dict)
    denied: Mapping[str, int] = field(default_factory=dict)  # address → refused connections


def some(names: Sequence[str], most: int = 5) -> str:
    """The first names of a list, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def clock(when: datetime, tz: str) -> str:
    """The time of day alone: the date and the zone stand before it."""
    return moment(when, tz).split(" ")[-2]
