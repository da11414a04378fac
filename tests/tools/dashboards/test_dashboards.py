"""Each dashboard's file: made from what is declared, referring to what it holds, every dataset answered by the gold layer."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tools.dashboards import STEMS
from tools.dashboards.lakeview import COLUMNS, EVERYWHERE, spoken
from tools.dashboards.write import file, text
from tools.links import FILTERS, PERIOD_WIDGET, WORKSPACE_WIDGET
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

CONTENT: dict[str, Any] = {stem: json.loads(file(stem).read_text()) for stem in STEMS}
DATASETS = [(stem, dataset["name"]) for stem in STEMS for dataset in CONTENT[stem]["datasets"]]
PERIOD = {"period_min": date(2026, 10, 25), "period_max": date(2026, 11, 23)}


@pytest.fixture(scope="module")
def sample(sample_file: Path) -> Iterator[EmbeddedWarehouse]:
    warehouse = EmbeddedWarehouse(sample_file, NOW)
    yield warehouse
    asyncio.run(warehouse.close())


def dataset(stem: str, name: str) -> Any:
    return next(each for each in CONTENT[stem]["datasets"] if each["name"] == name)


def statement(stem: str, name: str, workspace: str = EVERYWHERE) -> Statement:
    sql = re.sub(r":period\.(min|max)", r":period_\1", "".join(dataset(stem, name)["queryLines"]))
    return Statement(f"{stem}.{name}", sql, {**PERIOD, "workspace": workspace})


def widgets(stem: str) -> list[Any]:
    return [tile["widget"] for page in CONTENT[stem]["pages"] for tile in page["layout"]]


@pytest.mark.parametrize("stem", STEMS)
def test_the_file_is_what_is_declared(stem: str) -> None:
    assert file(stem).read_text() == text(stem), "run python -m tools.dashboards.write"


@pytest.mark.parametrize(("stem", "name"), DATASETS)
async def test_every_dataset_has_rows_and_the_columns_that_widgets_show(stem: str, name: str, sample: EmbeddedWarehouse) -> None:
    table = await sample.query(statement(stem, name))
    assert len(table) > 0
    shown = {
        column["name"]
        for widget in widgets(stem)
        for query in widget.get("queries", ())
        if query["query"]["datasetName"] == name
        for column in query["query"].get("fields", ())
    }
    assert shown <= set(table.columns)


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem != "quality"])
async def test_the_workspace_narrows_what_is_counted(stem: str, sample: EmbeddedWarehouse) -> None:
    name = next(each["name"] for each in CONTENT[stem]["datasets"] if "workspace" in str(each.get("parameters")))
    everywhere = await sample.query(statement(stem, name))
    nowhere = await sample.query(statement(stem, name, "no such workspace"))
    assert everywhere.rows != nowhere.rows


@pytest.mark.parametrize("stem", STEMS)
def test_filters_set_every_parameter(stem: str) -> None:
    filters = CONTENT[stem]["pages"][0]
    assert (filters["name"], filters["pageType"]) == (FILTERS, "PAGE_TYPE_GLOBAL_FILTERS")
    assert [tile["widget"]["name"] for tile in filters["layout"]] == [PERIOD_WIDGET, WORKSPACE_WIDGET]
    for number, keyword in enumerate((PERIOD_WIDGET, WORKSPACE_WIDGET)):
        fields = filters["layout"][number]["widget"]["spec"]["encodings"]["fields"]
        set_here = {field["queryName"].removeprefix(f"{keyword}_") for field in fields if "parameterName" in field}
        taking = {d["name"] for d in CONTENT[stem]["datasets"] if keyword in [p["keyword"] for p in d.get("parameters", ())]}
        assert set_here == taking


@pytest.mark.parametrize("stem", STEMS)
def test_names_are_unique_and_refer_to_what_is_there(stem: str) -> None:
    names = [widget["name"] for widget in widgets(stem)]
    assert len(set(names)) == len(names)
    known = {each["name"] for each in CONTENT[stem]["datasets"]}
    used = {query["query"]["datasetName"] for widget in widgets(stem) for query in widget.get("queries", ())}
    assert used == known
    for widget in widgets(stem):
        queries = {query["name"]: query["query"] for query in widget.get("queries", ())}
        fields = [field for query in queries.values() for field in query.get("fields", ())]
        assert set(re.findall(r"'fieldName': '(\w+)'", str(widget.get("spec", {})))) == {field["name"] for field in fields}


@pytest.mark.parametrize("stem", STEMS)
def test_tiles_neither_overlap_nor_leave_the_grid(stem: str) -> None:
    for page in CONTENT[stem]["pages"]:
        taken = [
            (x, y)
            for at in (tile["position"] for tile in page["layout"])
            for x in range(at["x"], at["x"] + at["width"])
            for y in range(at["y"], at["y"] + at["height"])
        ]
        assert len(set(taken)) == len(taken)
        assert max(x for x, _ in taken) < COLUMNS


def test_columns_are_told_in_words() -> None:
    assert [spoken(name) for name in ("total_cost_usd", "idle_pct", "spilled_gb", "job_name")] == [
        "Total cost (USD)", "Idle (%)", "Spilled (GB)", "Job name",
    ]  # fmt: skip
