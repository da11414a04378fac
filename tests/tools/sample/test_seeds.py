"""Other seeds and other days tell other stories, as true as the first."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from tests.tools.sample.conftest import COST, TODAY
from tools.sample import access, billing, generate, runs
from tools.sample.plan import plan
from tools.sample.stories import last_tuesday, stories

MONDAY_NIGHT = datetime(2026, 3, 2, 0, 40, tzinfo=UTC)
WEDNESDAY = datetime(2027, 1, 6, 1, 15, tzinfo=UTC)


@contextmanager
def bill(today: datetime, seed: int, scale: int = 1, days: int = 28) -> Iterator[duckdb.DuckDBPyConnection]:
    """The bill alone, of the weeks around last Tuesday."""
    with duckdb.connect() as connection:
        of = plan(today, seed)
        generate.begin(connection, of, scale)
        billing.prepare(connection, of)
        access.prepare(connection, of)
        first, last = of.when.tuesday - timedelta(days=days), of.when.today + timedelta(days=1)
        runs.make(connection, first, last)
        billing.make(connection, of, first, last, scale)
        billing.plant(connection, of)
        connection.execute(COST)
        yield connection


@pytest.mark.parametrize("today", [TODAY, MONDAY_NIGHT, WEDNESDAY], ids=str)
@pytest.mark.parametrize("seed", [7, 11, 23])
def test_last_tuesday_is_true_for_any_seed_and_day(today: datetime, seed: int) -> None:
    told = next(story for story in stories(today, seed) if story.key == "spike")
    day = told.facts["day"]
    assert day.isoweekday() == 2 and day == last_tuesday(today) and told.usd is not None
    usual = [day - timedelta(days=7 * week) for week in (1, 2, 3, 4)]
    with bill(today, seed) as connection:
        rows = dict(
            connection.execute(
                """
            SELECT usage_date, sum(usd) FROM cost WHERE workspace_id = ? AND usage_metadata.job_id = ? GROUP BY 1""",
                [told.facts["workspace_id"], told.facts["job_id"]],
            ).fetchall()
        )
        movers = connection.execute(
            """
            SELECT workspace_name, usage_metadata.job_name FROM cost
                WHERE usage_metadata.job_id IS NOT NULL GROUP BY ALL
            ORDER BY sum(usd) FILTER (usage_date = ?) - sum(usd) FILTER (list_contains(?,
                usage_date)) / 4 DESC NULLS LAST LIMIT 1""",
            [day, usual],
        ).fetchone()
    baseline = [rows[one] for one in usual]
    assert max(abs(float(one) / (float(sum(baseline)) / 4) - 1) for one in baseline) < 0.03
    excess = rows[day] - sum(baseline, Decimal(0)) / 4
    assert abs(float(excess - told.usd)) < 0.02 * float(told.usd)
    assert movers == (told.causes[0]["workspace"], told.causes[0]["job"])


def test_seeds_differ_in_people_jobs_and_dollars() -> None:
    spikes = [next(story for story in stories(TODAY, seed) if story.key == "spike") for seed in range(12)]
    assert len({story.usd for story in spikes}) == 12
    assert len({story.owner for story in spikes}) > 6
    assert len({story.causes[0]["job"] for story in spikes}) > 2


def test_stories_move_with_the_day() -> None:
    for ahead in range(8):
        today = TODAY + timedelta(days=ahead)
        assert all(story.end <= today and story.start > today - timedelta(days=49) for story in stories(today))


def test_no_cost_story_touches_the_days_that_last_tuesday_is_compared_with() -> None:
    for ahead in range(7):
        today = TODAY + timedelta(days=ahead)
        tuesday = last_tuesday(today)
        compared: set[date] = {tuesday - timedelta(days=7 * week) for week in range(5)}
        told = {story.key: story for story in stories(today)}
        assert told["repricing"].start.date() < min(compared)
        assert told["migration"].start.date() < min(compared)
        weekend = told["left-on"]
        hours = {(weekend.start + timedelta(hours=hour)).date() for hour in range(weekend.facts["hours"])}
        assert not hours & compared
        assert 2 not in told["newcomer"].facts["weekdays"]


def test_scale_multiplies_rows_and_leaves_the_dollars() -> None:
    counted = []
    for scale in (1, 3):
        with bill(TODAY, 7, scale, days=4) as connection:
            counted.append(
                connection.execute(
                    "SELECT count(*), sum(usd) FROM cost WHERE usage_date BETWEEN '2026-11-13' AND '2026-11-16'"
                ).fetchone()
            )
    (rows, usd), (more, same) = counted
    assert 2.9 < more / rows < 3.1
    assert abs(same / usd - 1) < Decimal("0.01")
