"""Which period is asked about, and which it is compared with."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from dataclasses import replace

from agents.understand.atoms import Atom
from agents.understand.calendar import Clock, Span
from agents.understand.relative import rolling, unit_now

_PAIR = re.compile(r"^[\s,]*(?:and|with|to|or|against|&)(?: (?:the|in|of))*[\s,]*$")
_VERSUS = re.compile(
    r"(?:\b(?:vs\.?|versus|v|against|relative to|compared?(?:d)? (?:to|with|against)|in comparison (?:to|with)|comparison (?:to|with)|than|as opposed to|up from|down from|stack up against)\b)(?: (?:the|in|on|of|at|a|my|our|what|we|it|was|is|that|those|during|for|from|spend|costs?|bill|usage|numbers|figures|same|did|had|spent|back)\b)*\s*$"
)
_LOOSE_VERSUS = re.compile(r"\bover(?: the)?\s*$")
COMPARING = re.compile(
    r"\b(?:compar\w*|difference|differ\w*|delta|vergleich\w*|compara\w*|confront\w*|unterschied|changed? between|change from|side by side)\b"
)


def roles(atoms: list[Atom], text: str, clock: Clock, prior: Span | None) -> tuple[Span | None, Span | None]:
    """Which atom is the primary period and which the comparison."""
    atoms = [atom for atom in atoms if atom.kind != "now"] or atoms[:0]
    versus = next((atom for atom in atoms if _is_compared(atom, atoms, text)), None)
    plain = [atom for atom in atoms if atom is not versus and atom.kind not in ("over", "relation")]
    primary = plain[0].span if plain else None
    if versus is None:
        relations = [atom for atom in atoms if atom.kind in ("relation", "over")]
        if not relations:
            return primary, None
        versus = relations[0]
        if versus.kind == "relation" and primary is None:
            return (versus.relation(prior) if prior and versus.relation else versus.span), None
    return _compared(primary, versus, clock, prior)


def _is_compared(atom: Atom, atoms: list[Atom], text: str) -> bool:
    before = text[: atom.begin]
    at = atoms.index(atom)
    if atom.kind == "over":
        return False
    earlier = atoms[at - 1] if at else None
    gap = text[earlier.end : atom.begin] if earlier else ""
    if _VERSUS.search(gap if earlier else before):
        return True
    if earlier and atom.relation and (_LOOSE_VERSUS.search(gap) or re.match(r"over\b", text[atom.begin :])):
        return True
    if (
        earlier
        and earlier.span
        and _PAIR.match(gap)
        and (COMPARING.search(text[: earlier.begin]) or COMPARING.search(text[atom.end :]))
    ):
        return True
    return bool(earlier and atom.kind == "relation" and earlier.kind not in ("relation", "over"))


def _compared(primary: Span | None, versus: Atom, clock: Clock, prior: Span | None) -> tuple[Span | None, Span | None]:
    if versus.kind == "over" and primary is None:
        if prior is not None and versus.relation:
            return prior, versus.relation(prior)
        primary = versus.span
    if primary is None and prior is not None and (versus.relation or versus.span):
        primary = prior
    if primary is None:
        primary = _default_primary(versus, clock)
    if primary is None:
        return None, versus.span
    primary = _complete(primary, clock) if versus.span is None or versus.span.grain != "elapsed" else primary
    other = versus.relation(primary) if versus.relation else versus.span
    if other is None:
        return primary, None
    same_kind = other.grain == primary.grain or versus.relation is not None
    return primary, clock.like_for_like(primary, other) if same_kind else other


def _default_primary(versus: Atom, clock: Clock) -> Span | None:
    """What "slower than last week" is about: the running unit of the same kind, up to now."""
    span = versus.span
    if span is None:
        return None
    grain = span.grain.removeprefix("rolling ")
    if grain in ("week", "month", "quarter", "year", "weekend", "half"):
        return unit_now(clock, grain)
    if span.grain.startswith("rolling") or span.grain == "elapsed":
        return None if span.grain == "elapsed" else rolling(clock, span.count, grain)
    return clock.unit("day", clock.today)


def _complete(primary: Span, clock: Clock) -> Span:
    """A rolling window loses its running day when compared, so that both sides are whole days."""
    if not primary.grain.startswith("rolling "):
        return primary
    return replace(primary, end=max(primary.start, clock.unit("day", clock.today).start))
