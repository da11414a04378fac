"""A small account, and a workspace on the loopback that serves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.account import write_account
from tests.loopback_databricks import Engine, LoopbackWorkspace


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three workspaces; data classification is not enabled."""
    workspaces = [
        {"account_id": "a", "workspace_id": str(n), "workspace_name": name, "status": "RUNNING"}
        for n, name in enumerate(["prod", "dev", 'it\'s 100% "quoted"; --'], start=1)
    ]
    return write_account(
        tmp_path_factory.mktemp("account") / "account.duckdb",
        {"system.access.workspaces_latest": workspaces},
        leave_out=("system.data_classification.results", "system.billing.account_prices"),
    )


@pytest.fixture(scope="package")
def engine(account: Path) -> Iterator[Engine]:
    running = Engine(account)
    yield running
    running.close()


@pytest.fixture
def workspace(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    engine.denied.clear()
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
