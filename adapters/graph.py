"""A graph as a picture: boxes in columns from left to right, joined by curves, as one Vega-Lite specification."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.style import FAINT, FONT, INK, MARKED, short
from agents.answer import Graph, Node

BOX_WIDTH, BOX_HEIGHT = 178, 44
ACROSS, DOWN = 222, 56  # from one box to the next
SWEEPS = 4
NAME, NOTE = 24, 31  # characters that a box has room for
FILL = {"good": "#eaf5ee", "bad": "#fdecea", "late": "#fff4e0", "unknown": "#f4f5f7"}
EDGE = {"good": "#3f8f5f", "bad": MARKED, "late": "#b7791f", "unknown": "#9aa5b1"}
HEAD = 5
KEY = "Data flows from left to right, dashed: back or aside. Red: fails a check, amber: late, green: healthy, grey: unknown."
LINE = "#8795a1"
Place = tuple[float, float]


def specification(graph: Graph) -> dict[str, Any]:
    """Vega-Lite for a graph; what is unhealthy and the subject stand out, an edge back into a cycle is dashed."""
    places = layout(graph)
    width = max((x for x, _ in places.values()), default=0) + BOX_WIDTH
    height = max((y for _, y in places.values()), default=0) + BOX_HEIGHT
    axes = {
        "x": {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, width], "nice": False}},
        "y": {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [0, height], "reverse": True}},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": short(graph.title, 90), "subtitle": KEY, "anchor": "start", "color": INK, "subtitleColor": FAINT,
            "fontSize": 16, "subtitleFontSize": 12, "offset": 14,
        },
        "width": width,
        "height": height,
        "background": "white",
        "padding": 16,
        "layer": [*_lines(graph, places, axes), *_boxes(graph, places, axes)],
        "config": {"font": FONT, "view": {"stroke": None}},
    }  # fmt: skip


def layout(graph: Graph) -> dict[str, Place]:
    """The upper left corner of each box, in pixels; neighbours come to stand at like heights."""
    layers = sorted({node.layer for node in graph.nodes})
    columns = [[node.key for node in graph.nodes if node.layer == layer] for layer in layers]
    most = max(map(len, columns), default=0)
    neighbours: dict[str, set[str]] = {node.key: set() for node in graph.nodes}
    for source, target in graph.edges:
        if source in neighbours and target in neighbours:
            neighbours[source].add(target)
            neighbours[target].add(source)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            rows = {key: row for column in columns for key, row in _rows(column, most).items()}
            column.sort(key=lambda key: _middle(rows[other] for other in neighbours[key]) if neighbours[key] else rows[key])
    return {
        key: (at * float(ACROSS), row * DOWN)
        for at, column in enumerate(columns)
        for key, row in _rows(column, most).items()
    }  # fmt: skip


def _rows(column: Sequence[str], most: int) -> dict[str, float]:
    """Each key of a column with its row, the column centred beside the tallest."""
    return {key: row + (most - len(column)) / 2 for row, key in enumerate(column)}


def _middle(rows: Iterable[float]) -> float:
    known = list(rows)
    return sum(known) / len(known)


def _lines(graph: Graph, places: Mapping[str, Place], axes: Mapping[str, Any]) -> list[dict[str, Any]]:
    nodes = {node.key: node for node in graph.nodes}
    edges = [(nodes[a], nodes[b]) for a, b in graph.edges if a in nodes and b in nodes and a != b]
    lines = [point for at, edge in enumerate(edges) for point in _curve(at, *edge, places)]
    heads = [_head(source, target, places) for source, target in edges]
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    curve: dict[str, Any] = {"type": "line", "interpolate": "basis", "strokeWidth": 1.6, "opacity": 0.9}
    whole = {**axes, "detail": {"field": "edge", "type": "nominal"}, "order": {"field": "step"}, "color": colour}
    solid: dict[str, Any] = {"transform": [{"filter": "!datum.back"}], "mark": curve, "encoding": whole}
    dashed = {"transform": [{"filter": "datum.back"}], "mark": {**curve, "strokeDash": [5, 4]}, "encoding": whole}
    arrow = {"type": "point", "filled": True, "size": 60, "opacity": 1}
    shape = {"field": "shape", "type": "nominal", "scale": None, "legend": None}
    return [
        *({"data": {"values": lines}, **layer} for layer in (solid, dashed)),
        {"data": {"values": heads}, "mark": arrow, "encoding": {**axes, "color": colour, "shape": shape}},
    ]


def _curve(at: int, source: Node, target: Node, places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """Out of the right side of a box into the left of the next; back from left to right; round the right side in a column."""
    (x0, y0), (x1, y1) = places[source.key], places[target.key]
    gap, right = ACROSS - BOX_WIDTH, BOX_WIDTH + HEAD
    if target.layer > source.layer:
        xs = (x0 + BOX_WIDTH, x0 + BOX_WIDTH + gap * 0.6, x1 - gap * 0.6, x1 - HEAD)
    elif target.layer < source.layer:
        xs = (x0, x0 - gap * 0.6, x1 + BOX_WIDTH + gap * 0.6, x1 + right)
    else:
        xs = (x0 + BOX_WIDTH, x0 + BOX_WIDTH + gap * 0.8, x1 + BOX_WIDTH + gap * 0.8, x1 + right)
    look = {"edge": at, "back": target.layer <= source.layer, "colour": _colour(source, target)}
    return [
        {**look, "step": step, "x": x, "y": y + BOX_HEIGHT / 2}
        for step, (x, y) in enumerate(zip(xs, (y0, y0, y1, y1), strict=True))
    ]


def _head(source: Node, target: Node, places: Mapping[str, Place]) -> dict[str, Any]:
    x, y = places[target.key]
    ahead = target.layer > source.layer
    at = x - HEAD if ahead else x + BOX_WIDTH + HEAD
    shape = "triangle-right" if ahead else "triangle-left"
    return {"x": at, "y": y + BOX_HEIGHT / 2, "shape": shape, "colour": _colour(source, target)}


def _colour(source: Node, target: Node) -> str:
    """Red along the way on which a fault travels."""
    return MARKED if source.state == target.state == "bad" else LINE


def _boxes(graph: Graph, places: Mapping[str, Place], axes: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = [_box(node, node.key == graph.subject, *places[node.key]) for node in graph.nodes]
    box = {"type": "rect", "cornerRadius": 6, "fillOpacity": 1}
    frame = {
        **axes,
        "x2": {"field": "right"},
        "y2": {"field": "bottom"},
        "fill": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
        "stroke": {"field": "edge", "type": "nominal", "scale": None, "legend": None},
        "strokeWidth": {"field": "weight", "type": "quantitative", "scale": None, "legend": None},
    }
    text = {"type": "text", "align": "left", "baseline": "middle", "font": FONT}
    middle = {**axes, "x": {**axes["x"], "field": "middle_x"}}
    named = {**middle, "y": {**axes["y"], "field": "name_y"}, "text": {"field": "name"}}
    noted = {**middle, "y": {**axes["y"], "field": "note_y"}, "text": {"field": "note"}}
    return [
        {"data": {"values": values}, "mark": box, "encoding": frame},
        {"data": {"values": values}, "mark": {**text, "fontSize": 13, "fontWeight": "bold", "color": INK}, "encoding": named},
        {"data": {"values": values}, "mark": {**text, "fontSize": 11, "color": FAINT}, "encoding": noted},
    ]


def _box(node: Node, is_subject: bool, x: float, y: float) -> dict[str, Any]:
    return {
        "x": x, "y": y, "right": x + BOX_WIDTH, "bottom": y + BOX_HEIGHT, "middle_x": x + 9,
        "name_y": y + 15, "note_y": y + 32,
        "name": short(node.name, NAME),
        "note": short(" · ".join(part for part in (node.place, node.note) if part), NOTE),
        "fill": FILL[node.state], "edge": INK if is_subject else EDGE[node.state], "weight": 3 if is_subject else 1.3,
    }  # fmt: skip
