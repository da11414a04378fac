"""Threats: planted incidents found and ranked, calm weeks left alone, figures as in the raw audit log."""

from datetime import datetime, timedelta
from pathlib import Path

from adapters.words import plain_text
from agents.security import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.period import Period
from tools.sample.stories import Story

TOPIC = "security.threats"


async def test_the_last_24_hours_show_the_credential_attack_first(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime, sample_file: Path
) -> None:
    asked = question("Were there any suspicious activities in the last 24 hours?", TOPIC, now)
    answer = await answered(SPECIALIST, asked, warehouse)
    story = told["attack"]
    worst = answer.findings[0]
    assert answer.question.period == Period(now - timedelta(hours=24), now)
    assert worst.severity == story.facts["severity"] == "critical"
    assert story.owner in worst.text
    assert f"{story.facts['failures']} failed sign-ins" in worst.text
    assert all(address in worst.text for address in story.facts["addresses"])
    assert f"{story.facts['success']:%H:%M}" in worst.text
    assert worst.text.startswith("Escalate:")
    raw = rows(
        sample_file,
        "SELECT count(*) FROM system_access.audit WHERE user_identity.email = $who AND response.status_code = 401 "
        "AND action_name = 'login' AND event_time >= $start AND event_time < $end",
        {"who": story.owner, "start": now - timedelta(hours=24), "end": now},
    )
    assert raw == [(story.facts["failures"],)]
    assert story.owner in answer.headline
    assert "1 critical" in answer.headline


async def test_a_dormant_account_is_high_with_its_days_of_silence(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, question("anything fishy", TOPIC, now), warehouse)
    story = told["revival"]
    found = next(finding for finding in answer.findings if story.owner in finding.text)
    assert found.severity == story.facts["severity"] == "high"
    assert f"{story.facts['silent_days']} days of silence" in found.text
    assert f"{story.facts['events']} events from {story.facts['address']}" in found.text


async def test_a_week_ranks_all_four_incidents_and_nothing_else(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    asked = question("any threats this week", TOPIC, now, period=Period(now - timedelta(days=7), now))
    answer = await answered(SPECIALIST, asked, warehouse)
    threats = next(grid for grid in answer.tables if grid.title == "Threats")
    found = {(row[1], row[2]): row[0] for row in threats.rows if row[0] in ("critical", "high", "medium")}
    expected = {
        (told[key].facts["threat"], told[key].owner): told[key].facts["severity"]
        for key in ("attack", "mass-read", "escalation", "revival")
    }
    assert found == expected
    severities = [row[0] for row in threats.rows]
    assert severities == sorted(severities, key=("critical", "high", "medium", "low").index)


async def test_exfiltration_counts_reads_downloads_and_tables(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    asked = question("data exfiltration?", TOPIC, now, period=Period(now - timedelta(days=7), now))
    answer = await answered(SPECIALIST, asked, warehouse)
    story = told["mass-read"]
    text = next(finding.text for finding in answer.findings if story.owner in finding.text)
    assert f"{story.facts['reads']} reads of table data" in text
    assert f"{story.facts['downloads']} downloads" in text
    assert all(table in text for table in story.facts["tables"])
    assert "hours unusual for this person" in text


async def test_calm_weeks_give_nothing_suspicious(warehouse: CountingWarehouse, now: datetime) -> None:
    for first, last in (("2026-09-15", "2026-09-21"), ("2026-10-12", "2026-10-18")):
        answer = await answered(SPECIALIST, question("threats", TOPIC, now, period=days(first, last)), warehouse)
        assert answer.headline.startswith("Nothing suspicious")
        assert not [finding for finding in answer.findings if finding.severity in ("critical", "high", "medium")]


async def test_times_are_told_in_the_askers_zone(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    answer = await answered(SPECIALIST, question("fishy?", TOPIC, now, tz="America/New_York"), warehouse)
    assert "Mon 23 Nov 2026 19:47 America/New_York" in answer.findings[0].text  # 00:47 UTC
    assert told["attack"].start.hour == 0


async def test_one_user_narrows_the_hunt(warehouse: CountingWarehouse, told: dict[str, Story], now: datetime) -> None:
    asked = question("anything suspicious?", TOPIC, now, users=(told["revival"].owner,))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert told["attack"].owner not in plain_text(answer)
    assert told["revival"].owner in answer.headline


async def test_findings_cite_receipts_of_the_answer(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("threats", TOPIC, now), warehouse)
    known = {receipt.id for receipt in answer.evidence}
    assert all(finding.evidence and set(finding.evidence) <= known for finding in answer.findings)


async def test_parameters_never_leak(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("threats", TOPIC, now, period=Period(now - timedelta(days=40), now))
    assert "dapi" not in plain_text(await answered(SPECIALIST, asked, warehouse))
