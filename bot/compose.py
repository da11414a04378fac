"""The one place that builds: settings in, a service out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from agents.model import Limits, Model, databricks_chat
from agents.orchestrator import Orchestrator
from agents.specialist import Sources, Specialist
from agents.trace import Trace, untraced
from bot.service import Service, utc_now
from bot.settings import DASHBOARDS, SAMPLE_BUDGETS, Settings
from bot.threads import Forgetful, Threads, Turns
from bot.tracing import TracedWarehouse, tracing
from bot.vocabulary import Vocabulary
from tools.budgets import read_budgets
from tools.errors import HealthMonitorError
from tools.links import Dashboards
from tools.ml.endpoint import open_endpoints
from tools.warehouse import Statement, Warehouse
from tools.warehouse.cache import CachedWarehouse
from tools.warehouse.opening import FILE_PREFIX, file_of, open_warehouse

SAMPLE_DASHBOARDS = Dashboards(
    "acme-prod.cloud.databricks.com", {title: f"sample-{name.replace('_', '-')}" for title, name in DASHBOARDS.items()}
)


@asynccontextmanager
async def service(settings: Settings, *, turns: Turns | None = None, now: datetime | None = None) -> AsyncIterator[Service]:
    """A service on the warehouse that the settings name, or on the sample account; `now` stops its clock."""
    clock: Callable[[], datetime] = (lambda: now) if now else utc_now
    url = await asyncio.to_thread(_url, settings, clock())
    opened = await asyncio.to_thread(
        open_warehouse, url, warehouse_id=settings.warehouse_id, catalog=settings.catalog, schema=settings.schema_name, now=now
    )
    version = _version(url, settings)
    trace = tracing(settings.tracing)
    warehouse = _remembering(opened, version, settings, clock)
    if settings.tracing:
        warehouse = TracedWarehouse(warehouse, trace)
    try:
        sample = not settings.warehouse or (url.startswith(FILE_PREFIX) and await _is_sample(warehouse))
        budgets = read_budgets(settings.budgets or SAMPLE_BUDGETS) if settings.budgets or sample else ()
        sources = Sources(
            warehouse,
            SAMPLE_DASHBOARDS if sample and not settings.dashboard_host else dashboards(settings),
            budgets,
            runbooks=settings.runbooks,
            endpoints=await asyncio.to_thread(open_endpoints, settings.model_endpoints) if settings.model_endpoints else None,
            trace=trace,
        )
        names = tuple(budget.name for budget in budgets)
        vocabulary = Vocabulary(warehouse, names, version, settings.cache)
        yield Service(
            orchestrator(), sources, Threads(turns or Forgetful()), vocabulary, model=model(settings, clock, trace), clock=clock
        )
    finally:
        await warehouse.close()


def specialists() -> tuple[Specialist, ...]:
    from agents import cost, mlops, performance, quality, reliability, security

    return tuple(module.SPECIALIST for module in (cost, security, performance, reliability, quality, mlops))


def dashboards(settings: Settings) -> Dashboards:
    """Those that the settings name by id, and on Databricks the others by their titles."""
    if settings.warehouse != "databricks":
        return settings.dashboards
    from tools.dashboards.finding import FoundDashboards
    from tools.warehouse.clients import Clients

    found = FoundDashboards(DASHBOARDS, settings.dashboards.ids, lambda: Clients(DASHBOARD_SECONDS).client(""))
    found.wait(0)  # the list is asked for now, so that the first answer may have it
    return Dashboards(settings.dashboards.host, found)


MOST_REPLY_TOKENS = 600
DASHBOARD_SECONDS = 20


def model(settings: Settings, clock: Callable[[], datetime], trace: Trace = untraced) -> Model | None:
    """The language model that the settings name, loading already; None without one."""
    names = [name for name in (settings.llm_endpoint, settings.llm_fallback) if name]
    if not names:
        return None
    limits = Limits(
        settings.llm_seconds,
        settings.llm_question_seconds,
        settings.llm_tokens_per_question,
        settings.llm_tokens_per_thread,
        settings.llm_tokens_per_day,
    )
    built = Model(
        lambda: databricks_chat(names, seconds=settings.llm_seconds, max_tokens=MOST_REPLY_TOKENS),
        limits,
        clock=clock,
        trace=trace,
    )
    built.warm_up()
    return built


def orchestrator() -> Orchestrator:
    return Orchestrator(specialists())


def _url(settings: Settings, now: datetime) -> str:
    """The warehouse that the settings name, else the sample account of the day, made where it is not there."""
    if settings.warehouse:
        return settings.warehouse
    from tools.sample.cache import sample_path

    return f"{FILE_PREFIX}{sample_path(now.astimezone(UTC), directory=settings.cache)}"


def _remembering(opened: Warehouse, version: str, settings: Settings, clock: Callable[[], datetime]) -> Warehouse:
    """The warehouse with a memory, where the settings give it one; SQL that reads the clock holds for its UTC day.

    A file keeps its version while it is open; on Databricks the time limit alone bounds how old an answer can be.
    """
    if not settings.query_cache_seconds:
        return opened
    return CachedWarehouse(
        opened,
        keep=timedelta(seconds=settings.query_cache_seconds),
        data_version=lambda: f"{version} {clock().astimezone(UTC):%Y-%m-%d}",
        clock=clock,
    )


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
