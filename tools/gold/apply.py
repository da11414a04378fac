"""Installs the gold layer on Databricks: `python -m tools.gold.apply [--dry-run | --sql]`.

Where is said by --warehouse-id, --catalog and --schema, or by HEALTH_MONITOR_WAREHOUSE_ID, HEALTH_MONITOR_CATALOG and
HEALTH_MONITOR_SCHEMA; the SDK reads its own variables.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from tools.errors import HealthMonitorError, MisconfiguredError, MissingTableError
from tools.gold import OPTIONAL_TABLES, assets, standin, system_tables_read
from tools.warehouse import Statement, Warehouse
from tools.warehouse.metrics import MetricView, metric_views
from tools.warehouse.opening import open_warehouse

SECONDS = 300.0
_PLAIN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Definition:
    """One CREATE statement; `lacks` are the system tables without which it cannot be installed."""

    name: str
    sql: str
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What was (or, in a dry run, would be) installed, what was not and why, and what stands in for what."""

    installed: tuple[str, ...]
    refused: Mapping[str, str]
    absent: Mapping[str, MissingTableError] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{len(self.installed)} installed, {len(self.refused)} not installed."]
        for table, error in sorted(self.absent.items()):
            effect = "an empty view stands in for it" if table in OPTIONAL_TABLES else "what reads it is left out"
            lines.append(f"{table} is not available: {effect}. {error.do}")
        lines += [f"not installed: {name}: {why}" for name, why in self.refused.items()]
        return "\n".join(lines)


def definitions(catalog: str, schema: str, absent: frozenset[str] = frozenset()) -> Iterator[Definition]:
    """Everything to install, in order: stand-ins, views and functions, metric views."""
    optional, needed = absent & OPTIONAL_TABLES, absent - OPTIONAL_TABLES
    for table in sorted(optional):
        yield Definition(standin.name(table), standin.definition(table))
    for asset in assets():
        lacks = tuple(sorted(system_tables_read(asset.sql) & needed))
        yield Definition(asset.name, standin.replaced(asset.sql, optional), lacks)
    for view in metric_views().values():
        lacks = tuple(sorted(system_tables_read(view.name) & needed))
        yield Definition(view.name, metric_definition(view, catalog, schema), lacks)


def metric_definition(view: MetricView, catalog: str, schema: str) -> str:
    """The YAML as it is, but for the full name of its source."""
    place = ".".join(part if _PLAIN.fullmatch(part) else f"`{part}`" for part in (catalog, schema) if part)
    source = f"{place}.{view.source}" if place else view.source
    text = re.sub(r"^source:.*$", lambda _: f'source: "{source}"', view.text, flags=re.MULTILINE)
    return f"CREATE OR REPLACE VIEW {view.name} WITH METRICS LANGUAGE YAML AS $$\n{text}$$"


async def absent_tables(warehouse: Warehouse) -> Mapping[str, MissingTableError]:
    """The system tables that gold reads and the warehouse does not give, each with what would give it."""
    tables = sorted({table for asset in assets() for table in system_tables_read(asset.sql)})
    outcomes = await asyncio.gather(*(_missing(warehouse, table) for table in tables))
    return {table: error for table, error in zip(tables, outcomes, strict=True) if error}


async def _missing(warehouse: Warehouse, table: str) -> MissingTableError | None:
    probe = exp.select("1").from_(table).limit(0).sql("databricks")
    try:
        await warehouse.query(Statement("gold.apply", probe, timeout_seconds=SECONDS))
    except MissingTableError as error:
        return error
    return None


async def apply(warehouse: Warehouse, catalog: str, schema: str, *, dry_run: bool = False) -> Report:
    """Installs what can be installed; one definition that fails does not stop the rest."""
    absent = await absent_tables(warehouse)
    installed, refused = [], {}
    for definition in definitions(catalog, schema, frozenset(absent)):
        if definition.lacks:
            refused[definition.name] = f"it reads {', '.join(definition.lacks)}"
            continue
        try:
            if not dry_run:
                await warehouse.query(Statement("gold.apply", definition.sql, timeout_seconds=SECONDS))
            installed.append(definition.name)
        except HealthMonitorError as error:
            refused[definition.name] = f"{error.sentence()} ({error.id}: {error.__cause__ or 'see the log'})"
    return Report(tuple(installed), refused, absent)


def main(arguments: Sequence[str]) -> int:
    """0 if everything was installed, 1 if something was not, 2 if the warehouse could not be asked."""
    chosen = _options(arguments)
    if chosen.sql:
        sys.stdout.writelines(f"{definition.sql};\n\n" for definition in definitions(chosen.catalog, chosen.schema))
        return 0
    try:
        report = asyncio.run(_applied(chosen.warehouse_id, chosen.catalog, chosen.schema, dry_run=chosen.dry_run))
    except HealthMonitorError as error:
        sys.stderr.write(f"{error.sentence()} ({error.id})\n")
        return 2
    sys.stdout.write(f"{report}\n")
    return 1 if report.refused else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.gold.apply", description="Install the gold layer.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="ask which system tables are there, install nothing")
    what.add_argument("--sql", action="store_true", help="print the statements and ask nothing")
    for name in ("warehouse-id", "catalog", "schema"):
        variable = f"HEALTH_MONITOR_{name.replace('-', '_').upper()}"
        parser.add_argument(f"--{name}", default=os.environ.get(variable, ""), help=f"instead of {variable}")
    return parser.parse_args(arguments)


async def _applied(warehouse_id: str, catalog: str, schema: str, *, dry_run: bool) -> Report:
    if not catalog or not schema:
        raise MisconfiguredError(
            "No catalog and schema for the gold layer are named.",
            do="Set HEALTH_MONITOR_CATALOG and HEALTH_MONITOR_SCHEMA.",
        )
    warehouse = open_warehouse("databricks", warehouse_id=warehouse_id, catalog=catalog, schema=schema)
    try:
        return await apply(warehouse, catalog, schema, dry_run=dry_run)
    finally:
        await warehouse.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
