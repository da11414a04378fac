"""What several specialists' answers say together: names they share, and whether one explains the other."""

from collections.abc import Iterator, Sequence

from agents.answer import Answer, Finding
from agents.figures import percent

ALL, YES, PARTLY = 0.98, 0.8, 0.2


def correlate(answers: Sequence[Answer]) -> tuple[Finding, ...]:
    """Findings about the answers as a whole, the most telling first."""
    return (*_explanations(answers), *_shared_names(answers))


def _explanations(answers: Sequence[Answer]) -> Iterator[Finding]:
    """Did the failures cause the change? Yes, partly or no, by what the change would have been without them."""
    changed = next((answer for answer in answers if answer.causes), None)
    other = next((answer for answer in answers if "reliability" in answer.agents), None)
    if changed is None or other is None or changed is other:
        return
    agents = "+".join((*changed.agents, *other.agents))
    evidence = tuple(receipt.id for receipt in (*changed.evidence[:2], *other.evidence[:2]))
    share = sum(what.share for what in changed.counterfactuals)
    if share < PARTLY:
        causes = ", ".join(cause.name for cause in changed.causes if cause.dims)
        yield Finding(
            "info",
            f"The failures did not cause the change: failed attempts are {percent(share)} of it. What did: {causes}.",
            agents,
            evidence,
        )
        return
    word = "Yes, the failures caused the change" if share >= YES else "The failures caused part of the change"
    rest = "" if share >= ALL else f" The rest ({percent(1 - share)}) has other reasons."
    told = " ".join(what.text for what in changed.counterfactuals)
    yield Finding("high", f"{word}: {told}{rest}", agents, evidence)


def _shared_names(answers: Sequence[Answer]) -> Iterator[Finding]:
    """A job, warehouse, user or table that two answers name, each from its own tables."""
    for at, answer in enumerate(answers):
        for cause in answer.causes:
            for kind, name in cause.dims.items():
                if kind in ("workspace", "product", "sku", "team"):
                    continue
                others = [other for number, other in enumerate(answers) if number != at and _names(other, name)]
                if others:
                    also = [agent for other in others for agent in other.agents]
                    both = " and ".join(agent.title() for agent in (*answer.agents, *also))
                    yield Finding(
                        "medium",
                        f"The {kind} {name} is named by both {both}.",
                        "+".join((*answer.agents, *also)),
                        tuple(receipt.id for receipt in answer.evidence[:1]),
                    )


def _names(answer: Answer, name: str) -> bool:
    if name in answer.headline or name in answer.summary or any(name in found.text for found in answer.findings):
        return True
    return any(name in str(cell) for grid in answer.tables for row in grid.rows for cell in row)
