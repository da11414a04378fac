"""One SQL warehouse in figures: its queue by hour, its size, and the tables and chart that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.answer import Chart, Grid
from agents.attempt import Attempt

PER_CLUSTER = 10  # statements that one cluster of a warehouse takes at a time
RUSH = 0.3  # share of an hour's statements that wait, from which the hour is a rush


@dataclass(frozen=True, slots=True)
class House:
    """One warehouse: its hours in both periods, and what the sizing tool says of it."""

    workspace: str
    warehouse: str
    now: tuple[Mapping[str, Any], ...]
    usual: tuple[Mapping[str, Any], ...]
    sizing: Mapping[str, Any]

    def _sum(self, rows: Sequence[Mapping[str, Any]], name: str) -> float:
        return float(sum(row[name] for row in rows))

    @property
    def statements(self) -> int:
        return int(self._sum(self.now, "statements"))

    @property
    def queued(self) -> int:
        return int(self._sum(self.now, "queued"))

    @property
    def queued_share(self) -> float:
        return self.queued / max(self.statements, 1)

    @property
    def usual_share(self) -> float:
        return self._sum(self.usual, "queued") / max(self._sum(self.usual, "statements"), 1)

    @property
    def mean_wait(self) -> float:
        """Seconds that a statement which waited waited."""
        return self._sum(self.now, "queue_seconds") / max(self.queued, 1)

    @property
    def rush(self) -> tuple[int, ...]:
        """Hours of the day (asker's zone) in which most statements wait."""
        return tuple(row["hour"] for row in self.now if row["queued"] > RUSH * row["statements"] and row["queued"] >= 5)

    @property
    def is_waiting(self) -> bool:
        return bool(self.rush) or self.queued_share > 0.1

    @property
    def clusters(self) -> int | None:
        return self.sizing.get("max_clusters")

    @property
    def needed(self) -> int | None:
        """Clusters that would have taken the busiest moment without waiting."""
        peak = self.sizing.get("peak_concurrency")
        return -(-int(peak) // PER_CLUSTER) if peak else None


def clock(hours: Sequence[int]) -> str:
    """Consecutive hours as a span: 13:00–16:00."""
    spans: list[tuple[int, int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour:
            spans[-1] = (spans[-1][0], hour + 1)
        else:
            spans.append((hour, hour + 1))
    return ", ".join(f"{first:02d}:00–{last:02d}:00" for first, last in spans)


def by_warehouse(houses: Sequence[House], ids: tuple[str, ...]) -> Grid:
    def row(one: House) -> tuple[Any, ...]:
        size = one.sizing
        return (
            one.warehouse,
            one.workspace,
            size.get("warehouse_size"),
            one.clusters,
            one.statements,
            one.queued_share,
            one.usual_share,
            one.mean_wait if one.queued else None,
            size.get("peak_concurrency"),
            (size.get("idle_pct") or 0) / 100 if size.get("idle_pct") is not None else None,
        )

    return Grid(
        "Warehouses",
        (
            "warehouse",
            "workspace",
            "size",
            "max clusters",
            "statements",
            "queued",
            "queued before",
            "wait s",
            "at once (peak)",
            "idle",
        ),
        tuple(row(one) for one in houses[:12]),
        ("text", "text", "text", "number", "number", "percent", "percent", "number", "number", "percent"),
        ids,
    )


def by_hour(one: House, tz: str, ids: tuple[str, ...]) -> Grid:
    usual = {row["hour"]: row for row in one.usual}
    return Grid(
        f"{one.warehouse} by hour of the day ({tz})",
        ("hour", "statements", "queued", "wait s", "95% s", "95% s before"),
        tuple(
            (
                f"{row['hour']:02d}:00",
                row["statements"],
                row["queued"] / row["statements"],
                row["mean_queue"],
                row["p95_seconds"],
                usual.get(row["hour"], {}).get("p95_seconds"),
            )
            for row in one.now
        ),
        ("text", "number", "percent", "number", "number", "number"),
        ids,
        detail=True,
    )


def efficiencies(efficiency: Attempt, warehouses: Sequence[str]) -> Grid:
    rows = [row for row in efficiency if not warehouses or row["warehouse_name"] in warehouses]
    return Grid(
        "Efficiency",
        ("warehouse", "statements", "efficient", "spilling", "queued", "slow", "from cache", "hint"),
        tuple(
            (
                row["warehouse_name"],
                row["query_count"],
                row["efficient_pct"] / 100,
                row["high_spill_count"],
                row["high_queue_count"],
                row["slow_count"],
                row["cache_hit_pct"] / 100,
                row["scaling_hint"].lower().replace("_", " "),
            )
            for row in rows[:12]
        ),
        ("text", "number", "percent", "number", "number", "number", "percent", "text"),
        efficiency.ids,
        detail=True,
    )


def waits(houses: Sequence[House], tz: str) -> tuple[Chart, ...]:
    one = houses[0]
    if not one.queued:
        return ()
    hours = tuple(f"{row['hour']:02d}" for row in one.now)
    waits = tuple(round(row["queue_seconds"] / row["statements"], 1) for row in one.now)
    alt = ", ".join(f"{hour}:00 {wait:.0f} s" for hour, wait in zip(hours, waits, strict=True) if wait >= 1) or "none"
    busiest = hours[waits.index(max(waits))]
    return (
        Chart(
            f"Mean wait on {one.warehouse} by hour ({tz})",
            "bar",
            hours,
            {"seconds in the queue": waits},
            "seconds",
            f"Mean wait per statement: {alt}.",
            busiest,
        ),
    )
