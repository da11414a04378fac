"""Without a table the answer says which and why; without the audit log there is none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.security import SPECIALIST
from tests.account import write_account
from tests.agents.ask import answered, opened, question
from tools.errors import BadRequestError, MissingTableError
from tools.period import Period

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PERSON, STRANGER = "ann@example.com", "bob@example.com"


def event(
    when: datetime,
    action: str,
    *,
    who: str = PERSON,
    service: str = "accounts",
    status: int = 200,
    ip: str = "203.0.113.7",
    **params: str,
) -> dict[str, Any]:
    return {
        "event_time": when.replace(tzinfo=None),
        "event_date": when.date(),
        "workspace_id": "1",
        "service_name": service,
        "action_name": action,
        "source_ip_address": ip,
        "user_identity": {"email": who, "subject_name": who},
        "request_params": params,
        "response": {"status_code": status, "error_message": None, "result": None},
        "event_id": f"{who}-{action}-{when.isoformat()}",
    }


def quiet_past() -> list[dict[str, Any]]:
    """Three events a day by one person at ten in the morning, for a month."""
    mornings = [NOW.replace(hour=10) - timedelta(days=back) for back in range(1, 35)]
    return [event(day + timedelta(minutes=n), "getTable", service="unityCatalog") for day in mornings for n in range(3)]


async def test_a_missing_table_is_a_sentence_and_the_rest_stands(tmp_path: Path) -> None:
    attack = [event(NOW - timedelta(hours=3, seconds=-n), "login", status=401, ip="192.0.2.1") for n in range(12)]
    attack.append(event(NOW - timedelta(hours=2), "login", ip="192.0.2.1"))
    path = write_account(
        tmp_path / "account.duckdb",
        {"system.access.audit": [*quiet_past(), *attack]},
        leave_out=("system.data_classification.results", "system.access.inbound_network", "system.access.outbound_network"),
    )
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("suspicious?", "security.threats", NOW), warehouse)
    assert answer.findings[0].severity == "critical"
    assert "12 failed sign-ins" in answer.findings[0].text
    assert any("system.data_classification.results is not available" in gap for gap in answer.partial)
    assert any("system.access.inbound_network is not available" in gap for gap in answer.partial)


async def test_without_the_audit_log_the_grant_is_named(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {}, leave_out=("system.access.audit",))
    async with opened(path, NOW) as warehouse:
        for topic in ("threats", "user", "permissions", "logins", "principals", "compliance"):
            with pytest.raises(MissingTableError) as caught:
                await answered(SPECIALIST, question("x", f"security.{topic}", NOW), warehouse)
            assert "GRANT" in caught.value.do


async def test_access_stands_on_lineage_alone(tmp_path: Path) -> None:
    read = {
        "source_table_full_name": "main.sales.orders",
        "created_by": STRANGER,
        "event_time": (NOW - timedelta(days=2)).replace(tzinfo=None),
        "event_date": (NOW - timedelta(days=2)).date(),
        "event_id": "e1",
        "workspace_id": "1",
    }
    path = write_account(tmp_path / "account.duckdb", {"system.access.table_lineage": [read]}, leave_out=("system.access.audit",))
    async with opened(path, NOW) as warehouse:
        asked = question("who read it", "security.access", NOW, tables=("main.sales.orders",))
        answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("1 identity accessed main.sales.orders")
    assert any("system.access.audit is not available" in gap for gap in answer.partial)


async def test_mistyped_passwords_are_no_attack(tmp_path: Path) -> None:
    typed = [event(NOW - timedelta(hours=3, minutes=-n), "login", status=401) for n in range(4)]
    typed.append(event(NOW - timedelta(hours=2), "login"))
    path = write_account(tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), *typed]})
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("suspicious?", "security.threats", NOW), warehouse)
    assert answer.headline.startswith("Nothing suspicious")


async def test_failures_without_a_success_are_not_critical(tmp_path: Path) -> None:
    tries = [event(NOW - timedelta(hours=3, seconds=-n), "login", status=401, ip="192.0.2.1") for n in range(12)]
    path = write_account(tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), *tries]})
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("suspicious?", "security.threats", NOW), warehouse)
    assert answer.findings[0].severity == "high"


async def test_one_address_on_many_accounts_is_spraying(tmp_path: Path) -> None:
    sprayed = [
        event(NOW - timedelta(hours=3, minutes=-n), "login", status=401, ip="192.0.2.9", who=f"user{n}@example.com")
        for n in range(6)
    ]
    path = write_account(tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), *sprayed]})
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("suspicious?", "security.threats", NOW), warehouse)
    assert any("6 accounts from 192.0.2.9" in finding.text and finding.severity == "high" for finding in answer.findings)


async def test_who_changed_a_job_finds_it_by_its_id(tmp_path: Path) -> None:
    changed = event(NOW - timedelta(days=3), "update", service="jobs", who=STRANGER, job_id="42")
    job = {"workspace_id": "1", "job_id": "42", "name": "nightly", "change_time": datetime(2026, 1, 1)}
    path = write_account(
        tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), changed], "system.lakeflow.jobs": [job]}
    )
    async with opened(path, NOW) as warehouse:
        asked = question("who changed nightly", "security.permissions", NOW, jobs=("nightly",))
        answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith(f"{STRANGER} changed nightly last: jobs.update")


async def test_a_period_to_come_is_refused(tmp_path: Path) -> None:
    path = write_account(tmp_path / "account.duckdb", {})
    period = Period(NOW + timedelta(days=1), NOW + timedelta(days=2))
    async with opened(path, NOW) as warehouse:
        with pytest.raises(BadRequestError):
            await answered(SPECIALIST, question("x", "security.threats", NOW, period=period), warehouse)


async def test_a_success_from_a_known_address_is_not_a_break_in(tmp_path: Path) -> None:
    tries = [event(NOW - timedelta(hours=3, seconds=-n), "login", status=401, ip="192.0.2.1") for n in range(12)]
    own = [event(NOW - timedelta(hours=4), "login", status=401), event(NOW - timedelta(hours=2), "login")]
    path = write_account(tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), *tries, *own]})
    async with opened(path, NOW) as warehouse:
        answer = await answered(SPECIALIST, question("suspicious?", "security.threats", NOW), warehouse)
    assert answer.findings[0].severity == "high"
    assert "12 failed sign-ins from 1 address never seen" in answer.findings[0].text
