"""A graph as a picture: where its boxes stand, what stands out, and that hostile names are only text."""

import asyncio
import json
import struct
from dataclasses import replace

import pytest

from adapters.chart import draw, specification
from adapters.graph import BOX_HEIGHT, BOX_WIDTH, layout
from adapters.painter import Painter
from adapters.slack.card import card
from adapters.style import MARKED
from adapters.terminal import render
from adapters.words import plain_text
from agents.answer import Graph, Grid, Node
from bot.turns import answer_of, kept, published
from tests.adapters import samples

NODES = (
    Node("raw", "returns", -2, "prod.raw", "fails freshness", "bad"),
    Node("clean", "returns_clean", -1, "prod.sales", "fails freshness", "bad"),
    Node("orders", "orders_clean", -1, "prod.sales", "7 h", "good"),
    Node("day", "sales_daily", 0, "prod.sales", "6 h", "bad"),
    Node("month", "sales_monthly", 1, "prod.gold", "5 h", "unknown"),
)
EDGES = (("raw", "clean"), ("clean", "day"), ("orders", "day"), ("day", "month"), ("month", "raw"), ("orders", "clean"))
GRAPH = Graph("Lineage of sales_daily", NODES, EDGES, "returns → returns_clean → sales_daily", "day")


def boxes(graph: Graph) -> dict[str, dict[str, object]]:
    layers = specification(graph)["layer"]
    values = next(layer for layer in layers if layer["mark"]["type"] == "rect")["data"]["values"]
    return {value["name"]: value for value in values}


def test_what_feeds_stands_left_of_what_it_feeds_and_nothing_overlaps() -> None:
    places = layout(GRAPH)
    assert places["raw"][0] < places["clean"][0] < places["day"][0] < places["month"][0]
    for a, (x0, y0) in places.items():
        for b, (x1, y1) in places.items():
            assert a == b or abs(x0 - x1) >= BOX_WIDTH or abs(y0 - y1) >= BOX_HEIGHT


def test_neighbours_stand_at_like_heights() -> None:
    left, right = ("a", "b", "c"), ("x", "y", "z")
    nodes = tuple(Node(key, key, layer) for layer, keys in enumerate((left, right)) for key in keys)
    places = layout(Graph("g", nodes, (("a", "z"), ("b", "y"), ("c", "x")), ""))
    assert [places[key][1] for key in left] == [places[key][1] for key in ("z", "y", "x")]


def test_state_is_told_by_colour_and_by_words_and_the_subject_stands_out() -> None:
    drawn = boxes(GRAPH)
    assert drawn["returns"]["edge"] == MARKED and "fails freshness" in str(drawn["returns"]["note"])
    assert drawn["orders_clean"]["fill"] != drawn["returns"]["fill"] != drawn["sales_monthly"]["fill"]
    assert [name for name, box in drawn.items() if box["weight"] == 3] == ["sales_daily"]


def test_only_an_edge_against_the_flow_is_dashed_and_the_way_of_a_fault_is_red() -> None:
    layers = specification(GRAPH)["layer"]
    lines = layers[0]["data"]["values"]
    assert [at for at in range(len(EDGES)) if any(line["edge"] == at and line["back"] for line in lines)] == [4, 5]
    assert {line["edge"] for line in lines if line["colour"] == MARKED} == {0, 1}
    heads = layers[2]["data"]["values"]
    assert [head["shape"] for head in heads] == ["triangle-right"] * 4 + ["triangle-left"] * 2


@pytest.mark.parametrize(
    "graph",
    [
        pytest.param(GRAPH, id="usual"),
        pytest.param(replace(GRAPH, nodes=(), edges=()), id="nothing"),
        pytest.param(replace(GRAPH, nodes=NODES[:1], edges=(("raw", "raw"), ("raw", "gone"))), id="alone, with edges to nowhere"),
        pytest.param(Graph(samples.HOSTILE, (Node("x", samples.HOSTILE, 0, samples.HOSTILE),), (), "a", "x"), id="hostile names"),
    ],
)
def test_every_graph_can_be_drawn(graph: Graph) -> None:
    png = draw(graph)
    assert png.startswith(b"\x89PNG") and min(struct.unpack(">II", png[16:24])) > 0


def test_twenty_names_are_drawn_whole() -> None:
    names = [f"table_with_a_name_{n:02}" for n in range(20)]
    nodes = tuple(Node(name, name, n % 4) for n, name in enumerate(names))
    edges = tuple((names[n], names[n + 1]) for n in range(19) if n % 4 != 3)
    drawn = boxes(Graph("g", nodes, edges, ""))
    assert set(drawn) == set(names)
    png = draw(Graph("g", nodes, edges, ""))
    assert len(png) < 1_000_000


def test_the_specification_is_json() -> None:
    assert json.loads(json.dumps(specification(GRAPH)))["title"]["text"] == GRAPH.title


async def test_the_painter_draws_graphs_beside_charts() -> None:
    painter = Painter(patience_seconds=60)
    pictures = await asyncio.gather(painter.png(GRAPH), painter.png(samples.CHART))
    await painter.close()
    assert pictures == [draw(GRAPH), draw(samples.CHART)]


def test_it_is_told_in_words_everywhere() -> None:
    answer = replace(samples.spike(), charts=(GRAPH,))
    assert GRAPH.alt in plain_text(answer)
    assert GRAPH.alt in json.dumps(card(answer).blocks, ensure_ascii=False)
    assert '"alt_text": "returns' in json.dumps(card(answer, chart_file="F1").blocks, ensure_ascii=False)
    assert published(answer, ["/tmp/x.png"])["charts"] == [{"title": GRAPH.title, "path": "/tmp/x.png", "alt": GRAPH.alt}]
    assert "Causes" in render(answer)


def test_a_kept_graph_comes_back_whole() -> None:
    answer = replace(samples.spike(), charts=(GRAPH, samples.CHART))
    assert answer_of(json.loads(json.dumps(kept(answer)))).charts == (GRAPH, samples.CHART)


def test_a_tree_keeps_its_branches_in_slack() -> None:
    rows = (("sales_daily", "late"), ("├─ orders", "good"), ("│  └─ raw", "good"), ("└─ shops", "good"), ("   └─ tills", "good"))
    grid = Grid("Made from", ("table", "quality"), rows, ("tree", "text"))
    blocks = card(replace(samples.bare(), tables=(grid,))).blocks
    text = next(block["text"]["text"] for block in blocks if "├─" in json.dumps(block, ensure_ascii=False))
    assert text.startswith("```") and "\n│  └─ raw " in text and "\n   └─ tills " in text
