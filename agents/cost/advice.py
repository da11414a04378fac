"""What to do about a cost change: specific to what moved, addressed to its owner."""

from collections.abc import Sequence

from agents.cost.causes import MOSTLY, Mover
from agents.cost.elements import split
from agents.figures import money


def advise(movers: Sequence[Mover], day: str) -> tuple[str, ...]:
    """Two or more recommendations for the causes, the dearest first; none where nothing moved."""
    if not movers:
        return ()
    advice = [line for mover in movers[:3] for line in _for(mover)]
    if len(advice) < 2:
        advice.append(f"Ask whether the level of {day} is the new normal; if so, raise the budget, else set an alert.")
    return tuple(dict.fromkeys(advice))


def _for(mover: Mover) -> list[str]:
    rises = mover.delta > 0
    whom = mover.owner or "the owner"
    if not rises:
        return [f"Check with {whom} that {mover.name} was meant to stop or shrink ({money(mover.delta)})."]
    runs = mover.attempts
    if runs and runs["failed_attempts"] and runs["attempts"] > 1.5 * runs["usual_attempts"]:
        failure = runs["failure"] or "the failure"
        return [
            f"Ask {whom} to fix {failure} in {mover.name}: the failed attempts are what was paid for.",
            f"Limit the retries of {mover.name} (max_retries 1–2, with a minimum interval) and alert on repeated failure.",
        ]
    parts = split(mover.elements)
    if parts.price / mover.delta >= MOSTLY:
        return [
            f"Check the price change of {mover.main.sku} against the contract: the use did not grow.",
            f"If the price is right, move what can move to a cheaper SKU, and raise the budget by {money(mover.delta)} a day.",
        ]
    return _by_kind(mover, whom)


def _by_kind(mover: Mover, whom: str) -> list[str]:
    name = mover.name
    if mover.main.kind == "cluster" or mover.main.product == "ALL_PURPOSE":
        return [
            f"Ask {whom} whether {name} still needs to run; set auto-termination to 30–60 minutes.",
            f"Move scheduled work on {name} to job compute, which has a lower price per DBU.",
        ]
    if mover.main.kind == "warehouse" or mover.main.product == "SQL":
        return [
            f"Look at the queries that {name} ran in that time, and at its auto-stop and maximum clusters.",
            f"Ask {whom} which dashboard or job sent them.",
        ]
    if mover.main.kind == "endpoint" or mover.main.product == "MODEL_SERVING":
        return [
            f"Check the traffic of {name} and let it scale to zero, or set a rate limit per user.",
            f"Ask {whom} who calls it, and tag the calls.",
        ]
    if mover.main.kind in ("job", "pipeline"):
        return [
            f"Ask {whom} what changed in {name}: input volume, cluster size, schedule or a backfill.",
            f"Compare the runs of {name} on that day with a usual one before the next run starts.",
        ]
    return [f"Ask {whom} what {name} ran in that time.", f"Set a budget alert on {name}."]
