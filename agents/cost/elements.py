"""The finest elements of a cost change, and how they add up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.figures import cents
from tools.table import Table

NOBODY, UNTAGGED, NO_RESOURCE = "(nobody)", "untagged", "(no resource)"
DIMENSIONS = ("workspace", "product", "sku", "resource", "run_as", "team")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Element:
    """One workspace, product, SKU, resource, run_as and team: what it cost (USD) and what it usually costs."""

    workspace_id: str
    workspace: str
    host: str
    product: str
    sku: str
    kind: str
    resource_id: str
    resource: str
    run_as: str
    team: str
    actual: Decimal
    expected: Decimal
    recent: Decimal
    quantity: Decimal
    usual_quantity: Decimal
    unpriced: int

    @property
    def delta(self) -> Decimal:
        return self.actual - self.expected

    @property
    def key(self) -> str:
        """A resource's identity: ids are unique only within a workspace, names not even there."""
        return f"{self.kind}/{self.workspace_id}/{self.resource_id}" if self.kind != "none" else NO_RESOURCE

    def value(self, dimension: str) -> str:
        return self.key if dimension == "resource" else str(getattr(self, dimension))


def read_elements(table: Table, kept: Sequence[int], recent_days: int) -> tuple[Element, ...]:
    """The rows of `cost_by_element`; expected = the mean of the baseline periods whose numbers are `kept`."""
    return tuple(_element(row, kept, recent_days) for row in table)


def _element(row: dict[str, object], kept: Sequence[int], recent_days: int) -> Element:
    def figure(name: str) -> Decimal:
        return Decimal(str(row.get(name) or 0))

    def text(name: str, absent: str) -> str:
        return str(row[name]) if row.get(name) else absent

    share = max(len(kept), 1)
    return Element(
        workspace_id=text("workspace_id", "0"),
        workspace=text("workspace_name", text("workspace_id", "account")),
        host=text("workspace_url", ""),
        product=text("product", "OTHER"),
        sku=text("sku_name", "(no SKU)"),
        kind=text("resource_kind", "none"),
        resource_id=text("resource_id", ""),
        resource=text("resource_name", NO_RESOURCE),
        run_as=text("run_as", NOBODY),
        team=text("team", UNTAGGED),
        actual=figure("cost_asked"),
        expected=sum((figure(f"cost_{n}") for n in kept), ZERO) / share,
        recent=figure("cost_recent") / max(recent_days, 1),
        quantity=figure("quantity"),
        usual_quantity=sum((figure(f"quantity_{n}") for n in kept), ZERO) / share,
        unpriced=int(figure("unpriced")),
    )


@dataclass(frozen=True, slots=True)
class Split:
    """A change as what was used more, what a unit costs more, what is new and what is gone; sums exactly."""

    volume: Decimal
    price: Decimal
    new: Decimal
    gone: Decimal


def split(elements: Iterable[Element]) -> Split:
    volume = price = new = gone = ZERO
    for element in elements:
        if not element.usual_quantity and not element.expected:
            new += element.delta
        elif not element.quantity and not element.actual:
            gone += element.delta
        elif element.usual_quantity:
            more = (element.quantity - element.usual_quantity) * element.expected / element.usual_quantity
            volume += more
            price += element.delta - more
        else:
            volume += element.delta
    return Split(volume, price, new, gone)


def in_cents(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Parts rounded to cents so that they sum to `total`; what rounding leaves goes to the largest part."""
    rounded = [cents(part) for part in parts]
    rest = total - sum(rounded, ZERO)
    if rest and rounded:
        largest = max(range(len(rounded)), key=lambda at: abs(rounded[at]))
        rounded[largest] += rest
    return rounded
