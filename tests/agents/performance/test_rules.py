"""The rules alone: which bottleneck is named, what a forecast says."""

from datetime import UTC, date, datetime, timedelta

from agents.performance.bottleneck import Signs, diagnose
from agents.performance.outlook import outlooks
from agents.performance.pace import Pace

START = datetime(2026, 3, 2, tzinfo=UTC)
PACE = Pace("1", "prod", "", "7", "nightly", 5, 60.0, 60.0, 62.0, 7, 30.0, 30.0, 33.0, 35.0, 20, 30.0, 36.0, 0, 0, None)


def steps(queue: float, read: float, seconds: float) -> dict[str, float]:
    return {"queue_seconds": queue, "startup_seconds": 0, "read_gb": read, "spilled_gb": 0, "mean_seconds": seconds}


def named(signs: Signs) -> str:
    return diagnose(PACE, signs, START, "UTC").bottleneck


def test_without_signs_nothing_is_claimed() -> None:
    diagnosis = diagnose(PACE, Signs(), START, "UTC")
    assert diagnosis.bottleneck == ""
    assert "SQL steps and data volume are not recorded for it" in diagnosis.ruled_out


def test_waiting_for_the_first_task_is_startup() -> None:
    task = {"task_key": "", "minutes_asked": 25.0, "minutes_before": 2.0}
    assert named(Signs(tasks=(task,))) == "startup"


def test_a_queue_that_explains_the_minutes_is_queueing() -> None:
    now, usual = steps(1500, 10, 1600), steps(5, 10, 100)
    assert named(Signs(statements=({"is_asked": False, **usual}, {"is_asked": True, **now}))) == "queueing"


def test_more_data_is_data() -> None:
    now, usual = steps(0, 30, 300), steps(0, 10, 100)
    assert named(Signs(statements=({"is_asked": False, **usual}, {"is_asked": True, **now}))) == "data"


def test_same_data_and_more_time_is_queries() -> None:
    now, usual = steps(0, 10, 300), steps(0, 10, 100)
    assert named(Signs(statements=({"is_asked": False, **usual}, {"is_asked": True, **now}))) == "queries"


def test_nodes_at_their_limit_are_the_cluster() -> None:
    def node(asked: bool, cpu: float) -> dict[str, object]:
        return {"is_asked": asked, "driver": False, "cpu_pct": cpu, "memory_pct": 50.0, "swap_pct": 0.0}

    assert named(Signs(nodes=(node(False, 55), node(True, 95)))) == "cluster"
    assert named(Signs(nodes=(node(False, 55), node(True, 56)))) == ""


def test_a_change_long_ago_explains_nothing() -> None:
    def version(when: datetime, node: str) -> dict[str, object]:
        sizes = {"worker_count": 4, "min_autoscale_workers": None, "max_autoscale_workers": None}
        return {
            "cluster_id": "c",
            "change_time": when,
            "worker_node_type": node,
            "driver_node_type": "a",
            "dbr_version": "15",
            **sizes,
        }

    long_ago = (version(START - timedelta(days=90), "big"), version(START - timedelta(days=40), "small"))
    assert named(Signs(clusters=long_ago)) == ""
    assert named(Signs(clusters=(long_ago[0], version(START + timedelta(hours=1), "small")))) == "cluster"


def test_few_runs_must_exceed_every_run_of_the_month() -> None:
    assert PACE.is_slower
    rare = Pace("1", "prod", "", "7", "weekly", 1, 60.0, 60.0, 60.0, 3, 30.0, 30.0, 33.0, 35.0, 20, 30.0, 70.0, 0, 0, None)
    assert not rare.is_slower


def test_a_forecast_knows_workdays_and_follows_a_new_level() -> None:
    monday = date(2026, 3, 2)
    days = [monday - timedelta(days=back) for back in range(1, 40)]
    weekly = {day: 5.0 if day.weekday() >= 5 else 20.0 for day in days}
    raised = {day: 60.0 if day >= monday - timedelta(days=5) else 20.0 for day in days}
    workday, changed = outlooks((weekly, raised), monday)
    weekend, _ = outlooks((weekly, raised), monday + timedelta(days=5))
    assert workday is not None
    assert weekend is not None
    assert changed is not None
    assert 17 < workday.expected < 21
    assert 4.5 < weekend.expected < 7
    assert changed.expected > 40
    assert all(one.low < one.expected < one.high and one.error is not None for one in (workday, weekend, changed))


def test_a_forecast_needs_a_week_of_days() -> None:
    few = {date(2026, 3, 2) + timedelta(days=n): 20.0 for n in range(6)}
    assert list(outlooks((few, {}), date(2026, 3, 8))) == [None, None]
