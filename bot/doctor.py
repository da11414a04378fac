"""What is set up and what is missing, each with its fix."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

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
    """Every system table that the gold layer reads, and the store."""
    tables = await asyncio.gather(*(_table(service.warehouse, name) for name in system_tables()))
    return [*tables, await _store(settings)]


def report(checks: Sequence[Check]) -> str:
    """What is missing, each with its fix, then how many things are in order."""
    wrong = [f"• {check.what}\n   {check.fix}".rstrip() for check in checks if not check.ok]
    fine = f"{len(checks) - len(wrong)} of {len(checks)} things are in order."
    return "\n".join([fine, *wrong])


async def _table(warehouse: Warehouse, name: str) -> Check:
    try:
        await warehouse.query(Statement("doctor", f"SELECT 1 FROM {name} LIMIT 1"))  # noqa: S608  a name of ours
    except HealthMonitorError as error:
        return Check(f"table {name}", False, error.sentence())
    return Check(f"table {name}", True)


async def _store(settings: Settings) -> Check:
    from bot.store import Store

    settings.cache.mkdir(parents=True, exist_ok=True)
    try:
        store = Store(settings.store_url)
        try:
            await store.open()
        finally:
            await store.close()
    except HealthMonitorError as error:
        return Check("the store (HEALTH_MONITOR_STORE)", False, error.sentence())
    except (SQLAlchemyError, OSError) as error:
        what = f"the store (HEALTH_MONITOR_STORE): {type(error).__name__}"
        return Check(what, False, "Check that the database is reached, and that its user may create tables.")
    return Check("the store", True)
