"""Identities against their own past: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tests.tools.gold.audit import event
from tools.errors import BadRequestError
from tools.metric import metric
from tools.security import (
    get_access_anomalies,
    get_off_hours_activity,
    get_security_events_timeline,
    get_service_account_audit,
    get_user_activity_patterns,
    get_user_activity_summary,
)
from tools.warehouse import Statement
from tools.warehouse.embedded import EmbeddedWarehouse

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
START, END = date(2026, 11, 2), date(2026, 11, 4)
HISTORY = (date(2026, 10, 26), date(2026, 10, 27), date(2026, 10, 28), date(2026, 10, 29))
TUESDAY = date(2026, 11, 3)
ROBOT = "0f1e2d3c-0000-4000-8000-123456789abc"


def usual(who: str, events: int, **more: Any) -> list[dict[str, Any]]:
    return [event(day, who, **more) for day in HISTORY for _ in range(events)]


def audit() -> list[dict[str, Any]]:
    rows = [
        *usual("steady@x.com", 5),
        *(event(TUESDAY, "Steady@X.com") for _ in range(5)),
        *usual("burst@x.com", 4),
        *(event(TUESDAY, "burst@x.com") for _ in range(20)),
        *usual("newip@x.com", 4),
        event(TUESDAY, "newip@x.com"),
        *(event(TUESDAY, "newip@x.com", ip="198.51.100.9") for _ in range(3)),
        *usual("office@x.com", 4),
        *(event(TUESDAY, "office@x.com", ip="10.1.2.3") for _ in range(4)),
        *usual("night@x.com", 5),
        event(HISTORY[0], "night@x.com", hour=17),
        *(event(TUESDAY, "night@x.com", hour=2) for _ in range(5)),
        *usual("late@x.com", 5),
        *(event(TUESDAY, "late@x.com", hour=11) for _ in range(5)),
        *usual("locked@x.com", 2),
        *(event(TUESDAY, "locked@x.com", service="accounts", action="tokenLogin", status=401) for _ in range(5)),
        *usual("admin@x.com", 4),
        *(event(TUESDAY, "admin@x.com", action="updatePermissions") for _ in range(4)),
        event(TUESDAY, "admin@x.com", action="updatePermissions", status=403),
        *(event(TUESDAY, "admin@x.com", action="getPermissions") for _ in range(3)),
        *usual("taker@x.com", 6),
        *(event(TUESDAY, "taker@x.com", service="databrickssql", action="downloadQueryResult") for _ in range(6)),
        *(event(TUESDAY, "fresh@x.com") for _ in range(3)),
        *usual(ROBOT, 5),
        *(event(TUESDAY, ROBOT, hour=3) for _ in range(5)),
        *(event(TUESDAY, "System-User", ip="198.51.100.77") for _ in range(40)),
        event(date(2026, 9, 30), "fresh@x.com"),
        event(TUESDAY, None, workspace="0", service="accounts", action="login", status=500),
    ]
    # Friday evening in New York is Saturday in UTC; Sunday evening in UTC is Monday morning in Tokyo
    rows += [event(date(2026, 10, 31), "york@x.com", hour=2), event(date(2026, 11, 1), "tokyo@x.com", hour=23)]
    return rows


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    path: Path = tmp_path_factory.mktemp("activity") / "account.duckdb"
    rows = {
        "system.access.audit": audit(),
        "system.access.workspaces_latest": [{"workspace_id": "1", "workspace_name": "prod"}],
        "system.query.history": [
            {"executed_by": "Analyst@x.com", "executed_by_user_id": "77", "start_time": datetime(2026, 11, 1, 8, 0)}
        ],
        "system.billing.usage": [{"usage_date": date(2026, 11, 1), "identity_metadata": {"run_as": ROBOT.upper()}}],
    }
    opened = EmbeddedWarehouse(write_account(path, rows), now=NOW)
    yield opened
    asyncio.run(opened.close())


async def anomalies(warehouse: EmbeddedWarehouse, threshold: float = 2.0) -> dict[tuple[str, str], dict[str, Any]]:
    table = await get_access_anomalies(warehouse, START, END, threshold)
    return {(row["user_email"], row["anomaly_type"]): row for row in table}


async def test_each_kind_of_anomaly_is_found_once_and_nothing_else(warehouse: EmbeddedWarehouse) -> None:
    assert set(await anomalies(warehouse)) == {
        ("burst@x.com", "ACTIVITY_SPIKE"),
        ("newip@x.com", "NEW_IP"),
        ("night@x.com", "UNUSUAL_HOURS"),
        ("locked@x.com", "FAILED_LOGINS"),
        ("locked@x.com", "ACTIVITY_SPIKE"),
        ("admin@x.com", "PERMISSION_CHANGES"),
        ("admin@x.com", "ACTIVITY_SPIKE"),
        ("taker@x.com", "DATA_EXPORTS"),
        ("fresh@x.com", "NEW_IDENTITY"),
    }


async def test_the_deviation_is_counted_from_the_identity_own_days(warehouse: EmbeddedWarehouse) -> None:
    spike = (await anomalies(warehouse))["burst@x.com", "ACTIVITY_SPIKE"]
    assert (spike["event_date"], spike["event_count"], spike["baseline_daily_avg"]) == (TUESDAY, 20, 4.0)
    assert spike["baseline_days"] == 4
    assert spike["deviation_factor"] == pytest.approx((20 - 4) / 2)  # four equal days: the square root of 4 stands in
    assert ("burst@x.com", "ACTIVITY_SPIKE") in await anomalies(warehouse, 8.0)
    assert ("burst@x.com", "ACTIVITY_SPIKE") not in await anomalies(warehouse, 8.1)


async def test_details_name_the_address_and_the_hours(warehouse: EmbeddedWarehouse) -> None:
    found = await anomalies(warehouse)
    assert found["newip@x.com", "NEW_IP"]["detail"] == "198.51.100.9"
    assert found["newip@x.com", "NEW_IP"]["event_count"] == 3
    assert found["night@x.com", "UNUSUAL_HOURS"]["detail"] == "2 to 2 h"


async def test_a_refused_grant_and_a_look_at_permissions_are_no_changes(warehouse: EmbeddedWarehouse) -> None:
    assert (await anomalies(warehouse))["admin@x.com", "PERMISSION_CHANGES"]["event_count"] == 4


async def test_without_any_history_nobody_is_called_new(warehouse: EmbeddedWarehouse) -> None:
    table = await get_access_anomalies(warehouse, date(2026, 9, 1), END)  # the log begins within it
    assert len(table) == 0


async def test_summary_of_one_identity_in_any_spelling(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_user_activity_summary(warehouse, " NewIP@x.com ", 3, END))
    assert row["user_email"] == "newip@x.com"
    assert (row["event_count"], row["active_days"], row["baseline_daily_events"]) == (4, 1, 4.0)
    assert (row["unique_ips"], row["new_ips"], row["failed_events"]) == (2, 1, 0)
    assert row["risk_score"] == 10


async def test_summary_scores_are_the_published_points(warehouse: EmbeddedWarehouse) -> None:
    table = await get_user_activity_summary(warehouse, "ALL", 3, END)
    score = dict(zip(table.column("user_email"), table.column("risk_score"), strict=True))
    assert score["steady@x.com"] == 0
    assert score["locked@x.com"] == 15  # five failed sign-ins, three points each
    assert score["admin@x.com"] == 9  # four permission changes, one other failure
    assert score["taker@x.com"] == 6  # six exports
    assert score["night@x.com"] == 15  # unusual hours
    assert score["burst@x.com"] == 10  # five times the usual volume
    assert score["fresh@x.com"] == 0  # without history nothing is new
    assert table.column("risk_score") == sorted(table.column("risk_score"), reverse=True)


async def test_summary_of_an_unknown_person_is_empty_and_quotes_are_harmless(warehouse: EmbeddedWarehouse) -> None:
    assert len(await get_user_activity_summary(warehouse, "x' OR '1'='1", 30, END)) == 0


async def test_summary_sees_only_its_days(warehouse: EmbeddedWarehouse) -> None:
    assert len(await get_user_activity_summary(warehouse, "fresh@x.com", 1, END)) == 0
    (row,) = list(await get_user_activity_summary(warehouse, "fresh@x.com", 2, END))
    assert row["event_count"] == 3
    assert row["new_ips"] is None


async def test_off_hours_are_those_of_the_zone_asked_for(warehouse: EmbeddedWarehouse) -> None:
    friday, monday = date(2026, 10, 30), date(2026, 11, 2)
    new_york = list(await get_off_hours_activity(warehouse, friday, friday, tz="America/New_York"))
    (york,) = [row for row in new_york if row["user_email"] == "york@x.com"]
    assert (york["event_date"], york["is_weekend"], york["off_hours_events"]) == (friday, False, 1)
    tokyo = await get_off_hours_activity(warehouse, monday, monday, tz="Asia/Tokyo")
    assert "tokyo@x.com" not in tokyo.column("user_email")  # 08:00 on a Monday there
    utc = {row["user_email"]: row for row in await get_off_hours_activity(warehouse, date(2026, 10, 31), END)}
    assert utc["york@x.com"]["is_weekend"]
    assert utc["tokyo@x.com"]["event_date"] == date(2026, 11, 1)
    assert ROBOT not in utc
    assert utc["night@x.com"]["off_hours_pct"] == 100.0


async def test_patterns_tell_bursts_and_night_work(warehouse: EmbeddedWarehouse) -> None:
    table = await get_user_activity_patterns(warehouse, 30, burst_threshold=15, as_of=END)
    rows = {row["user_email"]: row for row in table}
    assert "system-user" not in rows
    assert (rows["burst@x.com"]["burst_count"], rows["burst@x.com"]["activity_pattern"]) == (1, "BURSTY")
    assert (rows["burst@x.com"]["total_events"], rows["burst@x.com"]["avg_daily_events"]) == (36, 7.2)
    assert rows["burst@x.com"]["peak_hour"] == 10
    assert rows["night@x.com"]["off_hours_pct"] == pytest.approx(100 * 5 / 26)
    assert rows["york@x.com"]["weekend_pct"] == 100.0
    everyone = await get_user_activity_patterns(warehouse, 30, exclude_system_accounts=False, as_of=END)
    assert {"system-user", "unknown"} <= set(everyone.column("user_email"))


async def test_service_principals_stand_apart_from_people(warehouse: EmbeddedWarehouse) -> None:
    (row,) = list(await get_service_account_audit(warehouse, 30, END))
    assert (row["service_account"], row["total_events"], row["active_days"]) == (ROBOT, 25, 5)
    assert row["risk_level"] == "LOW"


async def test_timeline_of_all_holds_only_sensitive_or_failed_events(warehouse: EmbeddedWarehouse) -> None:
    table = await get_security_events_timeline(warehouse, START, END)
    assert all(row["is_failed"] or row["is_sensitive"] for row in table)
    account_level = [row for row in table if row["workspace_name"] == "account level"]
    assert [(row["user_type"], row["status_code"]) for row in account_level] == [("UNKNOWN", 500)]
    one = await get_security_events_timeline(warehouse, START, END, "BURST@x.com")
    assert len(one) == 20
    assert set(one.column("workspace_name")) == {"prod"}
    assert "request_params" not in one.columns


async def test_users_are_told_apart_by_kind_and_gathered_from_three_tables(warehouse: EmbeddedWarehouse) -> None:
    table = await warehouse.query(Statement("test", "SELECT * FROM dim_user"))
    users = {row["email"]: row for row in table}
    assert len(users) == len(table)
    assert users["system-user"]["user_type"] == "SYSTEM"
    assert users[ROBOT]["user_type"] == "SERVICE_PRINCIPAL"
    assert (users["analyst@x.com"]["user_id"], users["analyst@x.com"]["user_type"]) == ("77", "HUMAN_USER")
    assert users["steady@x.com"]["last_seen_date"] == TUESDAY
    assert "unknown" not in users


async def test_metric_view_counts_and_its_clock(warehouse: EmbeddedWarehouse) -> None:
    table = await metric(
        warehouse,
        "security_events",
        ["total_events", "failed_events", "permission_changes", "authentication_events", "unique_human_users"],
        by=["event_date"],
        where={"workspace_name": "prod"},
        period=(TUESDAY, TUESDAY),
    )
    assert table.rows == ((TUESDAY, len([e for e in audit() if e["event_date"] == TUESDAY]) - 1, 6, 4, 5, 10),)
    now = await metric(warehouse, "security_events", ["events_24h", "events_prior_24h", "events_7d", "event_growth_rate"])
    today, yesterday, week, growth = now.rows[0]
    assert (today, yesterday, growth) == (0, len([e for e in audit() if e["event_date"] == TUESDAY]), -100.0)
    assert week > yesterday


@pytest.mark.parametrize(
    "asked",
    [
        lambda w: get_access_anomalies(w, END, START),
        lambda w: get_user_activity_summary(w, "a@x.com", 0),
        lambda w: get_off_hours_activity(w, START, END, tz="Mars/Olympus"),
        lambda w: get_off_hours_activity(w, START, END, 19, 7),
        lambda w: get_user_activity_patterns(w, tz="x'; DROP TABLE t"),
        lambda w: metric(w, "security_events", ["no_such"]),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse, asked: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        await asked(warehouse)
    assert refused.value.do
