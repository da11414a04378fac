"""Which elements of a cube explain why a total differs from its baseline.

Every element of the lattice (a conjunction of dimension values) is weighed as an explanation: the likelihood that its
leaves moved by one common factor against that they strayed as the other leaves do, and its money against the money
that moved elsewhere. The best disjoint elements are taken, set aside, and the rest is weighed again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from tools.ml.lattice import Cuboid, column, cuboids, leaves
from tools.ml.noise import Floats, Noise, learn, log_ratio

ENOUGH = 6.0  # nats by which an explanation must beat noise where the baseline is near perfect
ENOUGH_MONEY = 9.0  # the same where it is not, for fit and money together
MONEY = 8.0  # nats for each factor e of an element's money over what moved elsewhere
FAINT = 1.0  # the same where the baseline is near perfect: there a faint change is still a change
FIT_OF_FEW = 5.0  # nats that fit may bring at most, and one more for each leaf: one leaf alone proves little
BACKGROUND = 0.02  # of the whole that may move anywhere on a usual day, whatever the leaves say
RELEVANT = 0.2  # of the strongest element's money, below which another is not worth naming
PARTIAL = 3.0  # nats that an element half of whose leaves did not move must earn besides
SHARP = 0.005  # a baseline is near perfect when fewer leaves than this stray far
DEPTH = 0.5  # nats that each further dimension must earn
ROUNDS = 12
MOST = 2_000  # candidates weighed against each other in one round


@dataclass(frozen=True, slots=True)
class Candidate:
    cuboid: Cuboid
    group: int
    score: float


def localize(
    df: Any, dims: Sequence[str], actual: str, expected: str, *, min_share: float = 0.0, background: float = BACKGROUND
) -> list[dict[str, str]]:
    """The elements that explain why the sum of `actual` differs from that of `expected`, strongest first.

    `df` is a pandas or Arrow frame, or a mapping of sequences, with one row per leaf. Elements that moved less than
    `min_share` of the larger total are left out; `background` is the share of it that is taken to move anywhere at any time
    (0 to be told the small movers inside a usual day); [] means that nothing stands out. Leaves without a finite value are
    ignored.
    """
    source = leaves(df, dims)
    now, before = _numbers(df, actual), _numbers(df, expected)
    known = np.isfinite(now) & np.isfinite(before)
    now, before = np.where(known, now, 0.0), np.where(known, before, 0.0)
    ratio = log_ratio(now, before)
    largest = max(float(np.abs(now).max(initial=0.0)), float(np.abs(before).max(initial=0.0))) or 1.0
    now, before = now / largest, before / largest  # sums and squares of extremes would overflow
    free = (now != 0) | (before != 0)
    usual = background * max(float(np.abs(now).sum()), float(np.abs(before).sum()))
    found = list(_search(list(cuboids(source)), ratio, now, before, free, usual)) if free.sum() > 1 else []
    least = min_share * max(abs(now.sum()), abs(before.sum()))
    return [
        source.element(each.cuboid, each.group)
        for each in found
        if abs((now - before)[each.cuboid.group == each.group].sum()) >= least
    ]


def _search(lattice: list[Cuboid], ratio: Floats, now: Floats, before: Floats, free: Any, usual: float) -> Iterator[Candidate]:
    live = free.copy()
    money, strongest = MONEY, 0.0
    for _ in range(ROUNDS):
        if free.sum() < 2:
            return
        noise = learn(ratio, free)
        if noise.roughness(free) < SHARP:
            money = FAINT
        excess = now - before - (exp(noise.centre) - 1) * before
        taken = list(_disjoint(_candidates(lattice, noise, excess, free, live, money, strongest, usual), free))
        yield from taken
        for each in taken:
            mine = each.cuboid.group == each.group
            strongest = max(strongest, abs(float(excess[mine & free].sum())))
            free = free & ~mine
        if not taken:
            return


def _candidates(
    lattice: list[Cuboid], noise: Noise, excess: Floats, free: Any, live: Any, money: float, strongest: float, usual: float
) -> list[Candidate]:
    """Every element whose explanation is good enough, best first."""
    rows = np.flatnonzero(free)
    rows = rows[np.argsort(noise.bins[rows], kind="stable")]
    capped = np.minimum(np.abs(excess), np.partition(np.abs(excess[rows]), -min(4, len(rows)))[-min(4, len(rows))]) ** 2
    capped[~free] = 0.0
    floor = 1e-6 * float(np.abs(excess).sum()) + 1e-12
    out: list[Candidate] = []
    for cuboid in lattice:
        group = cuboid.group[rows]
        order = np.argsort(group, kind="stable")
        group, inside = group[order], rows[order]
        count = np.bincount(group, minlength=cuboid.size)
        change = np.bincount(group, excess[inside], cuboid.size)
        moved = np.abs(change)
        centre, bins = _medians(noise, inside, count), noise.bins[inside]
        fit = np.bincount(group, noise.gain[centre[group], bins], cuboid.size)
        if money != FAINT:  # a sharp baseline shows which leaves moved; there a still half is no part of a cause
            quarter = _quartiles(noise, inside, count, change > 0)
            fit = np.maximum(fit, np.bincount(group, noise.partial_gain[quarter[group], bins], cuboid.size) - PARTIAL)
        around = np.sqrt(np.maximum(capped.sum() - np.bincount(group, capped[inside], cuboid.size), 0.0)) + floor
        if money != FAINT:
            around = np.hypot(around, usual)
        weight = np.log(np.maximum(moved, floor * 1e-6) / around)
        score = fit - DEPTH * len(cuboid.dims)
        if money == FAINT:
            good = score + FAINT * weight > ENOUGH
        else:
            good = np.minimum(fit, FIT_OF_FEW + count) + money * weight > ENOUGH_MONEY
            good &= moved >= RELEVANT * strongest
        whole = 2 * count >= np.bincount(cuboid.group[live], minlength=cuboid.size)
        chosen = np.flatnonzero(good & (fit > 0) & whole & (count > 0))
        out.extend(Candidate(cuboid, int(at), float(score[at])) for at in chosen)
    out.sort(key=lambda each: -each.score)
    return out[:MOST]


def _medians(noise: Noise, inside: Any, count: Any) -> Any:
    """The median bin of each group, of two middle ones the quieter; `inside` is sorted by group, then bin."""
    last = max(len(inside) - 1, 0)
    start = np.cumsum(count) - count
    low = noise.bins[inside[np.minimum(start + np.maximum(count - 1, 0) // 2, last)]]
    high = noise.bins[inside[np.minimum(start + count // 2, last)]]
    return np.where(np.abs(low - noise.middle) <= np.abs(high - noise.middle), low, high)


def _quartiles(noise: Noise, inside: Any, count: Any, upper: Any) -> Any:
    """The bin a quarter from the end of each group, on the side to which it moved."""
    start = np.cumsum(count) - count
    at = start + np.where(upper, np.maximum(count - 1 - count // 4, 0), count // 4)
    return noise.bins[inside[np.minimum(at, max(len(inside) - 1, 0))]]


def _disjoint(candidates: list[Candidate], free: Any) -> Iterator[Candidate]:
    """Those that share no leaf with a better one; what overlaps is weighed again without it."""
    claimed = np.zeros(len(free), dtype=bool)
    for each in candidates:
        rows = (each.cuboid.group == each.group) & free
        if not claimed[rows].any():
            yield each
        claimed |= rows


def _numbers(df: Any, name: str) -> Floats:
    values = column(df, name)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
