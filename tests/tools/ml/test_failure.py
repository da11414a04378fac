"""Will the next run fail or be late: learned from what was known before, calibrated, told with reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan

import numpy as np
import pytest

from tools.errors import BadRequestError, UnknownNameError
from tools.ml.failure import NAMES, Run, at_risk, history_of, predict, train, training_rows

START = datetime(2026, 6, 1, tzinfo=UTC)
NOW = START + timedelta(days=40)


def runs(seed: int = 4, *, late_job: bool = True) -> list[Run]:
    """Twenty jobs that run every six hours; each fails at its own rate, one fails in streaks, one gets slower."""
    random = np.random.default_rng(seed)
    made = []
    for job in range(20):
        rate, failing = float(random.choice([0.0, 0.02, 0.1])), False
        for number in range(160):
            start = START + timedelta(hours=6 * number, minutes=job)
            failing = (random.random() < 0.8 if failing else random.random() < 0.05) if job == 0 else random.random() < rate
            minutes = 20.0 + (number * 0.3 if job == 1 and late_job else 0) + float(random.normal(0, 1))
            end = start + timedelta(minutes=max(1.0, minutes))
            made.append(Run(("w", f"j{job}"), start, end, "FAILED" if failing else "SUCCEEDED", f"c{job % 4}"))
    return made


def test_it_tells_what_is_likely_from_what_is_not() -> None:
    rows = list(training_rows(runs(5)))
    model = train(runs(4))
    guess = 1 / (1 + np.exp(-model.values(np.array([row for _, row in rows]))))
    failed = np.array([run.failed for run, _ in rows], dtype=float)
    rate = failed.mean()
    assert np.mean((guess - failed) ** 2) < 0.95 * rate * (1 - rate)
    assert guess.mean() == pytest.approx(rate, abs=0.02)


def test_a_streak_and_a_slow_job_are_at_risk_with_reasons() -> None:
    lately = NOW - timedelta(days=2)
    streak = [replace(run, state="FAILED") if run.job[1] == "j3" and run.start > lately else run for run in runs()]
    found = at_risk(train(runs()), history_of(streak, NOW), NOW, {("w", "j1"): 60.0, ("w", "j2"): 60.0}, least=0.3)
    by_job = {each.job[1]: each for each in found}
    assert "several runs failed in a row" in by_job["j3"].reasons
    assert by_job["j1"].late > 0.85
    assert "of at most 60 minutes" in by_job["j1"].reasons[0]
    assert "j2" not in by_job
    assert [each.trouble for each in found] == sorted((each.trouble for each in found), reverse=True)


def test_what_happens_later_changes_no_feature_and_no_prediction() -> None:
    before, at = runs(), START + timedelta(days=20)
    altered = [
        replace(run, state="FAILED", end=run.end + timedelta(hours=9)) if run.end > at else run for run in reversed(before)
    ]
    one, other = ({run.start: row for run, row in training_rows(each) if run.start <= at} for each in (before, altered))
    assert one == other
    model = train(before)
    assert predict(model, history_of(before, at), ("w", "j0"), at) == predict(model, history_of(altered, at), ("w", "j0"), at)


def test_training_twice_gives_the_same_model() -> None:
    ordered = runs()
    shuffled = [ordered[at] for at in np.random.default_rng(1).permutation(len(ordered))]
    assert train(ordered).to_json() == train(shuffled).to_json()


def test_cancelled_runs_and_jobs_out_of_use_tell_nothing() -> None:
    gone = Run(("w", "gone"), START, START + timedelta(minutes=5), "FAILED")
    cancelled = Run(("w", "j2"), NOW - timedelta(minutes=9), NOW, "CANCELLED")
    plain, more = history_of(runs(), NOW), history_of([*runs(), gone, cancelled], NOW)
    assert plain.active(NOW) == more.active(NOW)
    assert plain.features(("w", "j2"), NOW)[:3] == more.features(("w", "j2"), NOW)[:3]


def test_bad_input_is_refused() -> None:
    model, history = train(runs()), history_of(runs(), NOW)
    with pytest.raises(UnknownNameError):
        predict(model, history, ("w", "nowhere"), NOW)
    with pytest.raises(BadRequestError, match="makes no sense"):
        predict(model, history, ("w", "j1"), NOW, sla_minutes=-5)
    for few in ([], runs()[:1], [replace(run, state="SUCCEEDED") for run in runs()]):
        with pytest.raises(BadRequestError, match="too few"):
            train(few)
    assert at_risk(model, history_of([], NOW), NOW) == ()


def test_one_run_is_enough_to_say_little() -> None:
    model = train(runs())
    only = [Run(("w", "new"), NOW - timedelta(hours=1), NOW - timedelta(minutes=50), "SUCCEEDED")]
    told = predict(model, history_of(only, NOW), ("w", "new"), NOW)
    assert 0 < told.failure < 0.5
    assert isnan(told.late)
    assert len(history_of(only, NOW).features(("w", "new"), NOW)) == len(NAMES)
