"""What several specialists' answers say together: whether one explains the other, and the things they share."""

from collections.abc import Iterator, Sequence

from agents.answer import Answer, Finding
from agents.figures import money, percent
from agents.mentions import Mention, mentions

ALL, YES, PARTLY = 0.98, 0.8, 0.2
MOST_SHARED = 4


def correlate(answers: Sequence[Answer]) -> tuple[Finding, ...]:
    """Findings about the answers as a whole, the most telling first."""
    return (*_explanations(answers), *_shared(answers))


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
    yield Finding("high", f"{word}: {told}{rest}{_ruled_out(changed, other)}", agents, evidence)


def _ruled_out(changed: Answer, other: Answer) -> str:
    """The failures that do not explain the change, with what they cost together."""
    causes = {name for kind, name in mentions(changed) if kind == "job"}
    innocent = [found for (kind, name), found in mentions(other).items() if kind == "job" and name not in causes]
    if not innocent or not causes:
        return ""
    cost = sum(found.weight for found in innocent)
    count = f"failures of {len(innocent)} other jobs" if len(innocent) > 1 else f"the failures of {innocent[0].name}"
    return f" Ruled out: {count} ({money(cost)} together)."


def _shared(answers: Sequence[Answer]) -> Iterator[Finding]:
    """A job, warehouse, user or table that several answers name, with what each says of it; the costliest first."""
    known = [(answer, mentions(answer)) for answer in answers]
    keys = dict.fromkeys(key for _, found in known for key in found)
    shared = [told for key in keys if len(told := [(answer, found[key]) for answer, found in known if key in found]) > 1]
    shared.sort(key=lambda told: -max(mention.weight for _, mention in told))
    for told in shared[:MOST_SHARED]:
        yield _both(told)


def _both(told: Sequence[tuple[Answer, Mention]]) -> Finding:
    mention = told[0][1]
    sides = "; ".join(
        f"{' + '.join(answer.agents)}: {each.fact}" if each.fact else " + ".join(answer.agents) for answer, each in told
    )
    return Finding(
        "medium",
        f"In both: {mention.kind} {mention.name} ({sides}).",
        "+".join(agent for answer, _ in told for agent in answer.agents),
        tuple(answer.evidence[0].id for answer, _ in told if answer.evidence),
    )
