"""Sign-ins and rights: rows that would show each mistake, and figures computed by hand."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.account import write_account
from tests.tools.gold.audit import event
from tools.access import (
    get_failed_actions,
    get_failed_logins,
    get_ip_address_analysis,
    get_permission_changes,
)
from tools.errors import BadRequestError
from tools.warehouse.embedded import EmbeddedWarehouse

START, END = date(2026, 11, 2), date(2026, 11, 4)
TUESDAY, BEFORE = date(2026, 11, 3), date(2026, 10, 20)
SECRET = "dapi0123456789abcdef0123456789abcdef"


def login(who: str, minute: int, ok: bool, action: str = "tokenLogin", ip: str = "198.51.100.9") -> dict[str, Any]:
    return event(TUESDAY, who, action, 200 if ok else 401, service="accounts", minute=minute, ip=ip, workspace="0")


def grant(who: str, changes: str, **more: Any) -> dict[str, Any]:
    params = {"securable_type": "TABLE", "securable_full_name": "prod.crm.customers", "changes": changes}
    return event(TUESDAY, who, "updatePermissions", params=params, **more)


AUDIT = [
    event(TUESDAY, "bob@x.com", "getTable", 403, error=f"PERMISSION_DENIED: no access, token {SECRET}"),
    event(TUESDAY, "Bob@x.com", "getTable", 403, error="PERMISSION_DENIED: no", ip="198.51.100.1", minute=5),
    event(TUESDAY, "bob@x.com", "getTable", None, error="connection reset"),
    event(TUESDAY, "bob@x.com", "getTable", 304, error=""),
    event(TUESDAY, "bob@x.com", "getTable", 200),
    event(BEFORE, "bob@x.com", "getTable", 200),
    *(login("victim@x.com", minute, ok=False) for minute in range(5)),
    login("victim@x.com", 9, ok=True, action="aadBrowserLogin"),
    login("typo@x.com", 0, ok=True),
    *(login("typo@x.com", minute, ok=False) for minute in (1, 2, 3)),
    login("typo@x.com", 4, ok=True, action="logout"),
    event(BEFORE, "typo@x.com", "getTable", ip="198.51.100.9"),
    *(login("few@x.com", minute, ok=False) for minute in (1, 2)),
    event(TUESDAY, "few@x.com", "getTable", ip="0.0.0.0"),
    event(TUESDAY, "few@x.com", "getTable", ip="192.168.0.7"),
    grant(
        "eve@x.com",
        '[{"principal":"Eve@x.com","add":["ALL_PRIVILEGES","MANAGE"],"remove":[]},{"principal":"b","add":[]}]',
    ),
    grant("eve@x.com", '[{"principal": "eve@x.com", "add": [], "remove": ["SELECT"]}]', minute=1),
    grant("dba@x.com", f'{{broken "principal": json {SECRET}', minute=2),
    event(
        TUESDAY,
        "dba@x.com",
        "addPrincipalToGroup",
        403,
        service="accounts",
        workspace="0",
        minute=3,
        params={"targetGroupName": "admins", "targetUserName": "new@x.com"},
    ),
    event(TUESDAY, "dba@x.com", "getPermissions", minute=4),
]


ROWS = {
    "system.access.audit": AUDIT,
    "system.access.workspaces_latest": [{"workspace_id": "1", "workspace_name": "prod"}],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    path: Path = tmp_path_factory.mktemp("access") / "account.duckdb"
    opened = EmbeddedWarehouse(write_account(path, ROWS))
    yield opened
    asyncio.run(opened.close())


async def test_failures_are_grouped_and_told_by_code_only(warehouse: EmbeddedWarehouse) -> None:
    table = await get_failed_actions(warehouse, START, END, "BOB@x.com")
    assert [(r["status_code"], r["failed_count"], r["unique_ips"], r["error_code"]) for r in table] == [
        (403, 2, 2, "PERMISSION_DENIED"),
        (None, 1, 1, None),
    ]
    assert SECRET not in str(table.rows)


async def test_a_success_counts_against_an_attack_only_after_the_failures(warehouse: EmbeddedWarehouse) -> None:
    victim, typo = list(await get_failed_logins(warehouse, START, END))
    assert (victim["user_email"], victim["failed_logins"], victim["successful_logins"]) == ("victim@x.com", 5, 1)
    assert victim["success_after_failures"]
    assert victim["first_success_after"].minute == 9
    assert victim["is_new_ip"]
    assert (typo["failed_logins"], typo["successful_logins"], typo["success_after_failures"]) == (3, 1, False)
    assert not typo["is_new_ip"]


async def test_addresses_new_known_and_private(warehouse: EmbeddedWarehouse) -> None:
    rows = {row["source_ip"]: row for row in await get_ip_address_analysis(warehouse, START, END)}
    assert "0.0.0.0" not in rows
    attack = rows["198.51.100.9"]
    assert (attack["failed_logins"], attack["unique_users"], attack["is_new"], attack["risk_level"]) == (
        10,
        3,
        False,
        "HIGH",
    )
    assert attack["example_users"] == "few@x.com, typo@x.com, victim@x.com"
    assert (rows["198.51.100.1"]["is_new"], rows["198.51.100.1"]["risk_level"]) == (True, "MEDIUM")
    assert rows["192.168.0.7"]["is_private"]
    assert not rows["203.0.113.5"]["is_new"]


async def test_without_history_no_address_is_called_new(warehouse: EmbeddedWarehouse) -> None:
    table = await get_ip_address_analysis(warehouse, BEFORE, BEFORE)
    assert set(table.column("is_new")) == {None}


async def test_permission_changes_name_who_gained_what(warehouse: EmbeddedWarehouse) -> None:
    table = list(await get_permission_changes(warehouse, START, END))
    group, broken, revoke, self_grant = table
    assert (self_grant["changed_by"], self_grant["principal"]) == ("eve@x.com", "Eve@x.com")
    assert (self_grant["privileges_added"], self_grant["privileges_removed"]) == ("ALL_PRIVILEGES,MANAGE", None)
    assert (self_grant["principals_changed"], self_grant["is_self_grant"], self_grant["is_admin_change"]) == (
        2,
        True,
        True,
    )
    assert (revoke["privileges_removed"], revoke["is_self_grant"], revoke["is_admin_change"]) == (
        "SELECT",
        False,
        False,
    )
    assert (broken["principal"], broken["privileges_added"]) == (None, None)
    assert (group["principal"], group["is_admin_change"], group["is_failed"]) == ("new@x.com", True, True)
    assert group["workspace_name"] == "account level"
    assert SECRET not in str(table)


@pytest.mark.parametrize(
    "asked",
    [
        lambda w: get_failed_actions(w, END, START),
        lambda w: get_failed_logins(w, START, END, 0),
        lambda w: get_permission_changes(w, date(1990, 1, 1), END),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(warehouse: EmbeddedWarehouse, asked: Any) -> None:
    with pytest.raises(BadRequestError) as refused:
        await asked(warehouse)
    assert refused.value.do
