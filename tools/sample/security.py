"""Audit events of the security incidents, and refused connections."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tools.sample.moments import at
from tools.sample.people import Person
from tools.sample.plan import Plan
from tools.sample.rows import pairs
from tools.sample.workspaces import ACCOUNT_ID

Row = dict[str, object]


def events(plan: Plan) -> list[Row]:
    """All planted audit events that have happened by now."""
    found = (*_attack(plan), *_mass_read(plan), *_escalation(plan), *_revival(plan), *_secrets_in_parameters(plan))
    return [row for row in found if _time(row) < plan.when.now]


def _time(row: Row) -> datetime:
    when = row["event_time"]
    assert isinstance(when, datetime), "every event has a time"
    return when


def denials(plan: Plan) -> list[Row]:
    """Connections that a network policy refused; the addresses of the credential attack among them."""
    attack = plan.attack
    places = plan.account.workspaces
    found: list[Row] = [
        _denied(places[n % 8].id, f"in-{n}", f"192.0.2.{200 + n % 50}", "UNKNOWN", at(plan.days_ago(n % 100 + 1), n % 24, 12), n)
        for n in range(60)
    ]
    return found + [
        _denied("0", f"in-attack-{n}", ip, attack.person.email, attack.start + timedelta(minutes=n), n)
        for n, ip in enumerate(attack.addresses)
    ]


def blocked_domains(plan: Plan) -> list[Row]:
    return [
        {
            "account_id": ACCOUNT_ID,
            "workspace_id": plan.account.workspaces[n % 4].id,
            "destination_type": "DNS",
            "destination": f"files-{n % 7}.example.net",
            "dns_event": {"domain_name": f"files-{n % 7}.example.net", "rcode": 3},
            "event_time": at(plan.days_ago(n + 1), 13, n % 60),
            "access_type": "DROP",
            "event_id": f"out-{n}",
            "network_source_type": "SERVERLESS_SQL",
        }
        for n in range(40)
    ]


def _denied(place: str, key: str, ip: str, who: str, when: datetime, n: int) -> Row:
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": place,
        "event_id": key,
        "request_path": "/api/2.0/clusters/list",
        "source": {"ip": ip},
        "authenticated_as": who,
        "event_time": when,
        "policy_outcome": "DRY_RUN_DENIAL" if n % 5 == 0 else "DENIED",
    }


def _event(
    key: str,
    person: Person,
    when: datetime,
    service: str,
    action: str,
    parameters: dict[str, str],
    *,
    place: str = "0",
    ip: str = "",
    status: int = 200,
    error: str | None = None,
    agent: str = "Mozilla/5.0 (X11; Linux x86_64)",
) -> Row:
    return {
        "account_id": ACCOUNT_ID,
        "workspace_id": place,
        "version": "2.0",
        "event_time": when,
        "event_date": when.date(),
        "source_ip_address": ip or person.ip,
        "user_agent": agent,
        "session_id": None,
        "user_identity": {"email": person.email, "subject_name": person.name},
        "service_name": service,
        "action_name": action,
        "request_id": f"req-{key}",
        "request_params_pairs": pairs(parameters),
        "response": {"status_code": status, "error_message": error, "result": None},
        "audit_level": "ACCOUNT_LEVEL" if place == "0" else "WORKSPACE_LEVEL",
        "event_id": key,
        "identity_metadata": {"run_by": person.email, "run_as": person.email},
    }


def _attack(plan: Plan) -> Iterator[Row]:
    one = plan.attack
    for n in range(one.failures):
        when = one.start + timedelta(seconds=n * 1800 / one.failures)
        yield _event(
            f"login-{n}",
            one.person,
            when,
            "accounts",
            "login",
            {"user": one.person.email, "authentication_method": "PASSWORD"},
            ip=one.addresses[n % len(one.addresses)],
            status=401,
            error="Invalid credentials",
            agent="python-requests/2.32",
        )
    yield _event(
        "login-in",
        one.person,
        one.success,
        "accounts",
        "login",
        {"user": one.person.email, "authentication_method": "PASSWORD"},
        ip=one.addresses[0],
        agent="python-requests/2.32",
    )
    yield _event(
        "login-token",
        one.person,
        one.success + timedelta(minutes=4),
        "accounts",
        "generateDbToken",
        {"tokenId": "5f1e", "comment": "backup", "user": one.person.email},
        place=plan.account.workspaces[0].id,
        ip=one.addresses[0],
        agent="python-requests/2.32",
    )


def _mass_read(plan: Plan) -> Iterator[Row]:
    one = plan.mass_read
    seconds = (one.end - one.start).total_seconds()
    for n in range(one.reads):
        yield _event(
            f"read-{n}",
            one.person,
            one.start + timedelta(seconds=seconds * n / one.reads),
            "unityCatalog",
            "generateTemporaryTableCredential",
            {"table_full_name": one.tables[n % len(one.tables)], "operation": "READ"},
            place=one.workspace.id,
        )
    for n in range(one.downloads):
        yield _event(
            f"download-{n}",
            one.person,
            one.start + timedelta(seconds=30 + (seconds - 60) * n / one.downloads),
            "databrickssql",
            "downloadQueryResult",
            {"queryId": f"q-{n}", "fileType": "csv"},
            place=one.workspace.id,
        )


def _escalation(plan: Plan) -> Iterator[Row]:
    one = plan.escalation
    changes = f'[{{"principal": "{one.person.email}", "add": ["ALL_PRIVILEGES", "MANAGE"]}}]'
    steps = (
        (
            "unityCatalog",
            "updatePermissions",
            {"securable_type": "CATALOG", "securable_full_name": one.catalog, "changes": changes},
            one.workspace.id,
        ),
        ("accounts", "addPrincipalToGroup", {"targetGroupName": "admins", "targetUserName": one.person.email}, one.workspace.id),
        ("accounts", "setAdmin", {"targetUserName": one.person.email, "endpoint": "accounts"}, "0"),
        (
            "workspace",
            "workspaceConfEdit",
            {"workspaceConfKeys": "enableResultsDownloading", "workspaceConfValues": "true"},
            one.workspace.id,
        ),
    )
    for n, (service, action, parameters, place) in enumerate(steps):
        yield _event(f"grant-{n}", one.person, one.start + timedelta(minutes=6 * n), service, action, parameters, place=place)


def _revival(plan: Plan) -> Iterator[Row]:
    one = plan.revival
    place = plan.account.workspaces[0].id
    yield _event("revived-login", one.person, one.start, "accounts", "login", {"user": one.person.email}, ip=one.address)
    for n in range(one.events - 1):
        yield _event(
            f"revived-{n}",
            one.person,
            one.start + timedelta(minutes=3 * n + 1),
            "unityCatalog",
            "getTable",
            {"full_name_arg": f"prod.finance.ledger_{n % 9}"},
            place=place,
            ip=one.address,
        )


def _secrets_in_parameters(plan: Plan) -> Iterator[Row]:
    """Parameters hold what must never reach a chat; a name in them is markup."""
    robot = next(person for person in plan.account.people if not person.human)
    for n in range(12):
        yield _event(
            f"secret-{n}",
            robot,
            at(plan.days_ago(n * 3 + 1), 3, n),
            "secrets",
            "putSecret",
            {"scope": "<!channel> prod", "key": "warehouse_password", "string_value": f"dapi-not-a-real-token-{n:04d}"},
            place=plan.account.workspaces[1].id,
        )
