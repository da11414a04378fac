"""The bundle names dashboards that exist, under the titles by which answers link to them."""

from typing import Any

import yaml

from bot.settings import DASHBOARDS, ROOT
from tools.dashboards import HERE, STEMS
from tools.dashboards.lakeview import read
from tools.dashboards.write import file

DECLARED = ROOT / "resources" / "dashboards.yml"
BUNDLE: dict[str, Any] = yaml.safe_load((ROOT / "databricks.yml").read_text())
RESOURCES: dict[str, Any] = yaml.safe_load(DECLARED.read_text())["resources"]["dashboards"]


def test_every_dashboard_is_deployed_from_its_file_under_its_title() -> None:
    assert DECLARED in {path for pattern in BUNDLE["include"] for path in ROOT.glob(pattern)}
    for stem in STEMS:
        assert (DECLARED.parent / RESOURCES[stem]["file_path"]).resolve() == file(stem)
        assert RESOURCES[stem]["display_name"] == read((HERE / f"{stem}.yaml").read_text()).title
    assert RESOURCES.keys() == set(STEMS)


def test_what_answers_link_to_is_deployed() -> None:
    assert set(DASHBOARDS) <= {dashboard["display_name"] for dashboard in RESOURCES.values()}


def test_every_variable_that_is_used_is_declared() -> None:
    used = {str(v).removeprefix("${var.").rstrip("}") for d in RESOURCES.values() for v in d.values() if "${var." in str(v)}
    assert used == BUNDLE["variables"].keys()
