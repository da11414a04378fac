"""What a flow tells: where a fault begins and where it goes, circles, what nobody watches, and what to do."""

from collections.abc import Callable, Mapping

from agents.answer import Finding, Severity
from agents.counts import many
from agents.quality.condition import Condition
from agents.quality.flow import Flow
from agents.quality.page import short, some

Writer = Callable[[str], str]


def findings(flow: Flow, writer: Writer, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    found = [Finding(_severity(flow.condition(node)), _origin(flow, node, writer), "quality", ids) for node in flow.origins()[:3]]
    carried = [node for node in flow.ailing((flow.subject, *flow.upstream.depth)) if node not in flow.origins()]
    if carried:
        found.append(Finding("medium", f"It was carried on to {some(map(short, reversed(carried)))}.", "quality", ids))
    below = flow.ailing(flow.downstream.depth)
    if below:
        found.append(Finding("medium", f"Also not well downstream: {some(_told(flow, below))}.", "quality", ids))
    elif found and flow.downstream and flow.condition(flow.subject).state in ("bad", "late"):
        tables = some(sorted(flow.downstream.depth, key=lambda node: (flow.downstream.depth[node], node)), 5)
        found.append(Finding("low", f"May pass it on, though their own checks do not fail: {tables}.", "quality", ids))
    if not found and any(flow.condition(node).state == "good" for node in flow.nodes):
        watched = sum(flow.condition(node).status != "" for node in flow.nodes)
        found.append(Finding("good", f"All {many(watched, 'monitored table')} here are healthy.", "quality", ids))
    found += [
        Finding("info", f"Data goes round between {short(a)} and {short(b)}: each is made from the other.", "quality", ids)
        for a, b in flow.circles()[:3]
    ]
    blind = [node for node in flow.nodes if not flow.condition(node).status and "://" not in node]
    if blind:
        found.append(Finding("info", f"Quality monitoring does not watch {some(map(short, blind))}.", "quality", ids))
    return tuple(found)


def _severity(condition: Condition) -> Severity:
    if condition.state == "bad":
        return "critical" if condition.impact >= 3 else "high"
    return "medium"


def _origin(flow: Flow, node: str, writer: Writer) -> str:
    condition = flow.condition(node)
    word = condition.word if condition.word.startswith("fails") else f"is {condition.word}"
    by = f"; {writer(node)} writes it" if writer(node) else ""
    blamed = next((job for job in condition.jobs if job.status), None)
    cause = f", and monitoring names {blamed.name} as the cause (last run {blamed.status})" if blamed else ""
    return f"{node} {word}: {condition.against}{by}{cause}."


def _told(flow: Flow, nodes: tuple[str, ...]) -> list[str]:
    return [f"{short(node)} ({flow.condition(node).word})" for node in nodes]


def advice(flow: Flow, writer: Writer, person: Mapping[str, str]) -> tuple[str, ...]:
    """Mend where the fault begins, then run again what carried it, in order; watch what nobody watches."""
    said = []
    for node in flow.origins()[:2]:
        blamed = next((job.name for job in flow.condition(node).jobs), "") or writer(node)
        whom = person.get(node)
        if not blamed:
            said.append(f"Find out what writes {node}: lineage has recorded no writer.")
        elif whom:
            said.append(f"Ask {whom} to get {blamed} running again, which writes {node}.")
        else:
            said.append(f"Get {blamed} running again, which writes {node}.")
    again = _again(flow, writer)
    if again:
        said.append(f"Then run again, in this order: {', '.join(again)}.")
    owners = [person[node] for node in flow.downstream.depth if node in person] if said else []
    if owners:
        said.append(f"Tell those who write what depends on it: {some(owners)}.")
    return tuple(said)


def _again(flow: Flow, writer: Writer) -> list[str]:
    """The jobs that write the subject and what ails between it and the origin, furthest upstream first."""
    carried = [node for node in flow.ailing((*flow.upstream.depth, flow.subject)) if node not in flow.origins()]
    ordered = sorted(carried, key=lambda node: -flow.upstream.depth.get(node, 0))
    below = sorted(flow.downstream.depth, key=lambda node: (flow.downstream.depth[node], node)) if ordered else []
    return list(dict.fromkeys(job for node in (*ordered, *below) if (job := writer(node))))[:6]
