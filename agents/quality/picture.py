"""A flow as a graph to be drawn: the subject in the middle, its sources to the left, what it feeds to the right."""

from collections.abc import Callable, Iterable, Mapping

from agents.answer import Graph, Node
from agents.quality.flow import Flow
from agents.quality.page import age, short
from agents.quality.tree import chosen

MOST, DEEPEST = 11, 3  # on each side
ALONE_MOST, ALONE_DEEPEST = 20, 5  # where there is one side only


def picture(flow: Flow, title: str) -> Graph:
    most, deepest = (MOST, DEEPEST) if flow.upstream and flow.downstream else (ALONE_MOST, ALONE_DEEPEST)
    up = chosen(flow, flow.upstream, most, deepest)
    down = chosen(flow, flow.downstream, most, deepest) - up
    layers = {
        **{node: flow.downstream.depth[node] for node in down},
        **{node: -flow.upstream.depth[node] for node in up},
        flow.subject: 0,
    }
    edges = {(step.source, step.target) for step in flow.steps if step.source in layers and step.target in layers}
    edges |= {(node, flow.upstream.via[node]) for node in up} | {(flow.downstream.via[node], node) for node in down}
    left_out = len(flow.nodes) - len(layers)
    return Graph(
        f"{title} ({left_out} further away are not drawn)" if left_out else title,
        tuple(_node(flow, node, layer) for node, layer in sorted(layers.items(), key=lambda item: (item[1], item[0]))),
        tuple(sorted((a, b) for a, b in edges if a in layers and b in layers)),
        _alt(flow, layers, left_out),
        flow.subject,
    )


def _node(flow: Flow, node: str, layer: int) -> Node:
    condition = flow.condition(node)
    if "://" in node:
        return Node(node, short(node), layer, "storage path")
    state = condition.word if condition.status or condition.is_late else ""
    changed = age(condition.hours) if condition.hours is not None else ""
    return Node(
        node, short(node), layer, node.rpartition(".")[0], state if state.startswith("fails") else changed, condition.state
    )


def _alt(flow: Flow, layers: dict[str, int], left_out: int) -> str:
    """The picture in words: every step drawn, and what is not healthy."""
    drawn = [(step.source, step.target) for step in flow.steps if {step.source, step.target} <= layers.keys()]
    ailing = [f"{short(node)} {flow.condition(node).word}" for node in flow.ailing(layers)]
    health = f" Not well: {'; '.join(ailing)}." if ailing else " All that are monitored are healthy." if flow.conditions else ""
    more = f" {left_out} more are not drawn." if left_out else ""
    return f"{in_words(drawn, layers, short) or short(flow.subject) + ' alone'}.{health}{more}"


def in_words(edges: Iterable[tuple[str, str]], layers: Mapping[str, int], name: Callable[[str], str]) -> str:
    """Each node with what it feeds, from left to right."""
    onward: dict[str, list[str]] = {}
    for source, target in edges:
        onward.setdefault(source, []).append(name(target))
    return "; ".join(
        f"{name(node)} → {', '.join(onward[node])}" for node in sorted(onward, key=lambda node: (layers[node], node))
    )
