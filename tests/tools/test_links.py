from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from tools.links import Dashboards, https, resource_url
from tools.period import Period

DAY = Period.of_days(date(2026, 11, 17), date(2026, 11, 17), "UTC")


def test_a_dashboard_link_carries_the_period() -> None:
    url = Dashboards("acme.cloud.databricks.com", {"Cost Intelligence": "01ab"}).url("Cost Intelligence", DAY)
    assert url is not None
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("acme.cloud.databricks.com", "/dashboardsv3/01ab/published")
    assert parse_qs(parts.query) == {"f_filters~period": ["2026-11-17~2026-11-17"]}


@pytest.mark.parametrize(("workspaces", "shown"), [((), None), (("prod & eu",), ["prod & eu"]), (("prod & eu", "dev"), None)])
def test_a_dashboard_shows_the_one_workspace_that_is_asked_about(workspaces: tuple[str, ...], shown: list[str] | None) -> None:
    dashboards = Dashboards("acme.cloud.databricks.com", {"Job Operations": "01cd"}).showing(workspaces)
    query = parse_qs(urlsplit(dashboards.url("Job Operations", DAY) or "").query)
    assert query.get("f_filters~workspace") == shown and query["f_filters~period"] == ["2026-11-17~2026-11-17"]


def test_an_unknown_dashboard_has_no_link() -> None:
    assert Dashboards("acme.cloud.databricks.com", {}).url("Cost Intelligence", DAY) is None
    assert Dashboards("", {"Cost Intelligence": "01ab"}).url("Cost Intelligence", DAY) is None


@pytest.mark.parametrize("host", ["javascript:alert(1)", "evil.com/path?x=", "a b.com", "", "<script>.com", "host:8080@x"])
def test_only_a_host_name_becomes_an_address(host: str) -> None:
    assert https(host) is None
    assert resource_url(host, "1", "job", "7") is None


def test_a_job_link_escapes_what_comes_from_data() -> None:
    assert resource_url("https://a.example.com/", "1&x=2", "job", "7/../8") == (
        "https://a.example.com/jobs/7%2F..%2F8?o=1%26x%3D2"
    )


def test_a_model_and_an_experiment_have_an_address() -> None:
    assert resource_url("a.example.com", "1", "model", "prod.ml.fraud model") == (
        "https://a.example.com/explore/data/models/prod/ml/fraud%20model?o=1"
    )
    assert resource_url("a.example.com", "1", "experiment", "41") == "https://a.example.com/ml/experiments/41?o=1"
