"""Atoms put together: parts of days into days, ranges, since."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.understand.atoms import Atom
from agents.understand.calendar import Clock, Span
from agents.understand.dates import AGO, DATES, FIRST, RANGES, WEEKDAY_RULES
from agents.understand.months import HOLIDAYS, MONTH_RULES
from agents.understand.relations import RELATIONS
from agents.understand.relative import EARLIEST, RELATIVE
from agents.understand.roles import COMPARING, roles
from agents.understand.selectors import CLOCK_RANGES, CLOCKS, STRETCHES, WITHIN_UNITS

_RULES = (
    *CLOCK_RANGES,
    *FIRST,
    *WITHIN_UNITS,
    *RANGES,
    *HOLIDAYS,
    *DATES,
    *MONTH_RULES,
    *AGO,
    *EARLIEST,
    *RELATIONS,
    *RELATIVE,
    *WEEKDAY_RULES,
    *CLOCKS,
    *STRETCHES,
)
_SIDE_BY_SIDE = re.compile(
    r"^[\s,()'/-]*(?:(?:of|in|on|at|the|from|during|for|around|about|by|a|to)[\s,()-]+)*(?:between |from )?$"
)
_OF = re.compile(r"^\s*(?:of |in |the |on |from |during )*$")
_THROUGH = re.compile(r"^[\s,]*(?:to|through|thru|-|until|till|til|up to|up until|and)(?: and including)?(?: (?:the|on))*[\s,]*$")
_SINCE = re.compile(
    r"\b(?:since|starting|beginning|ever since)(?: (?!and\b|or\b|but\b)[\w§'-]+){0,5}?\s*(?:on|in|at|the|from|of|last)?\s*$"
)
_FROM = re.compile(r"\bfrom\s+(?:the\s+)?(?:\w+\s+){0,3}$")
_ONWARD = re.compile(r"^\s*(?:onwards?|on(?=\W*$)|forward|until now|till now|to now|and later)\b")
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$")


@dataclass(frozen=True, slots=True)
class Found:
    """The spans of a text, the atoms they were read from, and the words that look like a time but cannot be one."""

    period: Span | None = None
    compare: Span | None = None
    used: tuple[Atom, ...] = ()
    unresolved: tuple[str, ...] = ()


def find_spans(text: str, clock: Clock, prior: Span | None = None) -> Found:
    """The period of a masked English text and the one to compare with."""
    atoms = _merged(_scan(text, clock), text, prior)
    usable = [atom for atom in atoms if atom.span or atom.relation or atom.future]
    joined = _ranges(usable, text, clock)
    period, compare = roles([atom for atom in joined if not atom.future], text, clock, prior)
    wrong = tuple(text[atom.begin : atom.end].strip() for atom in atoms if atom.wrong)
    return Found(period, compare, tuple(joined), wrong)


def _scan(text: str, clock: Clock) -> list[Atom]:
    atoms: list[Atom] = []
    taken = bytearray(len(text))
    for pattern, rule in _RULES:
        for found in pattern.finditer(text):
            if found.end() == found.start() or any(taken[found.start() : found.end()]):
                continue
            atom = rule(found, clock)
            if atom is not None:
                atoms.append(atom)
                taken[found.start() : found.end()] = b"\1" * (found.end() - found.start())
    return sorted(atoms, key=lambda atom: atom.begin)


def _merged(atoms: list[Atom], text: str, prior: Span | None) -> list[Atom]:
    """Selectors put into the time that stands beside them; two spellings of one day made one."""
    at = 0
    while at + 1 < len(atoms):
        left, right = atoms[at], atoms[at + 1]
        gap = text[left.end : right.begin]
        both = _put_together(left, right, gap)
        if both is None:
            at += 1
        else:
            atoms[at : at + 2] = [both]
            at = max(0, at - 1)
    if prior is not None and prior.grain == "day":
        atoms = [replace(atom, span=atom.pick(prior)) if atom.kind == "clock" and atom.pick else atom for atom in atoms]
    return atoms


def _put_together(left: Atom, right: Atom, gap: str) -> Atom | None:
    if not _SIDE_BY_SIDE.match(gap) or re.search(r"\d-\d", gap):
        return None
    for selector, holder in ((left, right), (right, left)):
        if selector.pick is None or holder.span is None or holder.kind == "now":
            continue
        if holder.span.grain not in selector.within or (selector is left and selector.kind == "weekday" and not _OF.match(gap)):
            continue
        if gap.strip() == "to" or (gap.strip() == "-" and selector.kind not in ("clock", "weekday")):
            continue
        span = selector.pick(holder.span)
        if span is None:
            return replace(left, begin=left.begin, end=right.end, span=None, pick=None, wrong=True)
        kind = "since" if selector.kind == "since" else "weekday of" if selector.kind == "weekday" else ""
        return Atom(left.begin, right.end, span=span, recur=_both(holder.recur, selector.pick), kind=kind)
    return _same_day_twice(left, right, gap)


def _both(
    recur: Callable[[date], Span | None] | None, pick: Callable[[Span], Span | None]
) -> Callable[[date], Span | None] | None:
    """What an earlier occurrence of the holder gives when the same part is picked from it."""
    if recur is None:
        return None

    def again(day: date) -> Span | None:
        span = recur(day)
        return pick(span) if span else None

    return again


def _same_day_twice(left: Atom, right: Atom, gap: str) -> Atom | None:
    """Friday the 21st, Thursday 29/03: the date says which one."""
    if left.kind == "weekday" and right.kind == "date" and right.span and gap.strip(" ,()-") in ("", "the", "on", "on the"):
        return replace(right, begin=left.begin)
    if right.kind == "weekday" and left.kind == "date" and left.span and gap.strip(" ,()-") in ("", "the"):
        return replace(left, end=right.end)
    return None


def _ranges(atoms: list[Atom], text: str, clock: Clock) -> list[Atom]:
    """X to Y and between X and Y as one atom; since X up to now."""
    joined: list[Atom] = []
    for atom in atoms:
        last = joined[-1] if joined else None
        if last and _is_range(last, atom, text):
            joined[-1] = _range(last, atom, clock)
        else:
            joined.append(atom)
    return [_since(atom, text, clock) for atom in joined]


def _is_range(left: Atom, right: Atom, text: str) -> bool:
    gap, before = text[left.end : right.begin], text[: left.begin]
    if not _THROUGH.match(gap) or left.span is None or right.span is None or left.kind == "range":
        return False
    if gap.strip() == "and":
        return bool(_BETWEEN.search(before) or re.search(r"\bbetween ", text[left.begin : left.end])) and not COMPARING.search(
            before
        )
    return not (gap.strip() == "to" and re.search(r"\bcompar\w*\b", before))


def _range(left: Atom, right: Atom, clock: Clock) -> Atom:
    start, end = left.span, right.span
    assert start is not None and end is not None
    if right.kind == "date" and "month" in right.within and right.pick:
        first = clock.days(clock.day_of(start).replace(day=1), clock.day_of(start), "month")
        end = right.pick(first) or end
        if end.start < start.start:
            end = right.pick(clock.moved(first, 1, "month")) or end
    elif (
        right.kind == "weekday"
        and right.recur
        and (left.kind == "weekday of" or (left.kind != "weekday" and start.grain == "day"))
    ):
        after = right.recur(clock.day_of(start) + timedelta(days=7))
        end = after or end
    elif left.recur and start.start >= end.start:
        start = left.recur(clock.day_of(end) - timedelta(days=1 if left.kind == "weekday" else 0)) or start
    elif left.recur:
        start = left.recur(clock.day_of(end)) or start
    elif right.recur and end.start < start.start:
        for later in range(1, 9):
            again = right.recur(clock.day_of(start) + timedelta(days=46 * later))
            if again and again.start >= start.start:
                end = again
                break
    stop = clock.now if right.kind == "now" else end.start if end.grain in ("clock", "minute") else end.end
    return Atom(left.begin, right.end, span=Span(start.start, max(start.start, stop), "range"), kind="range")


def _since(atom: Atom, text: str, clock: Clock) -> Atom:
    if atom.span is None or atom.kind == "range":
        return atom
    before, after = text[: atom.begin], text[atom.end :]
    within = re.match(r"since\b", text[atom.begin :])
    open_end = _ONWARD.match(after)
    if (
        atom.kind == "since"
        or within
        or _SINCE.search(before)
        or (open_end and (_FROM.search(before) or open_end[0].strip() != "on"))
    ):
        start = atom.span.start
        return replace(atom, span=Span(start, max(start, clock.now), "range"), kind="range")
    return atom
