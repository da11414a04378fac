"""What each resource cost, and how savings draw on it: a dollar that one saving takes is not there for the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.cost.elements import NOBODY, ZERO, Element
from agents.figures import cents

Key = tuple[str, str, str]  # workspace id, kind, id
LEAST = Decimal(1)  # dollars: less is not worth asking somebody


@dataclass(frozen=True, slots=True)
class Pot:
    """A resource and what it cost in the asked days. Owners are the identity with most of its cost."""

    key: Key
    name: str
    workspace: str
    host: str
    owner: str
    skus: tuple[str, ...]  # dearest first
    cost: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of what a pot still holds that need not be spent. `sure` = a setting or a fix, nobody has to be asked first."""

    kind: str
    key: Key
    part: Decimal
    why: str
    act: str
    sure: bool = True
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    pot: Pot
    claim: Claim
    usd: Decimal

    @property
    def owner(self) -> str:
        return self.claim.owner or self.pot.owner or "its owner"


def fill(elements: Iterable[Element]) -> dict[Key, Pot]:
    groups: dict[Key, list[Element]] = {}
    for element in elements:
        if element.kind != "none":
            groups.setdefault((element.workspace_id, element.kind, element.resource_id), []).append(element)
    return {key: _pot(key, sorted(group, key=lambda one: -one.actual)) for key, group in groups.items()}


def _pot(key: Key, group: Sequence[Element]) -> Pot:
    owner = next((one.run_as for one in group if one.run_as != NOBODY), "")
    skus = tuple(dict.fromkeys(one.sku for one in group))
    first = group[0]
    cost, quantity = sum((one.actual for one in group), ZERO), sum((one.quantity for one in group), ZERO)
    return Pot(key, first.resource, first.workspace, first.host, owner, skus, cost, quantity)


def take(pots: Mapping[Key, Pot], claims: Iterable[Claim]) -> tuple[Saving, ...]:
    """What the claims save, in the order given: each draws on what those before it left of the same resource."""
    left = {key: pot.cost for key, pot in pots.items()}
    savings = []
    for claim in claims:
        if claim.key not in left:
            continue
        usd = cents(left[claim.key] * max(ZERO, min(claim.part, Decimal(1))))
        if usd >= LEAST:
            left[claim.key] -= usd
            savings.append(Saving(pots[claim.key], claim, usd))
    return tuple(savings)
