"""The small account and what each engine answered."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.loopback_databricks import Engine, LoopbackWorkspace
from tests.parity import data, spark
from tests.parity.dashboards import datasets
from tests.parity.investigations import statements
from tests.parity.questions import Ask, asks
from tests.parity.values import encoded
from tools.table import Table
from tools.warehouse import Statement, Warehouse
from tools.warehouse.databricks import DatabricksWarehouse, Target
from tools.warehouse.embedded import EmbeddedWarehouse

Results = Mapping[str, Any]
Selection = tuple[tuple[Ask, ...], tuple[str, ...]]
MANY_ROWS = 100_000


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data.write(tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="session")
def investigated(request: pytest.FixtureRequest, account: Path) -> Mapping[str, tuple[Ask, ...]]:
    """The statements of the topics that the chosen tests are about."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    return statements(account, dict.fromkeys(each["topic"] for each in params if "topic" in each))


@pytest.fixture(scope="session")
def selection(request: pytest.FixtureRequest, investigated: Mapping[str, tuple[Ask, ...]]) -> Selection:
    """What the chosen tests ask, and the definitions that they name: with -k the engines do no more than that."""
    chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    ids = {getattr(ask, "id", ask) for params in chosen for ask in (params.get("ask"),)}
    about = {params["asset"] for params in chosen if "asset" in params}
    names = tuple(params["name"] for params in chosen if "name" in params)
    own = tuple(ask for asked in investigated.values() for ask in asked)
    return (*(ask for ask in (*asks(), *datasets()) if ask.id in ids or ask.asset in about), *own), names


@pytest.fixture(scope="session")
def on_duckdb(account: Path, selection: Selection) -> Results:
    return asyncio.run(_answers(EmbeddedWarehouse(account, data.NOW), selection[0]))


@pytest.fixture(scope="session")
def through_sdk(account: Path, selection: Selection) -> Iterator[Results]:
    engine = Engine(account, now=data.NOW)
    with LoopbackWorkspace(engine) as workspace, pytest.MonkeyPatch.context() as environment:
        workspace.statements.chunk_rows = 50
        for name, value in workspace.environment.items():
            environment.setenv(name, value)
        yield asyncio.run(_answers(DatabricksWarehouse(Target("warehouse-1", "main", "gold")), selection[0]))
    engine.close()


@pytest.fixture(scope="session")
def spark_results(account: Path, selection: Selection) -> Results:
    reason = spark.unavailable()
    if reason and os.environ.get("CI") != "true":
        pytest.skip(reason)
    assert not reason, reason
    return spark.run(account.parent, data.NOW, *selection)


@pytest.fixture(scope="session")
def on_spark(spark_results: Results) -> Results:
    answers: Results = spark_results["asks"]
    return answers


@pytest.fixture(scope="session")
def spark_definitions(spark_results: Results) -> Results:
    definitions: Results = spark_results["definitions"]
    return definitions


async def _answers(warehouse: Warehouse, asked: Sequence[Ask]) -> Results:
    try:
        return {ask.id: await _answer(warehouse, ask) for ask in asked}
    finally:
        await warehouse.close()


async def _answer(warehouse: Warehouse, ask: Ask) -> Any:
    try:
        table = await warehouse.query(Statement(ask.asset, ask.sql, ask.params, max_rows=MANY_ROWS))
    except Exception as error:
        return {"error": f"{error!r} {error.__cause__!r}"}
    return _encoded(table)


def _encoded(table: Table) -> dict[str, Any]:
    return {"columns": list(table.columns), "rows": [[encoded(value) for value in row] for row in table.rows]}
