"""Was a day unusual? Each day of a series is judged from the days before it, weekday by weekday.

Values are compared on a log-like scale (asinh, so zeros and credits have a place). The expectation is a recent level
plus the weekday's habit; the yardstick is how far earlier days strayed from their own expectation. Days already found
unusual enter neither, until they have lasted long enough to be the new normal.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import asinh, copysign, isfinite, nan, sinh, sqrt
from typing import Literal

Direction = Literal["up", "down", "none"]
Kind = Literal["point", "level_shift", "trend", "none"]

ALARM = 3.6  # yardsticks beyond which a day is an anomaly
CLEAN = 3.3  # beyond which it no longer counts as history
PERSIST = 3  # unusual days in a row after which the next one is a new level
WEEKS = 6  # of a weekday's history behind its habit
RECENT = 10  # days behind the level, each weighing FADE of the next
FADE = 0.9
MEMORY = 28  # days behind the yardstick
ENOUGH_DAYS = 14  # known days before anything can be an anomaly
USUAL, WORTH, FLOOR = 0.1, 3, 0.05  # yardstick assumed at first, the days it is worth, and the least there is
UNSURE = 0.5  # yardstick while there are fewer than three residuals
INTERVAL = 2.0  # yardsticks either side: about 95 %
SMALLEST = 1e-6  # below this a value is nothing
TREND_WEEKS, TREND_STEP, TREND_TOTAL = 5, 0.05, 0.5  # rising or falling each week, and log change in all


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """`expected`, `low` and `high` (about 95 %) are nan where no day came before; `score` is 0.5 at the alarm line."""

    day: date
    actual: float
    expected: float
    low: float
    high: float
    score: float
    is_anomaly: bool
    direction: Direction
    kind: Kind


@dataclass(slots=True)
class _History:
    """What is remembered while walking through a series; everything is on the asinh scale of `unit`."""

    unit: float = 0.0
    known: int = 0
    run: int = 0
    sign: float = 0.0
    quiet_until: int = -1
    levels: list[float] = field(default_factory=list)  # every day so far, cleaned
    raw: list[float] = field(default_factory=list)  # the same, as it was
    habits: list[deque[float]] = field(default_factory=lambda: [deque(maxlen=WEEKS) for _ in range(7)])
    habit: list[float] = field(default_factory=lambda: [0.0] * 7)
    residuals: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))

    def expect(self, at: int) -> float:
        centre = sum(self.habit) / 7
        recent = range(max(0, at - RECENT), at)
        weights = [FADE ** (at - day) for day in recent]
        level = sum(w * (self.levels[day] - self.habit[day % 7] + centre) for w, day in zip(weights, recent, strict=True))
        return level / sum(weights) + self.habit[at % 7] - centre

    def yardstick(self) -> float:
        count = len(self.residuals)
        if count < 3:
            return UNSURE
        return max(FLOOR, sqrt((sum(r * r for r in self.residuals) + WORTH * USUAL**2) / (count + WORTH)))

    def add(self, level: float, raw: float) -> None:
        self.levels.append(level)
        self.raw.append(raw)
        middle = len(self.levels) - 4
        if middle >= 3:
            week = self.levels[middle - 3 : middle + 4]
            weekday = middle % 7
            self.habits[weekday].append(self.levels[middle] - sum(week) / 7)
            self.habit[weekday] = _median(self.habits[weekday])


def judge(series: Sequence[tuple[date, float]], *, complete_through: date | None = None) -> list[DayVerdict]:
    """A verdict for each day of the series, in order of day; days after `complete_through` are never anomalies.

    Days that are missing, or whose value is not a finite number, are unknown (not zero). Of a day given twice the last counts.
    """
    values = {day: float(value) for day, value in series if isfinite(value)}
    if not values:
        return []
    history, verdicts = _History(), []
    for at in range((max(values) - min(values)).days + 1):
        day = min(values) + timedelta(days=at)
        if day not in values:
            history.add(*(2 * (history.expect(at),)))
        elif complete_through is not None and day > complete_through:
            verdicts.append(_partial(day, values[day], history, at))
            history.add(*(2 * (history.expect(at) if at else 0.0,)))
        else:
            verdicts.append(_next(day, values[day], history, at))
    return verdicts


def verdict(series: Sequence[tuple[date, float]], day: date, *, complete_through: date | None = None) -> DayVerdict:
    """The verdict on one day; a day without a value is judged as zero, which is what no usage costs."""
    before = [(each, value) for each, value in series if each < day]
    actual = next((value for each, value in series if each == day and isfinite(value)), 0.0)
    return judge([*before, (day, actual)], complete_through=complete_through)[-1]


def _next(day: date, value: float, history: _History, at: int) -> DayVerdict:
    if not history.unit:
        if not value:
            history.add(0.0, 0.0)
            return DayVerdict(day, value, 0.0 if at else nan, 0.0 if at else nan, 0.0 if at else nan, 0.0, False, "none", "none")
        history.unit = max(abs(value) / 100, SMALLEST)
    level = asinh(value / history.unit)
    history.known += 1
    if not at:
        history.add(level, level)
        return DayVerdict(day, value, nan, nan, nan, 0.0, False, "none", "none")
    expected, spread = history.expect(at), history.yardstick()
    strayed = (level - expected) / spread
    is_anomaly = abs(strayed) > ALARM and history.known > ENOUGH_DAYS
    kind = _remember(history, at, level, expected, spread)
    if kind == "trend" and not is_anomaly:
        return _made(day, value, history, expected, spread, strayed, True, "trend")
    return _made(day, value, history, expected, spread, strayed, is_anomaly, kind if is_anomaly else "none")


def _remember(history: _History, at: int, level: float, expected: float, spread: float) -> Kind:
    """Add the day, cleaned if it is unusual, and name what kind of change it would be."""
    residual = level - expected
    unusual = abs(residual) > CLEAN * spread and history.known > ENOUGH_DAYS
    sign = copysign(1.0, residual)
    history.run = history.run + 1 if unusual and sign == history.sign else int(unusual)
    history.sign = sign
    shifted = history.run > PERSIST
    if unusual and not shifted:
        history.residuals.append(sign * CLEAN * spread)
        history.add(expected, level)
        return "point"
    if shifted:
        history.levels[-PERSIST:] = history.raw[-PERSIST:]
    history.residuals.append(max(-CLEAN * spread, min(CLEAN * spread, residual)) if history.known > ENOUGH_DAYS else residual)
    history.add(level, level)
    if shifted:
        return "level_shift"
    if at > history.quiet_until and _is_trend(history.levels):
        history.quiet_until = at + 7 * TREND_WEEKS
        return "trend"
    return "none"


def _is_trend(levels: Sequence[float]) -> bool:
    """Whole weeks that each went the same way, and far in all."""
    if len(levels) < 7 * TREND_WEEKS:
        return False
    tail = levels[-7 * TREND_WEEKS :]
    weeks = [sum(tail[7 * w : 7 * w + 7]) / 7 for w in range(TREND_WEEKS)]
    steps = [after - before for before, after in pairwise(weeks)]
    total = weeks[-1] - weeks[0]
    same_way = all(step * total > 0 and abs(step) > TREND_STEP for step in steps)
    return same_way and abs(total) > TREND_TOTAL and max(abs(step) for step in steps) < 0.6 * abs(total)


def _partial(day: date, value: float, history: _History, at: int) -> DayVerdict:
    if not at or not history.unit:
        return DayVerdict(day, value, nan, nan, nan, 0.0, False, "none", "none")
    return _made(day, value, history, history.expect(at), history.yardstick(), 0.0, False, "none")


def _made(
    day: date, value: float, history: _History, expected: float, spread: float, strayed: float, is_anomaly: bool, kind: Kind
) -> DayVerdict:
    middle, low, high = (history.unit * sinh(max(-500.0, min(500.0, expected + k * spread))) for k in (0.0, -INTERVAL, INTERVAL))
    direction: Direction = "none"
    if is_anomaly:
        direction = "up" if value > middle else "down"
    score = strayed**2 / (strayed**2 + ALARM**2)
    return DayVerdict(day, value, middle, low, high, score, is_anomaly, direction, kind)


def _median(values: Sequence[float] | deque[float]) -> float:
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2
