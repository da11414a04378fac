"""Runs in the environment of Spark: `python -m tests.parity.spark_runner plan.json results.json`."""

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession

from tests.parity.values import encoded

_DECODE: Mapping[str, Any] = {
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "decimal": Decimal,
    "float": float,
}


def main(plan_path: str, results_path: str) -> None:
    plan = json.loads(Path(plan_path).read_text())
    spark = _session(plan["directory"])
    for statement in plan["setup"]:
        spark.sql(statement)
    results = {
        "definitions": {name: _attempt(lambda sql=sql: spark.sql(sql) and {}) for name, sql in plan["definitions"].items()},
        "asks": {ask["id"]: _attempt(lambda ask=ask: _rows(spark, ask)) for ask in plan["asks"]},
    }
    Path(results_path).write_text(json.dumps(results))
    spark.stop()


def _session(directory: str) -> SparkSession:
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.warehouse.dir": f"{directory}/warehouse",
        "spark.sql.maxPlanStringLength": "10000000",
        "spark.sql.maxMetadataStringLength": "100000",
        "spark.sql.debug.maxToStringFields": "10000",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={directory} -XX:TieredStopAtLevel=1",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def _attempt(work: Any) -> Any:
    try:
        return work()
    except Exception as error:
        return {"error": str(error).split("JVM stacktrace")[0][:1500]}


def _rows(spark: SparkSession, ask: Mapping[str, Any]) -> dict[str, Any]:
    frame = spark.sql(ask["sql"], args={name: _decoded(value) for name, value in ask["params"].items()} or None)
    rows = [[encoded(_plain(value)) for value in row] for row in frame.collect()]
    plan = frame._jdf.queryExecution().executedPlan().toString()
    return {"columns": frame.columns, "rows": rows, "plan": plan}


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _DECODE[kind](text)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return {name: _plain(item) for name, item in value.asDict().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


if __name__ == "__main__":
    main(*sys.argv[1:3])
