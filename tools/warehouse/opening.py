"""Which warehouse a setting means: a DuckDB file, or a SQL warehouse of a Databricks workspace."""

from datetime import datetime
from pathlib import Path

from tools.errors import MisconfiguredError
from tools.warehouse import Warehouse

FILE_PREFIX = "duckdb:///"


def file_of(url: str) -> Path:
    """The file of a `duckdb:///` address: from here, or from the root where there is none here."""
    path = Path(url.removeprefix(FILE_PREFIX))
    from_root = Path("/") / path
    return from_root if not path.exists() and from_root.exists() else path


def open_warehouse(
    url: str, *, warehouse_id: str = "", catalog: str = "", schema: str = "", now: datetime | None = None
) -> Warehouse:
    """The warehouse at `duckdb:///path/file.duckdb` or `databricks`; `now` stops the clock of a file's SQL.

    Raises MisconfiguredError for a setting that is absent or wrong, LaterError for a file that is being written.
    Each engine's library is loaded only when it is the one that is used.
    """
    if url.startswith(FILE_PREFIX):
        from tools.warehouse.embedded import EmbeddedWarehouse

        return EmbeddedWarehouse(file_of(url), now=now)
    if url != "databricks":
        raise MisconfiguredError(
            f"HEALTH_MONITOR_WAREHOUSE is {url[:80]!r}.", do=f"Use {FILE_PREFIX}path/file.duckdb, or databricks."
        )
    if not warehouse_id:
        raise MisconfiguredError("No SQL warehouse is named.", do="Set HEALTH_MONITOR_WAREHOUSE_ID to the id of a SQL warehouse.")
    from tools.warehouse.databricks import DatabricksWarehouse, Target

    return DatabricksWarehouse(Target(warehouse_id, catalog, schema))
