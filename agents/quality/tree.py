"""One side of a flow as lines of text whose indents are branches, for a chat and a shell alike."""

from collections.abc import Callable, Iterator, Sequence

from agents.quality.flow import Flow, Side

LINES = 15  # with the subject's own: what a card shows of a table
Cells = Callable[[str], Sequence[str]]


def tree(flow: Flow, side: Side, name: Callable[[str], str], cells: Cells) -> tuple[tuple[str, ...], ...]:
    """The subject, below it what lies on that side; what has no room is counted at the branch where it would hang."""
    shown = chosen(flow, side, LINES - 1)

    def hidden(node: str) -> int:
        return sum((below not in shown) + hidden(below) for below in side.beyond(node))

    def branch(node: str, lead: str) -> Iterator[tuple[str, ...]]:
        below = [child for child in side.beyond(node) if child in shown]
        for child in below:
            is_last = child == below[-1]
            yield (_line(f"{lead}{'└─' if is_last else '├─'} {name(child)}", hidden_at(child)), *cells(child))
            yield from branch(child, f"{lead}{'   ' if is_last else '│  '}")

    def hidden_at(node: str) -> int:
        return sum(1 + hidden(child) for child in side.beyond(node) if child not in shown)

    return ((_line(name(flow.subject), hidden_at(flow.subject)), *cells(flow.subject)), *branch(flow.subject, ""))


def chosen(flow: Flow, side: Side, most: int, deepest: int | None = None) -> frozenset[str]:
    """The nodes for which there is room: the ways to what is ailing first, then the nearest. A node's way is always whole."""
    first: set[str] = set()
    for node in flow.ailing(side.depth):
        while node in side.depth and node not in first:
            first.add(node)
            node = side.via[node]
    ranked = sorted(side.depth, key=lambda node: (node not in first, side.depth[node], node))
    near = [node for node in ranked if deepest is None or side.depth[node] <= deepest or node in first]
    return frozenset(near[:most])


def _line(text: str, hidden: int) -> str:
    return f"{text} … and {hidden} more" if hidden else text
