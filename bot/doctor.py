"""What is set up and what is missing, each with its fix."""

import asyncio
from dataclasses import dataclass

from bot.service import Service
from bot.settings import Settings
from tools.errors import HealthMonitorError
from tools.warehouse import Statement, Warehouse
from tools.warehouse.catalog import system_tables


@dataclass(frozen=True, slots=True)
class Check:
    what: str
    ok: bool
    fix: str = ""


async def examine(service: Service, settings: Settings) -> list[Check]:
    """Every system table that the gold layer reads, and the settings of the chat platforms."""
    tables = await asyncio.gather(*(_table(service.warehouse, name) for name in system_tables()))
    return [*tables, *_slack(settings)]


async def _table(warehouse: Warehouse, name: str) -> Check:
    try:
        await warehouse.query(Statement("doctor", f"SELECT 1 FROM {name} LIMIT 1"))  # noqa: S608  a name of ours
    except HealthMonitorError as error:
        return Check(f"table {name}", False, error.sentence())
    return Check(f"table {name}", True)


def _slack(settings: Settings) -> list[Check]:
    token = Check(
        "SLACK_BOT_TOKEN",
        settings.slack_bot_token.startswith("xoxb-"),
        "" if settings.slack_bot_token else "Install the Slack app and set the bot token (xoxb-…).",
    )
    door = bool(settings.slack_app_token or settings.slack_signing_secret)
    fix = "" if door else "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)."
    return [token, Check("SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", door, fix)]
