"""Slash commands typed bare: a window that asks, through the real app."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.modal import FIRST, LAST, command_view, filled
from bot.commands import COMMANDS
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.limits import VIEW_BLOCKS, faults
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import TEAM, USER, Json, slash, trigger


async def suggest(kind: str, typed: str) -> Sequence[str]:
    return [name for name in ("prod-eu", "prod-us", "dev") if typed in name] if kind == "workspace" else []


@pytest.fixture
async def asking(slack: LoopbackSlack, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(slack, tmp_path / "store.sqlite", suggest=suggest) as app:
        yield app


def submitted(view: Json, id: str = "V1", **entered: Any) -> Json:
    values = {name: {name: element} for name, element in entered.items()}
    who = {"team": {"id": TEAM}, "user": {"id": USER}}
    return {"type": "view_submission", **who, "view": {**view, "id": id, "state": {"values": values}}}


async def opened(app: Running, command: str) -> Json:
    status, body, seconds = await app.send(slash(command, "", app.slack.url))
    assert (status, body) == (200, "") and seconds < 3
    view: Json = app.slack.called("views.open")[-1]["view"]
    return view


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("suggests", [True, False])
def test_every_window_keeps_slacks_limits_and_asks_something_when_left_empty(command: Any, suggests: bool) -> None:
    view = command_view(command, "C1", "https://hooks.example/x", suggests=suggests)
    assert faults(view["blocks"], most=VIEW_BLOCKS) == [] and len(view["private_metadata"]) <= 3_000
    asked = filled(submitted(view))
    assert asked and asked.question and not asked.errors


async def test_a_bare_command_opens_a_window_whose_question_is_asked_once(asking: Running) -> None:
    view = await opened(asking, "/cost-spike")
    assert asking.service.asked == []
    body = submitted(
        view,
        first_day={"type": "datepicker", "selected_date": "2026-11-01"},
        last_day={"type": "datepicker", "selected_date": "2026-11-07"},
        workspace={"type": "external_select", "selected_option": {"value": "prod-eu"}},
    )
    for _ in range(2):
        assert (await asking.send(body))[0] == 200
    await asking.until(lambda: any(hooked.get("blocks") for hooked in asking.slack.hooked))
    [asked] = asking.service.asked
    assert asked.text == "Why did our costs spike from 2026-11-01 to 2026-11-07 in workspace prod-eu?"
    assert asked.private and asking.slack.posts == []


async def test_days_in_the_wrong_order_are_said_at_the_field(asking: Running) -> None:
    view = await opened(asking, "/failed-jobs")
    days = {FIRST: {"selected_date": "2026-11-07"}, LAST: {"selected_date": "2026-11-01"}}
    _, body, _ = await asking.send(submitted(view, **days))
    assert json.loads(body) == {"response_action": "errors", "errors": {LAST: "The last day is before the first."}}
    assert asking.service.asked == []


async def test_the_accounts_names_are_offered_while_one_types(asking: Running) -> None:
    view = await opened(asking, "/sla")
    assert {"first_day", "job", "sla"} <= {block.get("block_id") for block in view["blocks"]}
    body = {"type": "block_suggestion", "team": {"id": TEAM}, "user": {"id": USER}, "block_id": "b", "value": "prod"}
    for kind, names in (("workspace", ["prod-eu", "prod-us"]), ("unheard", [])):
        _, answer, _ = await asking.send({**body, "action_id": kind})
        assert [option["value"] for option in json.loads(answer)["options"]] == names


async def test_where_no_window_opens_the_usual_question_is_asked(asking: Running) -> None:
    await asking.send(slash("/cost-top", "", asking.slack.url, trigger_id=trigger(age=3.1)))
    await asking.until(lambda: asking.slack.hooked)
    assert [asked.text for asked in asking.service.asked] == ["What are the top cost contributors in the last 30 days?"]


def test_a_window_that_makes_no_sense_asks_nothing() -> None:
    for kept in ("", "{", "[]", '{"command": "/gone", "channel": "C1", "response_url": ""}'):
        assert filled(submitted({"callback_id": "ask_command", "private_metadata": kept})) is None
