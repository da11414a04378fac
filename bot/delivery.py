"""What a platform delivered, and what becomes of it: the values that deliveries are told in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Json = Mapping[str, Any]
Conversation = tuple[str, str, str, str]
Refusal = Literal["", "full", "asker", "place"]
Standing = Literal["held", "revised", "gone"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came in. `said` orders it in its conversation; `asker` and `place` are what limits count."""

    key: str
    payload: Json
    conversation: Conversation
    asker: str = ""
    place: str = ""
    said: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many questions one person and one place may ask within `window`, and how many may wait in all; 0 = any."""

    asker: int = 0
    place: int = 0
    waiting: int = 0
    window: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery seen for the first time. `refused` names the limit that was reached; `behind` an earlier turn's wait."""

    refused: Refusal = ""
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that a replica has taken; `attempts` counts the starts of its work, this one among them;
    `age` is how long ago it came in.
    """

    key: str
    payload: Json
    attempts: int
    owner: str
    revision: int = 0
    held: str = ""
    age: timedelta = timedelta(0)
