"""What was said, where, by whom: the same for every chat platform and the shell."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery. `thread` keys the conversation inside (platform, team, channel); a click is a Message too.

    `delivery` is the platform's own id for it (Slack's event_id, Teams' activity id): the key by which a
    repeated delivery is recognised.
    """

    platform: Literal["slack", "teams", "web", "shell"]
    delivery: str
    text: str
    team: str = ""
    channel: str = ""
    thread: str = ""
    user: str = ""
    email: str = ""
    tz: str = "UTC"
    workspace: str = ""  # what the asker's questions are about where they name no workspace
    private: bool = False  # only the asker sees the reply
    mentions: dict[str, str] = field(default_factory=dict)  # id in the text → e-mail or name

    @property
    def conversation(self) -> tuple[str, str, str, str]:
        return (self.platform, self.team, self.channel, self.thread)
