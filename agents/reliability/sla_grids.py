"""How promises were kept, as tables and a chart."""

from collections import defaultdict

from agents.answer import Chart, Grid
from agents.figures import percent
from agents.reliability.promises import Facts, Kept, Promise, together

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST = 10


def grids(facts: Facts) -> tuple[Grid, ...]:
    return _grid(facts), _pattern(facts), _teams(facts), _next(facts)


def cells(facts: Facts) -> dict[tuple[int, int], Kept]:
    """Runs by weekday and hour of their start."""
    found: dict[tuple[int, int], list[Kept]] = defaultdict(list)
    for row in facts.read["hours"]:
        found[(row["weekday"], row["hour"])].append(Kept(row["on_time"], row["late"], row["failed"]))
    return {cell: together(parts) for cell, parts in found.items()}


def charts(facts: Facts) -> tuple[Chart, ...]:
    """The share on time of each day of the asker's zone."""
    days: dict[str, list[Kept]] = defaultdict(list)
    for row in sorted(facts.read["hours"], key=lambda row: row["day"]):
        days[f"{row['day']:%a %-d %b}"].append(Kept(row["on_time"], row["late"], row["failed"]))
    if len(days) < 2:
        return ()
    rates = {day: together(kept) for day, kept in days.items()}
    series = {"% on time": tuple(round(100 * one.rate, 1) for one in rates.values())}
    worst = min(rates, key=lambda day: rates[day].rate)
    alt = f"by day ({facts.asked.tz}): {', '.join(f'{day} {percent(one.rate)}' for day, one in rates.items())}."
    return (Chart("Runs on time", "line", tuple(rates), series, "%", alt, worst if rates[worst].breaches else ""),)


def _grid(facts: Facts) -> Grid:
    columns = (
        "job",
        "workspace",
        "target min",
        "runs",
        "on time",
        "late",
        "failed",
        "median min",
        "before",
        "longest min",
        "owner",
    )
    rows = tuple(
        (
            one.name,
            one.workspace,
            one.target,
            one.asked.runs,
            one.asked.rate,
            one.asked.late,
            one.asked.failed,
            _round(one.median),
            _round(one.usual_median),
            _round(one.longest),
            facts.owners.get(one.key),
        )
        for one in facts.promises[: facts.question.entities.top_n or MOST]
        if one.asked.runs
    )
    kinds = ("text", "text", "number", "number", "percent", *["number"] * 5, "text")
    return Grid("SLA by job", columns, rows, kinds, facts.ids("jobs", "owners"))


def _pattern(facts: Facts) -> Grid:
    found = sorted(cells(facts).items())
    rows = tuple(
        (DAYS[day], f"{hour:02d}:00", kept.runs, kept.late, kept.failed, kept.rate)
        for (day, hour), kept in found
        if kept.breaches
    )
    columns = ("weekday", "hour of start", "runs", "late", "failed", "on time")
    kinds = ("text", "text", "number", "number", "number", "percent")
    return Grid(f"When SLAs are missed ({facts.asked.tz})", columns, rows, kinds, facts.ids("hours"), detail=True)


def _teams(facts: Facts) -> Grid:
    by: dict[str, list[Promise]] = defaultdict(list)
    for one in facts.promises:
        by[one.team].append(one)
    asked = "team" in facts.question.entities.group_by
    kept = {team: together([one.asked for one in found]) for team, found in by.items()}
    rows = tuple(
        (team, len(by[team]), one.runs, one.late, one.failed, one.rate)
        for team, one in sorted(kept.items(), key=lambda item: (item[1].rate, item[0]))
        if one.runs
    )
    kinds = ("text", "number", "number", "number", "number", "percent")
    return Grid(
        "SLA by team", ("team", "jobs", "runs", "late", "failed", "on time"), rows, kinds, facts.ids("jobs"), detail=not asked
    )


def _next(facts: Facts) -> Grid:
    place = {one.key: one for one in facts.promises}
    rows = tuple(
        (place[one.key].name, place[one.key].workspace, one.due, one.failure, one.late, "; ".join(one.reasons))
        for one in facts.risky[:MOST]
    )
    columns = ("job", "workspace", "next run", "fails", "late", "why")
    return Grid(
        "At risk of the next breach",
        columns,
        rows,
        ("text", "text", "text", "percent", "percent", "text"),
        facts.ids("recent"),
        True,
    )


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
