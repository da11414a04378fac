"""What will be spent: levels, weekdays and changes carried forward, intervals that hold, and refusals."""

from datetime import date, timedelta
from math import inf, nan

import numpy as np
import pytest

from tools.errors import BadRequestError
from tools.ml.forecast import Forecast, forecast, overshoot

START = date(2026, 6, 1)
Series = list[tuple[date, float]]


def daily(count: int = 70, *, noise: float = 0.02, growth: float = 0.0, seed: int = 3) -> Series:
    random = np.random.default_rng(seed)
    days = [START + timedelta(days=n) for n in range(count)]
    return [
        (day, (600.0 if day.weekday() >= 5 else 1000.0) * float(np.exp(growth * n / 7 + random.normal(0, noise))))
        for n, day in enumerate(days)
    ]


def ahead(series: Series, days: int = 28) -> Forecast:
    return forecast(series, series[-1][0] + timedelta(days=days))


def test_weekdays_and_weekends_keep_their_levels() -> None:
    told = ahead(daily())
    for day, expected in zip(told.days, told.expected, strict=True):
        assert expected == pytest.approx(600 if day.weekday() >= 5 else 1000, rel=0.06)


def test_a_spike_is_not_carried_forward_and_a_new_level_is() -> None:
    spiked, raised = daily(), daily()
    spiked[-3] = (spiked[-3][0], 9000.0)
    raised[-6:] = [(day, 2 * value) for day, value in raised[-6:]]
    usual = sum(ahead(daily()).expected)
    assert sum(ahead(spiked).expected) == pytest.approx(usual, rel=0.1)
    assert sum(ahead(raised).expected) > 1.6 * usual


def test_four_in_five_totals_fall_into_the_interval() -> None:
    inside = []
    for seed in range(40):
        whole = daily(98, noise=0.1, seed=seed)
        first, last = whole[70][0], whole[97][0]
        _, low, high = forecast(whole[:70], last).total(first, last)
        inside.append(low <= sum(value for _, value in whole[70:]) <= high)
    assert 0.65 <= sum(inside) / len(inside) <= 1.0


def test_an_interval_widens_with_time_and_holds_the_expectation() -> None:
    told = ahead(daily(noise=0.05), 60)
    first, last = told.interval(0), told.interval(59)
    assert last[1] - last[0] > first[1] - first[0]
    assert first[0] < told.expected[0] < first[1]


def test_when_a_budget_runs_out() -> None:
    told = ahead(daily(), 30)
    last = told.days[-1]
    over, safe = overshoot(5_000, 15_000, told, last), overshoot(5_000, 90_000, told, last)
    assert over.day is not None
    assert told.days[0] < over.day < last
    assert over.probability > 0.95
    assert (safe.day, safe.probability) == (None, 0.0)
    assert over.low < over.expected_total < over.high


def test_what_comes_later_and_the_order_of_rows_change_nothing() -> None:
    series = daily()
    later = [(day, value * 50) for day, value in daily(90)[70:]]
    last, through = series[-1][0] + timedelta(days=9), series[-1][0]
    told = forecast(series, last)
    again = forecast([*later, *reversed(series)], last, complete_through=through)
    assert told.expected == again.expected
    assert np.array_equal(told.paths, again.paths)


def test_odd_days_are_left_out_and_credits_are_taken() -> None:
    series = daily()
    for at, value in ((10, nan), (20, inf), (30, -400.0), (40, 0.0)):
        series[at] = (series[at][0], value)
    assert sum(ahead(series).expected) == pytest.approx(sum(ahead(daily()).expected), rel=0.1)
    credits = ahead([(day, -value) for day, value in daily()])
    assert all(np.isfinite(value) and value < 0 for value in credits.expected)
    assert ahead([(day, 0.0) for day, _ in daily()]).expected == pytest.approx((0.0,) * 28, abs=1e-3)


@pytest.mark.parametrize("count", [0, 1, 3, 13])
def test_too_little_history_is_refused(count: int) -> None:
    with pytest.raises(BadRequestError, match="too few"):
        forecast(daily()[:count], START + timedelta(days=90))


def test_too_far_ahead_is_refused() -> None:
    with pytest.raises(BadRequestError, match="was asked for"):
        ahead(daily(), 900)


def test_days_that_come_now_and_then_are_not_carried_to_the_sky() -> None:
    first = date(2026, 1, 1)
    sparse = [(first + timedelta(days=n), 90.0 if n % 9 == 0 else 0.0) for n in range(60)]
    ahead = forecast(sparse, date(2026, 3, 31))
    expected, low, high = ahead.total(ahead.days[0], ahead.days[-1])
    assert 100 < expected < 600 and low >= 0 and high < 900
