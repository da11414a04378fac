"""How long each table function of the gold layer takes on the sample account, with its defaults or the last thirty days."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlglot import exp

from bot.compose import service
from bot.settings import read_settings
from tests.bench.timing import Measured
from tools.gold import Asset, assets
from tools.warehouse import Statement
from tools.warehouse.dialect import parse

RUNS = 5
SLOW = 6


async def functions() -> list[Measured]:
    """All functions together, then the slowest ones."""
    today = datetime.now(UTC).date()
    given: dict[str, Any] = {
        "start_date": today - timedelta(days=30), "end_date": today, "days_back": 30, "weeks_back": 8, "sla_minutes": 60,
    }  # fmt: skip
    measured = []
    async with service(read_settings()) as bot:
        for asset in assets():
            needed = _needed(asset)
            if needed is None or any(name not in given for name in needed):
                continue
            sql = f"SELECT COUNT(*) FROM {asset.name}({', '.join(f'{name} => :{name}' for name in needed)})"
            statement = Statement("bench", sql, {name: given[name] for name in needed})
            await bot.warehouse.query(statement)
            values = []
            for _ in range(RUNS):
                started = time.perf_counter()
                await bot.warehouse.query(statement)
                values.append((time.perf_counter() - started) * 1000)
            measured.append(Measured(asset.name, values, goal="< 150 ms"))
            await asyncio.sleep(0)
    measured.sort(key=lambda row: -row.median)
    every = [value for row in measured for value in row.values]
    return [Measured(f"{len(measured)} table functions", every, goal="< 150 ms"), *measured[:SLOW]]


def _needed(asset: Asset) -> list[str] | None:
    """The parameters of a table function that have no default; None for a view."""
    if asset.kind != "FUNCTION":
        return None
    parameters = parse(asset.sql).this.expressions
    return [p.name for p in parameters if not any(isinstance(c.kind, exp.DefaultColumnConstraint) for c in p.args["constraints"])]
