"""The endpoints of the workspace beside SQL, asked by the real SDK."""

from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from tests.account import write_account
from tests.loopback_databricks import Engine, LoopbackWorkspace
from tests.loopback_databricks.workspace import APP_USER


def test_serving_dashboards_and_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as workspace:
        for name, value in workspace.environment.items():
            monkeypatch.setenv(name, value)
        workspace.serving.endpoints["anomalies"] = {"predictions": [0.5]}
        workspace.dashboards.append({"dashboard_id": "d1", "display_name": "Cost Intelligence"})
        client = WorkspaceClient()
        assert client.current_user.me().user_name == APP_USER
        assert [endpoint.name for endpoint in client.serving_endpoints.list()] == ["anomalies"]
        assert client.serving_endpoints.query("anomalies", inputs=[1]).predictions == [0.5]
        assert [dashboard.display_name for dashboard in client.lakeview.list()] == ["Cost Intelligence"]
    engine.close()
