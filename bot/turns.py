"""Answers and questions as JSON: the contract of `ask --json`, and what the store keeps of a turn."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Cause, Chart, Counterfactual, Finding, Graph, Grid, Link, Node
from agents.question import Asker, Entities, Question
from tools.period import Period
from tools.table import Receipt

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """Anything of an answer as JSON knows it: decimals as numbers, times as ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Period):
        return {"start": value.start.isoformat(), "end": value.end.isoformat(), "tz": value.tz}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def published(answer: Answer, chart_paths: Sequence[str] = ()) -> Json:
    """An answer as `ask --json` prints it; users script this shape, so it stays."""
    question = answer.question
    return {
        "id": answer.id,
        "action": question.action,
        "question": question.text,
        "agents": list(answer.agents or question.agents),
        "topics": list(question.topics),
        "window": plain(question.period),
        "compare": plain(question.compare),
        "baseline": answer.baseline,
        "headline": answer.headline,
        "summary": answer.summary,
        "choices": list(question.choices),
        "findings": [
            {"severity": f.severity, "text": f.text, "agent": f.agent, "evidence": list(f.evidence)} for f in answer.findings
        ],
        "causes": [plain(cause) for cause in answer.causes],
        "counterfactuals": plain(answer.counterfactuals),
        "recommendations": list(answer.recommendations),
        "tables": [
            {"title": g.title, "columns": list(g.columns), "rows": plain(g.rows), "kinds": list(g.kinds)} for g in answer.tables
        ],
        "charts": [
            {"title": c.title, "path": path, "alt": c.alt}
            for c, path in zip(answer.charts, [*chart_paths, *[""] * len(answer.charts)], strict=False)
        ],
        "links": plain(answer.links),
        "followups": list(answer.followups),
        "evidence": [plain(receipt) for receipt in answer.evidence],
        "as_of": plain(answer.as_of),
        "partial": list(answer.partial),
        "seconds": answer.seconds,
        "error_id": answer.error_id,
    }


def kept(answer: Answer) -> Json:
    """A turn whole, so that a follow-up or a click can take it up again."""
    return {"answer": plain(answer)}


def answer_of(turn: Mapping[str, Any]) -> Answer:
    """The answer that a turn kept; money comes back as decimals to the cent."""
    saved = turn["answer"]
    return Answer(
        **{
            **saved,
            "question": question_of(saved["question"]),
            "causes": tuple(
                Cause(**{**c, **{k: Decimal(str(c[k])) for k in ("delta", "actual", "expected")}}) for c in saved["causes"]
            ),
            "counterfactuals": tuple(Counterfactual(**c) for c in saved["counterfactuals"]),
            "findings": tuple(Finding(**{**f, "evidence": tuple(f["evidence"])}) for f in saved["findings"]),
            "tables": tuple(_grid(g) for g in saved["tables"]),
            "charts": tuple(_chart(c) for c in saved["charts"]),
            "links": tuple(Link(**link) for link in saved["links"]),
            "evidence": tuple(_receipt(r) for r in saved["evidence"]),
            "as_of": _time(saved["as_of"]),
            **{name: tuple(saved[name]) for name in ("agents", "recommendations", "followups", "partial")},
        }
    )


def question_of(saved: Mapping[str, Any]) -> Question:
    entities = {name: _deep_tuple(value) if isinstance(value, list) else value for name, value in saved["entities"].items()}
    return Question(
        **{
            **saved,
            "period": _period(saved["period"]),
            "compare": _period(saved["compare"]),
            "entities": Entities(**entities),
            "asker": Asker(**saved["asker"]),
            "now": _time(saved["now"]),
            **{name: tuple(saved[name]) for name in ("agents", "topics", "choices")},
        }
    )


def _grid(saved: Json) -> Grid:
    return Grid(
        saved["title"],
        tuple(saved["columns"]),
        tuple(tuple(row) for row in saved["rows"]),
        tuple(saved["kinds"]),
        tuple(saved["evidence"]),
        saved["detail"],
    )


def _chart(saved: Json) -> Chart | Graph:
    if "nodes" in saved:
        nodes, edges = tuple(Node(**node) for node in saved["nodes"]), tuple((a, b) for a, b in saved["edges"])
        return Graph(**{**saved, "nodes": nodes, "edges": edges})
    series = {name: tuple(values) for name, values in saved["series"].items()}
    return Chart(**{**saved, "x": tuple(saved["x"]), "series": series})


def _receipt(saved: Json) -> Receipt:
    return Receipt(**{**saved, "as_of": _time(saved["as_of"]), "cached_at": _time(saved.get("cached_at"))})


def _period(saved: Json | None) -> Period | None:
    return Period(datetime.fromisoformat(saved["start"]), datetime.fromisoformat(saved["end"]), saved["tz"]) if saved else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _deep_tuple(value: Any) -> Any:
    return tuple(_deep_tuple(part) for part in value) if isinstance(value, list) else value
