"""The held-back questions, written apart from the training questions: routes.jsonl, topics.jsonl, periods.jsonl, and
independent.jsonl by a writer who had seen none of the others."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
Window = tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class RouteCase:
    text: str
    kind: str
    language: str
    action: str
    agents: frozenset[str]
    prior: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicCase:
    text: str
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class PeriodCase:
    text: str
    now: datetime
    tz: str
    window: Window
    compare: Window


def route_cases(name: str = "routes.jsonl") -> tuple[RouteCase, ...]:
    return tuple(
        RouteCase(
            each["q"], each["kind"], each["lang"], each["action"], frozenset(each["agents"]), _earlier(each.get("prior", []))
        )
        for each in _lines(name)
    )


def independent_cases() -> tuple[RouteCase, ...]:
    return route_cases("independent.jsonl")


def topic_cases() -> tuple[TopicCase, ...]:
    return tuple(TopicCase(each["q"], frozenset(each["topics"])) for each in _lines("topics.jsonl"))


def _earlier(prior: str | list[str]) -> tuple[str, ...]:
    return (prior,) if isinstance(prior, str) else tuple(prior)


def period_cases() -> tuple[PeriodCase, ...]:
    """Times in the file are local; `now` in a window is the moment of asking."""
    return tuple(
        PeriodCase(each["q"], _at(each["now"], each), each["tz"], _window(each["window"], each), _window(each["compare"], each))
        for each in _lines("periods.jsonl")
    )


def _window(ends: list[str] | None, each: dict[str, Any]) -> Window:
    return (_at(ends[0], each), _at(ends[1], each)) if ends else None


def _at(said: str, each: dict[str, Any]) -> datetime:
    local = datetime.fromisoformat(each["now"] if said == "now" else said)
    return local.replace(tzinfo=ZoneInfo(each["tz"])).astimezone(UTC)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
