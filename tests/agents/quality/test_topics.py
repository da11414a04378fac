"""Impact, results, freshness, classification and ownership on the planted stories, against the raw rows."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.words import plain_text
from agents.quality import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tests.agents.quality.test_lineage import SALES, raw_reach
from tools.sample.stories import Story

RETURNS = "prod.raw.returns"


async def test_impact_counts_what_the_raw_rows_show(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("what breaks", "quality.impact", now, tables=(RETURNS,)), warehouse)
    below = raw_reach(sample_file, RETURNS, up=False)
    used = rows(
        sample_file,
        "SELECT DISTINCT entity_type, entity_id FROM system_access.table_lineage "
        "WHERE list_contains($nodes, source_table_full_name) AND event_date > DATE '2026-10-25'",
        {"nodes": [RETURNS, *below]},
    )
    jobs, boards = (len([kind for kind, _ in used if kind == wanted]) for wanted in ("JOB", "DASHBOARD_V3"))
    assert answer.headline.startswith(f"If {RETURNS} is wrong or late, {len(below)} tables, {jobs} jobs, {boards} dashboards and")
    assert answer.headline.endswith("first prod.sales.returns_clean.")
    assert {row[0].lstrip("│├└─ ") for row in answer.tables[0].rows} == {RETURNS, *below}
    assert "It fails freshness now" in answer.summary
    assert len(warehouse.rounds) == 2


async def test_a_table_that_nobody_uses_can_go(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    table = "dev.payments.baskets_etl"
    assert not rows(sample_file, "SELECT 1 FROM system_access.table_lineage WHERE source_table_full_name = $t", {"t": table})
    answer = await answered(SPECIALIST, question("can I drop it", "quality.impact", now, tables=(table,)), warehouse)
    assert answer.headline == f"Nothing recorded depends on {table}: in 90 days nothing read it and no table was made from it."
    assert "leave no lineage" in answer.summary


async def test_a_change_of_a_column_names_the_columns_it_reaches(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("is it safe to rename", "quality.impact", now, tables=(SALES,), columns=("net_amount",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "changes, 5 columns of 5 tables are affected, first prod.gold.sales_monthly.net_amount" in answer.headline


async def test_results_name_the_planted_tables_and_their_job(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["stale"]
    answer = await answered(SPECIALIST, question("which tables fail", "quality.results", now), warehouse)
    monitored, bad = rows(
        sample_file,
        "SELECT count(*), count(*) FILTER (WHERE lower(status) = 'unhealthy') FROM system_data_quality_monitoring.table_results "
        "WHERE event_time = (SELECT max(event_time) FROM system_data_quality_monitoring.table_results)",
    )[0]
    assert answer.headline == (
        f"{bad} of {monitored} monitored tables fail their checks, 1 of them critical; "
        f"all trace to job {story.facts['writer']} (last run FAILED)."
    )
    assert [row[0] for row in answer.tables[0].rows[:3]] == list(story.facts["unhealthy"])
    assert [finding.severity for finding in answer.findings[:3]] == ["critical", "high", "high"]
    assert len(warehouse.rounds) == 1


async def test_results_of_a_week_count_the_raw_failures_and_those_before(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    period = days("2026-11-09", "2026-11-15")
    answer = await answered(SPECIALIST, question("quality", "quality.results", now, period=period), warehouse)
    failed = [
        rows(
            sample_file,
            "SELECT count(DISTINCT concat_ws('.', catalog_name, schema_name, table_name)) "
            "FROM system_data_quality_monitoring.table_results "
            "WHERE lower(status) = 'unhealthy' AND event_time >= $start AND event_time < $end",
            {"start": start, "end": start + timedelta(days=7)},
        )[0][0]
        for start in (period.start, period.start - timedelta(days=7))
    ]
    assert answer.summary.startswith(f"{failed[0]} tables failed at least once in the period; {failed[1]} tables failed in")


async def test_one_table_tells_since_when_and_its_rows(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("is it ok", "quality.results", now, tables=(SALES,)), warehouse)
    first, count = rows(
        sample_file,
        "SELECT min(event_time), count(*) FROM system_data_quality_monitoring.table_results "
        "WHERE table_name = 'sales_daily' AND catalog_name = 'prod' AND lower(status) = 'unhealthy'",
    )[0]
    assert f"fails freshness since {first:%a %-d %b %Y %H:%M} UTC" in answer.headline
    assert told["stale"].facts["writer"] in answer.headline
    assert answer.summary.startswith(f"{count} of 14 results")
    (newest,) = rows(
        sample_file,
        "SELECT completeness.daily_row_count.last_value FROM system_data_quality_monitoring.table_results "
        "WHERE table_name = 'sales_daily' AND catalog_name = 'prod' ORDER BY event_time DESC LIMIT 1",
    )[0]
    assert f"Rows of the last day: {newest:,}" in answer.summary


async def test_a_healthy_table_and_a_clean_day_are_called_good(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    one = await answered(SPECIALIST, question("ok?", "quality.results", now, tables=("prod.gold.sales_monthly",)), warehouse)
    assert one.headline.startswith("prod.gold.sales_monthly passes its checks")
    assert one.findings[0].severity == "good" and not one.recommendations
    clean_day = rows(
        sample_file,
        "SELECT CAST(event_time AS DATE) FROM system_data_quality_monitoring.table_results GROUP BY 1 "
        "HAVING count(*) FILTER (WHERE lower(status) = 'unhealthy') = 0 ORDER BY 1 DESC",
    )[0][0].isoformat()
    asked = question("quality", "quality.results", now, period=days(clean_day, clean_day))
    clean = await answered(SPECIALIST, asked, warehouse)
    assert clean.headline.startswith("All 173 monitored tables pass their checks in")
    assert any(finding.severity == "good" for finding in clean.findings)


async def test_what_no_system_table_records_is_said_to_be_so(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("how many nulls in it", "quality.results", now, tables=(SALES,))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("That is not recorded in system tables. What is: ")
    assert "Nulls, duplicates" in answer.partial[0]


async def test_a_period_without_results_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("quality", "quality.results", now, period=days("2020-03-01", "2020-03-31"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("There are no quality results in Sun 1 Mar 2020")
    assert "holds results of 173 tables, the newest of Tue 24 Nov 2026" in answer.summary
    assert not answer.findings


async def test_stale_tables_are_late_against_their_own_habit(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, question("stale tables", "quality.freshness", now), warehouse)
    shown = {row[0]: row[1] for row in answer.tables[0].rows}
    assert all(shown[table] == "fails freshness" for table in told["stale"].facts["unhealthy"])
    assert shown["dev.payments.baskets_etl"] == "late"  # daily until 12 October
    assert shown["staging.finance.warranties_export"] == "not monitored"  # monthly, and three weeks old
    assert answer.headline.startswith("5 tables of 209 are late, 3 of them by monitoring: prod.raw.returns")
    assert any("not late for them" in finding.text for finding in answer.findings)
    assert len(warehouse.rounds) == 2


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("tables not updated for 30 days", 720),
        ("older than 48 hours", 48),
        ("not changed in a week", 168),
        ("older than 12h", 12),
    ],
)
async def test_an_age_in_the_question_is_kept(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path, text: str, hours: int
) -> None:
    answer = await answered(SPECIALIST, question(text, "quality.freshness", now), warehouse)
    limit = now - timedelta(hours=hours)
    raw = rows(
        sample_file,
        """
        SELECT name FROM (
          SELECT target_table_full_name AS name, max(event_time) AS changed FROM system_access.table_lineage
          WHERE target_type <> 'VIEW' AND target_table_full_name IS NOT NULL AND event_date > DATE '2026-08-26' GROUP BY 1
          UNION ALL
          SELECT concat_ws('.', catalog_name, schema_name, table_name),
            max_by(freshness.commit_freshness.last_value, event_time)
          FROM system_data_quality_monitoring.table_results GROUP BY 1
        ) GROUP BY name HAVING max(changed) < $limit
        """,
        {"limit": limit},
    )
    count = len(raw)
    assert answer.headline.startswith(f"{count} table{'' if count == 1 else 's'} have not changed for")


async def test_one_tables_freshness_traces_its_delay(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("is it fresh", "quality.freshness", now, tables=(SALES,)), warehouse)
    assert answer.headline == (
        "prod.sales.sales_daily last changed 6 h ago, on Tue 24 Nov 2026 03:53 UTC (usually every 24 h), but fails its freshness "
        "check: prod.raw.returns above it has not changed for 4.3 days."
    )
    assert answer.findings[0].severity == "critical"


async def test_unused_tables_are_those_never_read(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("tables nobody reads", "quality.freshness", now), warehouse)
    count, writes = rows(
        sample_file,
        """
        WITH recent AS (SELECT * FROM system_access.table_lineage WHERE event_date > DATE '2026-08-26'),
        written AS (
          SELECT target_table_full_name AS name, count(*) AS n, max(event_date) AS last FROM recent
          WHERE target_table_full_name IS NOT NULL GROUP BY 1
        )
        SELECT count(*), sum(n) FROM written
        WHERE last >= DATE '2026-11-10' AND name NOT IN (
          SELECT source_table_full_name FROM recent WHERE source_table_full_name IS NOT NULL
        )
        """,
    )[0]
    assert answer.headline.startswith(f"{count} tables are still written ({writes:,} writes) though nobody read them")


async def test_personal_data_is_counted_and_its_copies_found(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("which tables contain pii", "quality.classification", now), warehouse)
    columns, tables, sure = rows(
        sample_file,
        "SELECT count(*), count(DISTINCT catalog_name || schema_name || table_name), count(*) FILTER (WHERE confidence = 'HIGH') "
        "FROM system_data_classification.results",
    )[0]
    assert answer.headline.startswith(f"{columns} columns of {tables} tables hold personal data ({sure} with high confidence)")
    copies = rows(
        sample_file,
        """
        WITH held AS (
          SELECT DISTINCT concat_ws('.', catalog_name, schema_name, table_name) AS name FROM system_data_classification.results
        )
        SELECT DISTINCT target_table_full_name FROM system_access.table_lineage
        WHERE source_table_full_name IN (SELECT name FROM held) AND target_table_full_name NOT IN (SELECT name FROM held)
          AND event_date > DATE '2026-10-25'
        """,
    )
    grid = next(grid for grid in answer.tables if grid.title.startswith("Made from them"))
    assert {row[0] for row in grid.rows} == {name for (name,) in copies}
    assert len(warehouse.rounds) == 2


async def test_samples_of_personal_data_are_never_shown(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("which tables contain pii", "quality.classification", now), warehouse)
    assert "jane.roe@example.com" not in plain_text(answer) + json.dumps([grid.rows for grid in answer.tables], default=str)


async def test_a_new_column_is_found_in_its_week_and_named_after_it(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["new-column"]
    table, column = story.causes[0]["table"], story.causes[0]["column"]
    asked = question("new columns with personal data", "quality.classification", now, period=days("2026-11-16", "2026-11-22"))
    answer = await answered(SPECIALIST, asked, warehouse)
    week = "Mon 16 Nov 2026 – Sun 22 Nov 2026 UTC"
    assert answer.headline.startswith(f"1 column with personal data first found in {week}: {table}.{column}")
    assert f"{story.facts['first_detected']:%a %-d %b %Y %H:%M}" in answer.headline
    later = question(story.question, "quality.classification", now, period=days("2026-11-23", "2026-11-24"))
    answer = await answered(SPECIALIST, later, warehouse)
    assert answer.headline.startswith("No column with personal data was first found in")
    assert f"the newest is {table}.{column}" in answer.headline


async def test_masks_that_cannot_be_read_are_not_called_missing(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("which columns are not masked", "quality.classification", now), warehouse)
    assert "is not recorded in the tables that I can read" in answer.headline
    assert any("system.information_schema.column_masks is not available" in gap for gap in answer.partial)
    assert {row[6] for row in answer.tables[0].rows} == {"not recorded"}


async def test_the_owner_is_told_from_the_last_write(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("who owns it", "quality.ownership", now, tables=(SALES,)), warehouse)
    assert answer.headline.startswith(
        "nightly_etl in prod-analytics writes prod.sales.sales_daily, last on Tue 24 Nov 2026 03:53"
    )
    assert "Its owner in Unity Catalog is not recorded here" in answer.headline
    assert any("information_schema" in gap for gap in answer.partial)


async def test_tables_without_a_writer_are_those_only_read(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("tables without owner", "quality.ownership", now), warehouse)
    (count,) = rows(
        sample_file,
        """
        WITH recent AS (SELECT * FROM system_access.table_lineage WHERE event_date > DATE '2026-08-26')
        SELECT count(DISTINCT source_table_full_name) FROM recent WHERE source_table_full_name NOT IN (
          SELECT target_table_full_name FROM recent WHERE target_table_full_name IS NOT NULL
        )
        """,
    )[0]
    assert f"{count} are read but have no recorded writer" in answer.headline


async def test_the_tables_of_a_user(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    who = told["stale"].owner
    answer = await answered(SPECIALIST, question("tables of them", "quality.ownership", now, users=(who,)), warehouse)
    assert {RETURNS, SALES} <= {row[0] for row in answer.tables[0].rows}
    assert who in answer.headline


async def test_every_answer_stands_on_receipts_and_is_short(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in SPECIALIST.investigations:
        answer = await answered(SPECIALIST, question("x", f"quality.{topic}", now), warehouse)
        known = {receipt.id for receipt in answer.evidence}
        assert known and answer.agents == ("quality",) and answer.followups and answer.as_of
        assert all(finding.evidence and set(finding.evidence) <= known for finding in answer.findings)
        assert len(answer.headline) < 330 and len(answer.findings) <= 12


async def test_a_workspace_does_not_narrow_tables_and_that_is_said(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in ("results", "freshness"):
        asked = question("x", f"quality.{topic}", now, workspaces=("prod-ml",))
        answer = await answered(SPECIALIST, asked, warehouse)
        assert "not only prod-ml" in answer.partial[0]


async def test_as_many_tables_are_listed_as_asked_for(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("top 4 stale tables", "quality.freshness", now, top_n=4), warehouse)
    assert len(answer.tables[0].rows) == 4


async def test_a_short_period_does_not_hide_where_a_delay_begins(warehouse: CountingWarehouse, now: datetime) -> None:
    table, week = "prod.gold.revenue_report", days("2026-11-23", "2026-11-24")
    answer = await answered(SPECIALIST, question("fresh?", "quality.freshness", now, period=week, tables=(table,)), warehouse)
    assert answer.headline.endswith("it is up to date, but prod.raw.returns above it fails freshness.")
