"""The app manifest, made from the commands and from what the code calls.

`python -m adapters.slack.manifest` prints the one for Socket Mode, with `--url https://host` the one for HTTP.
"""

import argparse
import json
import sys
from typing import Any

from adapters.slack.app import EVENTS_PATH
from adapters.slack.read import ABOUT
from bot.commands import COMMANDS, Command

Json = dict[str, Any]
NAME = "Databricks Health Monitor"
DESCRIPTION = "Answers questions about your Databricks account, with the evidence."
LONG_DESCRIPTION = (
    "Ask in plain words what your Databricks account costs, why that changed, which jobs fail or got slower, who did "
    "what, whether tables are fresh and how models are doing. Every figure comes from the account's own system tables "
    "and shows its query, its time window and how old the data is. The app only reads."
)
SHORTCUT, SHORTCUT_DOES = "Ask about this", "Asks the health monitor what a message asks; only you see the answer."
# Each scope and what needs it.
SCOPES = {
    "app_mentions:read": "hear mentions",
    "channels:history": "hear replies in our threads; look whether a post arrived",
    "chat:write": "answer, and show a status while working",
    "commands": "slash commands",
    "files:read": "wait until a chart can be shown",
    "files:write": "upload charts and tables",
    "groups:history": "the same in private channels",
    "im:history": "hear direct messages",
    "im:write": "answer directly where a channel is closed, hand out tables of private answers",
    "mpim:history": "the same in group messages",
    "users:read": "the asker's time zone",
    "users:read.email": "the asker's e-mail, for access rules",
}
EVENTS = ("app_home_opened", "app_mention", "message.channels", "message.groups", "message.im", "message.mpim")


def manifest(url: str = "") -> Json:
    """The manifest for HTTP at `url`, or for Socket Mode without one."""
    address = url.rstrip("/") + EVENTS_PATH if url else ""
    events: Json = {"bot_events": list(EVENTS)}
    interactivity: Json = {"is_enabled": True}
    if address:
        events["request_url"] = interactivity["request_url"] = address
    return {
        "display_information": {"name": NAME, "description": DESCRIPTION, "long_description": LONG_DESCRIPTION},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "health-monitor", "always_online": True},
            "shortcuts": [{"name": SHORTCUT, "type": "message", "callback_id": ABOUT, "description": SHORTCUT_DOES}],
            "slash_commands": [_command(command, address) for command in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": False,
        },
    }


def _command(command: Command, address: str) -> Json:
    made = {
        "command": command.name,
        "description": command.description,
        "usage_hint": command.hint,
        "should_escape": False,
    }
    return made | ({"url": address} if address else {})


def text(url: str = "") -> str:
    return json.dumps(manifest(url), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="where the app is reached over HTTPS; Socket Mode without it")
    sys.stdout.write(text(parser.parse_args().url))
