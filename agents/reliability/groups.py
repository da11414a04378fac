"""Streaks of failures that belong together: fed by another, again soon after, or several of a workspace at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.reliability import classes
from agents.reliability.streaks import Streak

TOGETHER = timedelta(minutes=15)
FLAPPING = timedelta(hours=6)  # after a recovery, within which a job that fails again has not truly recovered
MANY_JOBS = 3  # of one workspace and class, from which failures at the same time are no accident
SHARED = frozenset({"cluster", "cloud", "driver", "library", "storage", "access", "internal", "configuration"})


@dataclass(frozen=True, slots=True)
class Incident:
    """Streaks in the order in which they began: the first is where it started."""

    streaks: tuple[Streak, ...]

    @property
    def first(self) -> Streak:
        return self.streaks[0]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(streak.key for streak in self.streaks))

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(streak.job for streak in self.streaks))

    @property
    def start(self) -> datetime:
        return self.first.first

    @property
    def is_open(self) -> bool:
        return any(streak.is_open for streak in self.streaks)

    @property
    def end(self) -> datetime | None:
        """When the last of its jobs had recovered; None while one has not."""
        return None if self.is_open else max(streak.recovered for streak in self.streaks if streak.recovered)

    @property
    def failed(self) -> int:
        return sum(streak.failed for streak in self.streaks)

    @property
    def in_a_row(self) -> int:
        """Failures of the longest streak that is still open."""
        return max((streak.failed for streak in self.streaks if streak.is_open), default=0)

    @property
    def kind(self) -> str:
        return classes.of_code(None, self.first.code)

    @property
    def is_flapping(self) -> bool:
        return len(self.streaks) > len(self.keys)

    @property
    def is_blip(self) -> bool:
        """One failed run that the next one mended, or that still may."""
        return self.failed == 1

    def minutes(self, now: datetime) -> float:
        return ((self.end or now) - self.start).total_seconds() / 60


def group(streaks: Sequence[Streak]) -> tuple[Incident, ...]:
    """Each streak in one incident; the earliest incident first."""
    ordered = sorted(streaks, key=lambda one: (one.first, bool(one.above), one.key))
    leader = list(range(len(ordered)))

    def find(at: int) -> int:
        while leader[at] != at:
            at = leader[at]
        return at

    for left, right in (*_fed(ordered), *_at_once(ordered), *_again(ordered)):
        low, high = sorted((find(left), find(right)))
        leader[high] = low
    found: dict[int, list[Streak]] = defaultdict(list)
    for at, streak in enumerate(ordered):
        found[find(at)].append(streak)
    return tuple(Incident(tuple(parts)) for _, parts in sorted(found.items()))


def _fed(ordered: Sequence[Streak]) -> Iterable[tuple[int, int]]:
    """Each streak with the one above it that had not recovered when it began."""
    for at, streak in enumerate(ordered):
        for above, other in enumerate(ordered):
            if other.key == streak.above and other.first <= streak.first <= (other.recovered or streak.first):
                yield above, at


def _again(ordered: Sequence[Streak]) -> Iterable[tuple[int, int]]:
    """Streaks of one job of which the second began soon after the first had ended."""
    last: dict[str, int] = {}
    for at, streak in enumerate(ordered):
        before = last.get(streak.key)
        ended = ordered[before].recovered if before is not None else None
        if before is not None and ended and streak.first - ended <= FLAPPING:
            yield before, at
        last[streak.key] = at


def _at_once(ordered: Sequence[Streak]) -> Iterable[tuple[int, int]]:
    """Streaks of at least three jobs of one workspace that began within a quarter of an hour, for a reason they can share."""
    places: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for at, streak in enumerate(ordered):
        kind = classes.of_code(None, streak.code)
        if kind in SHARED:
            places[(streak.workspace, kind)].append(at)
    for found in places.values():
        for start, at in enumerate(found):
            near = [other for other in found[start:] if ordered[other].first - ordered[at].first <= TOGETHER]
            if len({ordered[other].key for other in near}) >= MANY_JOBS:
                yield from ((at, other) for other in near[1:])
