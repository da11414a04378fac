"""A chart as a picture: one Vega-Lite specification, drawn without a browser."""

import json
from datetime import date
from typing import Any

from adapters import graph
from adapters.style import FAINT, FONT, GRID, INK, MARKED, SCALE, short
from agents.answer import Chart, Graph

PALETTE = ("#3b6ea5", "#e08e45", "#5b9279", "#8f6bb3", "#c8ad55", "#7b8794", "#b0516b", "#4aa3a2")
WIDTH, HEIGHT = 640, 280


def draw(chart: Chart | Graph) -> bytes:
    """The chart as PNG, at twice its size in pixels."""
    return png(specification(chart))


def png(spec: dict[str, Any], *, scale: float = SCALE) -> bytes:
    import vl_convert  # takes long to load, and only pictures need it

    return bytes(vl_convert.vegalite_to_png(spec, scale=scale))


def specification(chart: Chart | Graph) -> dict[str, Any]:
    """Vega-Lite for a chart; x keeps the order given, the highlighted value stands out in colour and by its figure."""
    if isinstance(chart, Graph):
        return graph.specification(chart)
    several = len(chart.series) > 1
    layers = [_marks(chart, several)]
    if chart.highlight in chart.x and not several:
        layers += _highlight(chart)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": short(chart.title, 90), "anchor": "start", "color": INK, "fontSize": 15, "offset": 12},
        "width": WIDTH,
        "height": HEIGHT,
        "background": "white",
        "padding": 16,
        "data": {"values": _values(chart)},
        "layer": layers,
        "config": _config(),
    }


def _values(chart: Chart) -> list[dict[str, Any]]:
    return [
        {
            "at": at,
            "x": x,
            "series": _name(name),
            "rank": rank,
            "y": figures[at],
            "marked": x == chart.highlight,
        }
        for rank, (name, figures) in enumerate(chart.series.items())
        for at, x in enumerate(chart.x[: len(figures)])
    ]


def _marks(chart: Chart, several: bool) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "bar", "width": {"band": 0.72 if not several or chart.kind == "stacked" else 0.95}}
    if chart.kind == "line":
        mark = {"type": "line", "strokeWidth": 2.5, "point": {"size": 45, "filled": True}}
    encoding: dict[str, Any] = {"x": _x(chart), "y": _y(chart), "color": {"value": PALETTE[0]}}
    if several:
        encoding["color"] = {
            "field": "series",
            "type": "nominal",
            "sort": list(map(_name, chart.series)),
            "scale": {"range": list(PALETTE)},
            "legend": {"title": None, "orient": "bottom", "columns": 2, "symbolType": "square"},
        }
        if chart.kind == "stacked":
            encoding["order"] = {"field": "rank", "type": "quantitative"}
        if chart.kind == "bar":
            encoding["xOffset"] = {"field": "series", "sort": list(map(_name, chart.series))}
    elif chart.highlight and chart.kind != "line":
        encoding["color"] = {"condition": {"test": "datum.marked", "value": MARKED}, "value": PALETTE[0]}
    return {"mark": mark, "encoding": encoding}


def _highlight(chart: Chart) -> list[dict[str, Any]]:
    """The highlighted value marked, and written at its mark."""
    only = [{"filter": "datum.marked"}]
    figure = {"field": "y", "type": "quantitative", "format": _format(chart)}
    text = {"type": "text", "dy": -12, "color": MARKED, "fontWeight": "bold", "fontSize": 13, "font": FONT}
    place = {"x": _x(chart), "y": _y(chart)}
    layers: list[dict[str, Any]] = [{"transform": only, "mark": text, "encoding": {**place, "text": figure}}]
    if chart.kind == "line":
        point = {"type": "point", "filled": True, "size": 110, "color": MARKED, "opacity": 1}
        layers.insert(0, {"transform": only, "mark": point, "encoding": place})
    return layers


def _x(chart: Chart) -> dict[str, Any]:
    # Labels can repeat, so the axis counts positions and looks its labels up.
    labels = [label(x) for x in chart.x]
    narrow = WIDTH / max(len(labels), 1) < max((len(line) for text in labels for line in text), default=0) * 7
    marked = f"datum.value === {chart.x.index(chart.highlight)}" if chart.highlight in chart.x else "false"
    axis = {
        "title": None,
        "labelExpr": f"{json.dumps([' '.join(text) for text in labels] if narrow else labels)}[datum.value]",
        "labelAngle": -40 if narrow else 0,
        "labelOverlap": len(labels) > 24,
        "labelLimit": 150,
        "labelFontSize": 11,
        "labelColor": {"condition": {"test": marked, "value": MARKED}, "value": FAINT},
        "labelFontWeight": {"condition": {"test": marked, "value": "bold"}, "value": "normal"},
    }
    return {"field": "at", "type": "ordinal", "axis": axis, "scale": {"domain": list(range(len(chart.x)))}}


def _y(chart: Chart) -> dict[str, Any]:
    y: dict[str, Any] = {
        "field": "y",
        "type": "quantitative",
        "axis": {"title": chart.unit, "format": _format(chart, axis=True)},
    }
    if chart.kind == "line":
        y["scale"] = {"zero": min((min(figures, default=0) for figures in chart.series.values()), default=0) <= 0}
    if chart.kind == "stacked":
        y["stack"] = "zero"
    return y


def _format(chart: Chart, axis: bool = False) -> str:
    if chart.unit.upper() in ("USD", "US$", "$"):
        return "$,.2~f" if axis else "$,.2f"
    return ",~f" if axis else ",.2~f"


def label(x: str) -> list[str]:
    """The lines under an x value: a day as “Tue”, “17 Nov”; anything else as it is, shortened."""
    try:
        day = date.fromisoformat(x)
    except ValueError:
        return [short(x, 24)]
    return [f"{day:%a}", f"{day:%-d %b}"]


def _name(name: str) -> str:
    return short(name, 40)


def _config() -> dict[str, Any]:
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": FAINT,
            "titleColor": FAINT,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "axisX": {"grid": False, "tickColor": GRID, "domainColor": FAINT, "labelPadding": 6},
        "axisY": {"gridColor": GRID, "domain": False, "ticks": False, "labelPadding": 8, "titlePadding": 12},
        "legend": {"labelColor": INK, "labelFontSize": 12, "labelLimit": 330, "offset": 12},
    }
