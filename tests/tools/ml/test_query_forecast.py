"""Latency to come: habits learned, new levels followed, intervals that hold, nothing taken from the future."""

from datetime import UTC, date, datetime, timedelta
from math import inf, nan

import numpy as np
import pytest

from tools.errors import BadRequestError
from tools.ml.query_forecast import (
    DAY_NAMES,
    Blend,
    blends_from_json,
    blends_to_json,
    day_rows,
    predict_day,
    predict_run,
    train,
)

FIRST = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def days(seed: int, count: int = 60, noise: float = 0.2) -> dict[date, float]:
    random = np.random.default_rng(seed)
    each = [FIRST + timedelta(days=n) for n in range(count)]
    return {day: (2.0 if day.weekday() >= 5 else 6.0) * float(random.lognormal(0, noise)) for day in each}


def learned() -> Blend:
    return train(DAY_NAMES, list(day_rows(days(seed) for seed in range(8))))


def test_weekends_are_learned_and_intervals_hold() -> None:
    blend, inside = learned(), []
    for seed in range(20, 40):
        history = days(seed)
        for day in (FIRST + timedelta(days=n) for n in range(40, 60)):
            told = predict_day(blend, history, day)
            assert told.low < told.value < told.high
            inside.append(told.low <= history[day] <= told.high)
    assert sum(inside) / len(inside) == pytest.approx(0.8, abs=0.08)
    saturday, monday = FIRST + timedelta(days=54), FIRST + timedelta(days=56)
    assert predict_day(blend, days(50), saturday).value < 3.5 < predict_day(blend, days(50), monday).value


def test_a_new_level_is_followed() -> None:
    history = {FIRST + timedelta(days=n): 20.0 if n >= 25 else 4.0 for n in range(30)}
    assert predict_day(Blend.unlearned(DAY_NAMES), history, FIRST + timedelta(days=30)).value == pytest.approx(20.0)


def test_later_days_and_runs_change_no_prediction() -> None:
    blend, history, day = learned(), days(3), FIRST + timedelta(days=40)
    altered = {when: value if when < day else 900.0 for when, value in reversed(history.items())}
    assert predict_day(blend, history, day) == predict_day(blend, altered, day)
    runs = [(NOON + timedelta(hours=n), 5.0 + n % 3) for n in range(60)]
    changed = [(at, seconds if n < 40 else 999.0) for n, (at, seconds) in enumerate(runs)]
    assert predict_run(runs, runs[40][0]) == predict_run(changed, runs[40][0])


def test_a_repeated_statement_takes_what_it_took() -> None:
    random = np.random.default_rng(2)
    runs = [(NOON + timedelta(hours=n), 30.0 * float(random.lognormal(0, 0.1))) for n in range(120)]
    told = predict_run(runs, NOON + timedelta(hours=120))
    assert told.value == pytest.approx(30.0, rel=0.15)
    assert told.low < 30 < told.high


def test_training_twice_gives_the_same_and_it_survives_being_kept() -> None:
    assert learned() == learned()
    assert blends_from_json(blends_to_json({"p95": learned()})) == {"p95": learned()}


@pytest.mark.parametrize("value", [nan, inf, 0.0, -1.0])
def test_odd_values_give_no_odd_forecast(value: float) -> None:
    history = days(4)
    history[FIRST + timedelta(days=50)] = value
    told = predict_day(learned(), history, FIRST + timedelta(days=60))
    assert 0 < told.low < told.value < told.high < 100


def test_too_little_history_is_refused_and_unlearned_is_wider() -> None:
    few = {FIRST + timedelta(days=n): 5.0 for n in range(6)}
    with pytest.raises(BadRequestError, match="too little"):
        predict_day(learned(), few, FIRST + timedelta(days=6))
    with pytest.raises(BadRequestError, match="too little"):
        predict_run([], NOON)
    with pytest.raises(BadRequestError, match="too few"):
        train(DAY_NAMES, list(day_rows([days(1, 20)])))
    day = FIRST + timedelta(days=60)
    wide, narrow = (predict_day(each, days(9), day) for each in (Blend.unlearned(DAY_NAMES), learned()))
    assert wide.high / wide.low > narrow.high / narrow.low
