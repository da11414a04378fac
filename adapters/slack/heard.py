"""What was heard in Slack, and where its answer goes: the values that payloads are read into."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.message import Message


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes. With `user` only that person sees it.

    `asked` is shown where no question is to be seen; `told` says that the asker knows already that we are at it.
    """

    channel: str
    thread_ts: str = ""
    user: str = ""
    response_url: str = ""
    asked: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and where its answer goes. `addressed` is false for a reply in a thread that may or may not be ours.

    `ts` is Slack's time of it, which orders the turns of a thread.
    """

    message: Message
    reply: Reply
    addressed: bool = True
    ts: str = ""

    @property
    def said(self) -> datetime | None:
        """When it was said, in UTC without a zone; None where Slack does not tell."""
        try:
            return datetime.fromtimestamp(float(self.ts), UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return None

    def packed(self) -> dict[str, Any]:
        """JSON for the store, which `unpacked` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that was edited or deleted: its key, and what it says now, None if nothing to us."""

    key: str
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are in a workspace."""

    user_id: str
    bot_id: str = ""


def unpacked(payload: Mapping[str, Any]) -> Heard:
    return Heard(Message(**payload["message"]), Reply(**payload["reply"]), payload["addressed"], payload.get("ts", ""))
