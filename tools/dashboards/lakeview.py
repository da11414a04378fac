"""A declared dashboard as Lakeview reads it: datasets with their parameters, a filter page, pages of widgets in a grid."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from tools.links import FILTERS, PERIOD_WIDGET, WORKSPACE_WIDGET

Json = dict[str, Any]

EVERYWHERE = "All workspaces"  # what the workspace parameter says when it chooses none
WORKSPACES = "workspaces"
_NONE_CHOSEN = f"SELECT '{EVERYWHERE}' AS workspace"
COLUMNS = 6
_SIZES = {"text": (6, 1), "counter": (2, 3), "line": (6, 6), "bar": (3, 6), "table": (6, 7)}
_VERSIONS = {"counter": 2, "line": 3, "bar": 3, "table": 2}


@dataclass(frozen=True, slots=True)
class Widget:
    """One tile: `show` a counter (`value`), a line or bars (`x`, `y`, `color`), a table (`columns`) or text (`title`)."""

    show: str
    title: str
    data: str = ""
    value: str = ""
    x: str = ""
    y: str = ""
    color: str = ""
    columns: Sequence[str] = ()
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    title: str
    widgets: tuple[Widget, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`datasets` are Databricks SQL over gold, by name, with the markers :first_day, :last_day and :workspace."""

    title: str
    pages: tuple[Page, ...]
    datasets: Mapping[str, str] = field(default_factory=dict)


def read(text: str) -> Dashboard:
    declared = yaml.safe_load(text)
    pages = tuple(Page(p["name"], p["title"], tuple(Widget(**widget) for widget in p["widgets"])) for p in declared["pages"])
    return Dashboard(declared["title"], pages, declared["datasets"])


def lakeview(dashboard: Dashboard) -> Json:
    """The content of the .lvdash.json file."""
    chooser = f"{_NONE_CHOSEN}\nUNION\nSELECT COALESCE(workspace_name, workspace_id) FROM dim_workspace"
    datasets = [_dataset(name, sql) for name, sql in {**dashboard.datasets, WORKSPACES: chooser}.items()]
    return {
        "datasets": datasets,
        "pages": [_filters(datasets), *(_page(page) for page in dashboard.pages)],
        "uiSettings": {"genieSpace": {"isEnabled": False}},
    }


def _dataset(name: str, sql: str) -> Json:
    text = sql.strip().replace(":first_day", "CAST(:period.min AS DATE)").replace(":last_day", "CAST(:period.max AS DATE)")
    dataset: Json = {"name": name, "displayName": name, "queryLines": text.splitlines(keepends=True)}
    markers = set(re.findall(r":(period|workspace)\b", text))
    if markers:
        dataset["parameters"] = [_parameter(keyword) for keyword in sorted(markers)]
    return dataset


def _parameter(keyword: str) -> Json:
    if keyword == "workspace":
        chosen = {"values": {"dataType": "STRING", "values": [{"value": EVERYWHERE}]}}
        return {"displayName": keyword, "keyword": keyword, "dataType": "STRING", "defaultSelection": chosen}
    span = {"range": {"dataType": "DATE", "min": {"value": "now-30d/d"}, "max": {"value": "now-1d/d"}}}
    return {
        "displayName": keyword,
        "keyword": keyword,
        "dataType": "DATE",
        "complexType": "RANGE",
        "defaultSelection": span,
    }


def _filters(datasets: Sequence[Json]) -> Json:
    """The page whose widgets set the parameters of every dataset that has them."""
    period = _filter("period", PERIOD_WIDGET, "Period (UTC days)", "filter-date-range-picker", datasets)
    workspace = _filter("workspace", WORKSPACE_WIDGET, "Workspace", "filter-single-select", datasets)
    choices = {"datasetName": WORKSPACES, "fields": [{"name": "workspace", "expression": "`workspace`"}], "disaggregated": False}
    workspace["queries"].append({"name": WORKSPACES, "query": choices})
    workspace["spec"]["encodings"]["fields"].append(
        {"fieldName": "workspace", "displayName": "workspace", "queryName": WORKSPACES}
    )
    tiles = [
        {"widget": period, "position": {"x": 0, "y": 0, "width": 2, "height": 2}},
        {"widget": workspace, "position": {"x": 2, "y": 0, "width": 2, "height": 2}},
    ]
    return {"name": FILTERS, "displayName": "Filters", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": tiles}


def _filter(keyword: str, name: str, title: str, kind: str, datasets: Sequence[Json]) -> Json:
    taking = [d["name"] for d in datasets if keyword in (p["keyword"] for p in d.get("parameters", ()))]
    parameters = [{"name": keyword, "keyword": keyword}]
    return {
        "name": name,
        "queries": [
            {"name": f"{keyword}_{d}", "query": {"datasetName": d, "parameters": parameters, "disaggregated": False}}
            for d in taking
        ],
        "spec": {
            "version": 2,
            "widgetType": kind,
            "encodings": {"fields": [{"parameterName": keyword, "queryName": f"{keyword}_{d}"} for d in taking]},
            "frame": {"showTitle": True, "title": title},
        },
    }


def _page(page: Page) -> Json:
    return {
        "name": page.name,
        "displayName": page.title,
        "pageType": "PAGE_TYPE_CANVAS",
        "layout": list(_laid_out(page)),
    }


def _laid_out(page: Page) -> Iterator[Json]:
    """Tiles from left to right, a new row where the next one does not fit."""
    x, y, tallest = 0, 0, 0
    for number, widget in enumerate(page.widgets, 1):
        width, height = widget.wide or _SIZES[widget.show][0], _SIZES[widget.show][1]
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        position = {"x": x, "y": y, "width": width, "height": height}
        yield {"widget": _widget(widget, f"{page.name}-{number}"), "position": position}
        x, tallest = x + width, max(tallest, height)


def _widget(widget: Widget, name: str) -> Json:
    if widget.show == "text":
        return {"name": name, "multilineTextboxSpec": {"lines": [widget.title]}}
    columns = [column for column in (widget.value, widget.x, widget.y, widget.color, *widget.columns) if column]
    query = {
        "datasetName": widget.data,
        "fields": [{"name": column, "expression": f"`{column}`"} for column in columns],
        "disaggregated": True,  # the SQL has added up already
    }
    spec = {
        "version": _VERSIONS[widget.show],
        "widgetType": widget.show,
        "encodings": _encodings(widget),
        "frame": {"showTitle": True, "title": widget.title},
    }
    return {"name": name, "queries": [{"name": "main_query", "query": query}], "spec": spec}


def _encodings(widget: Widget) -> Json:
    if widget.show == "counter":
        return {"value": {"fieldName": widget.value, "displayName": widget.title}}
    if widget.show == "table":
        return {"columns": [{"fieldName": column, "title": spoken(column)} for column in widget.columns]}
    kind = "temporal" if widget.show == "line" else "categorical"
    axes: Json = {"x": _axis(widget.x, kind), "y": _axis(widget.y, "quantitative")}
    return axes | ({"color": _axis(widget.color, "categorical")} if widget.color else {})


def _axis(column: str, kind: str) -> Json:
    return {"fieldName": column, "displayName": spoken(column), "scale": {"type": kind}}


def spoken(column: str) -> str:
    """`total_cost_usd` → `Total cost (USD)`."""
    words = re.sub(r"_(usd|pct|gb)$", lambda m: f" ({ {'usd': 'USD', 'pct': '%', 'gb': 'GB'}[m[1]] })", column)
    return words.replace("_", " ").capitalize().replace("(usd)", "(USD)").replace("(gb)", "(GB)")
