"""Apache Spark as an engine: it runs in an environment of its own, since databricks-connect replaces pyspark here."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.parity.questions import Ask
from tests.parity.values import encoded
from tools.gold import assets_read
from tools.warehouse.catalog import system_tables
from tools.warehouse.dialect import embedded_names
from tools.warehouse.metrics import MetricView, metric_views

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"


def unavailable() -> str:
    """Why Spark cannot run here, or nothing if it can."""
    if not PYTHON.exists():
        return "Spark's environment is absent: run `make spark-env`"
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        return "Java 17 is absent"
    return ""


def run(directory: Path, now: datetime, asked: Sequence[Ask], named: Iterable[str] = ()) -> Mapping[str, Any]:
    """`definitions`: {} or an error by name; `asks`: columns, rows and plan, or an error by id.

    Defines what is asked for or named, and nothing else.
    """
    plan = {
        "directory": str(directory),
        "setup": _setup(directory),
        "definitions": _definitions(" ".join([*named, *(ask.sql for ask in asked)]), now),
        "asks": [_ask(ask) for ask in asked],
    }
    plan_path, results_path = directory / "plan.json", directory / "results.json"
    plan_path.write_text(json.dumps(plan))
    subprocess.run(
        [PYTHON, "-m", "tests.parity.spark_runner", plan_path, results_path],
        check=True,
        cwd=ROOT,
        env={**os.environ, "TZ": "UTC", "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=1200,
    )
    results: Mapping[str, Any] = json.loads(results_path.read_text())
    return results


def _definitions(sql: str, now: datetime) -> dict[str, str]:
    used = [view for view in metric_views().values() if re.search(rf"\b{view.name}\b", sql)]
    return {asset.name: _for_spark(asset.sql, now) for asset in assets_read(sql)} | {
        view.name: _for_spark(metric_definition(view), now) for view in used
    }


def metric_definition(view: MetricView) -> str:
    """The metric view as open-source Spark takes it: version 0.1, which knows expressions but no display."""
    content = yaml.safe_load(view.text)
    kept = {
        "version": "0.1",
        "source": content["source"],
        **({"filter": content["filter"]} if content.get("filter") else {}),
        **{kind: [{key: e[key] for key in ("name", "expr")} for e in content[kind]] for kind in ("dimensions", "measures")},
    }
    return f"CREATE OR REPLACE VIEW {view.name} WITH METRICS LANGUAGE YAML AS $$\n{yaml.safe_dump(kept, width=10_000)}$$"


def _setup(directory: Path) -> list[str]:
    """Every system table under its own types, over the parquet files."""
    names = {table: embedded_names(table) for table in system_tables()}
    schemas = sorted({name.split(".")[0] for name in names.values()})
    statements = [f"CREATE SCHEMA IF NOT EXISTS {schema}" for schema in (*schemas, "gold")]
    for table, columns in system_tables().items():
        definitions = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
        location = directory / f"{names[table]}.parquet"
        statements.append(f"CREATE TABLE {names[table]} ({definitions}) USING parquet LOCATION '{location}'")
    return [*statements, "USE gold"]


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "id": ask.id,
        "sql": embedded_names(ask.sql),
        "params": {name: encoded(value) for name, value in ask.params.items()},
    }


def _for_spark(sql: str, now: datetime) -> str:
    """Two-part names, and the clock stopped as it is on the other engines."""
    stopped = re.sub(r"\bcurrent_date\(\)", f"DATE'{now:%Y-%m-%d}'", embedded_names(sql), flags=re.IGNORECASE)
    return re.sub(r"\bcurrent_timestamp\(\)", f"TIMESTAMP'{now:%Y-%m-%d %H:%M:%S}'", stopped, flags=re.IGNORECASE)
