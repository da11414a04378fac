"""One line of `explain --jsonl`: how a question would be understood, as JSON values."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from agents.question import Asker, Entities, Question
from agents.understand import Understanding
from tools.period import Period


def explain_line(understanding: Understanding, record: Mapping[str, Any], *, now: datetime, tz: str) -> dict[str, Any]:
    """`record` has "q" and may have "prior" (an earlier question or a list of them), "now" and "tz"."""
    at, asker = _moment(record.get("now"), now), Asker(tz=str(record.get("tz") or tz))
    prior: Question | None = None
    for earlier in _earlier(record.get("prior")):
        prior = understanding.understand(earlier, now=at, asker=asker, prior=prior)
    started = perf_counter()
    question = understanding.understand(str(record.get("q") or ""), now=at, asker=asker, prior=prior)
    return {**explained(question), "ms": round((perf_counter() - started) * 1000, 3)}


def explained(question: Question) -> dict[str, Any]:
    """The contract of `explain` without the time it took."""
    return {
        "action": question.action,
        "agents": list(question.agents),
        "topics": list(question.topics),
        "confidence": question.confidence,
        "window": _window(question.period),
        "compare": _window(question.compare),
        "entities": _entities(question.entities),
        "choices": list(question.choices),
        "reason": question.reason,
    }


def _window(period: Period | None) -> dict[str, str] | None:
    return {"start": period.start.astimezone(UTC).isoformat(), "end": period.end.astimezone(UTC).isoformat()} if period else None


def _entities(entities: Entities) -> dict[str, Any]:
    """Only what was found."""
    found = {field.name: getattr(entities, field.name) for field in fields(Entities)}
    return {name: _plain(value) for name, value in found.items() if value not in (None, ())}


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _earlier(prior: Any) -> list[str]:
    if not prior:
        return []
    if isinstance(prior, list | tuple):
        return [text for item in prior for text in _earlier(item)]
    if isinstance(prior, Mapping):
        return _earlier(prior.get("q") or prior.get("text") or prior.get("question") or "")
    return [str(prior)]


def _moment(said: Any, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(str(said).replace("Z", "+00:00")) if said else now
    except ValueError:
        moment = now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
