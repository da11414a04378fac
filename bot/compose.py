"""The one place that builds: settings in, a service out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from agents.orchestrator import Orchestrator
from agents.specialist import Sources
from bot.service import Service, utc_now
from bot.settings import DASHBOARDS, SAMPLE_BUDGETS, Settings
from bot.threads import Forgetful, Threads, Turns
from bot.vocabulary import Vocabulary
from tools.budgets import read_budgets
from tools.errors import HealthMonitorError
from tools.links import Dashboards
from tools.warehouse import Statement, Warehouse
from tools.warehouse.opening import FILE_PREFIX, file_of, open_warehouse

SAMPLE_DASHBOARDS = Dashboards(
    "acme-prod.cloud.databricks.com", {title: f"sample-{name.replace('_', '-')}" for title, name in DASHBOARDS.items()}
)


@asynccontextmanager
async def service(settings: Settings, *, turns: Turns | None = None, now: datetime | None = None) -> AsyncIterator[Service]:
    """A service on the warehouse that the settings name, or on the sample account; `now` stops its clock."""
    clock: Callable[[], datetime] = (lambda: now) if now else utc_now
    url = await asyncio.to_thread(_url, settings, clock())
    warehouse = await asyncio.to_thread(
        open_warehouse, url, warehouse_id=settings.warehouse_id, catalog=settings.catalog, schema=settings.schema_name, now=now
    )
    try:
        sample = not settings.warehouse or (url.startswith(FILE_PREFIX) and await _is_sample(warehouse))
        budgets = read_budgets(settings.budgets or SAMPLE_BUDGETS) if settings.budgets or sample else ()
        sources = Sources(
            warehouse, SAMPLE_DASHBOARDS if sample and not settings.dashboard_host else settings.dashboards, budgets
        )
        names = tuple(budget.name for budget in budgets)
        vocabulary = Vocabulary(warehouse, names, _version(url, settings), settings.cache)
        yield Service(orchestrator(), sources, Threads(turns or Forgetful()), vocabulary, clock=clock)
    finally:
        await warehouse.close()


def orchestrator() -> Orchestrator:
    from agents import cost, performance, reliability, security

    specialists = (cost, security, performance, reliability)
    return Orchestrator(tuple(module.SPECIALIST for module in specialists))


def _url(settings: Settings, now: datetime) -> str:
    """The warehouse that the settings name, else the sample account of the day, made where it is not there."""
    if settings.warehouse:
        return settings.warehouse
    from tools.sample.cache import sample_path

    return f"{FILE_PREFIX}{sample_path(now.astimezone(UTC), directory=settings.cache)}"


async def _is_sample(warehouse: Warehouse) -> bool:
    """Whether a file is a sample account, which has budgets and dashboards of its own."""
    from tools.sample.workspaces import ACCOUNT_ID

    sql = "SELECT 1 FROM system.access.workspaces_latest WHERE account_id = :account LIMIT 1"
    try:
        return len(await warehouse.query(Statement("is_sample", sql, {"account": ACCOUNT_ID}))) > 0
    except HealthMonitorError:
        return False


def _version(url: str, settings: Settings) -> str:
    """What changes when the names in a warehouse may have: the file's time and size, or the workspace's warehouse."""
    file = file_of(url)
    if url.startswith(FILE_PREFIX) and file.is_file():
        return f"{file.resolve()} {file.stat().st_mtime_ns} {file.stat().st_size}"
    return f"{url} {settings.warehouse_id}"
