"""How long each table function of the gold layer takes on a sample account, with its defaults or the last thirty days."""

import asyncio
import resource
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlglot import exp

from tests.bench.timing import Measured
from tools.gold import Asset, assets
from tools.sample.cache import moment_of, sample_path
from tools.warehouse import Statement
from tools.warehouse.dialect import parse
from tools.warehouse.embedded import EmbeddedWarehouse

SLOW = 6
ASKERS = 16
GOAL, LARGE_GOAL = "< 150 ms", "< 1,500 ms"


async def functions(runs: int = 5) -> list[Measured]:
    """All functions together, then the slowest ones, then sixteen askers at once."""
    path = sample_path(datetime.now(UTC))
    measured = await each(path, runs)
    every = [value for row in measured for value in row.values]
    return [Measured(f"{len(measured)} table functions", every, goal=GOAL), *measured[:SLOW], *await at_once(path)]


async def each(path: Path, runs: int) -> list[Measured]:
    """The functions on the account of a file, the slowest first."""
    warehouse = EmbeddedWarehouse(path)
    measured = []
    for statement in statements(path):
        await warehouse.query(statement)
        values = []
        for _ in range(runs):
            started = time.perf_counter()
            await warehouse.query(statement)
            values.append((time.perf_counter() - started) * 1000)
        measured.append(Measured(statement.tool, values, goal=GOAL))
    await warehouse.close()
    return sorted(measured, key=lambda row: -row.median)


async def at_once(path: Path) -> list[Measured]:
    """Sixteen askers with a function each, all functions in turn; an error ends the bench."""
    warehouse = EmbeddedWarehouse(path)
    waits: list[float] = []

    async def ask(statement: Statement) -> None:
        started = time.perf_counter()
        await warehouse.query(statement)
        waits.append((time.perf_counter() - started) * 1000)

    asked = statements(path)
    for first in range(0, len(asked), ASKERS):
        await asyncio.gather(*(ask(statement) for statement in asked[first : first + ASKERS]))
    await warehouse.close()
    return [Measured(f"{ASKERS} functions at once, each", waits, goal="no error")]


def statements(path: Path) -> Sequence[Statement]:
    """A call of each function that needs no name, counting its rows."""
    today = moment_of(path).date()
    given: dict[str, Any] = {
        "start_date": today - timedelta(days=30), "end_date": today, "days_back": 30, "weeks_back": 8, "sla_minutes": 60,
    }  # fmt: skip
    found = []
    for asset in assets():
        needed = _needed(asset)
        if needed is not None and all(name in given for name in needed):
            sql = f"SELECT COUNT(*) FROM {asset.name}({', '.join(f'{name} => :{name}' for name in needed)})"
            found.append(Statement(asset.name, sql, {name: given[name] for name in needed}, timeout_seconds=300))
    return found


def peak_megabytes() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _needed(asset: Asset) -> list[str] | None:
    """The parameters of a table function that have no default; None for a view."""
    if asset.kind != "FUNCTION":
        return None
    parameters = parse(asset.sql).this.expressions
    return [p.name for p in parameters if not any(isinstance(c.kind, exp.DefaultColumnConstraint) for c in p.args["constraints"])]
