"""Who deleted what: by kind and catalog, from the audit log alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.answer import Answer
from agents.security import SPECIALIST
from tests.account import write_account
from tests.agents.ask import answered, opened, question
from tests.agents.security.test_gaps import NOW, PERSON, STRANGER, event, quiet_past


def deleted(days: int, action: str, *, who: str = STRANGER, status: int = 200, **params: str) -> dict[str, Any]:
    return event(NOW - timedelta(days=days), action, service="unityCatalog", who=who, status=status, **params)


EVENTS = [
    deleted(3, "deleteTable", full_name_arg="prod.gold.sales"),
    deleted(4, "deleteTable", full_name_arg="dev.tmp.one"),
    deleted(5, "deleteTable", full_name_arg="prod.gold.orders", who=PERSON, status=403),
    deleted(6, "deleteCatalog", name_arg="old"),
    *(deleted(7, "deleteVolume", full_name_arg=f"dev.tmp.v{n}") for n in range(12)),
]


async def asked(tmp_path: Path, text: str, **named: Any) -> Answer:
    path = write_account(tmp_path / "account.duckdb", {"system.access.audit": [*quiet_past(), *EVENTS]})
    async with opened(path, NOW) as warehouse:
        return await answered(SPECIALIST, question(text, "security.permissions", NOW, **named), warehouse)


async def test_tables_of_a_catalog_are_told_from_all_else(tmp_path: Path) -> None:
    answer = await asked(tmp_path, "who deleted tables in the prod catalog")
    assert answer.headline.startswith("2 deletions of a table in catalog prod in the 30 days to now by 2 identities: ")
    assert f"{STRANGER} deleted prod.gold.sales last" in answer.headline
    assert [row[3] for row in answer.tables[0].rows] == ["prod.gold.sales", "prod.gold.orders"]
    assert answer.summary == "14 deletions of other things besides."
    assert [f.text for f in answer.findings] == ["1 deletion of these failed, and deleted nothing."]


async def test_many_deletions_by_one_are_a_finding(tmp_path: Path) -> None:
    answer = await asked(tmp_path, "what was deleted?")
    assert answer.headline.startswith("16 deletions in the 30 days to now")
    assert answer.findings[0].severity == "high"
    assert answer.findings[0].text == f"{STRANGER} deleted 15 things: ask whether that was meant."


async def test_a_person_who_deleted_nothing_is_told_so(tmp_path: Path) -> None:
    answer = await asked(tmp_path, "did carol drop any volumes?", users=("carol@example.com",))
    assert answer.headline == "The audit log has no deletion of a volume by carol@example.com in the 30 days to now."
    assert not answer.tables and answer.findings[0].severity == "good"


@pytest.mark.parametrize("text", ["which permissions changed?", "who was removed from the admins group?"])
async def test_changes_of_rights_are_no_deletions(tmp_path: Path, text: str) -> None:
    assert (await asked(tmp_path, text)).headline.startswith("No rights were changed")
