"""Which elements caused a cost change, in words, with the owner; causes and the rest sum exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.answer import Cause, Counterfactual
from agents.cost.elements import DIMENSIONS, NO_RESOURCE, NOBODY, ZERO, Element, in_cents, split
from agents.figures import change, money, percent, times
from tools.links import resource_url
from tools.ml.cause import localize

REST = "Everything else"
MOSTLY = Decimal("0.6")
CARRIES = Decimal("0.8")
FAINT = Decimal("0.03")  # of all that moved: less is not worth a line

Attempts = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Mover:
    """A cause with the elements it stands for; `attempts` are the runs of the job, where it is one."""

    dims: Mapping[str, str]
    elements: tuple[Element, ...]
    attempts: Mapping[str, Any] | None

    @property
    def actual(self) -> Decimal:
        return sum((element.actual for element in self.elements), ZERO)

    @property
    def expected(self) -> Decimal:
        return sum((element.expected for element in self.elements), ZERO)

    @property
    def delta(self) -> Decimal:
        return self.actual - self.expected

    @property
    def main(self) -> Element:
        """The element that moved most: it names the owner and the place to look."""
        return max(self.elements, key=lambda element: abs(element.delta))

    @property
    def owner(self) -> str:
        return "" if self.main.run_as == NOBODY else self.main.run_as

    @property
    def name(self) -> str:
        return self.main.resource if "resource" in self.dims else " / ".join(self.dims.values())


def find_movers(elements: Sequence[Element], attempts: Attempts) -> tuple[Mover, ...]:
    """The elements that explain why actual cost differs from expected; an element belongs to the first that claims it."""
    frame: dict[str, list[Any]] = {name: [element.value(name) for element in elements] for name in DIMENSIONS}
    frame["actual"] = [float(element.actual) for element in elements]
    frame["expected"] = [float(element.expected) for element in elements]
    free = list(elements)
    movers = []
    for found in _localized(frame) or _dominant(elements):
        claimed = [e for e in free if all(e.value(name) == value for name, value in found.items())]
        if not claimed:
            continue
        free = [e for e in free if e not in claimed]
        named = _as_resource(found, claimed)
        main = max(claimed, key=lambda e: abs(e.delta))
        runs = attempts.get((main.workspace_id, main.resource_id)) if "resource" in named and main.kind == "job" else None
        movers.append(Mover(named, tuple(claimed), runs))
    worth = FAINT * sum((abs(mover.delta) for mover in movers), ZERO)
    return tuple(sorted((m for m in movers if abs(m.delta) >= worth), key=lambda mover: -abs(mover.delta)))


def _localized(frame: Mapping[str, Sequence[Any]]) -> list[dict[str, str]]:
    """What stands out; where nothing does, what moved inside a usual day."""
    dims = list(DIMENSIONS)
    return localize(frame, dims, "actual", "expected") or localize(frame, dims, "actual", "expected", background=0.0)


def _dominant(elements: Sequence[Element]) -> list[dict[str, str]]:
    """Where all there is has moved (a question about one job, say), the one value that carries most of the change."""
    total = sum((element.delta for element in elements), ZERO)
    for name in ("resource", "sku", "run_as", "product", "team", "workspace"):
        value, part = _largest(elements, name)
        if total and part / total >= CARRIES:
            return [{name: value}]
    return []


def _as_resource(found: Mapping[str, str], claimed: Sequence[Element]) -> Mapping[str, str]:
    """A product, SKU, person or team whose change is one resource's is named by the resource: that can be acted on."""
    if "resource" in found or found.keys() == {"workspace"}:
        return found
    total = sum((element.delta for element in claimed), ZERO)
    key, part = _largest(claimed, "resource")
    one = total and Decimal("0.95") <= part / total <= Decimal("1.05")
    return {"resource": key} if one and key != NO_RESOURCE else found


