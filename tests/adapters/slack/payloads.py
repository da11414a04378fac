"""What Slack sends: envelopes, commands and clicks with Slack's field names, and their signature."""

import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

SECRET = "loopback-signing-secret"
BOT, BOT_ID, TEAM, CHANNEL, USER = "U0BOT", "B0BOT", "T0TEAM", "C0DATA", "U0ANA"
Json = dict[str, Any]
_COUNT = itertools.count(1)


def trigger(age: float = 0) -> str:
    """What lets an app open one window within three seconds; `age` says how long ago it was handed out."""
    return f"live.{next(_COUNT)}.{time.monotonic() - age:.3f}"


def new_ts() -> str:
    return f"1764000000.{next(_COUNT):06d}"


def envelope(event: Json, **outer: Any) -> Json:
    number = next(_COUNT)
    return {
        "type": "event_callback",
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": "A0",
        "event_id": f"Ev{number:08d}",
        "event_time": 1764000000,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "event": event,
        **outer,
    }


def mention(text: str = f"<@{BOT}> why did our costs spike last Tuesday?", **fields: Any) -> Json:
    ts = fields.pop("ts", None) or new_ts()
    event = {
        "type": "app_mention",
        "user": USER,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "channel": CHANNEL,
        "team": TEAM,
    }
    return envelope(event | fields)


def message(text: str = "why did our costs spike?", channel_type: str = "im", **fields: Any) -> Json:
    ts = fields.pop("ts", None) or new_ts()
    channel = "D0ANA" if channel_type == "im" else CHANNEL
    event = {"type": "message", "user": USER, "text": text, "ts": ts, "channel": channel, "channel_type": channel_type}
    return envelope(event | fields)


def edited(original: Json, text: str, **fields: Any) -> Json:
    """What Slack sends when someone edits the message of an earlier envelope."""
    before = original["event"]
    kept = {name: before[name] for name in ("user", "ts", "thread_ts") if name in before}
    now = {"type": "message", **kept, "text": text, "edited": {"user": before["user"], "ts": new_ts()}} | fields
    return _about(original, "message_changed", message=now, previous_message={"type": "message", **kept, "text": before["text"]})


def deleted(original: Json) -> Json:
    return _about(original, "message_deleted", deleted_ts=original["event"]["ts"], previous_message=original["event"])


def _about(original: Json, subtype: str, **fields: Any) -> Json:
    channel = original["event"]["channel"]
    kind = "im" if channel.startswith("D") else "channel"
    event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel, "channel_type": kind, "ts": new_ts()}
    return envelope(event | fields)


def slash(command: str, text: str, url: str, **fields: Any) -> Json:
    known = {"token": "verification", "team_id": TEAM, "team_domain": "acme", "channel_id": CHANNEL, "user_id": USER}
    return known | {"command": command, "text": text, "response_url": f"{url}/hook", "trigger_id": trigger()} | fields


def click(button: Json, url: str, *, ts: str, thread_ts: str = "", ephemeral: bool = False, **fields: Any) -> Json:
    number = next(_COUNT)
    container = {"type": "message", "message_ts": ts, "channel_id": CHANNEL, "is_ephemeral": ephemeral}
    body: Json = {
        "type": "block_actions",
        "user": {"id": USER, "username": "ana", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "acme"},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": "A0",
        "container": container,
        "channel": {"id": CHANNEL, "name": "data"},
        "trigger_id": trigger(),
        "response_url": f"{url}/hook",
        "actions": [{"type": "button", "block_id": "b", "action_ts": f"1764000001.{number:06d}", **button}],
    }
    if not ephemeral:
        body["message"] = {
            "type": "message",
            "ts": ts,
            "text": "answer",
            **({"thread_ts": thread_ts} if thread_ts else {}),
        }
    return body | fields


def signed(body: str, *, secret: str = SECRET, age: float = 0, json_body: bool = True) -> dict[str, str]:
    timestamp = str(int(time.time() - age))
    return {
        "Content-Type": "application/json" if json_body else "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": str(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)),
    }


def form(body: Json) -> str:
    return urlencode({"payload": json.dumps(body)} if "type" in body else body)
