"""Chargeback: each dollar to who caused it, and what names nobody shared out by a stated rule; sums to the cent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from agents.cost.elements import ZERO
from agents.figures import CENT, cents

RULE = (
    "Cost without {what} is shared out inside its workspace, in proportion to the cost there that has one; "
    "where a workspace has none, in proportion to the whole account's."
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one workspace, team, cost center or owner pays: its own cost, and its part of what names nobody."""

    name: str
    direct: Decimal
    shared: Decimal

    @property
    def total(self) -> Decimal:
        return self.direct + self.shared


def allocate(rows: Iterable[Mapping[str, Any]], key: str) -> tuple[Share, ...]:
    """Every payer by `key`, the largest first; their totals sum to the cost of all rows, rounded to the cent.

    One payer without a name is left where nothing at all carries the key.
    """
    direct: dict[str, dict[str, Decimal]] = {}  # payer → workspace → USD
    without: dict[str, Decimal] = {}
    for row in rows:
        place, cost = row["workspace"] or "", Decimal(str(row["cost_usd"] or 0))
        if row[key]:
            where = direct.setdefault(str(row[key]), {})
            where[place] = where.get(place, ZERO) + cost
        else:
            without[place] = without.get(place, ZERO) + cost
    if not direct:
        whole = sum(without.values(), ZERO)
        return (Share("(nobody)", cents(whole), cents(ZERO)),) if whole else ()
    shared = dict.fromkeys(direct, ZERO)
    for place, cost in without.items():
        weights = {name: where.get(place, ZERO) for name, where in direct.items()}
        for name, part in _split(cost, weights, {name: sum(where.values(), ZERO) for name, where in direct.items()}).items():
            shared[name] += part
    names = list(direct)
    own = [sum(direct[name].values(), ZERO) for name in names]
    others = [shared[name] for name in names]
    total = cents(sum(own, ZERO) + sum(others, ZERO))
    charged = cents(sum(own, ZERO))
    made = (
        Share(name, a, b) for name, a, b in zip(names, apportion(own, charged), apportion(others, total - charged), strict=True)
    )
    return tuple(sorted(made, key=lambda share: (-share.total, share.name)))


def _split(cost: Decimal, weights: Mapping[str, Decimal], otherwise: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Parts of `cost` in proportion to what is positive of the weights, else of the others, else all alike."""
    for chosen in (weights, otherwise):
        positive = {name: weight for name, weight in chosen.items() if weight > 0}
        whole = sum(positive.values(), ZERO)
        if whole:
            return {name: cost * weight / whole for name, weight in positive.items()}
    return {name: cost / len(weights) for name in weights}


def apportion(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Parts in whole cents that sum to `total`: each is rounded down, the cents left go to those that lost most."""
    down = [part.quantize(CENT, ROUND_FLOOR) for part in parts]
    left = int((total - sum(down, ZERO)) / CENT)
    lost = sorted(range(len(parts)), key=lambda at: (down[at] - parts[at], at))
    for at in lost[: max(left, 0)]:
        down[at] += CENT
    return down


def unnamed(shares: Iterable[Share]) -> Decimal:
    """The cost that names nobody and was shared out."""
    return sum((share.shared for share in shares), ZERO)
