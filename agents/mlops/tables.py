"""The tables behind a model, by lineage and by name, and how fresh each is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.counts import span
from agents.mlops.page import whom
from agents.mlops.reading import Fed
from agents.mlops.scope import Endpoint, carries, words

STALE_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Source:
    """A table behind a model: `role` is features, or input of the job that writes the features."""

    table: str
    role: str
    job: str
    hours: float | None
    status: str
    person: str

    @property
    def is_stale(self) -> bool:
        return self.status == "UNHEALTHY" or (self.hours is not None and self.hours > STALE_HOURS)

    @property
    def age(self) -> str:
        return "not recorded" if self.hours is None else f"{span(self.hours * 60)} ago"

    @property
    def changed(self) -> str:
        return "has no recorded change" if self.hours is None else f"changed {self.age}"


def tables(model: str, found: Fed) -> tuple[Source, ...]:
    """Feature tables first. Lineage knows no models, so what carries a word of the name stands for it."""
    named = words(model)
    edges = [edge for edge in found.edges if _carries(edge, named)]
    fresh = {row["table_full_name"]: row for row in found.fresh}
    writers = {row["target_name"]: row["job_name"] for row in edges if row["target_name"]}
    features = {name for name in writers if carries(name, named)}
    features |= {row["source_name"] for row in edges if row["target_name"] is None and row["source_name"]}
    if model.lower() in fresh:
        features.add(model.lower())
    inputs = {row["source_name"] for row in edges if row["target_name"] in features and row["source_name"]} - features
    return tuple(_source(name, "features", writers, fresh) for name in sorted(features)) + tuple(
        _source(name, "input", writers, fresh) for name in sorted(inputs)
    )


def _source(name: str, role: str, writers: Mapping[str, str], fresh: Mapping[str, Mapping[str, Any]]) -> Source:
    row = fresh.get(name, {})
    return Source(
        name,
        role,
        writers.get(name, ""),
        row.get("hours_since_update"),
        row.get("monitored_status") or "",
        row.get("updated_by") or "",
    )


def _carries(edge: Mapping[str, Any], named: tuple[str, ...]) -> bool:
    return carries(edge["job_name"], named) or carries(edge["target_name"] or "", named)


def advice(one: Source, endpoint: Endpoint) -> str:
    who = one.person or whom(endpoint)
    return f"Ask {who} why {f'job {one.job}' if one.job else 'nothing'} has not refreshed {one.table}."
