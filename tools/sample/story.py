"""What a planted incident is, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Story:
    """One incident: when (half-open, UTC), why (dimension → display name), how much, who to ask.

    `usd` is the planted excess over the usual cost, at the price the account pays; None where cost is not the point or
    follows from the usual use (then see `facts`). `question` is one that should find it, `linked` another story's key.
    """

    key: str
    agents: tuple[str, ...]
    start: datetime
    end: datetime
    causes: tuple[dict[str, str], ...]
    question: str
    owner: str = ""
    usd: Decimal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    linked: str | None = None