def _largest(elements: Sequence[Element], name: str) -> tuple[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for element in elements:
        sums[element.value(name)] = sums.get(element.value(name), ZERO) + element.delta
    return max(sums.items(), key=lambda item: abs(item[1]), default=("", ZERO))


def as_causes(movers: Sequence[Mover], total: Decimal) -> tuple[Cause, ...]:
    """The movers as causes and what is left as the rest: their deltas, in cents, sum to `total`."""
    rest = total - sum((mover.delta for mover in movers), ZERO)
    deltas = in_cents([*(mover.delta for mover in movers), rest], total)
    causes = [
        Cause(
            dims=dims(mover),
            delta=delta,
            share=_share(delta, total),
            text=sentence(mover, delta),
            actual=mover.actual,
            expected=mover.expected,
            url=url(mover) or "",
        )
        for mover, delta in zip(movers, deltas, strict=False)
    ]
    return (*causes, Cause(dims={}, delta=deltas[-1], share=_share(deltas[-1], total), text=REST))


def without_failures(mover: Mover, total: Decimal, actual: Decimal) -> Counterfactual | None:
    """What the period would have cost without the failed attempts of a job, priced by their share of its task time."""
    runs = mover.attempts
    if not runs or not runs["failed_seconds"] or not runs["seconds"] or not total:
        return None
    failed = mover.actual * Decimal(runs["failed_seconds"]) / Decimal(runs["seconds"])
    share = float(min(failed / total, Decimal(1)))
    text = (
        f"Without the {runs['failed_attempts']} failed attempts of {mover.name} (about {money(failed)} by their share of its "
        f"task time) it would have cost about {money(actual - failed)}: they are {percent(share)} of the change."
    )
    return Counterfactual(mover.name, "failed attempts", share, text)


def _share(delta: Decimal, total: Decimal) -> float:
    return float(delta / total) if total else 0.0


def dims(mover: Mover) -> dict[str, str]:
    """The cause by the names people use; a resource comes with its workspace."""
    named = {name: value for name, value in mover.dims.items() if name != "resource"}
    if "resource" in mover.dims:
        named = {"workspace": mover.main.workspace, mover.main.kind: mover.main.resource, **named}
    return named


def url(mover: Mover) -> str | None:
    if "resource" not in mover.dims:
        return None
    main = mover.main
    return resource_url(main.host, main.workspace_id, main.kind, main.resource_id)


def sentence(mover: Mover, delta: Decimal) -> str:
    """What moved, by how much, why, and whom to ask."""
    text = f"{_subject(mover)} cost {money(mover.actual)} instead of {money(mover.expected)} ({change(delta)})"
    reason = _reason(mover)
    asks = f"; runs as {mover.owner}" if mover.owner and "run_as" not in mover.dims else ""
    return f"{text}{': ' + reason if reason else ''}{asks}"


def _subject(mover: Mover) -> str:
    main = mover.main
    if "resource" in mover.dims:
        kind = {"cluster": "all-purpose cluster", "warehouse": "SQL warehouse"}.get(main.kind, main.kind)
        return f"{kind} {main.resource} in {main.workspace}"
    words = {"workspace": "workspace {}", "sku": "SKU {}", "product": "{}", "run_as": "what {} runs", "team": "team {}"}
    return " · ".join(words[name].format(value) for name, value in mover.dims.items())


def _reason(mover: Mover) -> str:
    runs = mover.attempts
    if runs and runs["attempts"] > 1.5 * runs["usual_attempts"] > 0:
        failed = runs["failed_attempts"]
        failure = f" ({runs['failure']})" if runs["failure"] else ""
        ran = f"it was started {times(runs['attempts'])} instead of {times(runs['usual_attempts'])}"
        return f"{ran}, and {failed} of these attempts failed{failure}" if failed else ran
    parts = split(mover.elements)
    named = {
        "its price per unit changed": parts.price,
        "it did not exist in the baseline": parts.new,
        "it is gone": parts.gone,
        "it used more" if parts.volume > 0 else "it used less": parts.volume,
    }
    reason, part = max(named.items(), key=lambda item: abs(item[1]))
    if mover.delta and part / mover.delta >= MOSTLY:
        return reason + (_unit_price(mover.main) if part == parts.price else "")
    return ""


def _unit_price(element: Element) -> str:
    if not element.quantity or not element.usual_quantity:
        return ""
    before, now = element.expected / element.usual_quantity, element.actual / element.quantity
    return f" from ${before:.4f} to ${now:.4f}"
