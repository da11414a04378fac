"""Timings as rows of a table: how often, the median, the 95th percentile."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`values` in `unit`; `goal` in words, where there is one."""

    what: str
    values: Sequence[float]
    unit: str = "ms"
    goal: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        return sorted(self.values)[max(0, -(-len(self.values) * 95 // 100) - 1)]


async def timed(what: str, run: Callable[[], Awaitable[object]], n: int, goal: str = "") -> Measured:
    """Milliseconds of `n` runs, after one that is not counted."""
    await run()
    values = []
    for _ in range(n):
        started = time.perf_counter()
        await run()
        values.append((time.perf_counter() - started) * 1000)
    return Measured(what, values, goal=goal)


def table(rows: Sequence[Measured]) -> str:
    """A Markdown table; raises where nothing was measured, since that is no result."""
    if not rows or any(not row.values for row in rows):
        raise SystemExit("nothing was measured")
    lines = ["| what | n | median | p95 | goal |", "|---|---:|---:|---:|---|"]
    lines += [
        f"| {row.what} | {len(row.values)} | {row.median:,.1f} {row.unit} | {row.p95:,.1f} {row.unit} | {row.goal} |"
        for row in rows
    ]
    return "\n".join(lines)
