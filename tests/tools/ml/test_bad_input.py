"""Nothing, one row, zeros, no numbers, credits, three days: each model refuses in words or knows less, and makes up nothing."""

from datetime import UTC, date, datetime, timedelta
from math import inf, isfinite, isnan, nan

import numpy as np
import pytest

from tools.errors import BadRequestError, UnknownNameError
from tools.ml import failure, threat
from tools.ml.anomaly import judge, verdict
from tools.ml.cause import localize
from tools.ml.forecast import forecast
from tools.ml.noise import learn, log_ratio
from tools.ml.query_forecast import DAY_NAMES, Blend, predict_day, predict_run, train

START = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ODD = (nan, inf, -inf)


def series(*values: float) -> list[tuple[date, float]]:
    return [(START + timedelta(days=n), value) for n, value in enumerate(values)]


@pytest.mark.parametrize("values", [(), (nan,), (inf, -inf, nan)])
def test_no_known_day_gives_no_verdict_and_no_forecast(values: tuple[float, ...]) -> None:
    assert judge(series(*values)) == []
    with pytest.raises(BadRequestError, match="too few"):
        forecast(series(*values), START + timedelta(days=30))


@pytest.mark.parametrize("values", [(5.0,), (5.0, 6.0, 900.0), (0.0,) * 40, (-5.0,) * 40])
def test_one_row_three_days_zeros_and_steady_credits_never_alarm(values: tuple[float, ...]) -> None:
    verdicts = judge(series(*values))
    assert len(verdicts) == len(values)
    assert not any(each.is_anomaly for each in verdicts)
    assert isnan(verdicts[0].expected) or verdicts[0].expected == 0.0


@pytest.mark.parametrize("odd", ODD)
def test_a_day_that_is_no_number_is_unknown_and_changes_no_alarm(odd: float) -> None:
    values = [100.0 + n % 5 for n in range(40)]
    holed = judge(series(*values[:20], odd, *values[21:]))
    assert START + timedelta(days=20) not in {each.day for each in holed}
    assert not any(each.is_anomaly for each in holed)
    assert verdict(series(*values[:20], odd), START + timedelta(days=20)).actual == 0.0


def test_a_forecast_of_nothing_is_nothing_and_of_credits_stays_below_it() -> None:
    last = START + timedelta(days=70)
    assert sum(forecast(series(*[0.0] * 60), last).expected) == pytest.approx(0.0, abs=0.01)
    credits = forecast(series(*[-100.0] * 60), last)
    assert all(value < 0 for value in credits.expected)
    assert np.isfinite(credits.paths).all()


@pytest.mark.parametrize("history", [(), (4.0,), (4.0, 5.0, 6.0), (nan,) * 20, (inf,) * 20])
def test_durations_without_history_are_refused(history: tuple[float, ...]) -> None:
    with pytest.raises(BadRequestError, match="too little history"):
        predict_day(Blend.unlearned(DAY_NAMES), dict(series(*history)), START + timedelta(days=len(history)))
    with pytest.raises(BadRequestError, match="too little history"):
        predict_run([(NOON + timedelta(days=n), value) for n, value in enumerate(history)], NOON + timedelta(days=30))
    with pytest.raises(BadRequestError, match="too few"):
        train(DAY_NAMES, [])


@pytest.mark.parametrize("seconds", [0.0, -3.0])
def test_durations_of_nothing_are_very_short_and_never_negative(seconds: float) -> None:
    told = predict_day(Blend.unlearned(DAY_NAMES), dict(series(*[seconds] * 20)), START + timedelta(days=20))
    assert 0 < told.low <= told.value <= told.high < 0.01


def test_an_unknown_job_and_no_runs_are_refused() -> None:
    with pytest.raises(BadRequestError, match="too few"):
        failure.train([])
    history = failure.history_of([], NOON)
    assert history.active(NOON) == ()
    with pytest.raises(UnknownNameError, match="nobody"):
        history.features(("w", "nobody"), NOON)
    run = failure.Run(("w", "j"), NOON, NOON + timedelta(minutes=5), "SUCCEEDED")
    known = failure.history_of([run], NOON + timedelta(hours=1))
    assert all(isfinite(value) for value in known.features(run.job, NOON + timedelta(hours=1)))
    for minutes in (0.0, -1.0, nan, inf):
        with pytest.raises(BadRequestError, match="SLA"):
            known.late(run.job, minutes)


def test_threats_need_four_weeks() -> None:
    scale = threat.Scale(dict.fromkeys(threat.KINDS, 7.0))
    assert threat.detect(scale, [], START, START) == []
    events = [threat.Event("a@b.c", NOON + timedelta(days=n), "login", "AUTHENTICATION", failed=True) for n in range(3)]
    with pytest.raises(BadRequestError, match="four weeks"):
        threat.detect(scale, events, START + timedelta(days=2), START + timedelta(days=2))


@pytest.mark.filterwarnings("error")
def test_the_largest_and_smallest_numbers_neither_warn_nor_overflow() -> None:
    extremes = np.array([1e308, 5e-324, -1e308, -5e-324, 1e-300, 1e300, 0.0, 1.0])
    for other in (extremes, extremes[::-1]):
        assert np.isfinite(log_ratio(extremes, other)).all()
    random = np.random.default_rng(1)
    now = random.choice(extremes / 1e10, 400)
    noise = learn(log_ratio(now, now[::-1]), np.ones(400, dtype=bool))
    assert np.isfinite(noise.gain).all()
    frame = {"a": [f"a{n % 7}" for n in range(400)], "now": now, "before": now[::-1]}
    assert isinstance(localize(frame, ["a"], "now", "before"), list)


@pytest.mark.parametrize(
    "amounts", [([0.0] * 60, [0.0] * 60), ([nan] * 60, [1.0] * 60), ([inf] * 60, [1.0] * 60), ([-9.0] * 60, [-9.0] * 60)]
)
def test_a_cube_of_zeros_no_numbers_or_steady_credits_has_no_cause(amounts: tuple[list[float], list[float]]) -> None:
    frame = {
        "a": [f"a{n % 7}" for n in range(60)],
        "b": [f"b{n % 3}" for n in range(60)],
        "now": amounts[0],
        "before": amounts[1],
    }
    assert localize(frame, ["a", "b"], "now", "before") == []
