"""A risen failure rate is split by job and workspace into failed runs that add up; more runs alone are no cause."""

from datetime import datetime
from decimal import Decimal

import pytest

from agents.reliability import SPECIALIST
from agents.reliability.jobs import Count, Job
from agents.reliability.rising import rate_causes
from tests.agents.ask import CountingWarehouse, answered, question
from tools.sample.stories import Story


def jobs(*failing: int, times: int = 1) -> list[Job]:
    def one(number: int) -> Job:
        now = Count(ok=60 * times, failed=40 * times) if number in failing else Count(ok=98 * times, failed=2 * times)
        return Job("1", f"w{number % 4}", "", str(number), f"j{number}", now, Count(ok=98, failed=2))

    return [one(number) for number in range(40)]


def test_the_job_that_fails_more_often_is_the_cause_and_the_parts_add_up() -> None:
    cause, rest = rate_causes(jobs(7))
    assert cause.dims == {"job": "j7"}
    assert cause.delta == Decimal(38)
    assert cause.text == "j7: 40 of 100 runs failed, usual would be 2.0."
    assert cause.delta + rest.delta == Decimal(118 - 80)
    assert cause.share + rest.share == pytest.approx(1.0)


def test_a_workspace_whose_jobs_all_fail_more_often_is_one_cause() -> None:
    causes = rate_causes(jobs(*range(1, 40, 4)))
    assert [cause.dims for cause in causes] == [{"workspace": "w1"}, {}]


def test_no_rise_no_cause() -> None:
    assert rate_causes(jobs()) == ()
    assert rate_causes(jobs(times=3)) == ()
    assert rate_causes([]) == ()


async def test_why_did_the_rate_rise_names_the_planted_job(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    asked = question("Why did the failure rate rise this week?", "reliability.failures", now)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert told["failing"].causes[0]["job"] in {cause.dims.get("job") for cause in answer.causes}
    assert all(cause.unit == "failed runs" for cause in answer.causes)
    assert sum(cause.share for cause in answer.causes) == pytest.approx(1.0)
