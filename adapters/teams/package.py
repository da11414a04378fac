"""The Teams app package, made from the commands and from what the bot hears.

`python -m adapters.teams.package --app-id … --website https://…` writes teams.zip, ready to be uploaded.
"""

import argparse
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.teams import icons
from bot.commands import COMMANDS

Json = dict[str, Any]
SCHEMA = "1.25"
VERSION = "1.0.0"
NAME, FULL_NAME = "Health Monitor", "Databricks Health Monitor"
SHORT = "Answers questions about your Databricks account, with the evidence."
LONG = (
    "Ask in plain words what your Databricks account costs, why that changed, which jobs fail or got slower, who did "
    "what, whether tables are fresh and how models are doing. Every figure comes from the account's own system tables "
    "and shows its query, its time window and how old the data is. The app only reads."
)
SCOPES = ("personal", "team", "groupChat")
ABOUT, ABOUT_DOES = "Ask Health Monitor about this", "Answers what this message asks, in this conversation."
# Teams lists twelve commands; these two work when typed, like the others.
UNLISTED = ("/cost-forecast", "/job-slow")
# To go on in a channel's thread or a group chat without being mentioned, the bot has to be sent all that is said there.
HEARING = ("ChannelMessage.Read.Group", "ChatMessage.Read.Chat")
EPOCH = (2026, 1, 1, 0, 0, 0)  # the same input makes the same file


def manifest(app_id: str, website: str, *, version: str = VERSION, hear_threads: bool = False) -> Json:
    """The manifest; `app_id` is the Azure bot's, `website` your organisation's page about it."""
    pages = dict.fromkeys(("websiteUrl", "privacyUrl", "termsOfUseUrl"), website)
    made = {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version,
        "id": app_id,
        "developer": {"name": FULL_NAME, **pages},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "name": {"short": NAME, "full": FULL_NAME},
        "description": {"short": SHORT, "full": LONG},
        "accentColor": "#{:02X}{:02X}{:02X}".format(*icons.BLUE),
        "bots": [{"botId": app_id, "scopes": list(SCOPES), "commandLists": [_commands()]}],
        "composeExtensions": [{"botId": app_id, "commands": [_about()]}],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],
    }
    return made | (_hearing(app_id) if hear_threads else {})


def write(path: Path, made: Json) -> None:
    """The package as Teams takes it: the manifest and both icons."""
    parts = {
        "manifest.json": json.dumps(made, indent=2, ensure_ascii=False).encode(),
        "color.png": icons.color(),
        "outline.png": icons.outline(),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)


def _commands() -> Json:
    listed = [
        {"title": command.name.removeprefix("/"), "description": f"{command.description} {command.hint}"}
        for command in COMMANDS
        if command.name not in UNLISTED
    ]
    return {"scopes": list(SCOPES), "commands": listed}


def _about() -> Json:
    """The entry in a message's menu; fetching a dialog lets the bot answer at once instead."""
    return {
        "id": "about",
        "type": "action",
        "title": ABOUT,
        "description": ABOUT_DOES,
        "context": ["message"],
        "fetchTask": True,
    }


def _hearing(app_id: str) -> Json:
    granted = [{"name": name, "type": "Application"} for name in HEARING]
    return {
        "webApplicationInfo": {"id": app_id, "resource": f"api://{app_id}"},
        "authorization": {"permissions": {"resourceSpecific": granted}},
    }


def _address(text: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+\S*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an https:// address")
    return text


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as 1.0.1")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m adapters.teams.package", description="Make the Teams app package.")
    parser.add_argument("--app-id", type=lambda text: str(UUID(text)), required=True, help="the Azure bot's Microsoft App ID")
    parser.add_argument("--website", type=_address, required=True, help="your organisation's page about the app")
    parser.add_argument("--version", type=_version, default=VERSION, help="to be raised when you upload it again")
    parser.add_argument(
        "--hear-threads", action="store_true", help="follow-ups need no mention: the bot is sent all that is said"
    )
    parser.add_argument("--out", type=Path, default=Path("teams.zip"))
    options = parser.parse_args()
    write(options.out, manifest(options.app_id, options.website, version=options.version, hear_threads=options.hear_threads))


if __name__ == "__main__":
    main()
