"""Each day judged from the days before: weekdays known, growth no alarm, jumps seen, the future never used."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.ml.anomaly import judge

START = date(2026, 7, 27)
Series = list[tuple[date, float]]


def weeks(count: int = 10, *, noise: float = 0.02, growth: float = 0.005, seed: int = 5) -> Series:
    """Weekdays at 1,000, weekends at 600, growing a little each week."""
    random = np.random.default_rng(seed)
    days = [START + timedelta(days=n) for n in range(7 * count)]
    level = [600.0 if day.weekday() >= 5 else 1000.0 for day in days]
    values = [base * (1 + growth) ** (n / 7) * float(random.lognormal(0, noise)) for n, base in enumerate(level)]
    return list(zip(days, values, strict=True))


def test_ordinary_weeks_raise_no_alarm() -> None:
    for seed in range(20):
        assert not [v for v in judge(weeks(seed=seed)) if v.is_anomaly], seed


@pytest.mark.parametrize(("factor", "direction"), [(1.4, "up"), (0.5, "down")])
def test_a_day_that_jumps_or_falls_is_seen(factor: float, direction: str) -> None:
    series = weeks()
    series[50] = (series[50][0], series[50][1] * factor)
    found = [v for v in judge(series) if v.is_anomaly]
    assert [(v.day, v.direction) for v in found] == [(series[50][0], direction)]
    assert not found[0].low <= found[0].actual <= found[0].high


def test_a_weekend_is_not_a_fall_and_a_weekday_on_a_sunday_is_a_rise() -> None:
    series = weeks()
    sunday = next(n for n in range(49, 70) if series[n][0].weekday() == 6)
    series[sunday] = (series[sunday][0], 1000.0)
    assert [v.day for v in judge(series) if v.is_anomaly] == [series[sunday][0]]


def test_a_spike_does_not_spoil_the_same_weekday_a_week_later() -> None:
    series = weeks()
    series[50] = (series[50][0], 4000.0)
    later = next(v for v in judge(series) if v.day == series[57][0])
    assert not later.is_anomaly and abs(later.expected - series[57][1]) < 0.1 * series[57][1]


def test_a_new_level_stops_alarming() -> None:
    series = [(day, value * (2 if n >= 49 else 1)) for n, (day, value) in enumerate(weeks())]
    verdicts = {v.day: v for v in judge(series)}
    assert verdicts[series[49][0]].is_anomaly
    assert not verdicts[series[69][0]].is_anomaly


def test_the_days_to_come_change_no_verdict() -> None:
    series = weeks()
    changed = [*series[:50], *[(day, value * 9) for day, value in series[50:]]]
    assert judge(series)[:50] == judge(changed)[:50]


def test_three_days_are_too_few_to_alarm() -> None:
    values = (1.0, 1.0, 900.0)
    assert not any(v.is_anomaly for v in judge([(START + timedelta(days=n), value) for n, value in enumerate(values)]))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.floats(-1e9, 1e9)), max_size=60))
def test_gaps_credits_and_zeros_never_fail(points: list[tuple[int, float]]) -> None:
    series = sorted({START + timedelta(days=n): value for n, value in points}.items())
    verdicts = judge(series)
    assert {v.day for v in verdicts} >= {day for day, _ in series} or not series
    assert all(0 <= v.score <= 1 for v in verdicts)
