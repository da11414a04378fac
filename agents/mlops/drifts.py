"""Drift of a model's inputs and predictions: what moved, how far, since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

from agents.answer import Chart, Finding, Grid, Severity
from agents.counts import shift
from agents.mlops.scope import Endpoint
from agents.mlops.signals import onset

BASELINE_DAYS = 28
CLEAR = 4.0  # standard errors that a day's mean lies off the baseline's
LEVELS: Mapping[str, Severity] = {"MAJOR": "high", "MODERATE": "medium"}
RULE = (
    "Population stability index (PSI) above 0.25 is major drift, above 0.1 moderate, and only where it is more than chance "
    "gives and the Kolmogorov–Smirnov test has p below 0.01."
)


@dataclass(frozen=True, slots=True)
class Field:
    """An input or the prediction of an endpoint, tested; `since` is the first UTC day from which it stayed off."""

    workspace_id: str
    endpoint: str
    kind: str
    name: str
    level: str
    row: Mapping[str, Any]
    since: date | None = None

    @property
    def is_prediction(self) -> bool:
        return self.kind == "PREDICTION"

    @property
    def words(self) -> str:
        what = "the prediction" if self.is_prediction and self.name == "prediction" else self.name
        now, before = self.row["current_mean"], self.row["baseline_mean"]
        moved = f": mean {now:.3g} instead of {before:.3g} ({shift(now, before)})" if now is not None and before else ""
        return f"{what}{moved}"

    @property
    def short(self) -> str:
        """distance_km +89%, or the name alone where there are no means."""
        what = "the prediction" if self.is_prediction and self.name == "prediction" else self.name
        now, before = self.row["current_mean"], self.row["baseline_mean"]
        return f"{what} {shift(now, before)}" if now is not None and before else what

    @property
    def tests(self) -> str:
        row = self.row
        said = [f"PSI {row['population_stability_index']:.2f}", f"Jensen–Shannon {row['js_distance']:.2f}"]
        if row["ks_test"] is not None:
            p = row["ks_p_value"]
            said.append(f"Kolmogorov–Smirnov {row['ks_test']:.2f} (p {'< 0.001' if p < 0.001 else f'= {p:.3f}'})")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Drift:
    """All fields that were seen, strongest drift first; none where payloads are not logged."""

    fields: tuple[Field, ...]

    @property
    def moved(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.level in LEVELS)

    @property
    def major(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.level == "MAJOR")

    @property
    def tested(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.level != "UNKNOWN")

    @property
    def since(self) -> date | None:
        return min((field.since for field in self.moved if field.since), default=None)

    @property
    def why_untested(self) -> str:
        """'' where something could be tested."""
        if self.tested:
            return ""
        few = "fewer than 30 values of each field are logged in the period or in the baseline"
        return few if self.fields else "no payloads are logged in an inference table then"

    def of(self, *endpoints: Endpoint) -> "Drift":
        keys = {(one.workspace_id, one.name) for one in endpoints}
        return Drift(tuple(field for field in self.fields if (field.workspace_id, field.endpoint) in keys))


def shorts(found: Drift) -> str:
    """What moved in a major way, in the fewest words: inputs, or the prediction where no input did."""
    inputs = [field for field in found.major if not field.is_prediction]
    since = f" since {found.since:%a %-d %b} (UTC)" if found.since else ""
    return f"{', '.join(field.short for field in (inputs or found.major)[:3])} on average{since}"


def drift(rows: Iterable[Mapping[str, Any]], days: Iterable[Mapping[str, Any]], endpoints: Sequence[Endpoint]) -> Drift:
    """`rows` as get_inference_drift gives them, `days` as inference_days does (none: no day can be told)."""
    by_field: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for day in days:
        by_field.setdefault(_key(day), []).append(day)
    fields = [
        Field(
            row["workspace_id"],
            row["endpoint_name"],
            row["kind"],
            row["field"],
            row["drift_level"],
            row,
            _since(row, by_field.get(_key(row), ())),
        )
        for row in rows
    ]
    return Drift(tuple(sorted(fields, key=_strength))).of(*endpoints)


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (row["workspace_id"], row["endpoint_name"], row["kind"], row["field"])


def _strength(one: Field) -> tuple[int, float, str, str]:
    order = {"MAJOR": 0, "MODERATE": 1, "NONE": 2}
    return (order.get(one.level, 3), -(one.row["population_stability_index"] or 0.0), one.endpoint, one.name)


def _since(row: Mapping[str, Any], days: Sequence[Mapping[str, Any]]) -> date | None:
    mean, spread = row["baseline_mean"], row["baseline_stddev"]
    if row["drift_level"] not in LEVELS or mean is None or not spread:
        return None
    off = [(day["day"], abs(day["mean"] - mean) * sqrt(day["numbers"]) / spread) for day in days if day["numbers"] >= 10]
    return onset(off, CLEAR)


def findings(found: Drift, ids: tuple[str, ...], *, several: bool = False) -> list[Finding]:
    """Each field that moved, with its tests; `several` names the endpoint too."""
    return [
        Finding(
            LEVELS[field.level],
            f"{'Prediction' if field.is_prediction else 'Input'} drift{f' at {field.endpoint}' if several else ''}, {field.words}"
            f"{f', since {field.since:%a %-d %b} (UTC)' if field.since else ''}. {field.tests}.",
            "mlops",
            ids,
        )
        for field in found.moved[:4]
    ]


def grid(found: Drift, ids: tuple[str, ...], *, detail: bool = False) -> Grid:
    several = len({field.endpoint for field in found.fields}) > 1
    columns = ("field", "kind", "drift", "now", "baseline", "PSI", "JS", "KS", "nulls now", "values")
    return Grid(
        "Drift of inputs and predictions (UTC days)",
        ("endpoint", *columns) if several else columns,
        tuple(_row(field, several) for field in found.fields[:20]),
        (*(("text",) if several else ()), "text", "text", "text", *["number"] * 5, "percent", "number"),
        ids,
        detail,
    )


def _row(field: Field, several: bool) -> tuple[Any, ...]:
    row = field.row
    cells = (
        field.name,
        field.kind.lower(),
        field.level.lower(),
        row["current_mean"],
        row["baseline_mean"],
        row["population_stability_index"],
        row["js_distance"],
        row["ks_test"],
        (row["current_null_pct"] or 0) / 100,
        row["current_count"],
    )
    return (field.endpoint, *cells) if several else cells


def chart(found: Drift, days: Iterable[Mapping[str, Any]]) -> tuple[Chart, ...]:
    """The daily mean of the field that drifted most."""
    top = next((field for field in found.moved if field.row["current_mean"] is not None), None)
    if top is None:
        return ()
    own = [row for row in days if _key(row) == _key(top.row)]
    points = [(f"{row['day']:%-d %b}", float(row["mean"])) for row in own if row["mean"] is not None]
    if len(points) < 2:
        return ()
    since = f"{top.since:%-d %b}" if top.since else ""
    title = f"Daily mean of {'the prediction' if top.is_prediction else top.name} at {top.endpoint} (UTC days)"
    alt = f"{points[0][1]:.3g} on {points[0][0]}, {points[-1][1]:.3g} on {points[-1][0]}; off since {since or 'an unknown day'}."
    return (Chart(title, "line", tuple(x for x, _ in points), {top.name: tuple(y for _, y in points)}, "", alt, since),)
