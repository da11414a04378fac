"""The other security topics on the planted stories, against the raw rows."""

from datetime import datetime, timedelta
from pathlib import Path

from adapters.words import plain_text
from agents.security import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.period import Period
from tools.sample.stories import Story


async def test_a_users_week_counts_what_the_raw_log_counts(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    who = told["mass-read"].owner
    answer = await answered(SPECIALIST, question(f"what did {who} do", "security.user", now, users=(who,)), warehouse)
    period = answer.question.period
    assert period is not None
    raw = rows(
        sample_file,
        "SELECT count(*) FROM system_access.audit WHERE lower(user_identity.email) = $who "
        "AND event_time >= $start AND event_time < $end",
        {"who": who, "start": period.start, "end": period.end},
    )[0][0]
    assert f"{raw:,} events" in answer.headline
    assert "did not behave as usual" in answer.headline
    assert answer.findings[0].severity == "critical"
    assert any(receipt.tool == "get_user_activity_summary" for receipt in answer.evidence)


async def test_an_ordinary_user_behaves_as_usual(warehouse: CountingWarehouse, now: datetime) -> None:
    who = "vera.xu@lakeshore.example"
    answer = await answered(SPECIALIST, question("is this normal", "security.user", now, users=(who,)), warehouse)
    assert "behaved as usual" in answer.headline
    assert answer.findings[0].severity == "good"
    assert not answer.recommendations


async def test_without_a_name_identities_are_ranked(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("most active users", "security.user", now), warehouse)
    assert told["attack"].owner in answer.headline  # the highest risk score
    assert {grid.title for grid in answer.tables} == {"Riskiest", "Busiest"}


async def test_sensitive_tables_outside_working_hours(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    story = told["mass-read"]
    asked = question("Who read sensitive tables outside working hours this week?", "security.access", now)
    answer = await answered(SPECIALIST, asked, warehouse)
    raw = rows(
        sample_file,
        "SELECT count(*) FROM system_access.audit WHERE action_name = 'generateTemporaryTableCredential' "
        "AND user_identity.email = $who AND event_time >= $start AND event_time < $end",
        {"who": story.owner, "start": story.start, "end": story.end},
    )[0][0]
    assert raw == story.facts["reads"]
    assert answer.headline.startswith(f"{story.owner} read {len(story.facts['tables'])} tables with personal data {raw} times")
    assert answer.findings[0].severity == "critical"


async def test_who_accessed_a_table_joins_lineage_and_audit(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    table = "prod.crm.customers"
    answer = await answered(SPECIALIST, question("who accessed it", "security.access", now, tables=(table,)), warehouse)
    grid = next(grid for grid in answer.tables if grid.title == "Who reached what")
    shown = {row[1]: (row[2], row[5]) for row in grid.rows}
    period = answer.question.period
    assert period is not None
    bounds = {"table": table, "start": period.start, "end": period.end, "first": period.first_day, "last": period.last_day}
    lineage = rows(
        sample_file,
        "SELECT created_by, count(DISTINCT coalesce(event_id, record_id)) FROM system_access.table_lineage "
        "WHERE source_table_full_name = $table AND event_date >= $first AND event_date <= $last GROUP BY 1",
        {key: bounds[key] for key in ("table", "first", "last")},
    )
    assert dict(lineage) == {user: pair[1] for user, pair in shown.items() if pair[1]}
    audit = rows(
        sample_file,
        "SELECT user_identity.email, count(*) FROM system_access.audit WHERE action_name = 'generateTemporaryTableCredential' "
        "AND request_params['table_full_name'] = $table AND response.status_code = 200 "
        "AND event_time >= $start AND event_time < $end GROUP BY 1",
        {key: bounds[key] for key in ("table", "start", "end")},
    )
    assert {user: count for user, count in audit if user in shown} == {user: pair[0] for user, pair in shown.items() if pair[0]}
    assert told["mass-read"].owner in shown


async def test_callers_of_an_endpoint(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("who called it", "security.access", now, endpoints=("fraud-detection",))
    answer = await answered(SPECIALIST, asked, warehouse)
    period = answer.question.period
    assert period is not None
    raw = rows(
        sample_file,
        "SELECT count(*) FROM system_serving.endpoint_usage WHERE request_time >= $start AND request_time < $end "
        "AND served_entity_id IN "
        "(SELECT served_entity_id FROM system_serving.served_entities WHERE endpoint_name = 'fraud-detection')",
        {"start": period.start, "end": period.end},
    )[0][0]
    assert f"{raw:,} times" in answer.headline


async def test_permission_changes_name_who_gave_themselves_rights(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["escalation"]
    answer = await answered(SPECIALIST, question("unusual permission changes", "security.permissions", now), warehouse)
    worst = answer.findings[0]
    assert worst.severity == story.facts["severity"] == "high"
    assert story.owner in worst.text
    assert story.facts["group"] in worst.text
    assert f"CATALOG {story.facts['catalog']}" in worst.text
    assert "3 changes of rights" in answer.headline
    assert any("enableResultsDownloading" in finding.text for finding in answer.findings)


async def test_a_week_without_changes_of_rights_says_so(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("permission changes", "security.permissions", now, period=days("2026-10-12", "2026-10-18"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("No rights were changed")
    assert answer.findings[0].severity == "good"


async def test_failed_sign_ins_add_up(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("failed logins", "security.logins", now), warehouse)
    period = answer.question.period
    assert period is not None
    total, users = rows(
        sample_file,
        "SELECT count(*), count(DISTINCT user_identity.email) FROM system_access.audit WHERE service_name = 'accounts' "
        "AND action_name IN ('login', 'tokenLogin', 'aadBrowserLogin') AND response.status_code >= 400 "
        "AND event_time >= $start AND event_time < $end",
        {"start": period.start, "end": period.end},
    )[0]
    assert f"{total} failed sign-ins" in answer.headline
    assert f"for {users} identities" in answer.headline
    assert told["attack"].owner in answer.headline


async def test_tokens_are_counted_when_the_question_is_about_them(
    warehouse: CountingWarehouse, now: datetime, sample_file: Path
) -> None:
    answer = await answered(SPECIALIST, question("new tokens created this week", "security.logins", now), warehouse)
    period = answer.question.period
    assert period is not None
    raw = rows(
        sample_file,
        "SELECT count(*) FROM system_access.audit WHERE action_name = 'generateDbToken' AND response.status_code = 200 "
        "AND user_identity.email <> 'System-User' AND event_time >= $start AND event_time < $end",
        {"start": period.start, "end": period.end},
    )[0][0]
    assert answer.headline.startswith(f"{raw} tokens were created")


async def test_service_principals(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("service principals", "security.principals", now), warehouse)
    period = answer.question.period
    assert period is not None
    events, principals = rows(
        sample_file,
        "SELECT count(*), count(DISTINCT user_identity.email) FROM system_access.audit "
        "WHERE user_identity.email NOT LIKE '%@%' AND user_identity.email NOT LIKE 'System-%' "
        "AND event_date >= $first AND event_date <= $last",
        {"first": period.first_day, "last": period.last_day},
    )[0]
    assert answer.headline.startswith(f"{principals} service principals made {events:,} events")


async def test_the_compliance_report_counts_the_raw_log(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    asked = question("compliance report", "security.compliance", now, period=days("2026-11-01", "2026-11-22"))
    answer = await answered(SPECIALIST, asked, warehouse)
    events, failed = rows(
        sample_file,
        "SELECT count(*), count(*) FILTER (response.status_code >= 400 AND service_name = 'accounts') "
        "FROM system_access.audit WHERE event_date >= '2026-11-01' AND event_date <= '2026-11-22'",
    )[0]
    figures = {row[0]: row[1] for row in answer.tables[0].rows}
    assert figures["events in the audit log"] == events
    assert figures["failed sign-ins"] == failed
    assert figures["changes of rights"] == 3
    assert any(told["escalation"].owner in finding.text for finding in answer.findings)


async def test_a_woken_account_is_up_for_review(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    asked = question("access review", "security.compliance", now)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert told["revival"].owner in plain_text(answer)


async def test_every_topic_takes_two_rounds_at_most(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    for topic in SPECIALIST.investigations:
        for users in ((), (told["attack"].owner,)):
            warehouse.rounds.clear()
            await answered(SPECIALIST, question("what happened", f"security.{topic}", now, users=users), warehouse)
            assert len(warehouse.rounds) <= 2, (topic, warehouse.rounds)


async def test_an_empty_period_says_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    period = Period(now - timedelta(days=700), now - timedelta(days=690))
    for topic in SPECIALIST.investigations:
        answer = await answered(SPECIALIST, question("what happened", f"security.{topic}", now, period=period), warehouse)
        assert answer.headline.startswith("The audit log has no such events"), topic
        assert "holds events from Tue 28 Jul 2026 to Tue 24 Nov 2026" in answer.summary


async def test_a_workspace_narrows_the_report_and_says_what_it_cannot_narrow(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    other = question("compliance report", "security.compliance", now, workspaces=("prod-analytics",))
    answer = await answered(SPECIALIST, other, warehouse)
    assert "0 changes of rights" in answer.headline
    assert any("not of a workspace" in gap for gap in answer.partial)
    own = question("permission changes", "security.permissions", now, workspaces=(told["escalation"].facts["workspace"],))
    assert told["escalation"].owner in (await answered(SPECIALIST, own, warehouse)).headline
