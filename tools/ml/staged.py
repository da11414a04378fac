"""Small attacks staged on people's own days, so that a threat detector has something to find."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from tools.ml.threat import Event

INJECTED = 40


def stage(data: list[Event], split: date) -> tuple[list[Event], list[tuple[str, date]]]:
    """The events with small attacks added to people's own days, each day's place and hour being its owner's usual ones."""
    random = np.random.default_rng(4)
    later: dict[tuple[str, date], list[Event]] = defaultdict(list)
    for event in data:
        if event.at.date() >= split and "@" in event.user:
            later[event.user, event.at.date()].append(event)
    places = sorted(later)
    chosen = random.choice(len(places), min(INJECTED, len(places)), replace=False)
    added: list[Event] = []
    for number, at in enumerate(chosen):
        like = later[places[at]][0]
        added += [
            replace(like, at=like.at + timedelta(seconds=k), **dict(change))
            for k, change in enumerate(_attack(number, like.user))
        ]
    return sorted([*data, *added], key=lambda event: event.at), [places[at] for at in chosen]


def _attack(number: int, user: str) -> list[dict[str, Any]]:
    refused = {"action": "login", "category": "AUTHENTICATION", "failed": True, "export": False, "address": "198.51.100.7"}
    export = {"action": "downloadQueryResult", "category": "READ", "failed": False, "export": True}
    grant = {
        "action": "updatePermissions",
        "category": "PERMISSION",
        "failed": False,
        "export": False,
        "target": f"{user} MANAGE",
    }
    denied = {"action": "getTable", "category": "READ", "failed": True, "export": False}
    return ([refused] * 12, [export] * 15, [grant] * 2, [denied] * 12)[number % 4]
