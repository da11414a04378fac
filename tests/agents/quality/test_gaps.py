"""Small accounts: missing tables, empty ones, what Unity Catalog declares, and names that no one should trust."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from adapters.words import plain_text
from agents.answer import Answer
from agents.quality import SPECIALIST
from tests.account import Rows, write_account
from tests.agents.ask import answered, opened, question
from tests.agents.quality.edges import CLASSES, COLUMNS, NOW, RESULTS, TABLES, column, edge, found, result
from tools.errors import BadRequestError, MissingTableError
from tools.period import Period

CHAIN = [edge("a.b.raw", "a.b.clean"), edge("a.b.clean", "a.b.gold"), edge("a.b.gold", None, kind="DASHBOARD_V3", key="d1")]


async def ask(
    tmp_path: Path, topic: str, content: Rows, *, text: str = "x", leave_out: tuple[str, ...] = (), **named: Any
) -> Answer:
    path = write_account(tmp_path / "account.duckdb", content, leave_out=leave_out)
    async with opened(path, NOW) as warehouse:
        return await answered(SPECIALIST, question(text, f"quality.{topic}", NOW, **named), warehouse)


def declare(path: Path, tables: list[tuple[str, str, str | None]], masks: tuple[tuple[str, str, str, str], ...] = ()) -> None:
    """Unity Catalog's own tables, as a file may hold them: name, owner, comment; and columns with a mask."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA system_information_schema")
        connection.execute(
            "CREATE TABLE system_information_schema.tables (table_catalog VARCHAR, table_schema VARCHAR, table_name VARCHAR, "
            "table_type VARCHAR, table_owner VARCHAR, comment VARCHAR, created TIMESTAMP, last_altered TIMESTAMP)"
        )
        connection.execute(
            "CREATE TABLE system_information_schema.table_tags (catalog_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, "
            "tag_name VARCHAR, tag_value VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE system_information_schema.column_masks (table_catalog VARCHAR, table_schema VARCHAR, "
            "table_name VARCHAR, column_name VARCHAR, mask_name VARCHAR)"
        )
        for name, owner, comment in tables:
            row = [*name.split("."), "MANAGED", owner, comment, NOW.replace(tzinfo=None), NOW.replace(tzinfo=None)]
            connection.execute("INSERT INTO system_information_schema.tables VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        for mask in masks:
            connection.execute("INSERT INTO system_information_schema.column_masks VALUES (?, ?, ?, ?, 'hide')", list(mask))
        connection.execute("INSERT INTO system_information_schema.table_tags VALUES ('a', 'b', 'gold', 'tier', '1')")


async def test_lineage_stands_without_quality_results(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "lineage", {TABLES: CHAIN}, leave_out=(RESULTS,), tables=("a.b.clean",))
    assert answer.headline.startswith("a.b.clean is made from 1 table, and feeds 1 table; it is not monitored")
    assert any(f"{RESULTS} is not available" in gap for gap in answer.partial)


@pytest.mark.parametrize(
    ("topic", "table"),
    [("lineage", TABLES), ("impact", TABLES), ("results", RESULTS), ("classification", CLASSES), ("ownership", TABLES)],
)
async def test_without_the_main_table_the_grant_is_named(tmp_path: Path, topic: str, table: str) -> None:
    with pytest.raises(MissingTableError) as caught:
        await ask(tmp_path, topic, {}, leave_out=(table,), tables=("a.b.clean",) if topic in ("lineage", "impact") else ())
    assert caught.value.table == table and "GRANT" in caught.value.do


async def test_freshness_without_monitoring_says_so(tmp_path: Path) -> None:
    late = [edge("a.b.raw", "a.b.daily", days_ago=back) for back in range(4, 20)]
    path = write_account(tmp_path / "account.duckdb", {TABLES: [*CHAIN, *late]}, leave_out=(RESULTS,))
    async with opened(path, NOW) as warehouse:
        every = await answered(SPECIALIST, question("stale", "quality.freshness", NOW), warehouse)
        asked = question("fresh?", "quality.freshness", NOW, tables=("a.b.clean",))
        one = await answered(SPECIALIST, asked, warehouse)
    assert every.headline == "1 table of 3 are late: a.b.daily."
    assert one.headline.startswith("a.b.clean last changed 24 h ago")
    assert all(any(RESULTS in gap for gap in answer.partial) for answer in (every, one))


async def test_empty_tables_are_not_called_healthy(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "results", {})
    assert answer.headline == "There are no quality results in the 7 days to now."
    assert "not enabled on any schema" in answer.summary


async def test_no_finding_is_not_called_clean(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "classification", {TABLES: CHAIN})
    assert answer.headline == "Classification found no personal data."
    assert "either clean or was never scanned" in answer.summary


async def test_a_late_table_is_late_by_its_own_habit(tmp_path: Path) -> None:
    daily = [edge("a.b.raw", "a.b.daily", days_ago=back) for back in range(4, 20)]
    weekly = [edge("a.b.raw", "a.b.weekly", days_ago=back) for back in (4, 11, 18, 25, 32)]
    answer = await ask(tmp_path, "freshness", {TABLES: [*daily, *weekly]})
    assert answer.headline == "1 table of 2 are late: a.b.daily."
    assert any("not late for them: a.b.weekly" in finding.text for finding in answer.findings)


async def test_on_time_is_called_good(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "freshness", {TABLES: [edge("a.b.raw", "a.b.daily", days_ago=back + 0.5) for back in range(9)]})
    assert answer.headline == "No table is late: all 1 table changed when they usually do."
    assert answer.findings[-1].severity == "good"


async def test_a_failing_check_names_its_rows(tmp_path: Path) -> None:
    rows = {RESULTS: [result("a.b.gold", "Unhealthy", failed="completeness", impact=4), result("a.b.raw", "Healthy")]}
    answer = await ask(tmp_path, "results", rows)
    assert answer.headline == "1 of 2 monitored tables fails its checks, 1 of them critical."
    assert "50 rows a day, at least 80 expected" in answer.findings[0].text
    assert answer.findings[0].severity == "critical"


async def test_columns_copied_from_classified_ones_are_found(tmp_path: Path) -> None:
    rows = {
        TABLES: [edge("a.b.raw", "a.b.clean")],
        COLUMNS: [column("a.b.raw.ssn", "a.b.clean.number"), column("a.b.raw.id", "a.b.clean.id")],
        CLASSES: [found("a.b.raw", "ssn")],
    }
    answer = await ask(tmp_path, "classification", rows)
    assert any(
        finding.severity == "high" and "a.b.clean.number (from a.b.raw.ssn)" in finding.text for finding in answer.findings
    )
    assert "a.b.clean.id" not in plain_text(answer) and "123-45-6789" not in plain_text(answer)


async def test_masks_are_read_where_they_are_recorded(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {CLASSES: [found("a.b.raw", "ssn"), found("a.b.raw", "card")]})
    declare(path, [], (("A", "b", "raw", "SSN"),))
    async with opened(path, NOW) as warehouse:
        asked = question("which columns are not masked", "quality.classification", NOW)
        answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline == "1 of 2 columns with personal data have no mask."
    assert {(row[1], row[6]) for row in answer.tables[0].rows} == {("ssn", "yes"), ("card", "no")}
    assert any("Without a mask: a.b.raw.card" in finding.text for finding in answer.findings)


async def test_owners_descriptions_and_tags_are_read_where_they_are_declared(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {TABLES: CHAIN})
    declare(path, [("a.b.gold", "data-office", "Figures for the board"), ("a.b.clean", "ann@example.com", None)])
    async with opened(path, NOW) as warehouse:
        one = await answered(SPECIALIST, question("who owns it", "quality.ownership", NOW, tables=("a.b.gold",)), warehouse)
        gaps = await answered(SPECIALIST, question("undocumented tables", "quality.ownership", NOW), warehouse)
        hers = await answered(SPECIALIST, question("hers", "quality.ownership", NOW, users=("ann@example.com",)), warehouse)
    assert one.headline.startswith("data-office owns a.b.gold; 7 in 1 writes it.")
    assert "Figures for the board" in one.summary
    assert gaps.headline == "1 of 2 tables have no description, and 1 have no tag."
    assert any("Without a description: a.b.clean" in finding.text for finding in gaps.findings)
    assert "a.b.clean" in [row[0] for row in hers.tables[0].rows] and "a.b.gold" not in [row[0] for row in hers.tables[0].rows]


async def test_an_owner_without_a_sign_of_life_is_told(tmp_path: Path) -> None:
    seen = {
        "event_time": (NOW - timedelta(days=2)).replace(tzinfo=None),
        "event_date": (NOW - timedelta(days=2)).date(),
        "user_identity": {"email": "ann@example.com", "subject_name": "ann"},
    }
    rows = {
        TABLES: [edge("a.b.raw", "a.b.one"), edge("a.b.raw", "a.b.two", by="gone@example.com")],
        "system.access.audit": [seen],
    }
    answer = await ask(tmp_path, "ownership", rows)
    assert any("a.b.two (gone@example.com, not seen in 90 days)" in finding.text for finding in answer.findings)
    assert "a.b.one" not in answer.findings[0].text


async def test_a_wide_table_is_cut_and_counted(tmp_path: Path) -> None:
    wide = [edge("a.b.raw", f"a.b.made_{n:03}") for n in range(120)]
    answer = await ask(tmp_path, "lineage", {TABLES: wide}, tables=("a.b.raw",))
    assert "feeds 120 tables" in answer.headline
    assert len(answer.tables[0].rows) <= 15 and answer.tables[0].rows[0][0] == "a.b.raw … and 106 more"
    assert len(answer.charts[0].nodes) <= 23 and "(100 further away are not drawn)" in answer.charts[0].title  # type: ignore[union-attr]


async def test_a_ring_of_tables_ends(tmp_path: Path) -> None:
    ring = [edge("a.b.x", "a.b.y"), edge("a.b.y", "a.b.z"), edge("a.b.z", "a.b.x"), edge("a.b.x", "a.b.x")]
    answer = await ask(tmp_path, "lineage", {TABLES: ring}, tables=("a.b.x",))
    assert answer.headline.startswith("a.b.x is made from 2 tables in up to 2 steps, and feeds 2 tables")
    assert sum("goes round" in finding.text for finding in answer.findings) == 3


async def test_names_are_data(tmp_path: Path) -> None:
    odd = "dev.scratch.`x|<!channel>`"
    answer = await ask(tmp_path, "lineage", {TABLES: [edge("a.b.raw", odd)]}, tables=("a.b.raw",))
    assert odd in [row[0].removeprefix("└─ ") for row in answer.tables[0].rows]


async def test_case_of_a_name_does_not_matter(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "impact", {TABLES: CHAIN}, tables=("A.B.Raw",))
    assert answer.headline.startswith("If a.b.raw is wrong or late, 2 tables")


async def test_a_period_to_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError):
        await ask(tmp_path, "results", {}, period=Period(NOW + timedelta(days=1), NOW + timedelta(days=2)))


async def test_days_are_the_askers(tmp_path: Path) -> None:
    rows = {RESULTS: [result("a.b.gold", "Unhealthy", days_ago=0.9), result("a.b.gold", "Healthy", days_ago=0.1)]}
    path = write_account(tmp_path / "account.duckdb", rows)
    for tz, failed in (("UTC", 1), ("Asia/Tokyo", 0)):  # 14:24 on the 9th in UTC is 23:24 in Tokyo
        day = datetime(2026, 3, 9 if tz == "UTC" else 10).date()
        async with opened(path, NOW) as warehouse:
            asked = question("x", "quality.results", NOW, tz=tz, period=Period.of_days(day, day, tz))
            answer = await answered(SPECIALIST, asked, warehouse)
        assert answer.summary.startswith(f"{failed} table")
