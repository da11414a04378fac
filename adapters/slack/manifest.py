"""The app manifest, made from the commands and from what the code calls.

`python -m adapters.slack.manifest` prints the one for Socket Mode, with `--url https://host` the one for HTTP, and with
`--oauth` the one that any workspace can install.
"""

import argparse
import json
import sys
from typing import Any

from adapters.slack.installs import REDIRECT_PATH
from adapters.slack.prompts import suggested
from adapters.slack.read import ABOUT
from adapters.slack.scopes import SCOPES
from adapters.slack.shell import EVENTS_PATH
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
EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
)


def manifest(url: str = "", *, oauth: bool = False) -> Json:
    """The manifest for HTTP at `url`, or for Socket Mode without one; with `oauth` any workspace can install the app there."""
    address = url.rstrip("/") + EVENTS_PATH if url else ""
    events: Json = {"bot_events": list(EVENTS)}
    interactivity: Json = {"is_enabled": True}
    granting: Json = {"scopes": {"bot": list(SCOPES)}}
    if address:
        events["request_url"] = interactivity["request_url"] = address
    if oauth:
        granting["redirect_urls"] = [url.rstrip("/") + REDIRECT_PATH]
    return {
        "display_information": {"name": NAME, "description": DESCRIPTION, "long_description": LONG_DESCRIPTION},
        "features": {
            "agent_view": {"agent_description": DESCRIPTION, "suggested_prompts": suggested()},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "health-monitor", "always_online": True},
            "shortcuts": [{"name": SHORTCUT, "type": "message", "callback_id": ABOUT, "description": SHORTCUT_DOES}],
            "slash_commands": [_command(command, address) for command in COMMANDS],
        },
        "oauth_config": granting,
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": oauth,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": oauth,
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


def text(url: str = "", *, oauth: bool = False) -> str:
    return json.dumps(manifest(url, oauth=oauth), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="where the app is reached over HTTPS; Socket Mode without it")
    parser.add_argument("--oauth", action="store_true", help="let any workspace install it, at that address")
    options = parser.parse_args()
    if options.oauth and not options.url:
        parser.error("--oauth needs --url: Slack sends people back there")
    sys.stdout.write(text(options.url, oauth=options.oauth))
