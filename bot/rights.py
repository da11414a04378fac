"""What the App's service principal needs: the SQL that grants it, and whether it is there."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.archive import TABLES, archive_warehouse
from bot.doctor import Check
from bot.settings import Settings
from tools.errors import HealthMonitorError, MisconfiguredError
from tools.gold import Asset, assets
from tools.gold.grants import grants, quoted
from tools.warehouse import Statement, Warehouse

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

SECONDS = 60  # a warehouse may have to wake
APPLY = "Install the gold layer: python -m tools.gold.apply. Then grant what `python -m bot grants` prints."
GRANT = "Run as its owner what `python -m bot grants` prints."


def needed(principal: str, settings: Settings, *, install: bool = False) -> Iterator[str]:
    """Statements for the gold layer, and for the schema of the archive where one is set."""
    if not settings.catalog or not settings.schema_name:
        raise MisconfiguredError(
            "No catalog and schema for the gold layer are named.", do="Set HEALTH_MONITOR_CATALOG and HEALTH_MONITOR_SCHEMA."
        )
    yield from grants(principal, settings.catalog, settings.schema_name, install=install)
    if settings.archive:
        catalog, _, schema = settings.archive.partition(".")
        yield f"GRANT USE CATALOG ON CATALOG {quoted(catalog)} TO {quoted(principal)}"
        for right in ("USE SCHEMA", "SELECT", "MODIFY", "CREATE TABLE"):
            yield f"GRANT {right} ON SCHEMA {quoted(catalog)}.{quoted(schema)} TO {quoted(principal)}"


async def examine(warehouse: Warehouse, settings: Settings, gold: Sequence[Asset] = ()) -> list[Check]:
    """On Databricks: the SQL warehouse, each view and function of gold, the archive, each serving endpoint that is set.

    `gold` is what is looked at of the gold layer, all of it by default.
    """
    endpoints = dict.fromkeys(filter(None, (settings.llm_endpoint, settings.llm_fallback, *settings.model_endpoints.values())))
    first = await _asked(
        f"SQL warehouse {settings.warehouse_id}",
        "Let the App's service principal use it (CAN USE).",
        lambda client: client.warehouses.get(settings.warehouse_id),
    )
    found = await asyncio.gather(*(_gold(warehouse, asset) for asset in gold or assets())) if first.ok else []
    served = await asyncio.gather(*(_endpoint(name) for name in endpoints))
    return [first, *found, *served, *([await _archive(settings)] if settings.archive else [])]


async def _endpoint(name: str) -> Check:
    fix = "Let the App's service principal query it (CAN QUERY)."
    return await _asked(f"serving endpoint {name}", fix, lambda client: client.serving_endpoints.get(name))


async def _gold(warehouse: Warehouse, asset: Asset) -> Check:
    """A function is called with nothing for each parameter: whether it may be called does not depend on them."""
    arguments = ", ".join(f"CAST(NULL AS {kind})" for kind in parameters(asset)) if asset.kind == "FUNCTION" else ""
    source = f"{asset.name}({arguments})" if asset.kind == "FUNCTION" else asset.name
    statement = Statement("doctor", f"SELECT 1 FROM {source} LIMIT 0", timeout_seconds=SECONDS)  # noqa: S608  names of ours
    return await _checked(f"{asset.kind.lower()} {asset.name}", APPLY, warehouse.query(statement))


def parameters(asset: Asset) -> list[str]:
    """The types of a function's parameters, in order."""
    head = asset.sql[asset.sql.index("(") + 1 : asset.sql.index("RETURNS TABLE")]
    return re.findall(r"^\s*\w+ ([A-Z]+(?:\([\d, ]+\))?)", head, re.MULTILINE)


async def _archive(settings: Settings) -> Check:
    """The schema may be read; whether it may be written to shows when something is."""
    what = f"the archive in {settings.archive} (HEALTH_MONITOR_ARCHIVE)"
    try:
        warehouse = archive_warehouse(settings)
    except HealthMonitorError as error:
        return Check(what, False, error.sentence())
    try:
        sql = f"SELECT 1 FROM {next(iter(TABLES))} LIMIT 0"  # noqa: S608  a name of ours
        return await _checked(what, GRANT, warehouse.query(Statement("doctor", sql)))
    finally:
        await warehouse.close()


async def _asked(what: str, fix: str, ask: "Callable[[WorkspaceClient], object]") -> Check:
    def work() -> object:
        from tools.warehouse.clients import Clients

        return ask(Clients(SECONDS).client(""))

    return await _checked(what, fix, asyncio.to_thread(work))


async def _checked(what: str, fix: str, trying: Awaitable[object]) -> Check:
    from databricks.sdk.errors.base import DatabricksError

    try:
        await trying
    except HealthMonitorError as error:
        return Check(what, False, f"{error.what} {fix}")
    except (DatabricksError, ValueError, OSError) as error:
        return Check(what, False, f"{str(error).splitlines()[0][:200]} {fix}")
    return Check(what, True)
