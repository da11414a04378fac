"""How far the leaves of a frame stray from their baseline when nothing happened, learned from the frame itself.

Deviations are log ratios of actual to expected. Most leaves are assumed quiet: their spread gives the core, and the
tails are extrapolated from where they are still populated, so that a few true causes do not pass for noise.
"""

from dataclasses import dataclass
from math import asinh, log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CAP = 5.0  # log ratio of a new leaf; gone is -CAP
STEP = 0.1  # bin width in asinh of the standardized deviation
WITHIN = 0.35  # log spread of the factor among the leaves of one cause
SMALLEST = 1e-4  # a spread below this is rounding
NARROW = 0.67  # of a cause's moved leaves, those at the common factor; the others lie around it
STILL = (0.1, 0.5)  # share of a cause's leaves that did not move: nearly none, or half
FAR = 6.0  # spreads beyond which a leaf strays far: a Gaussian has none there
FEW = 50  # leaves below which tails are assumed, not learned
FREE = 2000  # one leaf in so many, each side, is left out of the tail fit as a possible cause


@dataclass(frozen=True, slots=True)
class Noise:
    """`bins` places each leaf; a gain [c, b] is the log likelihood of bin b under a cause centred on c, against noise.

    In `partial_gain` half of the cause's leaves did not move.
    """

    centre: float
    spread: float
    bins: Ints
    gain: Floats
    partial_gain: Floats

    @property
    def middle(self) -> int:
        return len(self.gain) // 2

    def roughness(self, free: npt.NDArray[np.bool_]) -> float:
        """Share of leaves that stray far."""
        limit = round(asinh(FAR) / STEP)
        return float(np.mean(np.abs(self.bins[free] - self.middle) > limit))


def log_ratio(actual: Floats, expected: Floats) -> Floats:
    """Log of actual over expected within ±CAP; credits (both negative) keep the sign of the change."""
    same = np.sign(actual) * np.sign(expected) > 0  # a product of extremes would overflow, or vanish
    ratio = np.log(np.abs(actual), where=same, out=np.zeros_like(actual))
    ratio -= np.log(np.abs(expected), where=same, out=np.zeros_like(actual))
    ratio = np.clip(np.where(actual < 0, -ratio, ratio), -CAP + STEP / 10, CAP - STEP / 10)
    return np.where(same, ratio, np.sign(np.sign(actual) - np.sign(expected)) * CAP)


def learn(ratio: Floats, free: npt.NDArray[np.bool_]) -> Noise:
    """The noise of the leaves in `free`, and every leaf placed in it."""
    quiet = ratio[free]
    centre = float(np.median(quiet))
    spread = max(float(np.median(np.abs(quiet - centre))) / 0.6745, SMALLEST)
    half = np.arange(0.5, asinh(2 * CAP / spread) / STEP + 1) * STEP
    edges = np.sinh(np.concatenate([-half[::-1], half]))
    scaled = (ratio - centre) / spread
    bins = np.clip(np.searchsorted(edges, scaled, side="right") - 1, 0, len(edges) - 2)
    density = _density(scaled[free], edges)
    middles = np.sinh((np.arcsinh(edges[1:]) + np.arcsinh(edges[:-1])) / 2)
    strays = np.where(np.abs(middles) > FAR, density, 0.0)  # a cause does not keep leaves from coming and going
    moved = NARROW * _bell(edges, middles, 1.0) + (1 - NARROW) * _bell(edges, middles, max(3.0, WITHIN / spread))
    moved = ((1 - strays.sum()) * moved + strays) / density
    few, half_still = (np.log((1 - still) * moved + still) for still in STILL)
    return Noise(centre, spread, bins.astype(np.int64), few, half_still)


def _density(scaled: Floats, edges: Floats) -> Floats:
    """Probability of each bin under noise: a smoothed histogram inside, fitted tails outside."""
    count = len(scaled)
    if count < FEW:
        assumed = 0.5 + np.arctan(edges / 0.7) / np.pi
        assumed[0], assumed[-1] = 0.0, 1.0
        return np.asarray(np.diff(assumed))
    density = np.histogram(np.clip(scaled, edges[0], edges[-1]), edges)[0] / count
    density[1:-1] = np.convolve(density[1:-1], np.array([1, 2, 3, 2, 1]) / 9, "same")
    density = _with_tail(density, np.sort(scaled), edges)
    density = _with_tail(density[::-1], np.sort(-scaled), -edges[::-1])[::-1]
    density = np.maximum(density, 1e-30)
    return np.asarray(density / density.sum())


def _with_tail(density: Floats, ascending: Floats, edges: Floats) -> Floats:
    """The upper tail replaced by a Weibull one through the last twentieth and the last few leaves."""
    count = len(ascending)
    outer = int(max(2, count / FREE))
    inner = max(count // 20, 4 * outer + 1)
    far, near = float(ascending[-1 - outer]), float(ascending[-1 - min(inner, count - 1)])
    if not far > near > 0:
        return density
    rare, common = -log((outer + 0.5) / count), -log((inner + 0.5) / count)
    shape = float(np.clip(log(rare / common) / log(far / near), 0.1, 2.2))
    with np.errstate(over="ignore"):
        survival = np.exp(-np.minimum(rare * (np.maximum(edges, far) / far) ** shape, 700.0))
    survival[-1] = 0.0
    tail = survival[:-1] - survival[1:]
    beyond = edges[:-1] > far
    reached = edges[1:] > far
    return np.where(beyond, tail, np.where(reached, np.maximum(density, tail), density))


def _bell(edges: Floats, middles: Floats, width: float) -> Floats:
    """Probability of each bin (columns) under a Gaussian around each middle (rows); what lies outside is at the ends."""
    below = _normal((edges[None, :] - middles[:, None]) / width)
    below[:, 0], below[:, -1] = 0.0, 1.0
    return np.asarray(np.maximum(np.diff(below, axis=1), 0.0))


def _normal(x: Floats) -> Floats:
    """Cumulative normal distribution to 1.5e-7 (Abramowitz and Stegun 7.1.26): numpy has none."""
    size = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * size)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.asarray(0.5 * (1 + np.sign(x) * (1 - poly * np.exp(-size * size))))
