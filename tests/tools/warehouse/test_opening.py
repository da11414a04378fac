"""Which warehouse a setting opens."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.errors import MisconfiguredError
from tools.warehouse import Statement
from tools.warehouse.databricks import DatabricksWarehouse
from tools.warehouse.embedded import EmbeddedWarehouse
from tools.warehouse.opening import open_warehouse


async def test_a_file_opens_the_embedded_warehouse(account: Path) -> None:
    warehouse = open_warehouse(f"duckdb:///{account}")
    assert isinstance(warehouse, EmbeddedWarehouse)
    assert (await warehouse.query(Statement("n", "SELECT count(*) AS n FROM dim_workspace"))).rows == ((3,),)
    await warehouse.close()


async def test_databricks_opens_the_sql_warehouse_without_asking_it_anything() -> None:
    warehouse = open_warehouse("databricks", warehouse_id="w", catalog="main", schema="gold")
    assert isinstance(warehouse, DatabricksWarehouse)
    await warehouse.close()


def test_databricks_needs_a_warehouse() -> None:
    with pytest.raises(MisconfiguredError) as caught:
        open_warehouse("databricks")
    assert "HEALTH_MONITOR_WAREHOUSE_ID" in caught.value.do


@pytest.mark.parametrize("url", ["", "postgres://x", "duckdb://relative"])
def test_another_setting_is_named(url: str) -> None:
    with pytest.raises(MisconfiguredError, match="HEALTH_MONITOR_WAREHOUSE is") as caught:
        open_warehouse(url)
    assert "duckdb:///path/file.duckdb" in caught.value.do


def test_a_vendors_library_is_loaded_only_when_it_is_used() -> None:
    code = (
        "import sys, tools.warehouse, tools.warehouse.opening, tools.warehouse.cache;"
        "print([name for name in ('duckdb', 'databricks.sdk', 'sqlglot') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.strip() == "[]"
