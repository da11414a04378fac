"""Dashboards found by their titles, by the real SDK on a workspace on the loopback; none is better than a dead link."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from tests.account import write_account
from tests.loopback_databricks import Engine, Fault, LoopbackWorkspace
from tools.dashboards.finding import KEEP_SECONDS, RETRY_SECONDS, FoundDashboards
from tools.links import Dashboards
from tools.period import Period

TITLES = ("Cost Intelligence", "Job Operations", "Data Quality")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackWorkspace]:
    engine = Engine(write_account(tmp_path / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
    engine.close()


def has(workspace: LoopbackWorkspace, *dashboards: tuple[str, str]) -> None:
    workspace.dashboards[:] = [{"dashboard_id": key, "display_name": title} for key, title in dashboards]


def test_by_title_and_by_configured_id_each_with_its_link(workspace: LoopbackWorkspace, now) -> None:  # type: ignore[no-untyped-def]
    has(workspace, ("d1", "Cost Intelligence"), ("d2", "Something else"), ("d9", "Data Quality"))
    found = FoundDashboards(TITLES, {"Data Quality": "set", "Job Operations": ""}, WorkspaceClient)
    found.wait(10)
    assert dict(found) == {"Cost Intelligence": "d1", "Data Quality": "set"}
    links = Dashboards("acme.cloud.databricks.com", found)
    period = Period(now, now, "UTC")
    assert "/dashboardsv3/d1/" in str(links.url("Cost Intelligence", period))
    assert links.url("Job Operations", period) is None


def test_two_of_one_title_and_one_that_is_not_published_are_not_linked(workspace: LoopbackWorkspace) -> None:
    has(workspace, ("d1", "Cost Intelligence"), ("d2", "Cost Intelligence"), ("d3", "Job Operations"))
    workspace.unpublished.add("d3")
    found = FoundDashboards(TITLES, {}, WorkspaceClient)
    found.wait(10)
    assert dict(found) == {}


def test_the_list_is_kept_for_an_hour_and_asked_for_sooner_after_a_failure(workspace: LoopbackWorkspace) -> None:
    time = [0.0]
    has(workspace, ("d1", "Cost Intelligence"))
    workspace.faults.append(Fault("/lakeview/dashboards", 403, code="PERMISSION_DENIED"))
    found = FoundDashboards(TITLES, {}, WorkspaceClient, clock=lambda: time[0])
    found.wait(10)
    assert not found.get("Cost Intelligence")
    time[0] += RETRY_SECONDS + 1
    found.wait(10)
    assert found["Cost Intelligence"] == "d1"

    has(workspace, ("d7", "Cost Intelligence"))
    found.wait(10)
    assert found["Cost Intelligence"] == "d1"
    time[0] += KEEP_SECONDS + 1
    found.wait(10)
    assert found["Cost Intelligence"] == "d7"


def test_an_answer_does_not_wait(workspace: LoopbackWorkspace) -> None:
    workspace.latency_seconds = 1.0
    found = FoundDashboards(TITLES, {}, WorkspaceClient)
    assert found.get("Cost Intelligence") is None


def test_nothing_is_asked_where_all_are_configured() -> None:
    def never() -> WorkspaceClient:
        raise AssertionError("asked")

    found = FoundDashboards(TITLES, dict.fromkeys(TITLES, "id"), never)
    assert found["Data Quality"] == "id" and len(found) == len(TITLES)
