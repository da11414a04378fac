"""Queries, warehouses, clusters and forecasts on the planted stories, against the raw rows."""

from datetime import datetime, timedelta
from pathlib import Path

from adapters.words import plain_text
from agents.performance import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.sample.stories import Story


async def test_the_spilling_statement_is_first_and_its_literals_stay_hidden(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["spill"]
    asked = question("Which queries spill to disk the most this week?", "performance.queries", now)
    answer = await answered(SPECIALIST, asked, warehouse)
    period = answer.question.period
    assert period is not None
    runs, spilled = rows(
        sample_file,
        "SELECT count(*), sum(spilled_local_bytes) / 1e9 FROM system_query.history WHERE statement_text = $text "
        "AND start_time >= $start AND start_time < $end",
        {"text": story.facts["statement"], "start": period.start, "end": period.end},
    )[0]
    assert (
        f"{story.owner} on {story.causes[0]['warehouse']} spilled {round(float(spilled)):,} GB in {runs} runs" in answer.headline
    )
    assert answer.findings[0].severity == "high"
    assert any("cross join" in line for line in answer.recommendations)
    assert "jane.roe@example.com" not in plain_text(answer)


async def test_slow_queries_name_queueing_where_it_is(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    house = told["queueing"].causes[0]["warehouse"]
    answer = await answered(SPECIALIST, question("slow queries", "performance.queries", now, warehouses=(house,)), warehouse)
    assert "held up by queue" in answer.headline
    assert any(f"Raise the maximum clusters of {house}" in line for line in answer.recommendations)
    texts = answer.tables[0]
    assert {row[2] for row in texts.rows} == {house}


async def test_a_threshold_in_the_question_is_kept(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("queries longer than 5 minutes", "performance.queries", now, threshold="5 minutes")
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "took 300 s or more" in answer.headline
    assert all(row[5] >= 300 for row in answer.tables[0].rows)


async def test_a_period_is_no_threshold(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("What are the slowest queries in the last 24 hours?", "performance.queries", now)
    assert "took 60 s or more" in (await answered(SPECIALIST, asked, warehouse)).headline


async def test_who_loads_the_warehouses(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("who hogs the warehouse", "performance.queries", now), warehouse)
    assert answer.headline.startswith(told["spill"].owner)


async def test_the_cache_rate_is_that_of_the_raw_rows(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("cache hit rate", "performance.queries", now, period=days("2026-11-02", "2026-11-08"))
    answer = await answered(SPECIALIST, asked, warehouse)
    cached, finished = rows(
        sample_file,
        "SELECT count(*) FILTER (from_result_cache), count(*) FILTER (from_result_cache OR execution_status = 'FINISHED') "
        "FROM system_query.history WHERE start_time >= '2026-11-02' AND start_time < '2026-11-09'",
    )[0]
    assert f"({cached:,} of {finished:,})" in answer.headline


async def test_the_queueing_warehouse_is_named_with_its_hours(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["queueing"]
    house = story.causes[0]["warehouse"]
    answer = await answered(
        SPECIALIST, question(f"Why are queries on {house} waiting?", "performance.warehouses", now), warehouse
    )
    period = answer.question.period
    assert period is not None
    queued, total = rows(
        sample_file,
        "SELECT count(*) FILTER (waiting_at_capacity_duration_ms > 1000), count(*) FROM system_query.history "
        "WHERE workspace_id = $place AND compute.warehouse_id = $id AND start_time >= $start AND start_time < $end",
        {"place": story.facts["workspace_id"], "id": story.facts["warehouse_id"], "start": period.start, "end": period.end},
    )[0]
    first, last = story.facts["hours"][0], story.facts["hours"][-1] + 1
    assert answer.headline.startswith(f"Queries queue on {house}")
    assert f"at {first}:00–{last}:00 UTC" in answer.headline
    assert f"{queued:,} of {total:,} waited" in answer.headline
    assert any(f"clusters of {house} from {story.facts['max_clusters']}" in line for line in answer.recommendations)


async def test_hours_are_the_askers(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    asked = question("queues?", "performance.warehouses", now, tz="Asia/Tokyo")
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "22:00–24:00" in answer.headline  # 13:00 to 16:00 UTC is 22:00 to 01:00
    assert "00:00–01:00" in answer.headline


async def test_a_calm_week_has_no_queue(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("queues?", "performance.warehouses", now, period=days("2026-10-12", "2026-10-18"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No warehouse is overloaded")


async def test_the_cluster_of_the_slower_job_is_too_small(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    job = told["slower"].causes[0]["job"]
    asked = question("is its cluster sized right", "performance.clusters", now, jobs=(job,))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith(f"The cluster of {job} is too small")
    assert any(told["slower"].owner in line for line in answer.recommendations)


async def test_oversized_clusters_come_with_what_they_cost(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("which clusters are oversized", "performance.clusters", now), warehouse)
    sizes = next(grid for grid in answer.tables if grid.title == "Right sizes")
    use = next(grid for grid in answer.tables if grid.title == "Use of clusters")
    savings = [row[8] for row in sizes.rows]
    assert savings == sorted(savings, reverse=True)
    assert savings[0] > 0
    name, place = use.rows[0][0], use.rows[0][1]
    cpu = rows(
        sample_file,
        "SELECT avg(least(100, cpu_user_percent + cpu_system_percent)) FROM system_compute.node_timeline n "
        "WHERE NOT driver AND start_time >= '2026-11-18' AND cluster_id IN (SELECT cluster_id FROM system_compute.clusters c "
        "JOIN system_access.workspaces_latest w USING (workspace_id) WHERE cluster_name = $name AND workspace_name = $place)",
        {"name": name, "place": place},
    )[0][0]
    assert abs(use.rows[0][4] - cpu / 100) < 0.005


async def test_the_forecast_follows_the_spilling_warehouse(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, question("will queries be slow tomorrow", "performance.forecast", now), warehouse)
    assert answer.headline.startswith(f"On Wed 25 Nov queries on {told['spill'].causes[0]['warehouse']}")
    for row in answer.tables[0].rows:
        assert row[3] <= row[2] <= row[4]


async def test_a_running_job_gets_an_end(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    job, since = rows(
        sample_file,
        "SELECT max(run_name), min(started) FROM (SELECT workspace_id, job_id, run_id, max(run_name) AS run_name, "
        "min(period_start_time) AS started FROM system_lakeflow.job_run_timeline WHERE period_start_time >= $since "
        "GROUP BY ALL HAVING max(result_state) IS NULL) GROUP BY workspace_id, job_id "
        "HAVING min(started) > $morning ORDER BY 2 LIMIT 1",
        {"since": now - timedelta(days=2), "morning": now - timedelta(hours=3)},
    )[0]
    asked = question("when will it finish", "performance.forecast", now, jobs=(job,))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "should finish about" in answer.headline or "over its usual" in answer.headline
    assert since in [row[4].replace(tzinfo=None) for row in answer.tables[0].rows]


async def test_a_job_at_rest_gets_a_duration(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    job = told["breaching"].causes[0]["job"]
    answer = await answered(SPECIALIST, question("how long will it take", "performance.forecast", now, jobs=(job,)), warehouse)
    assert "its next run is expected to take" in answer.headline or "should finish about" in answer.headline
    assert answer.as_of is not None
    assert now - answer.as_of < timedelta(days=1)
