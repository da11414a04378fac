"""What Slack's payloads hold, whichever kind they are: who acts, in which workspace, and what a click carries."""

import json
from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]
OF_AN_ANSWER = ("work", "csv", "share", "good", "bad")


def part(body: Payload, name: str) -> Payload:
    """A part of a payload that should be an object; empty where it is something else or missing."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def team(body: Payload) -> str:
    """Enterprise and workspace: in a Grid organisation a workspace id alone does not tell installs apart."""
    place, organisation, person = part(body, "team"), part(body, "enterprise"), part(body, "user")
    listed = body.get("authorizations")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    enterprise = organisation.get("id") or body.get("enterprise_id") or place.get("enterprise_id") or first.get("enterprise_id")
    workspace = place.get("id") or body.get("team_id") or first.get("team_id") or person.get("team_id")
    return "/".join(str(known) for known in (enterprise, workspace) if known)


def user(body: Payload) -> str:
    """The id of who did something, whatever they did."""
    acting, opening = part(body, "user"), part(body, "event")
    return str(acting.get("id") or opening.get("user") or "")


def asker(body: Payload) -> str:
    """A person's key in the store: enterprise, workspace and user."""
    return f"{team(body)}:{user(body)}"


def opens_home(body: Payload) -> bool:
    said = part(body, "event")
    return said.get("type") == "app_home_opened" and said.get("tab") == "home" and bool(said.get("user"))


def removes_us(body: Payload) -> bool:
    """Whether a workspace has removed the app, or revoked its bot's token."""
    event = part(body, "event")
    revoked = part(event, "tokens").get("bot")
    return event.get("type") == "app_uninstalled" or (event.get("type") == "tokens_revoked" and bool(revoked))


def in_home(body: Payload) -> bool:
    """Whether a click was made in the app's own tab."""
    return part(body, "view").get("type") == "home"


def asks_doctor(body: Payload) -> bool:
    """Whether a command asks what is set up and what is missing."""
    return body.get("command") == "/health" and str(body.get("text", "")).strip().lower() == "doctor"


def wanted(body: Payload) -> tuple[str, str]:
    """What a click wants of an answer, one of `OF_AN_ANSWER`, and which answer; empty for any other click."""
    carried = value(action(body))
    return next(((kind, carried[kind]) for kind in OF_AN_ANSWER if carried.get(kind)), ("", ""))


def pressed(body: Payload) -> str:
    """The key of a click, by which a repeated delivery of it is recognised."""
    once = body.get("trigger_id") or action(body).get("action_ts") or ""
    return f"{team(body)}:{part(body, 'user').get('id', '')}:click:{once}"


def example(body: Payload) -> str:
    """The question of a button; empty for any other click."""
    return value(action(body)).get("ask", "")


def chosen(body: Payload, menu: str) -> str:
    """What was chosen in a menu; empty if the click was elsewhere."""
    clicked = action(body)
    return str(part(clicked, "selected_option").get("value") or "") if clicked.get("action_id") == menu else ""


def action(body: Payload) -> Payload:
    actions = body.get("actions")
    return actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}


def value(clicked: Payload) -> dict[str, str]:
    """The texts that a button of ours carries; empty for any other."""
    try:
        carried = json.loads(clicked.get("value") or "{}")
    except (ValueError, TypeError):
        return {}
    return {key: text for key, text in carried.items() if isinstance(text, str)} if isinstance(carried, dict) else {}
