"""What every engine is asked: each view, each function as short and as long as it can be called, each metric view."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlglot import exp

from tests.tools.warehouse.idioms import IDIOMS
from tools.gold import Asset, assets
from tools.warehouse.dialect import parse
from tools.warehouse.metrics import metric_views

# By parameter name, or by "function.parameter" where one function needs its own.
ARGUMENTS: Mapping[str, Any] = {
    "annual_commit_amount": 60000.0,
    "as_of": date(2026, 3, 4),
    "as_of_date": date(2026, 3, 4),
    "baseline_days": 14,
    "budget": 5000.0,
    "burst_threshold": 2,
    "business_hours_end": 18,
    "business_hours_start": 8,
    "class_tag_filter": "class.email_address",
    "column_name": "a1",
    "commit_year": 2026,
    "cpu_threshold": 60.0,
    "days_back": 30,
    "deviation_threshold": 1.2,
    "end_date": date(2026, 3, 3),
    "endpoint_name": "endpoint-1",
    "entity_filter": "j1",
    "exclude_system_accounts": True,
    "experiment_name": "/Users/ana/experiment 1",
    "forecast_months": 2,
    "freshness_threshold_hours": 48,
    "get_query_regressions.start_date": date(2026, 2, 13),
    "granularity": "DAY",
    "higher_is_better": False,
    "hours_back": 240,
    "inactive_threshold_days": 5,
    "job_id_filter": "j1",
    "job_name": "job 1 of 2 v1",
    "job_name_filter": "job 1",
    "max_depth": 3,
    "metric_name": "accuracy",
    "min_baseline_runs": 2,
    "min_duration": 1.0,
    "min_duration_seconds": 1,
    "min_failures": 1,
    "min_hours": 0,
    "min_observation_hours": 0,
    "min_runs": 2,
    "min_spill_gb": 0.5,
    "oldest_supported": 13,
    "run_id": "m7",
    "sku_name": "PREMIUM_JOBS_COMPUTE",
    "sla_minutes": 45.0,
    "start_date": date(2026, 1, 25),
    "table_name": "main.sales.orders",
    "table_pattern": "main.%",
    "tag_key": "team",
    "tag_value": "data",
    "threshold": 1.0,
    "top_n": 7,
    "tz": "America/New_York",
    "user_email": "ana@example.com",
    "user_filter": "ana@example.com",
    "warehouse_filter": "wh1",
    "weeks_back": 4,
    "window_days": 7,
    "workspace_filter": "1",
    "workspace_id": "1",
    "z_score_threshold": 1.0,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One statement; `asset` is the view, function or metric view that it is about."""

    id: str
    asset: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool


def asks() -> tuple[Ask, ...]:
    """Every statement, discovered from the gold layer as it is."""
    return (*_views(), *_functions(), *_metrics(), *_idioms())


def parameters(function: Asset) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            definition.name,
            definition.kind.sql("databricks"),
            any(isinstance(c.kind, exp.DefaultColumnConstraint) for c in definition.args.get("constraints") or []),
        )
        for definition in parse(function.sql).this.expressions
    )


def _views() -> Iterator[Ask]:
    for asset in assets():
        if asset.kind == "VIEW":
            yield Ask(asset.name, asset.name, f"SELECT * FROM {asset.name}")


def _functions() -> Iterator[Ask]:
    for asset in assets():
        if asset.kind != "FUNCTION":
            continue
        known = parameters(asset)
        needed = {p.name: _argument(asset.name, p) for p in known if not p.optional}
        everything = {p.name: _argument(asset.name, p) for p in known if not p.optional or _is_known(asset.name, p)}
        yield _call(asset.name, "", needed)
        if everything != needed:
            yield _call(asset.name, " in full", everything)


def _call(function: str, suffix: str, arguments: Mapping[str, Any]) -> Ask:
    markers = ", ".join(f"{name} => :{name}" for name in arguments)
    return Ask(f"{function}{suffix}", function, f"SELECT * FROM {function}({markers})", arguments)


def _is_known(function: str, parameter: Parameter) -> bool:
    return f"{function}.{parameter.name}" in ARGUMENTS or parameter.name in ARGUMENTS


def _argument(function: str, parameter: Parameter) -> Any:
    if not _is_known(function, parameter):
        raise LookupError(f"tests/parity/questions.py has no argument for {function}({parameter.name})")
    return ARGUMENTS.get(f"{function}.{parameter.name}", ARGUMENTS.get(parameter.name))


def _metrics() -> Iterator[Ask]:
    """All measures in total and per day, and each dimension with how many rows it has."""
    for view in metric_views().values():
        measures = ", ".join(f"MEASURE({name}) AS {name}" for name in view.measures)
        first = next(iter(view.measures))
        yield Ask(f"{view.name} in total", view.name, f"SELECT {measures} FROM {view.name}")
        yield Ask(
            f"{view.name} by day",
            view.name,
            f"SELECT {view.time}, {measures} FROM {view.name} WHERE {view.time} BETWEEN :first_day AND :last_day "
            f"GROUP BY {view.time}",
            {"first_day": ARGUMENTS["start_date"], "last_day": ARGUMENTS["end_date"]},
        )
        by = ", ".join(view.dimensions)
        yield Ask(
            f"{view.name} by everything",
            view.name,
            f"SELECT {by}, MEASURE({first}) AS {first} FROM {view.name} GROUP BY {by}",
        )


def _idioms() -> Iterator[Ask]:
    """What the dialect's own tests expect, for Spark to confirm."""
    for idiom in IDIOMS:
        yield Ask(idiom.name, "idioms", idiom.sql)
