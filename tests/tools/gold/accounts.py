"""Small accounts for the gold layer's tests: opened once per module, and rows of jobs and usage in few words."""

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.account import Rows, write_account
from tools.warehouse.embedded import EmbeddedWarehouse

RUNS = "system.lakeflow.job_run_timeline"
TASKS = "system.lakeflow.job_task_run_timeline"
JOBS = "system.lakeflow.jobs"
USAGE = "system.billing.usage"
PRICES = "system.billing.list_prices"
NOW = datetime(2026, 11, 24, 10)


@contextmanager
def opened(folder: Path, rows: Rows, leave_out: Iterable[str] = ()) -> Iterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(write_account(folder / "account.duckdb", rows, leave_out), NOW)
    yield warehouse
    asyncio.run(warehouse.close())


def run(
    run_id: str, start: datetime, minutes: float, state: str | None, job: str = "1", workspace: str = "1", **more: Any
) -> list[dict[str, Any]]:
    """The hourly slices of one run; the state stands on the last."""
    end = start + timedelta(minutes=minutes)
    cuts = [start, *(start + timedelta(hours=n) for n in range(1, 99) if start + timedelta(hours=n) < end), end]
    slices = [
        {
            "workspace_id": workspace,
            "job_id": job,
            "run_id": run_id,
            "period_start_time": first,
            "period_end_time": last,
            "run_type": "JOB_RUN",
            "trigger_type": "CRON",
        }
        for first, last in itertools.pairwise(cuts)
    ]
    slices[-1] |= {"result_state": state, **more}
    return slices


def task(job_run: str, key: str, attempt: str, start: datetime, minutes: float, state: str | None, **more: Any) -> dict[str, Any]:
    return {
        "workspace_id": "1",
        "job_id": "1",
        "job_run_id": job_run,
        "task_key": key,
        "run_id": attempt,
        "period_start_time": start,
        "period_end_time": start + timedelta(minutes=minutes),
        "result_state": state,
        **more,
    }


def job(job_id: str, name: str, workspace: str = "1", changed: datetime = datetime(2026, 1, 1)) -> dict[str, Any]:
    return {"workspace_id": workspace, "job_id": job_id, "name": name, "run_as": "77", "change_time": changed}


def usage(day: datetime, dollars: float, workspace: str = "1", **more: Any) -> dict[str, Any]:
    """One hour of DBUs at a price of one dollar; `more` overrides columns, and metadata by its own names."""
    keys = ("job_id", "job_run_id", "cluster_id", "warehouse_id", "endpoint_name", "dlt_pipeline_id")
    metadata = {key: more.pop(key, None) for key in keys}
    who = more.pop("run_as", "ann@x.com")
    return {
        "workspace_id": workspace,
        "sku_name": "JOBS",
        "cloud": "AWS",
        "usage_unit": "DBU",
        "usage_quantity": Decimal(str(dollars)),
        "usage_date": day.date(),
        "usage_start_time": day,
        "usage_end_time": day + timedelta(hours=1),
        "record_type": "ORIGINAL",
        "billing_origin_product": "JOBS",
        "usage_metadata": metadata,
        "identity_metadata": {"run_as": who, "created_by": None, "owned_by": None},
        **more,
    }


def price(sku: str = "JOBS", dollars: float = 1, start: datetime = datetime(2020, 1, 1), **more: Any) -> dict[str, Any]:
    return {
        "sku_name": sku,
        "cloud": "AWS",
        "usage_unit": "DBU",
        "currency_code": "USD",
        "price_start_time": start,
        "pricing": {"default": dollars, "promotional": {"default": None}, "effective_list": {"default": dollars}},
        **more,
    }
