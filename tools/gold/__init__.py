"""The gold layer: views, table functions and metric views, written once in Databricks SQL."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILES = (
    "shared",
    "cost",
    "spend",
    "spend_trends",
    "spend_outlook",
    "reliability",
    "durations",
    "attempts",
    "recovery",
    "job_costs",
    "job_compute",
    "quality",
    "lineage",
    "table_use",
    "freshness",
    "mlops",
    "serving",
    "serving_health",
    "monitors",
    "inference",
    "security",
    "activity",
    "habits",
    "access",
    "exposure",
    "performance",
    "queries",
    "query_trends",
    "warehouses",
    "clusters",
)

# Without these an answer lacks names, the contract's price, running hours or node sizes, and says so; without any other it
# cannot be given.
OPTIONAL_TABLES = frozenset(
    {
        "system.billing.account_prices",
        "system.access.workspaces_latest",
        "system.lakeflow.jobs",
        "system.lakeflow.pipelines",
        "system.compute.clusters",
        "system.compute.warehouses",
        "system.compute.warehouse_events",
        "system.compute.node_types",
        "system.serving.served_entities",
    }
)
_HERE = Path(__file__).parent
_DEFINITION = re.compile(r"CREATE OR REPLACE (VIEW|FUNCTION) (\w+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """One CREATE statement of the gold layer, from `file`.sql."""

    kind: str
    name: str
    sql: str
    file: str


@lru_cache(maxsize=1)
def assets() -> tuple[Asset, ...]:
    """Every view and function, in the order in which they build on each other."""
    return tuple(asset for stem in FILES for asset in _read(stem))


def _read(stem: str) -> Iterator[Asset]:
    for part in re.split(r";\s*$", (_HERE / f"{stem}.sql").read_text(), flags=re.MULTILINE):
        match = _DEFINITION.search(part)
        if match:
            yield Asset(match[1], match[2], part[match.start() :].strip(), stem)


@lru_cache(maxsize=2048)
def assets_read(sql: str) -> tuple[Asset, ...]:
    """The views and functions that a statement uses, itself or through others, in the order of `assets`."""
    return tuple(asset for asset in assets() if asset.name in _used(sql))


@lru_cache(maxsize=2048)
def system_tables_read(sql: str) -> frozenset[str]:
    """The system tables that a statement reads, itself or through the gold layer."""
    texts = (sql, *(_definitions()[name] for name in _used(sql)))
    return frozenset(table for text in texts for table in re.findall(r"\bsystem\.\w+\.\w+", text))


@lru_cache(maxsize=2048)
def _used(sql: str) -> frozenset[str]:
    definitions = _definitions()
    seen: set[str] = set()
    waiting = [sql]
    while waiting:
        new = {word for word in re.findall(r"\w+", waiting.pop()) if word in definitions} - seen
        seen |= new
        waiting.extend(definitions[name] for name in new)
    return frozenset(seen)


@lru_cache(maxsize=1)
def _definitions() -> Mapping[str, str]:
    """The text of every view, function and metric view, by name."""
    metric_views = {path.stem: path.read_text() for path in (_HERE / "metrics").glob("*.yaml")}
    return {asset.name: asset.sql for asset in assets()} | metric_views


@lru_cache(maxsize=1)
def function_names() -> frozenset[str]:
    return frozenset(asset.name for asset in assets() if asset.kind == "FUNCTION")
