"""The one place that builds: settings in, a service out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from agents.orchestrator import Orchestrator
from agents.specialist import Sources
from bot.service import Service, utc_now
from bot.settings import SAMPLE_BUDGETS, Settings
from bot.threads import Forgetful, Threads, Turns
from tools.budgets import read_budgets
from tools.links import Dashboards
from tools.warehouse import Warehouse
from tools.warehouse.opening import FILE_PREFIX, open_warehouse

SAMPLE_DASHBOARDS = Dashboards("acme-prod.cloud.databricks.com", {"Cost Intelligence": "sample-cost-intelligence"})


@asynccontextmanager
async def service(settings: Settings, *, turns: Turns | None = None, now: datetime | None = None) -> AsyncIterator[Service]:
    """A service on the warehouse that the settings name, or on the sample account; `now` stops its clock."""
    clock: Callable[[], datetime] = (lambda: now) if now else utc_now
    sample = not settings.warehouse
    warehouse = await asyncio.to_thread(_open, settings, clock())
    try:
        sources = Sources(
            warehouse,
            SAMPLE_DASHBOARDS if sample else settings.dashboards,
            read_budgets(settings.budgets or SAMPLE_BUDGETS) if settings.budgets or sample else (),
        )
        yield Service(orchestrator(), sources, Threads(turns or Forgetful()), clock=clock)
    finally:
        await warehouse.close()


def orchestrator() -> Orchestrator:
    from agents import cost

    return Orchestrator((cost.SPECIALIST,))


def _open(settings: Settings, now: datetime) -> Warehouse:
    if settings.warehouse:
        return open_warehouse(settings.warehouse, now=now)
    from tools.sample.cache import sample_path

    path: Path = sample_path(now.astimezone(UTC), directory=settings.cache)
    return open_warehouse(f"{FILE_PREFIX}{path}", now=now)
