"""Writes the sample account: real-shaped system tables with planted incidents, in one DuckDB file."""

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from tools.sample import access, billing, compute, lakeflow, lineage, mlflow, quality, queries, runs, schema, serving
from tools.sample.moments import DAYS, Moments, day_number
from tools.sample.plan import Plan
from tools.sample.plan import plan as planned
from tools.sample.rows import seed_table

MOST = 100  # the largest scale: the ids of runs have room for so many copies
SESSION = ("SET TimeZone = 'UTC'", "SET search_path = 'main,made'")
MACROS = (
    "CREATE MACRO made.uniform(a, b, c, salt) AS (hash(a, b, c, salt, {seed}) % 1000000) / 1000000.0",
    "CREATE MACRO made.normal(a, b, c, salt) AS "
    "2 * (uniform(a, b, c, salt) + uniform(a, b, c, salt + 1000) + uniform(a, b, c, salt + 2000) - 1.5)",
    "CREATE MACRO made.update_id(pipeline, day) AS format('{{:016x}}', hash(pipeline, day, {seed}))",
)


def write(path: Path, *, today: datetime, seed: int = 7, scale: int = 1) -> None:
    """Build the file beside its place and move it there, so that a reader never sees half of it."""
    if not 1 <= scale <= MOST:
        raise ValueError(f"a sample's scale lies between 1 and {MOST}, not at {scale}")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with duckdb.connect(str(part)) as connection:
            fill(connection, today, seed, scale)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        part.with_name(f"{part.name}.wal").unlink(missing_ok=True)


def moment(text: str) -> datetime:
    """An ISO date means that day at 10:00 UTC; a time without a zone is UTC."""
    if len(text) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(text), time(10), UTC)
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def fill(connection: duckdb.DuckDBPyConnection, today: datetime, seed: int, scale: int = 1, since: date | None = None) -> None:
    """All tables of a sample; `since` leaves out what happened on earlier days, definitions and prices apart."""
    plan = planned(today, seed)
    begin(connection, plan, scale)
    for domain in (billing, access, compute, lakeflow, lineage, queries, serving):
        domain.prepare(connection, plan)
    # Two threads for two cores, since a statement over such small tables keeps only one busy.
    with connection.cursor() as beside, ThreadPoolExecutor(1) as pool:
        for setting in SESSION:
            beside.execute(setting)
        for first, last in _chunks(since or plan.when.first, plan.when, max(1, 30 // scale)):
            runs.make(connection, first, last)
            rest = pool.submit(_rest, beside, plan, first, last)
            billing.make(connection, plan, first, last, scale)
            rest.result()
    for domain in (billing, access, lakeflow, mlflow, quality):
        domain.plant(connection, plan)


def _rest(connection: duckdb.DuckDBPyConnection, plan: Plan, first: date, last: date) -> None:
    for domain in (access, compute, lakeflow, lineage, queries, serving):
        domain.make(connection, plan, first, last)


def begin(connection: duckdb.DuckDBPyConnection, plan: Plan, scale: int) -> None:
    """Settings, the empty tables, and the temporary tables that every domain reads."""
    _configure(connection, plan.seed)
    schema.create(connection)
    _calendar(connection, plan.when, scale)
    runs.prepare(connection, plan)


def _configure(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    connection.execute("SET enable_progress_bar = false")  # it would be drawn on standard output
    connection.execute("SET memory_limit = '4GB'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("ATTACH ':memory:' AS made")
    for setting in SESSION:
        connection.execute(setting)
    for macro in MACROS:
        connection.execute(macro.format(seed=seed))


def _calendar(connection: duckdb.DuckDBPyConnection, when: Moments, scale: int) -> None:
    days = [when.first + timedelta(days=ahead) for ahead in range(DAYS)]
    seed_table(
        connection,
        "days",
        [
            {
                "day": day,
                "index": at,
                "number": day_number(day),
                "weekday": day.isoweekday(),
                "start": datetime.combine(day, time(), UTC),
            }
            for at, day in enumerate(days)
        ],
    )
    connection.execute("CREATE TABLE made.copies AS SELECT unnest(range(?)) AS copy", [scale])


def _chunks(first: date, when: Moments, days: int) -> Iterator[tuple[date, date]]:
    end = when.today + timedelta(days=1)
    while first < end:
        last = min(end, first + timedelta(days=days))
        yield first, last
        first = last
