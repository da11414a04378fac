"""The app's own tab, through the real app."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.slack.home import ABILITIES, EVERYWHERE, HEALTH, WORKSPACE, home_view, zones
from tests.adapters import samples
from tests.adapters.slack.conftest import Running, running
from tests.adapters.slack.limits import VIEW_BLOCKS, faults
from tests.adapters.slack.loopback import LoopbackSlack
from tests.adapters.slack.payloads import USER, Json, click, envelope, mention


async def suggest(kind: str, typed: str) -> Sequence[str]:
    return [name for name in ("prod-eu", "prod-us", "dev") if kind == "workspace" and typed in name]


def opened() -> Json:
    return envelope({"type": "app_home_opened", "user": USER, "channel": "D0ANA", "tab": "home", "event_ts": "1.1"})


def home_click(app: Running, action: Json) -> Json:
    body = click(action, app.slack.url, ts="") | {"view": {"id": "VHOME", "type": "home"}, "container": {"type": "view"}}
    return {name: part for name, part in body.items() if name not in ("channel", "message", "response_url")}


def buttons(view: Json) -> list[Json]:
    return [e for block in view["blocks"] if block["type"] == "actions" for e in block["elements"] if e["type"] == "button"]


async def shown(app: Running) -> dict[str, Any]:
    await app.send(opened())
    await app.until(lambda: len(app.slack.called("views.publish")) >= 2)
    return app.slack.homes[USER]


def test_the_tab_keeps_slacks_limits_whatever_was_asked() -> None:
    view = home_view([samples.HOSTILE, "x" * 3_000, "<&>" * 500], "Europe/Berlin", "<!channel> " * 500)
    assert faults(view["blocks"], most=VIEW_BLOCKS) == []
    assert "<!channel>" not in view["blocks"][1]["text"]["text"]


def test_zones_are_found_by_their_names() -> None:
    assert zones("new york") == ["America/New_York"]
    assert zones("nowhere") == []


async def test_the_tab_is_shown_at_once_and_then_with_the_health_line(app: Running) -> None:
    app.service.gate.clear()
    await app.send(opened())
    await app.until(lambda: USER in app.slack.homes)
    assert samples.spike().headline not in json.dumps(app.slack.homes[USER])
    app.service.gate.set()
    await app.until(lambda: samples.spike().headline in json.dumps(app.slack.homes[USER]))
    await app.send(opened())
    await app.until(lambda: len(app.slack.called("views.publish")) == 3)
    assert [asked.text for asked in app.service.asked] == [HEALTH]


async def test_an_example_is_asked_once_and_answered_directly(app: Running) -> None:
    view = await shown(app)
    body = home_click(app, buttons(view)[0])
    for _ in range(2):
        assert (await app.send(body))[0] == 200
    await app.until(app.slack.answers)
    question, answer = app.slack.posts
    assert question["text"] == f"You asked: {ABILITIES[0][2]}" and question["channel"] == "D0ANA"
    assert answer["channel"] == "D0ANA" and answer["thread_ts"] == question["ts"]
    assert [asked.text for asked in app.service.asked] == [HEALTH, ABILITIES[0][2]]


async def test_what_one_asked_is_listed_and_the_chosen_zone_counts_from_then_on(app: Running) -> None:
    await app.send(mention())
    await app.until(app.slack.answers)
    assert "why did our costs spike last Tuesday?" in [b["text"]["text"] for b in buttons(await shown(app))]
    status, body, _ = await app.send(
        {**home_click(app, {}), "type": "block_suggestion", "action_id": "zone", "block_id": "z", "value": "tokyo"}
    )
    [option] = json.loads(body)["options"]
    await app.send(home_click(app, {"type": "external_select", "action_id": "zone", "selected_option": option}))
    await app.until(lambda: '"initial_option"' in json.dumps(app.slack.homes[USER]))
    await app.send(mention())
    await app.until(lambda: len(app.slack.answers()) == 2)
    assert status == 200
    assert [asked.tz for asked in app.service.asked if asked.channel.startswith("C")] == ["America/New_York", "Asia/Tokyo"]


async def test_the_chosen_workspace_counts_from_then_on_and_the_zone_stays(slack: LoopbackSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path / "s", suggest=suggest) as app:
        menu = {"type": "external_select", "action_id": WORKSPACE}
        asked = {"type": "block_suggestion", "action_id": WORKSPACE, "block_id": "w", "value": "prod"}
        _, body, _ = await app.send({**home_click(app, {}), **asked})
        options = json.loads(body)["options"]
        assert [option["value"] for option in options] == [EVERYWHERE, "prod-eu", "prod-us"]
        await app.send(home_click(app, {"action_id": "zone", "selected_option": {"value": "Asia/Tokyo"}}))
        await app.send(home_click(app, menu | {"selected_option": {"value": "made-up"}}))
        await app.send(home_click(app, menu | {"selected_option": options[1]}))
        await app.until(lambda: '"prod-eu"' in json.dumps(app.slack.homes.get(USER)))
        await app.send(mention())
        await app.until(app.slack.answers)
        assert (app.service.asked[-1].workspace, app.service.asked[-1].tz) == ("prod-eu", "Asia/Tokyo")
        await app.send(home_click(app, menu | {"selected_option": options[0]}))
        await app.until(lambda: '"prod-eu"' not in json.dumps(app.slack.homes[USER]))
        await app.send(mention())
        await app.until(lambda: len(app.slack.answers()) == 2)
        assert app.service.asked[-1].workspace == ""


async def test_where_the_accounts_names_are_not_known_no_workspace_is_offered(app: Running) -> None:
    assert WORKSPACE not in json.dumps(await shown(app))
