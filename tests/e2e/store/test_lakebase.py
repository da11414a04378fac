"""The store on Lakebase: a Postgres that takes only the workspace's newest token for a password."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.database import Database
from bot.schema import STEPS, version
from bot.store import Store
from tests.account import write_account
from tests.contract.store import Clock
from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tests.loopback_databricks.workspace import APP_USER
from tests.postgres import Postgres, postgres
from tools.errors import LaterError, MisconfiguredError

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(entry="scram-sha-256") as running:
        running.run(f'CREATE ROLE "{APP_USER}" LOGIN')
        yield running


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as running:
        running.databases.hosts["store"] = "127.0.0.1"
        for name, value in (running.environment | {"PGSSLMODE": "disable"}).items():
            monkeypatch.setenv(name, value)
        yield running
    engine.close()


def opens_with(server: Postgres, token: str) -> None:
    server.run(f"ALTER ROLE \"{APP_USER}\" PASSWORD '{token}'")


def url_of(server: Postgres, instance: str = "store") -> str:
    database = server.database().rpartition("/")[2]
    server.run(f'ALTER DATABASE {database} OWNER TO "{APP_USER}"')
    return f"lakebase://{instance}:{server.port}/{database}"


async def test_a_token_is_kept_while_it_is_good_and_renewed_before_it_ends(
    server: Postgres, workspace: LoopbackWorkspace
) -> None:
    clock = Clock()
    clock.now = datetime.now(UTC)
    opens_with(server, "token-1")
    url = url_of(server)
    database = Database(url, clock=clock)
    await database.open()
    assert await database.run(version) == len(STEPS)
    assert workspace.databases.tokens == ["token-1"]

    async def connects_anew() -> int:
        await asyncio.to_thread(database._engine.dispose)
        return await database.run(version)

    assert await connects_anew() == len(STEPS) and workspace.databases.tokens == ["token-1"]
    clock.now += timedelta(minutes=56)
    opens_with(server, "token-2")
    assert await connects_anew() == len(STEPS) and workspace.databases.tokens == ["token-1", "token-2"]
    await database.close()


@pytest.mark.parametrize(
    ("instance", "status", "error"),
    [("elsewhere", 0, MisconfiguredError), ("store", 403, MisconfiguredError), ("store", 500, LaterError)],
)
async def test_a_workspace_that_refuses_is_named(
    instance: str, status: int, error: type[Exception], server: Postgres, workspace: LoopbackWorkspace
) -> None:
    if status:
        workspace.faults.append(Fault("/database/credentials", status, times=99, code="INTERNAL_ERROR"))
    store = Store(url_of(server, instance))
    with pytest.raises(error):
        await store.open()
    await store.close()


async def test_a_workspace_that_is_not_there_is_named(server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("DATABRICKS_HOST", raising=False)
    store = Store(url_of(server))
    with pytest.raises(MisconfiguredError, match="Lakebase instance store"):
        await store.open()
    await store.close()
